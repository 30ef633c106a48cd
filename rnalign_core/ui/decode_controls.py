"""The controls of the Decode page: whole cohort or one sample, sample type, purity, cancer type, reset."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.decode_state import Choice, DecodeKeys
from rnalign_core.ui.links import write_link
from rnalign_core.ui.state import of_run
from rnalign_core.ui.text import plain

SCOPES = {"cohort": "Whole cohort", "sample": "One sample"}
OWN_TYPE = "each sample's own"
NOT_TOLD = "not a label"


def choose(run: Run, samples: pd.DataFrame, types: tuple[str, ...]) -> Choice:
    """Show the controls and return what is chosen."""
    state, settings = st.session_state, run.settings
    for key in (DecodeKeys.LINE, DecodeKeys.PURITY):
        state.setdefault(key, 100)
    if (sample := state.get(DecodeKeys.SAMPLE)) not in samples.index:
        if state.get(DecodeKeys.SCOPE) == "sample" and sample is not None:
            state[DecodeKeys.SCOPE] = "cohort"
            st.info(
                f"The sample “{plain(sample)}” is not in this run: the whole cohort is shown.",
                icon=":material/search_off:",
            )
        state[DecodeKeys.SAMPLE] = samples.index[samples["sample_type"].eq("cell_line").argmax()]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            scope = one_of(
                "Decode",
                SCOPES,
                DecodeKeys.SCOPE,
                help="Whole cohort: all samples get the same labels. One sample: it alone gets them, among others that "
                "stay homogenised.",
            )
            if scope == "sample":
                _choose_sample(samples)
            st.space("stretch")
            st.button(
                "Reset to homogenised",
                icon=":material/restart_alt:",
                on_click=_reset,
                args=(run,),
                help="Cell line, purity 100 %: the labels that RNAlign aligns with. Map B goes back with them.",
            )
        line, purity, kind = st.columns(3, gap="medium")
        with line:
            _slider(
                "From tumor to cell line",
                DecodeKeys.LINE,
                "The sample type told: 0 % is tumor, 100 % cell line. Training saw nothing between them.",
            )
        with purity:
            _slider(
                "Purity",
                DecodeKeys.PURITY,
                "The share of cancer cells told. For cell lines it was always 100 %."
                if settings.uses_purity
                else "Purity is not a label of this run's models (variant no_purity), so it cannot be changed.",
                disabled=not settings.uses_purity,
            )
        with kind:
            told = _choose_type(settings.conditions_on_type, types)
    sample = state[DecodeKeys.SAMPLE] if scope == "sample" else None
    purity = state[DecodeKeys.PURITY] / 100 if settings.uses_purity else None
    choice = Choice(state[DecodeKeys.LINE] / 100, purity, told, sample)
    write_link(
        line=f"{choice.line:g}" if choice.line != 1 else None,
        purity=f"{choice.purity:g}" if choice.purity not in (None, 1) else None,
        type=told,
        sample=sample,
    )
    return choice


def _slider(label: str, key: str, help_: str, *, disabled: bool = False) -> None:
    st.slider(
        label, 0, 100, step=1, format="%d %%", key=key, help=help_, disabled=disabled, persist_state="session"
    )


def _choose_sample(samples: pd.DataFrame) -> None:
    names = samples["name"].to_dict()
    st.selectbox(
        "Sample",
        samples.index,
        key=DecodeKeys.SAMPLE,
        format_func=lambda sample: sample if names[sample] == sample else f"{names[sample]} ({sample})",
        persist_state="session",
        width=260,
    )


def _choose_type(conditioned: bool, types: tuple[str, ...]) -> str | None:
    """Show the cancer-type override; return the type, None for each sample's own."""
    if not conditioned:
        st.selectbox(
            "Cancer type told",
            [NOT_TOLD],
            disabled=True,
            help="The models of this run are not told the cancer type of any sample when they decode, so there is "
            "nothing to override. That is what makes its matches evidence. A run of the variant type_conditioned "
            "has this control.",
        )
        st.caption("This run's models do not take a cancer type.")
        return None
    if st.session_state.get(DecodeKeys.TYPE) not in (OWN_TYPE, *types):
        st.session_state[DecodeKeys.TYPE] = OWN_TYPE
    told = st.selectbox(
        "Cancer type told",
        [OWN_TYPE, *types],
        key=DecodeKeys.TYPE,
        persist_state="session",
        help="A counterfactual: what the model is told in place of the sample's own type. The decode follows it: that "
        "is label echo, not biology.",
    )
    return None if told == OWN_TYPE else told


def _reset(run: Run) -> None:
    state = st.session_state
    state[DecodeKeys.LINE] = state[DecodeKeys.PURITY] = 100
    state[DecodeKeys.TYPE] = OWN_TYPE
    state.pop(DecodeKeys.MAP, None)
    if (layout := of_run(run, DecodeKeys.RELAY)) is not None:
        _, relay = layout
        relay.cancel()
        state.pop(DecodeKeys.RELAY, None)
