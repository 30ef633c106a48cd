"""Ranked cell lines with intervals, against the tumors of a group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.palette import ACCENT, NEUTRAL, SAMPLE_TYPE_COLORS
from rnalign_core.plots.panels import shortened
from rnalign_core.plots.style import FRAME, GRID, MUTED, error_bars, layout, legend_below, row_axis

ROW_PIXELS = 25
MAX_NAME = 30  # letters of a name
MOST_LINES = 25
PERCENTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)
GROUP_COLOR = SAMPLE_TYPE_COLORS["tumor"]
OWN, OTHER, NOT_KNOWN = "annotated as this type", "annotated as another type", "type not known"
ANNOTATION_COLORS = {OWN: ACCENT, OTHER: "#8d6bb8", NOT_KNOWN: NEUTRAL}
HOLLOW = "resembles no tumor group of this cohort"
LEAST_GAP = 0.1  # between two percentiles on the axis, of its length: their width where the window is small
SCORE = "{:.2f}  ({:.2f} to {:.2f})"


def ranked_lines(
    lines: pd.DataFrame,
    tumor_z: np.ndarray,
    cancer_types: Sequence[str],
    n: int = MOST_LINES,
    measured_by: str = "the group's own tumors",
) -> go.Figure:
    """Draw the first `n` lines of a ranking with their intervals, against the tumors that they are measured by.

    The axis below is z, in standard deviations of these tumors; the axis above says which percentile of these
    tumors a place is, which is the score.

    Parameters
    ----------
    lines
        In order, by sample id: ``name, cancer_type, subtype, rank``, and ``score`` and ``z`` with ``_low``, ``_high``;
        ``cautions``, where ``no_group`` makes a mark hollow.
    tumor_z
        z of these tumors in the view of every model that ranks lines, of any shape. The bands and the axis above are of
        all views together; a line's score is of one.
    cancer_types
        Types of lines that are of the group, none where that is open.
    n
        Lines to draw.
    measured_by
        Which tumors these are, in words.
    """
    shown = lines.head(n)
    quantiles = np.quantile(tumor_z, PERCENTILES)
    figure = go.Figure(layout=layout(**_ranked_layout(shown, quantiles, for_plotly(measured_by))))
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
        "error_x": error_bars(part["z"], part["z_low"], part["z_high"], color),
        "hovertemplate": "%{text}<br>z %{x:.2f}<extra></extra>",
    }


def _ranked_layout(lines: pd.DataFrame, quantiles: np.ndarray, measured_by: str) -> dict:
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
            "title": {"text": f"z: standard deviations from the mean of {measured_by}"},
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
            "title": {"text": f"percentile of {measured_by}", "standoff": 6},
            "ticks": "outside",
            "tickcolor": FRAME,
        },
        "yaxis": row_axis(
            [
                f"{rank}.  {for_plotly(shortened(name, MAX_NAME))}"
                for rank, name in zip(lines["rank"], lines["name"], strict=True)
            ]
        ),
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
        "shapes": _tumor_shapes(quantiles),
        "legend": legend_below(),
    }


def _tumor_shapes(quantiles: np.ndarray) -> list[dict]:
    """Return the bands of the middle 90 % and the middle half of the tumors, and their median, over all rows."""
    height = {"yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    bands = [
        {"type": "rect", "x0": quantiles[low], "x1": quantiles[high], "opacity": opacity, **height}
        | {"fillcolor": GROUP_COLOR, "line": {"width": 0}}
        for low, high, opacity in ((1, 5, 0.13), (2, 4, 0.2))
    ]
    line = {"color": GROUP_COLOR, "width": 1.5, "dash": "dash"}
    return [*bands, {"type": "line", "x0": quantiles[3], "x1": quantiles[3], "line": line, **height}]


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
