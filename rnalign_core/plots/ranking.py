"""Ranked cell lines with intervals, and lines side by side: on the map and by genes of the group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.palette import ACCENT, NEUTRAL
from rnalign_core.plots.style import FRAME, GRID, MUTED, frame, layout

ROW_PIXELS = 25
MOST_LINES = 25
PERCENTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)
GROUP_COLOR = "#c2703d"  # as tumors elsewhere
OWN, OTHER, NOT_KNOWN = "annotated as this type", "annotated as another type", "type not known"
ANNOTATION_COLORS = {OWN: ACCENT, OTHER: "#8d6bb8", NOT_KNOWN: NEUTRAL}
HOLLOW = "resembles no tumors here"
LEAST_GAP = 0.055  # between two percentiles on the axis, of its length
COMPARED_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # Okabe & Ito
PERCENTILE_SCALE = [[0, "#8fb4e3"], [0.5, "#eceae4"], [1, "#e0a074"]]  # light, for numbers to be read on it
SCORE = "{:.2f}  ({:.2f} to {:.2f})"


def ranked_lines(
    lines: pd.DataFrame, tumor_z: np.ndarray, cancer_types: Sequence[str], n: int = MOST_LINES
) -> go.Figure:
    """Draw the first `n` lines of a ranking with their intervals, against the tumors of the group.

    The axis below is z, in standard deviations of the group's own tumors; the axis above says which percentile of these
    tumors a place is, which is the score.

    Parameters
    ----------
    lines
        In order, by sample id: ``name, cancer_type, subtype, rank``, and ``score`` and ``z`` with ``_low``, ``_high``;
        ``cautions``, where ``no_group`` makes a mark hollow.
    tumor_z
        z of the group's tumors.
    cancer_types
        Types of lines that are of the group, none where that is open.
    n
        Lines to draw.
    """
    shown = lines.head(n)
    quantiles = np.quantile(tumor_z, PERCENTILES)
    figure = go.Figure(layout=layout(**_ranked_layout(shown, quantiles)))
    for low, high, opacity in ((1, 5, 0.13), (2, 4, 0.2)):
        figure.add_vrect(
            quantiles[low],
            quantiles[high],
            fillcolor=GROUP_COLOR,
            opacity=opacity,
            layer="below",
            line_width=0,
        )
    figure.add_vline(quantiles[3], line={"color": GROUP_COLOR, "width": 1.5, "dash": "dash"}, layer="below")
    annotated = _annotated(shown, cancer_types)
    for kind, color in ANNOTATION_COLORS.items():
        if (annotated == kind).any():
            figure.add_scatter(**_line_marks(shown, np.flatnonzero(annotated == kind), color))
            figure.add_scatter(**_legend_entry(kind, color, "diamond"))
    if any(map(_is_hollow, shown["cautions"])):
        figure.add_scatter(**_legend_entry(HOLLOW, MUTED, "diamond-open"))
    figure.add_scatter(  # gives the axis above something to belong to
        x=[None], y=[None], xaxis="x2", showlegend=False, hoverinfo="skip"
    )
    return figure


def _annotated(lines: pd.DataFrame, cancer_types: Sequence[str]) -> np.ndarray:
    own = lines["cancer_type"].isin(cancer_types).to_numpy()
    return np.select([lines["cancer_type"].isna().to_numpy(), own], [NOT_KNOWN, OWN], OTHER)


def _is_hollow(codes: tuple[str, ...]) -> bool:
    return "no_group" in codes


def _legend_entry(name: str, color: str, symbol: str) -> dict:
    marker = {"symbol": symbol, "size": 10, "color": color, "line": {"width": 1.5, "color": color}}
    return {"x": [None], "y": [None], "mode": "markers", "name": name, "marker": marker}


def _line_marks(lines: pd.DataFrame, rows: np.ndarray, color: str) -> dict:
    part = lines.iloc[rows]
    text = [
        f"<b>{for_plotly(line.name)}</b>, rank {line.rank}<br>{for_plotly(line.cancer_type or NOT_KNOWN)}"
        f"{' · ' + for_plotly(line.subtype) if line.subtype else ''}<br>score "
        + SCORE.format(line.score, line.score_low, line.score_high)
        for line in part[
            ["name", "rank", "cancer_type", "subtype", "score", "score_low", "score_high"]
        ].itertuples(index=False)
    ]
    return {
        "x": part["z"],
        "y": rows,
        "mode": "markers",
        "showlegend": False,
        "text": text,
        "marker": {
            "symbol": ["diamond-open" if _is_hollow(codes) else "diamond" for codes in part["cautions"]],
            "size": 10,
            "color": color,
            "line": {"width": 1.5, "color": color},
        },
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": part["z_high"] - part["z"],
            "arrayminus": part["z"] - part["z_low"],
            "thickness": 1.4,
            "width": 0,
            "color": color,
        },
        "hovertemplate": "%{text}<br>z %{x:.2f}<extra></extra>",
    }


def _ranked_layout(lines: pd.DataFrame, quantiles: np.ndarray) -> dict:
    n = len(lines)
    low, high = min(lines["z_low"].min(), quantiles[0]), max(lines["z_high"].max(), quantiles[-1])
    pad = 0.03 * (high - low)
    scale = {"range": [low - pad, high + pad], "zeroline": False, "showgrid": False}
    ticks = _apart(quantiles, LEAST_GAP * (high - low))
    scores = [SCORE.format(*row) for row in lines[["score", "score_low", "score_high"]].to_numpy()]
    return {
        "height": 150 + ROW_PIXELS * max(n, 4),
        "margin": {"l": 8, "r": 118, "t": 74, "b": 92},
        "dragmode": False,
        "hovermode": "closest",
        "xaxis": scale
        | {
            "title": {"text": "z: standard deviations from the mean of the group's own tumors"},
            "showgrid": True,
            "gridcolor": GRID,
        },
        "xaxis2": scale
        | {
            "overlaying": "x",
            "side": "top",
            "tickvals": quantiles[ticks],
            "ticktext": [f"{100 * PERCENTILES[tick]:g} %" for tick in ticks],
            "tickangle": 0,
            "title": {"text": "percentile of the group's own tumors", "standoff": 6},
            "ticks": "outside",
            "tickcolor": FRAME,
        },
        "yaxis": {
            "range": [n - 0.4, -0.6],
            "tickvals": list(range(n)),
            "ticktext": [
                f"{r}.  {for_plotly(name)}" for r, name in zip(lines["rank"], lines["name"], strict=True)
            ],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
        },
        "annotations": [
            {
                "text": text,
                "x": 1,
                "xref": "paper",
                "xanchor": "left",
                "xshift": 8,
                "y": row,
                "yref": "y",
                "showarrow": False,
                "font": {"size": 11},
            }
            for row, text in enumerate(scores)
        ],
        "legend": {"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0},
    }


def _apart(places: np.ndarray, gap: float) -> list[int]:
    """Return which of the percentiles can be written without touching: the median first, then from the outside in."""
    kept: list[int] = []
    for tick in (3, 1, 5, 0, 2, 4):
        if all(abs(places[tick] - places[other]) > gap for other in kept):
            kept.append(tick)
    return sorted(kept)


def ranked_alt(lines: pd.DataFrame, title: str, n: int = MOST_LINES) -> str:
    """Say what :func:`ranked_lines` shows, for those who do not see it."""
    first = lines.head(3)
    named = "; ".join(
        f"{name}, {SCORE.format(*scores)}"
        for name, scores in zip(
            first["name"], first[["score", "score_low", "score_high"]].to_numpy(), strict=True
        )
    )
    return (
        f"The {min(n, len(lines))} cell lines most typical of {title}, with intervals. First, with score and interval: "
        f"{named}."
    )


def lines_on_map(
    samples: pd.DataFrame, tumor_ids: pd.Index, title: str, line_ids: Sequence[str]
) -> go.Figure:
    """Draw where lines lie on the map after alignment, with the tumors of the group brought out.

    Parameters
    ----------
    samples
        By sample id: ``sample_type, name, x_after, y_after``.
    tumor_ids
        Tumors of the group.
    title
        Name of the group.
    line_ids
        Up to four lines.
    """
    tumors = samples[samples["sample_type"] == "tumor"]
    inside = tumors.index.isin(tumor_ids)
    figure = go.Figure(layout=layout(**_map_layout()))
    for name, part, color, size, opacity in (
        ("other tumors", tumors[~inside], NEUTRAL, 3.5, 0.35),
        (for_plotly(title), tumors[inside], GROUP_COLOR, 5, 0.8),
    ):
        figure.add_scattergl(
            x=part["x_after"],
            y=part["y_after"],
            mode="markers",
            name=name,
            marker={"color": color, "size": size, "opacity": opacity},
            hoverinfo="skip",
        )
    for sample_id, color in zip(line_ids, COMPARED_COLORS, strict=False):
        line = samples.loc[sample_id]
        figure.add_scatter(
            x=[line["x_after"]],
            y=[line["y_after"]],
            mode="markers",
            name=for_plotly(line["name"]),
            marker={
                "symbol": "diamond",
                "color": color,
                "size": 15,
                "line": {"width": 1.5, "color": "#ffffff"},
            },
            hovertemplate=f"<b>{for_plotly(line['name'])}</b><extra></extra>",
        )
    return figure


def _map_layout() -> dict:
    axis = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    return {
        "height": 400,
        "xaxis": axis,
        "yaxis": axis,
        "shapes": [frame(0, 1)],
        "margin": {"l": 2, "r": 2, "t": 8, "b": 64},
        "legend": {
            "orientation": "h",
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "x": 0,
            "itemsizing": "constant",
        },
    }


def neighbour_bars(shares: pd.DataFrame, names: Sequence[str], colors: Mapping[str, str]) -> go.Figure:
    """Draw of which groups the nearest tumors of lines are, a bar a line.

    Parameters
    ----------
    shares
        Share of the nearest tumors in each group, lines x groups, in the order of the bars' parts.
    names
        Names of the lines.
    colors
        Colour of each group.
    """
    figure = go.Figure(
        layout=layout(
            height=110 + 34 * len(shares),
            barmode="stack",
            showlegend=True,
            bargap=0.3,
            dragmode=False,
            margin={"l": 8, "r": 12, "t": 8, "b": 70},
            xaxis={
                "range": [0, 1.001],
                "tickformat": ".0%",
                "gridcolor": GRID,
                "showgrid": True,
                "zeroline": False,
            },
            yaxis={"autorange": "reversed", "showgrid": False, "type": "category", "automargin": True},
            legend={
                "orientation": "h",
                "y": 0,
                "yref": "container",
                "yanchor": "bottom",
                "x": 0,
                "traceorder": "normal",
            },
        )
    )
    for group in shares:
        figure.add_bar(
            x=shares[group],
            y=[for_plotly(name) for name in names],
            orientation="h",
            name=for_plotly(group),
            marker={"color": colors[group], "line": {"width": 1, "color": "#ffffff"}},
            hovertemplate=f"%{{y}}: %{{x:.0%}} {for_plotly(group)}<extra></extra>",
        )
    return figure


def marker_heatmap(markers: pd.DataFrame, names: Sequence[str], title: str) -> go.Figure:
    """Draw genes of a group in lines: expression, coloured by its percentile among the group's tumors.

    Parameters
    ----------
    markers
        One row a gene, by gene: ``group``, median of the tumors; ``{id}`` and ``{id}_percentile`` of each line.
    names
        Names of the lines, in the order of their columns.
    title
        Name of the group.
    """
    ids = [column.removesuffix("_percentile") for column in markers if column.endswith("_percentile")]
    values = markers[["group", *ids]].to_numpy(float)
    shares = np.column_stack([np.full(len(markers), 0.5), *(markers[f"{i}_percentile"] for i in ids)])
    columns = [f"{for_plotly(title)}, median", *map(for_plotly, names)]
    figure = go.Figure(
        go.Heatmap(
            z=100 * shares,
            x=columns,
            y=[for_plotly(gene) for gene in markers.index],
            text=[[f"{value:.1f}" for value in row] for row in values],
            texttemplate="%{text}",
            textfont={"color": "#16202b", "size": 11},
            colorscale=PERCENTILE_SCALE,
            zmin=0,
            zmax=100,
            xgap=2,
            ygap=2,
            colorbar={"title": {"text": "Percentile<br>among tumors"}, "thickness": 12, "outlinewidth": 0},
            hovertemplate="%{y} in %{x}: %{text} log2(TPM+1), percentile %{z:.0f}<extra></extra>",
        )
    )
    figure.update_layout(
        layout(
            height=120 + 26 * len(markers),
            margin={"l": 8, "r": 8, "t": 76, "b": 8},
            dragmode=False,
            xaxis={"side": "top", "showgrid": False, "tickangle": -20, "tickfont": {"color": MUTED}},
            yaxis={"autorange": "reversed", "showgrid": False, "automargin": True},
        )
    )
    return figure
