"""Data: the cohorts, fetching and importing more of them, and placing one's own samples on the open run."""

import streamlit as st

from rnalign_core.ui.data_cohorts import cohorts
from rnalign_core.ui.data_fetch import fetch_real_data
from rnalign_core.ui.data_view import LINK, PLACE, VIEW, choose_view
from rnalign_core.ui.import_form import import_form
from rnalign_core.ui.place_samples import place_samples
from rnalign_core.ui.sidebar import sidebar

LINK.take(VIEW)
run = sidebar()

st.title("Data", anchor=False)
if choose_view() == PLACE:
    place_samples(run)
else:
    cohorts()
    fetch_real_data()
    import_form()
