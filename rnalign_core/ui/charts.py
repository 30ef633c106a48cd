"""Figures and tables with what comes with each: text for screen readers, downloads, provenance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from rnalign_core.plots import figure_html, table_csv
from rnalign_core.spreadsheet import stamped


def table_height(n_rows: int) -> int:
    """Return how high a table is that shows so many rows, in pixels."""
    return 38 + 35 * n_rows


def html_button(
    figure: Callable[[], go.Figure], title: str, provenance: Sequence[str], file_name: str
) -> None:
    """Offer a figure as a page of its own; it is drawn when asked for."""
    st.download_button(
        "Interactive HTML, with SVG and PNG",
        lambda: figure_html(figure(), title, stamped(provenance), file_name),
        f"{file_name}.html",
        "text/html",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
        key=f"html-{file_name}",
        help="One file that works without a network. Its buttons save the figure as SVG (vector) or PNG.",
    )


def csv_button(
    label: str, table: Callable[[], pd.DataFrame], provenance: Sequence[str], file_name: str, **extra: object
) -> None:
    """Offer a table as CSV; it is written when asked for."""
    st.download_button(
        label,
        lambda: table_csv(table(), stamped(provenance)),
        f"{file_name}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"csv-{file_name}",
        **extra,
    )


def figure_popover(
    figure: Callable[[], go.Figure], title: str, provenance: Sequence[str], file_name: str, note: str = ""
) -> None:
    """Offer the ways to save a figure behind a button, with `note` after them."""
    with st.popover("Figure", icon=":material/download:"):
        html_button(figure, title, provenance, file_name)
        st.caption(f"PNG: camera icon on the figure. {note}".rstrip())


def table_and_figure(
    table: Callable[[], pd.DataFrame],
    figure: Callable[[], go.Figure],
    title: str,
    provenance: Sequence[str],
    file_name: str,
    *,
    label: str = "CSV",
) -> None:
    """Offer a table, and the figure of it, side by side."""
    with st.container(horizontal=True):
        csv_button(label, table, provenance, file_name)
        figure_popover(figure, title, provenance, file_name)
