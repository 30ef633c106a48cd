"""What every figure shares. Fonts and backgrounds are left to the page, so that light and dark both work."""

from __future__ import annotations

import plotly.graph_objects as go

from rnalign_core.plots.palette import ACCENT

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
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "modebar": MODEBAR,
    }
    return shared | extra


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
