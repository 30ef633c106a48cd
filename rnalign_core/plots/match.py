"""Match rates per cancer type, before and after alignment."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.palette import AFTER, BEFORE
from rnalign_core.plots.style import (
    MUTED,
    error_bars,
    figure_title,
    layout,
    legend_below,
    panel_title,
    row_axis,
    share_axis,
)

ROW_PIXELS = 27
OFFSET = 0.17  # of a row, between a type's two rates


def match_table(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Join match rates before and after alignment, the highest rate after alignment first.

    Parameters
    ----------
    before, after
        Tables with `cancer_type, n_lines, n_tumors, rate, low, high, chance`, a row a scored cancer type.

    Returns
    -------
    Table with `cancer_type, n_lines, n_tumors`, `rate, low, high, chance` with the endings `_before` and
    `_after`, and `change`.
    """
    rates = ["rate", "low", "high", "chance"]
    joined = before[["cancer_type", "n_lines", "n_tumors", *rates]].merge(
        after[["cancer_type", *rates]],
        on="cancer_type",
        suffixes=("_before", "_after"),
        validate="one_to_one",
    )
    joined["change"] = joined["rate_after"] - joined["rate_before"]
    return joined.sort_values(
        ["rate_after", "rate_before", "cancer_type"], ascending=False, ignore_index=True
    )


def match_by_type(table: pd.DataFrame) -> go.Figure:
    """Draw match rates per cancer type with intervals, their medians and chance.

    Parameters
    ----------
    table
        As returned by :func:`match_table`.
    """
    n_types = len(table)
    figure = go.Figure(layout=layout(**_layout(table)))
    figure.add_scatter(
        x=table["chance_after"],
        y=list(range(n_types)),
        mode="markers",
        name="chance",
        marker={"symbol": "line-ns-open", "size": 13, "color": MUTED, "line": {"width": 1.5, "color": MUTED}},
        hovertemplate="chance %{x:.1%}<extra></extra>",
    )
    for name, side, color, offset in (
        ("before", "before", BEFORE, -OFFSET),
        ("after alignment", "after", AFTER, OFFSET),
    ):
        figure.add_scatter(**_rates(table, name, side, color, offset))
        median = float(table[f"rate_{side}"].median())
        figure.add_vline(x=median, line={"color": color, "width": 1.5, "dash": "dash"}, layer="below")
    figure.add_annotation(**_medians(table))
    return figure


def _rates(table: pd.DataFrame, name: str, side: str, color: str, offset: float) -> dict:
    rate, low, high = (table[f"{column}_{side}"] for column in ("rate", "low", "high"))
    facts = table[["n_lines", "n_tumors"]].assign(low=low, high=high).to_numpy()
    return {
        "x": rate,
        "y": [row + offset for row in range(len(table))],
        "mode": "markers",
        "name": name,
        "text": [for_plotly(code) for code in table["cancer_type"]],
        "customdata": facts,
        "marker": {"size": 9, "color": color},
        "error_x": error_bars(rate, low, high, color),
        "hovertemplate": f"<b>%{{text}}</b> {name}: %{{x:.1%}}<br>95 % %{{customdata[2]:.1%}} to "
        "%{customdata[3]:.1%}<br>%{customdata[0]} lines, %{customdata[1]:,} tumors<extra></extra>",
    }


def _medians(table: pd.DataFrame) -> dict:
    before, after = table["rate_before"].median(), table["rate_after"].median()
    text = (
        f"median over types: <span style='color:{BEFORE}'><b>{before:.0%}</b></span> before, "
        f"<span style='color:{AFTER}'><b>{after:.0%}</b></span> after"
    )
    return panel_title(text, 1, xanchor="right", font={"size": 12})


def _layout(table: pd.DataFrame) -> dict:
    rows = [
        f"<b>{for_plotly(row.cancer_type)}</b>  {row.n_lines:,} · {row.n_tumors:,}"
        for row in table.itertuples()
    ]
    return {
        "height": 150 + ROW_PIXELS * max(len(table), 3),
        "margin": {"l": 8, "r": 12, "t": 64, "b": 84},
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": share_axis("Share of lines whose nearest tumors are of their own type"),
        "yaxis": row_axis(rows),
        "legend": legend_below(),
        "title": figure_title("C   Match rate per cancer type"),
    }
