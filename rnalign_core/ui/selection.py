"""The samples that are selected: one selection for all pages, made on maps and in tables, kept in a link if small."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rnalign_core.model import Run
from rnalign_core.ui.links import joined
from rnalign_core.ui.state import Keys, of_run, remember

MAX_IN_LINK = 20


def selected_samples(run: Run) -> list[str]:
    """Return the ids of the samples of `run` that are selected."""
    return of_run(run, Keys.SELECTED) or []


def select_samples(run: Run, ids: Sequence[str]) -> None:
    """Select these samples of `run` instead of others."""
    remember(run, Keys.SELECTED, list(ids))


def drawn_rows(key: str) -> list[int]:
    """Return the row numbers (``customdata``) of what was drawn around or clicked on the figure `key`, sorted."""
    points = st.session_state[key].selection.points
    return sorted({_row(point["customdata"]) for point in points if point.get("customdata") is not None})


def _row(customdata: object) -> int:
    return int(customdata[0] if isinstance(customdata, list) else customdata)


def in_link(ids: Sequence[str]) -> str | None:
    """Return selected samples as a link names them; None where there are none, or too many."""
    return joined(ids) if len(ids) <= MAX_IN_LINK else None


def say_not_in_link(ids: Sequence[str]) -> None:
    """Say so where samples are selected and the link to the view cannot name them."""
    if ids and in_link(ids) is None:
        st.caption(
            f":material/link_off: The link to this view leaves the selection out: it holds up to {MAX_IN_LINK} samples."
        )
