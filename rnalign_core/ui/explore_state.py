"""What the Explore page remembers: the selection, the open card and the view, in the session and in the URL.

In the URL, beside ``run``: ``view`` (before, after, both), ``color``, ``gene`` and ``values`` (observed, decoded,
residual) where a gene colours the map, ``sample`` whose card is open, ``selected`` (ids with commas, up to 20).
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots import COLOR_BY
from rnalign_core.ui.explore_data import gene_called
from rnalign_core.ui.links import PageLink, say_ignored, write_link
from rnalign_core.ui.selection import in_link, select_samples, selected_samples
from rnalign_core.ui.state import of_run, remember

VIEWS = {"before": "Before", "after": "After", "both": "Both"}
VALUES = {"observed": "Observed", "decoded": "Aligned", "residual": "Aligned + own residual"}
LINK = PageLink("explore", ("view", "color", "gene", "values", "sample", "selected"))


class ExploreKeys:
    """Names in ``st.session_state``."""

    VIEW = "explore_view"  # widget, as are those up to ADD
    COLOR = "explore_color"
    GENE = "explore_gene"
    VALUES = "explore_values"
    QUERY = "explore_query"
    WHICH = "explore_which"
    ADD = "explore_add"
    LIST = "explore_list"  # widget: whether the table lists all samples or the selected ones
    LISTED = "explore_listed"  # folder of a run, and the samples that the table lists as selected
    SAMPLE = "explore_sample"  # folder of a run, and the sample whose card is open
    OTHER = "explore_other"  # folder of a run, and the second selection
    GENES = "explore_genes"  # the comparison that was asked for last


def follow_link(run: Run, colors: Container[str], genes: list[str], samples: Container[str]) -> None:
    """Show what the URL asked for, as far as it is here; say what is not."""
    for name, key, allowed in (
        ("view", ExploreKeys.VIEW, VIEWS),
        ("color", ExploreKeys.COLOR, colors),
        ("values", ExploreKeys.VALUES, VALUES),
        ("sample", ExploreKeys.SAMPLE, samples),
    ):
        value = LINK.pop(name)
        if value is None:
            continue
        if value not in allowed:
            say_ignored(name, value)
        elif name == "sample":
            open_card(run, value)
        else:
            st.session_state[key] = value
    if (asked := LINK.pop("gene")) is not None:
        gene = gene_called(asked, genes)
        if gene is None:
            say_ignored("gene", asked)
        else:
            st.session_state[ExploreKeys.GENE] = gene
    if here := LINK.pop_several("selected", samples):
        select(run, here)


def put_link(run: Run, view: str, color: str, gene: str | None, values: str) -> None:
    """Write the state of the page into the URL."""
    write_link(
        view=None if view == "after" else view,
        color=None if color == COLOR_BY[0] else color,
        gene=gene,
        values=values if gene and values != "observed" else None,
        sample=open_sample(run),
        selected=in_link(selected_samples(run)),
    )


def select(run: Run, ids: Sequence[str], *, add: bool = False) -> None:
    """Select samples on the map and in the table, in place of or besides those that are."""
    ids = list(dict.fromkeys([*(selected_samples(run) if add else []), *ids]))
    select_samples(run, ids)
    remember(run, ExploreKeys.LISTED, ids)
    st.session_state[ExploreKeys.LIST] = "selected" if ids else "all"


def tick(run: Run, ids: Sequence[str]) -> None:
    """Select samples from the table. A table of the selected ones goes on listing those that lose their tick."""
    select_samples(run, ids)
    if st.session_state[ExploreKeys.LIST] == "all":
        remember(run, ExploreKeys.LISTED, list(ids))


def clear(run: Run) -> None:
    """Select nothing and close the card."""
    select(run, [])
    open_card(run, None)


def open_card(run: Run, sample_id: str | None) -> None:
    """Open the card of a sample, None: close it."""
    remember(run, ExploreKeys.SAMPLE, sample_id)


def open_sample(run: Run) -> str | None:
    """Return the sample of `run` whose card is open."""
    return of_run(run, ExploreKeys.SAMPLE)
