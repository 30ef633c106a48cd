"""What every figure shares. Fonts and backgrounds are left to the page, so that light and dark both work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.palette import ACCENT

Values = Sequence[float] | np.ndarray | pd.Series

FRAME = "rgba(128,138,150,0.35)"
GRID = "rgba(128,138,150,0.18)"
MUTED = "#7c8694"
MODEBAR = {"bgcolor": "rgba(0,0,0,0)", "color": MUTED, "activecolor": ACCENT}


def layout(**extra: object) -> dict:
    """Return a figure's layout: nothing from Plotly's default template, quiet hover labels, and `extra`."""
    shared = {
        "template": go.layout.Template(),
        "hoverlabel": {"align": "left"},
        "margin": {"l": 8, "r": 8, "t": 40, "b": 8},
        "plot_bgcolor": "rgba(0,0,0,0)",
        "modebar": MODEBAR,
    }
    return shared | extra


def figure_title(text: str) -> dict:
    """Return the title of a figure, at its left edge."""
    return {"text": text, "x": 0, "xref": "container", "font": {"size": 15}}


def legend_below(**extra: object) -> dict:
    """Return a legend along the lower edge of a figure, for which its margin must leave room."""
    return {"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0} | extra


def share_axis(title: str | None = None, **extra: object) -> dict:
    """Return an axis of shares, 0..1, in percent."""
    return {
        "range": [-0.01, 1.01],
        "tickformat": ".0%",
        "gridcolor": GRID,
        "showgrid": True,
        "zeroline": False,
        "title": {"text": title},
    } | extra


def row_axis(labels: Sequence[str], **extra: object) -> dict:
    """Return an axis of rows, 0, 1, ... from above to below, with their labels."""
    return {
        "range": [len(labels) - 0.4, -0.6],
        "tickvals": list(range(len(labels))),
        "ticktext": list(labels),
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
    } | extra


def error_bars(value: Values, low: Values, high: Values, color: str, **extra: object) -> dict:
    """Return the intervals of points, from `low` to `high`, as thin lines without ends."""
    value, low, high = (np.asarray(part, float) for part in (value, low, high))
    shape = {"type": "data", "symmetric": False, "thickness": 1.4, "width": 0, "color": color}
    return shape | {"array": high - value, "arrayminus": value - low} | extra


def panel_title(text: str, x: float, **extra: object) -> dict:
    """Return an annotation that titles a panel whose left edge is at `x` (paper coordinates)."""
    return {
        "text": text,
        "x": x,
        "y": 1,
        "yshift": 26,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 15},
    } | extra


def frame(x0: float, x1: float) -> dict:
    """Return the frame of a panel from `x0` to `x1` (paper coordinates)."""
    corners = {"x0": x0, "x1": x1, "y0": 0, "y1": 1, "xref": "paper", "yref": "paper"}
    return {"type": "rect", "line": {"color": FRAME, "width": 1}, "layer": "below"} | corners
