"""Laying the map out anew: the buttons, the progress, what the session keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.ui import decode_data
from rnalign_core.ui.decode_state import Choice, DecodeKeys
from rnalign_core.ui.state import of_run, remember

if TYPE_CHECKING:
    from rnalign_core.jobs.relay import Relay

REFRESH = "0.5s"
STAGES = {
    "starting": "Preparing; the first time, worker processes start",
    "queued": "Waiting for a free worker process",
    "comparing": "Comparing every sample with every other",
    "compiling": "Compiling the layout code: once for each new worker process, up to a minute",
    "moving": "Moving the points",
}


@dataclass(frozen=True)
class LaidOut:
    """A map, and the labels that it is of."""

    choice: Choice
    places: np.ndarray


def buttons(run: Run, choice: Choice, shown: LaidOut) -> None:
    """Offer to lay the map out at the chosen labels, and to go back to the homogenised one."""
    busy = of_run(run, DecodeKeys.RELAY) is not None
    stale = choice.labels != shown.choice.labels
    st.button(
        "Back to the homogenised map",
        icon=":material/undo:",
        disabled=busy or shown.choice.is_homogenised,
        on_click=lambda: st.session_state.pop(DecodeKeys.MAP, None),
    )
    st.button(
        "Lay out at these labels",
        icon=":material/animation:",
        type="primary" if stale else "secondary",
        disabled=busy or not stale,
        on_click=_begin,
        args=(run, choice, shown),
        help="Starts from the map in B, so that points move from where they are. Seconds; the first time longer."
        if stale
        else "Map B is of these labels.",
    )


def _begin(run: Run, choice: Choice, shown: LaidOut) -> None:
    if choice.is_homogenised:  # known exactly
        st.session_state.pop(DecodeKeys.MAP, None)
        return
    from rnalign_core.jobs.relay import Relay

    relay = Relay(decode_data.live(run).profiles(choice.labels), shown.places)
    remember(run, DecodeKeys.RELAY, (choice, relay))


@st.fragment(run_every=REFRESH)
def _watch(run: Run, choice: Choice, relay: Relay) -> None:
    """Show how far the layout is; put it on the map when it is done."""
    now = relay.progress
    if now.active:
        bar, action = st.columns([6, 1], vertical_alignment="center")
        bar.progress(now.fraction, text=f"{STAGES[now.stage]} …")
        if not action.button("Cancel", width="stretch"):
            return
        relay.cancel()
    st.session_state.pop(DecodeKeys.RELAY, None)
    if now.stage == "done":
        remember(run, DecodeKeys.MAP, LaidOut(choice, relay.layout))
    elif now.stage == "failed":
        remember(run, DecodeKeys.FAILED, now.error)
    st.rerun()


def progress(run: Run) -> None:
    """Show how far a layout is, and once why one failed."""
    if (relay := of_run(run, DecodeKeys.RELAY)) is not None:
        _watch(run, *relay)
    if error := of_run(run, DecodeKeys.FAILED):
        st.session_state.pop(DecodeKeys.FAILED)
        st.error("The map could not be laid out:")
        st.code(error, language=None, wrap_lines=True)
