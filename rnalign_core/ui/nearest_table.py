"""The nearest samples of one sample: of which types they are, and which they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from rnalign_core.plots import screen_config
from rnalign_core.plots.explore import type_bars
from rnalign_core.ui.charts import table_height

ROWS_SHOWN = 7


def nearest_bars(found: pd.DataFrame, kind: str) -> go.Figure:
    """Draw of which cancer types the nearest samples are; see :func:`nearest_table` for what they are."""
    return type_bars({kind: found["cancer_type"]}, share=True)


def nearest_table(
    found: pd.DataFrame,
    kind: str,
    of: str,
    distance_help: str,
    *,
    key: str,
    table_key: str | None = None,
    on_select: Literal["ignore"] | Callable[[], None] = "ignore",
) -> None:
    """Show the nearest samples, nearest first.

    Parameters
    ----------
    found
        By sample id: ``name, cancer_type, subtype, distance``.
    kind
        What they are: ``tumor`` or ``cell line``.
    of
        Name of the sample that they are next to.
    distance_help
        How distances are measured.
    key, table_key
        Of the figure and of the table.
    on_select
        Called when a cell of the table is clicked.
    """
    st.plotly_chart(
        nearest_bars(found, kind),
        key=key,
        config=screen_config(key, small=True),
        alt=f"Cancer types of the nearest {kind}s: "
        + ", ".join(f"{name} {n}" for name, n in found["cancer_type"].value_counts().items() if n),
    )
    st.dataframe(
        found,
        column_order=["name", "cancer_type", "distance", "subtype"][: 3 + found["subtype"].notna().any()],
        hide_index=True,
        placeholder="",
        height=table_height(ROWS_SHOWN),
        column_config={
            "name": st.column_config.TextColumn(kind.capitalize(), width=120),
            "cancer_type": st.column_config.TextColumn("Type", width=70),
            "subtype": st.column_config.TextColumn("Subtype", width=80),
            "distance": st.column_config.NumberColumn(
                "Distance", format="%.4f", width=70, help=distance_help
            ),
        },
        key=table_key,
        on_select=on_select,
        selection_mode="single-cell",
        alt=f"Nearest {kind}s of {of}, with distances",
    )
