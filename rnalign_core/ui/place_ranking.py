"""Cell lines ranked for one placed tumor, or for a group of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.place.groups import cautions_for, groups_to_rank_for, single_tumors, untyped
from rnalign_core.rank.ranking import Ranking
from rnalign_core.ui import runs
from rnalign_core.ui.pick_ranking import downloads, ranking_figure, ranking_table
from rnalign_core.ui.place_calls import about_upload, placed_samples
from rnalign_core.ui.place_state import ranking_for
from rnalign_core.ui.problem_table import problem_table
from rnalign_core.ui.text import plain

if TYPE_CHECKING:
    from rnalign_core.place import Placed

WHICH = "place_rank_for"  # widget


def line_ranking(run: Run, placed: Placed) -> None:
    """Let the user choose a tumor or a group of them, and show the lines most like it or them."""
    st.subheader("Cell lines for these tumors", anchor=False)
    groups = {title: ids for title, ids in groups_to_rank_for(placed).items() if len(ids) > 1}
    options = groups | single_tumors(placed)
    if not options:
        st.info("None of the samples is a tumor: lines are ranked for tumors.", icon=":material/info:")
        return
    if st.session_state.get(WHICH) not in options:
        st.session_state[WHICH] = next(iter(options))
    which = st.selectbox("Rank for", list(options), key=WHICH, persist_state="session")
    found = ranking_for(placed, options[which])
    if not isinstance(found, Ranking):
        problem_table(found)
        return
    for caution in cautions_for(placed, found):
        st.warning(caution, icon=":material/warning:")
    ranking_figure(run, found)
    ranking_table(run, found)
    mapped = ["sample_type", "name", "x_after", "y_after"]
    everyone = pd.concat([runs.map_samples(run)[mapped], placed_samples(placed)[mapped]])
    about = [*about_upload(placed), *(f"caution: {caution}" for caution in untyped(placed, options[which]))]
    downloads(run, found, [], samples=everyone, uploaded=about)
    with st.expander("What the numbers mean", icon=":material/menu_book:"):
        st.markdown(plain(found.definition()))
