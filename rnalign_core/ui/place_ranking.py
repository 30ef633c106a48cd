"""Cell lines ranked for one placed tumor, or for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from rnalign_core.cohort.schema import TUMOR
from rnalign_core.model import Run
from rnalign_core.rank.cautions import GROUP
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
Options = dict[str, tuple[str, ...]]  # what users read, and the tumors


def line_ranking(run: Run, placed: Placed) -> None:
    """Let the user choose a tumor or a group of them, and show the lines most like it or them."""
    st.subheader("Cell lines for these tumors", anchor=False)
    options = groups_to_rank_for(placed)
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
    for code in found.cautions:
        st.warning(GROUP[code], icon=":material/warning:")
    ranking_figure(run, found)
    ranking_table(run, found)
    mapped = ["sample_type", "name", "x_after", "y_after"]
    everyone = pd.concat([runs.map_samples(run)[mapped], placed_samples(placed)[mapped]])
    downloads(run, found, [], samples=everyone, uploaded=about_upload(placed))
    with st.expander("What the numbers mean", icon=":material/menu_book:"):
        st.markdown(plain(found.definition()))


def groups_to_rank_for(placed: Placed) -> Options:
    """Return the groups of placed tumors: those of a type, the largest first; all, where these differ; each one."""
    samples = placed.query.samples
    tumors = samples.index[samples["sample_type"] == TUMOR]
    types = placed.types.loc[tumors].dropna()
    groups = {}
    for name, n in types.value_counts().items():
        if n > 1:
            ids = types.index[types == name]
            groups[f"{n:,} {name} tumors ({_by(samples.loc[ids, 'cancer_type'] == name)})"] = ids
    if len(tumors) > 1:
        groups[f"all {len(tumors):,} tumors"] = tumors
    groups |= {
        name if name == sample else f"{name} ({sample})": [sample]
        for sample, name in samples.loc[tumors, "name"].items()
    }
    return {title: tuple(ids) for title, ids in groups.items()}


def _by(is_given: pd.Series) -> str:
    """Say how tumors come to be of a type."""
    if is_given.all():
        return "type as given"
    return "type given or called" if is_given.any() else "type as called"
