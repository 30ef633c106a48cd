"""Train: choose a cohort, train a model on it, watch it, and keep the runs."""

import streamlit as st

from rnalign_core.ui.cohort_form import choose_cohort
from rnalign_core.ui.live import live
from rnalign_core.ui.new_run_form import new_run_form
from rnalign_core.ui.run_list import all_runs, show_runs
from rnalign_core.ui.sidebar import sidebar

opened = sidebar()

st.title("Train", anchor=False)
st.markdown(
    "Train the alignment on a cohort of tumors and cell lines. Training goes on in the background: you can "
    "leave this page, close the browser and come back."
)

st.subheader("1. Cohort", anchor=False)
cohort = choose_cohort()

if cohort:
    st.subheader("2. Training", anchor=False)
    new_run_form(cohort)

runs = all_runs()
live(runs)

st.subheader("Runs", anchor=False)
show_runs(runs, opened)
