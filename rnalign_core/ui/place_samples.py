"""Place one's own samples on the open run, from the upload to a ranking of lines."""

from __future__ import annotations

import streamlit as st

from rnalign_core.model import Run
from rnalign_core.ui.place_calls import map_and_calls
from rnalign_core.ui.place_neighbours import neighbours
from rnalign_core.ui.place_ranking import line_ranking
from rnalign_core.ui.place_state import EXPRESSION, file_of, placed_of
from rnalign_core.ui.place_upload import read_upload, show_warnings, upload_form
from rnalign_core.ui.problem_table import problem_table
from rnalign_core.ui.run_notices import refuse_label_conditioned, simulated_warning
from rnalign_core.ui.text import plain


def place_samples(run: Run | None) -> None:
    """Show this half of the Data page."""
    if run is None:
        st.info(
            "Samples are placed on a finished run. Choose one, or fetch or import a cohort and train on it.",
            icon=":material/model_training:",
        )
        return
    simulated_warning(run)
    refuse_label_conditioned(
        run, "It puts a sample where a label says, so that calls and rankings would repeat labels."
    )
    st.markdown(
        f"See where samples of your own lie among those of **{plain(run.info['cohort_title'])}**, what cancer type "
        "they resemble, and which cell lines are most like them."
    )
    upload_form(run)
    if file_of(EXPRESSION) is None:
        return
    how, query = read_upload(run)
    if query is None:
        return
    placed = placed_of(run, how, query)
    if isinstance(placed, tuple):  # problems
        st.error("These samples cannot be placed on this run:", icon=":material/error:")
        problem_table(placed)
        return
    show_warnings(placed.warnings)
    st.subheader("Among the samples of the run", anchor=False)
    map_and_calls(run, placed)
    neighbours(run, placed)
    line_ranking(run, placed)
