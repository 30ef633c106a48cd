"""Figures and tables with what comes with each: text for screen readers, downloads, provenance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import rnalign_core
from rnalign_core.plots import figure_html, table_csv


def stamped(provenance: Sequence[str]) -> list[str]:
    """Return the lines of provenance with what made the file, and when."""
    made = f"made with RNAlign {rnalign_core.__version__} on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return [*provenance, made]


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
