"""Explore: one map and one table that share a selection, and the cards of single samples."""

import streamlit as st

from rnalign_core.ui.explore_map import explore
from rnalign_core.ui.explore_state import LINK, ExploreKeys, select
from rnalign_core.ui.run_notices import simulated_warning
from rnalign_core.ui.selection import in_link, selected_samples
from rnalign_core.ui.sidebar import require_run

went_back = LINK.take(
    ExploreKeys.VIEW, ExploreKeys.COLOR, ExploreKeys.GENE, ExploreKeys.VALUES, ExploreKeys.SAMPLE
)
run = require_run()
if went_back and in_link(selected_samples(run)):  # a larger selection is in no link, and stays
    select(run, [])

st.title("Explore", anchor=False)
st.markdown(
    "Every tumor and cell line, before and after alignment. Find a line and see which tumors are like it; draw around "
    "samples and see who they are and which genes set them apart."
)
simulated_warning(run)
explore(run)
