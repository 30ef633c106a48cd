"""Two maps of the same samples, before and after alignment, with one legend and one selection."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.palette import (
    MATCH_COLORS,
    SAMPLE_TYPE_COLORS,
    UNKNOWN,
    category_colors,
    type_color,
)
from rnalign_core.plots.panels import SAMPLE_TYPES, Coloring, Scale, draw_panels
from rnalign_core.plots.style import MUTED

ColorBy = Literal["cancer_type", "sample_type", "subtype", "purity", "match"]
COLOR_BY: tuple[str, ...] = get_args(ColorBy)

SIDES = ("before", "after")
PURITY_SCALE = [[0, "#f0b849"], [0.5, "#4a9d8e"], [1, "#3b3a8c"]]


def linked_maps(
    samples: pd.DataFrame,
    color_by: ColorBy = "cancer_type",
    *,
    selected: Collection[str] = (),
    titles: tuple[str, str] = ("Before alignment", "After alignment"),
    dark: bool = False,
    vector: bool = False,
) -> go.Figure:
    """Draw the maps before and after alignment side by side, as :func:`rnalign_core.plots.panels.draw_panels` does.

    Parameters
    ----------
    samples
        Table indexed by sample id: `sample_type`, `cancer_type`, `subtype`, `purity`, `name`;
        `x_before, y_before, x_after, y_after`; and `match_before, match_after`, whether a line matches its own
        type, missing where it is not scored.
    color_by
        One of :data:`COLOR_BY`.
    selected
        Sample ids to bring out in both maps; all others fade. None selected: nothing fades.
    titles
        Titles of the two maps.
    dark
        Whether the page is dark, for the names on the maps.
    vector
        Draw points as vector graphics, for export, instead of with WebGL, which is much quicker on a screen.
    """
    figure = draw_panels(
        samples,
        {side: color_samples(samples, color_by, side) for side in SIDES},
        lettered("AB", titles),
        selected=selected,
        dark=dark,
        vector=vector,
    )
    return figure.update_layout(uirevision=color_by)


def lettered(letters: str, titles: tuple[str, str]) -> dict[str, str]:
    """Return the titles of the maps of both sides, each after its letter."""
    return {
        side: f"<b>{letter}</b>   {for_plotly(title)}"
        for side, letter, title in zip(SIDES, letters, titles, strict=True)
    }


def color_samples(samples: pd.DataFrame, color_by: ColorBy, side: str) -> Coloring:
    """Return what colours samples on one side; see :func:`linked_maps` for their table."""
    if color_by == "purity":
        return percent_coloring(
            samples["purity"], "purity", "purity not known", {"title": {"text": "Purity, %"}}, PURITY_SCALE
        )
    is_line = (samples["sample_type"] == "cell_line").to_numpy()
    if color_by == "sample_type":
        values = samples["sample_type"].map(SAMPLE_TYPES)
        colors = {name: SAMPLE_TYPE_COLORS[kind] for kind, name in SAMPLE_TYPES.items()}
    elif color_by == "match":
        match = samples[f"match_{side}"]
        own, other, unscored, tumor = MATCH_COLORS
        values = pd.Series(np.where(is_line, np.where(match.isna(), unscored, other), tumor), samples.index)
        values[is_line & match.eq(True).fillna(False).to_numpy(bool)] = own
        colors = dict(MATCH_COLORS)
    else:
        values = samples[color_by].astype(object).where(samples[color_by].notna(), UNKNOWN)
        names = sorted(values.unique(), key=lambda name: (name == UNKNOWN, name))
        of = category_colors(names) if color_by == "subtype" else {name: type_color(name) for name in names}
        colors = {name: of[name] for name in names}
    return Coloring(values.to_numpy(object), colors, of_users=color_by in ("cancer_type", "subtype"))


def percent_coloring(
    shares: pd.Series, name: str, unknown: str, colorbar: dict, colorscale: list
) -> Coloring:
    """Return a coloring by a share, 0..1, on a scale in percent; samples without one are grey."""
    known = shares.notna().to_numpy()
    percent = (100 * shares.fillna(0)).round().to_numpy(np.uint8)  # a byte a point
    axis = {
        "cmin": 0,
        "cmax": 100,
        "colorscale": colorscale,
        "colorbar": {"thickness": 12, "len": 0.5, "y": 0.6, "x": 1.01, **colorbar},
    }
    scale = Scale(percent, f"{name} %{{marker.color}} %", axis)
    return Coloring(np.where(known, name, unknown).astype(object), {name: None, unknown: MUTED}, scale)
