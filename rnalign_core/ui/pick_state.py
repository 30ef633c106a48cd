"""What the page Pick a line remembers, in the session and in the URL.

In the URL, beside ``run``: ``type``, a cancer type or ``selection``; ``subtype``; ``selected``, ids of the selected
tumors with commas, up to 20; ``only``, ``own`` where lines of other cancer types are not listed; ``lines``, ids of the
lines that are compared; ``cover``, the groups that a smallest set is wanted for, and ``least``, the score from which a
line covers one.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rnalign_core.model import Run
from rnalign_core.ui.links import PageLink, joined, say_ignored, write_link
from rnalign_core.ui.selection import in_link, select_samples, selected_samples

SELECTION = "selection"
ALL = ""  # all subtypes
LINK = PageLink("pick", ("type", "subtype", "selected", "only", "lines", "cover", "least"))
EVERY_LINE, OWN_LINES = "all", "own"
MAX_COMPARED = 4
LEAST = (0.01, 0.05, 0.1, 0.25, 0.5)
USUAL_LEAST = 0.05


class PickKeys:
    """Names in ``st.session_state``."""

    TYPE = "pick_type"  # widget, as are those below
    SUBTYPE = "pick_subtype"
    ONLY = "pick_only"
    LINES = "pick_lines"
    COVER = "pick_cover"
    LEAST = "pick_least"
    KIND = "pick_kind"
    GROUP = "pick_group"  # the group that the compared lines were chosen for


def follow_selection(run: Run) -> None:
    """Select the tumors that the URL names, as far as they are here, and rank for them."""
    if here := LINK.pop_several("selected", run.aligned.obs_names):
        select_samples(run, here)


def follow(parameter: str, key: str, options: Sequence[object], usual: object) -> None:
    """Put into the session under `key` what the URL asks for, else what is there, else what is usual."""
    asked = LINK.pop(parameter)
    if asked is not None:
        known = {str(option): option for option in options}
        if asked in known:
            st.session_state[key] = known[asked]
        else:
            say_ignored(parameter, asked)
    if st.session_state.get(key) not in options:
        st.session_state[key] = usual


def follow_several(parameter: str, key: str, options: Sequence[str], most: int | None = None) -> None:
    """Do the same for a list, given with commas; of what is in the session, what is possible stays."""
    asked = LINK.pop_several(parameter, options)
    if asked is not None:
        st.session_state[key] = asked
    possible = [name for name in st.session_state.get(key, []) if name in options]
    st.session_state[key] = possible[:most]


def selected_tumors(run: Run) -> tuple[str, ...]:
    """Return the ids of the tumors that are selected on the maps."""
    is_tumor = run.aligned.obs["sample_type"] == "tumor"
    return tuple(sample for sample in selected_samples(run) if is_tumor.get(sample, False))


def put_link(run: Run) -> None:
    """Write the state of the page into the URL."""
    state = st.session_state
    chosen = selected_tumors(run) if state[PickKeys.TYPE] == SELECTION else ()
    write_link(
        type=state[PickKeys.TYPE],
        subtype=state.get(PickKeys.SUBTYPE) or None,
        selected=in_link(chosen),
        only=OWN_LINES if state.get(PickKeys.ONLY) == OWN_LINES else None,
        lines=joined(state.get(PickKeys.LINES, [])),
        cover=joined(state.get(PickKeys.COVER, [])),
        least=str(state[PickKeys.LEAST]) if state.get(PickKeys.LEAST, USUAL_LEAST) != USUAL_LEAST else None,
    )
