"""The Decode page: what follows the sliders."""

from __future__ import annotations

import streamlit as st

from rnalign_core.model import Run
from rnalign_core.ui import decode_data
from rnalign_core.ui.decode_controls import choose
from rnalign_core.ui.decode_genes import gene_changes
from rnalign_core.ui.decode_map import decode_map
from rnalign_core.ui.decode_numbers import cohort_numbers
from rnalign_core.ui.decode_sample import sample_numbers
from rnalign_core.ui.decode_state import Choice, follow_link
from rnalign_core.ui.runs import map_samples
from rnalign_core.ui.text import plain


@st.fragment
def decode(run: Run) -> None:
    """Show the controls and everything at the labels they say."""
    samples = map_samples(run)
    types = tuple(
        sorted(samples.loc[samples["sample_type"] == "tumor", "cancer_type"].dropna().astype(str).unique())
    )
    follow_link(run, samples.index, types)
    choice = choose(run, samples, types)
    # A container each, so that what comes and goes in one leaves the figures of the next in their place.
    with st.container():
        _standing(run, choice)
    with st.container():
        if choice.sample is None:
            cohort_numbers(run, choice)
        else:
            sample_numbers(run, samples, choice)
    with st.container():
        decode_map(run, samples, choice)
    with st.container():
        gene_changes(run, choice, None if choice.sample is None else str(samples.loc[choice.sample, "name"]))


def _standing(run: Run, choice: Choice) -> None:
    """Say what kind of labels these are: homogenised, among what training saw, or beyond; always in two lines."""
    reasons = "; ".join(decode_data.support(run).beyond(choice.labels))
    with st.container(horizontal=True):
        if choice.is_homogenised:
            st.badge(
                "Homogenised: the labels that RNAlign aligns with", icon=":material/check:", color="green"
            )
        elif reasons:
            st.badge(
                "Beyond what training saw: the model extrapolates", icon=":material/warning:", color="orange"
            )
        else:
            st.badge("Within what training saw", icon=":material/check:", color="blue")
        if choice.cancer_type:
            st.badge(
                f"Counterfactual: told {plain(choice.cancer_type)}, whatever it is",
                icon=":material/label:",
                color="violet",
            )
    if choice.is_homogenised:
        st.caption("Move a slider, and all below follows.")
    elif reasons:
        st.caption(f"{reasons[0].upper()}{reasons[1:]}.")
    else:
        st.caption("Training saw samples with such labels.")
