"""What the page Pick a line remembers, in the session and in the URL.

In the URL, beside ``run``: ``type``, a cancer type or ``selection``; ``subtype``; ``selected``, ids of the selected
tumors with commas, up to 20; ``only``, ``own`` where lines of other cancer types are not listed; ``lines``, ids of the
lines that are compared, or ``none``; ``values``, ``observed`` where their genes are not shown aligned; ``cover``, the
groups that a smallest set is wanted for, and ``least``, the score from which a line covers one. A selection that is too
large for a link is left out, and so is that it is ranked for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from rnalign_core.model import Run
from rnalign_core.rank.verdict import USUAL_LEAST
from rnalign_core.ui.links import PageLink, joined, say_ignored, write_link
from rnalign_core.ui.selection import in_link, select_samples, selected_samples
from rnalign_core.ui.text import plain

SELECTION = "selection"
ALL = ""  # all subtypes
LINK = PageLink("pick", ("type", "subtype", "selected", "only", "lines", "cover", "least", "values"))
EVERY_LINE, OWN_LINES = "all", "own"
MAX_COMPARED = 4
LEAST = (0.01, 0.05, 0.1, 0.25, 0.5)
OBSERVED = "observed"
KINDS = {"residual": "Aligned", OBSERVED: "Observed"}
NONE = "none"


class PickKeys:
    """Names in ``st.session_state``."""

    TYPE = "pick_type"  # widget, as are those below
    SUBTYPE = "pick_subtype"
    ONLY = "pick_only"
    LINES = "pick_lines"
    COVER = "pick_cover"
    LEAST = "pick_least"
    KIND = "pick_kind"
    GROUP = "pick_group"  # the run and the group that the compared lines were chosen for


def follow_selection(run: Run) -> None:
    """Select the tumors that the URL names, as far as they are here, and rank for them."""
    if here := LINK.pop_several("selected", run.aligned.obs_names):
        select_samples(run, here)


def follow(
    parameter: str, key: str, options: Collection[object], usual: object, explained: str | None = None
) -> bool:
    """Put into the session under `key` what the URL asks for, else what is there, else what is usual.

    What is not among the options is ignored; the user is told so, but for what is `explained` elsewhere. Returns
    whether that was so.
    """
    asked, known = LINK.pop(parameter), {str(option): option for option in options}
    ignored = asked is not None and asked not in known
    if asked in known:
        st.session_state[key] = known[asked]
    elif ignored and asked != explained:
        say_ignored(parameter, asked)
    if st.session_state.get(key) not in options:
        st.session_state[key] = usual
    return ignored


def follow_several(parameter: str, key: str, options: Sequence[str], most: int | None = None) -> None:
    """Do the same for a list, given with commas; of what is in the session, what is possible stays."""
    asked = LINK.pop_several(parameter, {*options, NONE})
    here = [name for name in dict.fromkeys(asked or []) if name in options]
    if here or asked == [NONE]:
        st.session_state[key] = here
    if most and (left_out := here[most:]):
        st.info(
            f"The link names {len(here)} {parameter}, of which {most} are shown: "
            f"{plain(', '.join(left_out))} was ignored.",
            icon=":material/link_off:",
        )
    possible = [name for name in st.session_state.get(key, []) if name in options]
    st.session_state[key] = possible[:most]


def selected_tumors(run: Run) -> tuple[str, ...]:
    """Return the ids of the tumors that are selected on the maps."""
    is_tumor = run.aligned.obs["sample_type"] == "tumor"
    return tuple(sample for sample in selected_samples(run) if is_tumor.get(sample, False))


def link_is_full(run: Run) -> bool:
    """Return whether a link can say which group lines are ranked for: all but a large selection."""
    return st.session_state[PickKeys.TYPE] != SELECTION or in_link(selected_tumors(run)) is not None


def put_link(run: Run) -> None:
    """Write the state of the page into the URL."""
    state, in_full = st.session_state, link_is_full(run)
    chosen = selected_tumors(run) if state[PickKeys.TYPE] == SELECTION and in_full else ()
    write_link(
        type=state[PickKeys.TYPE] if in_full else None,
        subtype=state.get(PickKeys.SUBTYPE) or None,
        selected=joined(chosen),
        only=OWN_LINES if state.get(PickKeys.ONLY) == OWN_LINES else None,
        lines=joined(state.get(PickKeys.LINES, [])) or NONE,
        values=OBSERVED if state.get(PickKeys.KIND) == OBSERVED else None,
        cover=joined(state.get(PickKeys.COVER, [])),
        least=str(state[PickKeys.LEAST]) if state.get(PickKeys.LEAST, USUAL_LEAST) != USUAL_LEAST else None,
    )
