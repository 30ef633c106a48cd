"""Figures of a benchmark: match rates of several methods per cancer type and overall, and the label-echo control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rnalign_core.plots.echo import echo_alt, echo_figure
from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.palette import ACCENT, BEFORE
from rnalign_core.plots.style import (
    FRAME,
    GRID,
    MUTED,
    error_bars,
    figure_title,
    layout,
    legend_below,
    row_axis,
    share_axis,
)

__all__ = [
    "echo_alt",
    "echo_figure",
    "method_colors",
    "overall_alt",
    "overall_rates",
    "rates_alt",
    "rates_by_type",
    "rates_by_type_panels",
]

# Each as far as possible from those before it and from the two fixed ones, as seen normally and under deuteranopia and
# protanopia (see docs/decisions/006-palette.md); symbols tell methods apart as well.
COLORS = ("#325af0", "#b4aa1e", "#d21e14", "#5a96fa", "#006eaa", "#147846")
FIXED = {"input_standardised": BEFORE, "rnalign": ACCENT}
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "triangle-down", "hexagon")
BAND = "rgba(128,138,150,0.09)"
METHOD_PIXELS, TYPE_PIXELS, ROW_PIXELS = 11, 14, 27
PANEL_COLUMNS, PANEL_ROW_PIXELS = 4, 15
SPREAD = 0.74  # of a type's band that its methods fill


def method_colors(rows: Sequence[str]) -> dict[str, str]:
    """Return a colour for each row: input grey and RNAlign teal as everywhere, the others in turn."""
    others = [row for row in rows if row not in FIXED]
    turns = {row: COLORS[i % len(COLORS)] for i, row in enumerate(others)}
    return {row: FIXED.get(row) or turns[row] for row in rows}


def rates_by_type(types: pd.DataFrame, rows: Sequence[str], titles: Mapping[str, str]) -> go.Figure:
    """Draw the match rates of some methods side by side for each cancer type, with intervals.

    Parameters
    ----------
    types
        Table with ``row, cancer_type, n_lines, n_tumors, rate, low, high``, one row a method and type.
    rows
        Methods to draw, from above to below; at most about six can be read.
    titles
        Names of methods by row.
    """
    chosen = types[types["row"].isin(rows)]
    order, names = _types(chosen)
    colors = method_colors(rows)
    figure = go.Figure(layout=layout(**_type_layout(order, names, len(rows))))
    for i in range(0, len(order), 2):
        figure.add_hrect(i - 0.5, i + 0.5, fillcolor=BAND, line_width=0, layer="below")
    for i, row in enumerate(rows):
        offset = SPREAD * ((i + 0.5) / len(rows) - 0.5)
        trace = _dots(chosen[chosen["row"] == row], order, offset, colors[row], SYMBOLS[i % len(SYMBOLS)])
        figure.add_scatter(**trace, name=for_plotly(titles[row]))
    return figure


def rates_by_type_panels(
    types: pd.DataFrame, rows: Sequence[str], titles: Mapping[str, str], reference: str | None = None
) -> go.Figure:
    """Draw match rates per cancer type of many methods, one small panel a method.

    Parameters
    ----------
    types, rows, titles
        As in :func:`rates_by_type`.
    reference
        A row that is repeated as grey ticks in every panel.
    """
    order, _ = _types(types)
    n_rows = max(1, -(-len(rows) // PANEL_COLUMNS))
    panel_height = 46 + PANEL_ROW_PIXELS * max(len(order), 3)
    figure = make_subplots(
        n_rows,
        PANEL_COLUMNS,
        subplot_titles=[for_plotly(titles[row]) for row in rows],
        shared_xaxes="all",
        shared_yaxes="all",
        horizontal_spacing=0.035,
        vertical_spacing=44 / (panel_height * n_rows),
    )
    for i, row in enumerate(rows):
        cell = {"row": i // PANEL_COLUMNS + 1, "col": i % PANEL_COLUMNS + 1}
        if reference is not None and row != reference:
            ticks = types[types["row"] == reference]
            figure.add_trace(go.Scatter(**_ticks(ticks, order)), **cell)
        color = FIXED.get(row.partition(".")[0], COLORS[0])
        dots = _dots(types[types["row"] == row], order, 0, color, "circle", size=6)
        figure.add_trace(go.Scatter(**dots, name=for_plotly(titles[row]), showlegend=False), **cell)
    figure.update_xaxes(**share_axis(tickvals=[0, 0.5, 1], tickfont={"size": 10}))
    labels = [f"<b>{for_plotly(code)}</b>" for code in order]
    figure.update_yaxes(**row_axis(labels, showgrid=True, gridcolor=GRID, tickfont={"size": 10}))
    for i in range(len(rows), n_rows * PANEL_COLUMNS):
        cell = {"row": i // PANEL_COLUMNS + 1, "col": i % PANEL_COLUMNS + 1}
        figure.update_xaxes(visible=False, **cell)
        figure.update_yaxes(visible=False, **cell)
    figure.update_annotations(font_size=12)
    height = panel_height * n_rows + 60
    return figure.update_layout(
        layout(height=height, dragmode=False, showlegend=False, margin={"l": 8, "r": 8, "t": 36, "b": 24})
    )


def overall_rates(table: pd.DataFrame, chance: float | None = None) -> go.Figure:
    """Draw the match rate of each method with its interval, the highest first, and chance as a line.

    Parameters
    ----------
    table
        Table indexed by row with ``title``, ``labels`` and ``match_micro, match_micro_low, match_micro_high``, as from
        :func:`rnalign_core.evidence.tables.methods_table`. Rows without a value are left out.
    chance
        Rate to expect by chance.
    """
    rows = table.dropna(subset=["match_micro"]).sort_values("match_micro", ascending=False, kind="stable")
    figure = go.Figure(layout=layout(**_overall_layout(rows)))
    if chance is not None:
        figure.add_vline(x=chance, line={"color": MUTED, "width": 1.5, "dash": "dot"}, layer="below")
        figure.add_annotation(
            x=chance, y=1, yref="paper", yshift=11, text=f"chance {chance:.0%}", showarrow=False, font_size=11
        )
    positions = pd.Series(range(len(rows)), index=rows.index)
    ours = rows.index.str.startswith("rnalign")
    groups = [
        ("RNAlign", ours, ACCENT, "circle"),
        (
            "others that learn from types of other lines",
            ~ours & (rows["labels"] != "none"),
            COLORS[1],
            "diamond",
        ),
        ("label-free methods", ~ours & (rows["labels"] == "none"), COLORS[0], "square"),
    ]
    for label, member, color, symbol in groups:
        part = rows[member]
        if part.empty:
            continue
        value, low, high = (part[f"match_micro{end}"] for end in ("", "_low", "_high"))
        figure.add_scatter(
            x=value,
            y=positions[part.index],
            mode="markers+text",
            text=[f"{v:.0%}" for v in value],
            textposition="top center",
            textfont={"size": 10},
            name=label,
            customdata=pd.DataFrame({"title": part["title"].map(for_plotly), "low": low, "high": high}),
            marker={"size": 10, "color": color, "symbol": symbol},
            error_x=error_bars(value, low, high, color),
            hovertemplate="<b>%{customdata[0]}</b>: %{x:.1%}<br>95 % %{customdata[1]:.1%} to "
            "%{customdata[2]:.1%}<extra></extra>",
        )
    return figure


def rates_alt(types: pd.DataFrame, rows: Sequence[str], titles: Mapping[str, str]) -> str:
    """Describe :func:`rates_by_type` for somebody who does not see it."""
    chosen = types[types["row"].isin(rows)]
    medians = chosen.groupby("row")["rate"].median()
    parts = [f"{titles[row]} {medians[row]:.1%}" for row in rows if row in medians]
    return (
        f"Match rate of {chosen['cancer_type'].nunique()} cancer types by method, with intervals. Median over "
        f"types: {', '.join(parts)}."
    )


def overall_alt(table: pd.DataFrame) -> str:
    """Describe :func:`overall_rates` for somebody who does not see it."""
    rows = table.dropna(subset=["match_micro"]).sort_values("match_micro", ascending=False, kind="stable")
    parts = [f"{title} {rate:.1%}" for title, rate in zip(rows["title"], rows["match_micro"], strict=True)]
    return f"Match rate by method, the highest first: {', '.join(parts)}."


def _types(types: pd.DataFrame) -> tuple[dict[str, int], list[str]]:
    """Return the row of each cancer type, the one with most lines first, and the labels of the rows."""
    sizes = types.drop_duplicates("cancer_type").sort_values(
        ["n_lines", "cancer_type"], ascending=[False, True]
    )
    names = [
        f"<b>{for_plotly(t.cancer_type)}</b>  {t.n_lines:,} · {t.n_tumors:,}" for t in sizes.itertuples()
    ]
    return {code: i for i, code in enumerate(sizes["cancer_type"])}, names


def _dots(
    table: pd.DataFrame, order: dict[str, int], offset: float, color: str, symbol: str, size: int = 9
) -> dict:
    table = table.assign(position=table["cancer_type"].map(order)).sort_values("position")
    return {
        "x": table["rate"],
        "y": table["position"] + offset,
        "mode": "markers",
        "text": [for_plotly(code) for code in table["cancer_type"]],
        "customdata": table[["low", "high", "n_lines", "n_tumors"]].to_numpy(),
        "marker": {"size": size, "color": color, "symbol": symbol},
        "error_x": error_bars(table["rate"], table["low"], table["high"], color),
        "hovertemplate": "<b>%{text}</b>, %{fullData.name}: %{x:.1%}<br>95 % %{customdata[0]:.1%} to "
        "%{customdata[1]:.1%}<br>%{customdata[2]} lines, %{customdata[3]:,} tumors<extra></extra>",
    }


def _ticks(table: pd.DataFrame, order: dict[str, int]) -> dict:
    mark = {"symbol": "line-ns-open", "size": 9, "color": MUTED, "line": {"width": 1.5, "color": MUTED}}
    return {
        "x": table["rate"],
        "y": table["cancer_type"].map(order),
        "mode": "markers",
        "marker": mark,
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _type_layout(order: dict[str, int], names: list[str], n_methods: int) -> dict:
    band = max(ROW_PIXELS, TYPE_PIXELS + METHOD_PIXELS * n_methods)
    legend = 30 * -(-n_methods // 3)
    return {
        "height": 110 + legend + band * max(len(order), 2),
        "margin": {"l": 8, "r": 12, "t": 48, "b": 54 + legend},
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": share_axis("Share of lines whose nearest tumors are of their own type"),
        "yaxis": row_axis(names, range=[len(order) - 0.5, -0.5]),
        "showlegend": True,
        "legend": legend_below(),
        "title": figure_title("Match rate per cancer type"),
    }


def _overall_layout(rows: pd.DataFrame) -> dict:
    return {
        "height": 150 + 32 * max(len(rows), 2),
        "margin": {"l": 8, "r": 12, "t": 62, "b": 84},
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": share_axis("Match rate"),
        "yaxis": row_axis(
            [for_plotly(title) for title in rows["title"]],
            range=[len(rows) - 0.4, -0.7],
            showgrid=True,
            gridcolor=FRAME,
            griddash="dot",
        ),
        "showlegend": True,
        "legend": legend_below(),
        "title": figure_title("Match rate over all scored lines, by method"),
    }
