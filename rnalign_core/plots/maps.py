"""Two maps of the same samples, before and after alignment, with one legend and one selection."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.labels import place
from rnalign_core.plots.palette import (
    MATCH_COLORS,
    SAMPLE_TYPE_COLORS,
    UNKNOWN,
    category_colors,
    type_color,
)
from rnalign_core.plots.style import MUTED, frame, layout, panel_title

ColorBy = Literal["cancer_type", "sample_type", "subtype", "purity", "match"]
COLOR_BY: tuple[str, ...] = get_args(ColorBy)

SIDES = ("before", "after")
HEIGHT = 620
SAMPLE_TYPES = {"tumor": "tumor", "cell_line": "cell line"}
DOMAINS = {"before": (0.0, 0.49), "after": (0.51, 1.0)}
PANEL_PIXELS = (470, 560)  # about what a panel measures on a laptop; labels are kept apart at this size
SMALL_PIXELS = 45  # a group that is lower than this would vanish under its name
MIN_NAMED_LINES = 5
MAX_LETTERS = 12
LETTER_PIXELS = (8.2, 14)  # width of a letter, height of a line
INKS = {False: ("#16202b", "#ffffff"), True: ("#f4f7fa", "#0c1117")}  # text and halo, on light and on dark
OUTLINES = {False: "rgba(22,32,43,0.75)", True: "rgba(244,247,250,0.75)"}
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
    """Draw the maps before and after alignment side by side.

    Tumors are circles, cell lines are larger diamonds on top of them. Each point carries its row number in
    `samples` as ``customdata``; both maps have the same legend, so that hiding a group hides it in both.

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
    keys = np.arange(len(samples), dtype=np.int16 if len(samples) < 2**15 else np.int32)
    chosen = samples.index.isin(list(selected))
    traces = []
    for side in SIDES:
        for group in _groups(samples, color_by, side):
            trace = _points(samples, keys, group, side, chosen, OUTLINES[dark])
            traces.append(trace | {"type": "scatter" if vector else "scattergl"})
    figure = go.Figure(_one_legend(traces), layout(**_layout(color_by, titles)))
    figure.layout.annotations += tuple(a for side in SIDES for a in _names(samples, side, dark))
    if color_by == "purity":
        figure.update_layout(coloraxis=_purity_axis())
    return figure


def shortened(name: str) -> str:
    """Return a name, given by a user, that fits into a legend and on a map."""
    return name if len(name) <= MAX_LETTERS else name[: MAX_LETTERS - 1] + "…"


def _groups(samples: pd.DataFrame, color_by: ColorBy, side: str) -> list[dict]:
    """Split samples into the traces of one map: rows, legend name, colour; tumors first, lines on top."""
    groups = []
    categories, colors = _categories(samples, color_by, side)
    sample_type = samples["sample_type"].to_numpy()
    for kind in SAMPLE_TYPES:
        for name, color in colors.items():
            rows = np.flatnonzero((categories == name) & (sample_type == kind))
            if len(rows):
                label = shortened(name) if color_by in ("cancer_type", "subtype") else name
                groups.append({"rows": rows, "name": name, "label": label, "color": color, "kind": kind})
    return groups


def _categories(
    samples: pd.DataFrame, color_by: ColorBy, side: str
) -> tuple[np.ndarray, dict[str, str | None]]:
    """Return the category of each sample on one map, and the colours in the order of the legend."""
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
    elif color_by == "purity":
        values = pd.Series(np.where(samples["purity"].isna(), "purity not known", "purity"), samples.index)
        colors = {"purity": None, "purity not known": MUTED}
    else:
        values = samples[color_by].astype(object).where(samples[color_by].notna(), UNKNOWN)
        names = sorted(values.unique(), key=lambda name: (name == UNKNOWN, name))
        of = category_colors(names) if color_by == "subtype" else {name: type_color(name) for name in names}
        colors = {name: of[name] for name in names}
    return values.to_numpy(object), colors


def _points(
    samples: pd.DataFrame, keys: np.ndarray, group: dict, side: str, chosen: np.ndarray, outline: str
) -> dict:
    """Return one trace of points."""
    rows, is_line = group["rows"], group["kind"] == "cell_line"
    part = samples.iloc[rows]
    many = len(samples) > 4000
    marker = {
        "symbol": "diamond" if is_line else "circle",
        "size": (6 if many else 8) if is_line else (3.5 if many else 5),
        "opacity": 0.95 if is_line else 0.7,
        "line": {"width": 0.6 if is_line else 0, "color": outline},
    }
    if group["color"] is None:
        percent = (100 * part["purity"]).round().to_numpy(np.uint8)  # a byte a point
        marker |= {"color": percent, "coloraxis": "coloraxis"}
    else:
        marker["color"] = group["color"]
    what = f"{for_plotly(group['name'])} · {SAMPLE_TYPES[group['kind']]}"
    trace = {
        "x": part[f"x_{side}"].to_numpy(np.float32),
        "y": part[f"y_{side}"].to_numpy(np.float32),
        "mode": "markers",
        "marker": marker,
        "customdata": keys[rows],
        "name": for_plotly(group["label"]),
        "legendgroup": for_plotly(group["name"]),
        "hovertemplate": what + "<extra></extra>",
        "unselected": {"marker": {"opacity": 0.07}},
        **_axes(side),
    }
    if is_line:  # names of tumors would double the figure's size; they are in the table of selected samples
        trace["text"] = [for_plotly(name) for name in part["name"]]
        trace["hovertemplate"] = "<b>%{text}</b><br>" + what + "<extra></extra>"
    if group["name"] == "purity":
        trace["hovertemplate"] = trace["hovertemplate"].replace("purity ·", "purity %{marker.color} % ·")
    if chosen.any():
        trace["selectedpoints"] = np.flatnonzero(chosen[rows]).tolist()
    return trace


def _names(samples: pd.DataFrame, side: str, dark: bool) -> list[dict]:
    """Return the names of cancer types where they belong, those of more samples first where room is short.

    They are annotations, which lie above WebGL points; text traces would lie below. The halo keeps them legible
    on points, and on a page that has just switched between light and dark.
    """
    columns = [f"x_{side}", f"y_{side}"]
    unit = np.ptp(samples[columns].to_numpy(float), axis=0) / PANEL_PIXELS
    anchors = _anchors(samples, columns, unit[1])
    names = [shortened(name) for name in anchors.index]
    sizes = [(len(name) * LETTER_PIXELS[0] + 2, LETTER_PIXELS[1]) for name in names]
    centres = place(anchors.to_numpy(float), np.reshape(sizes, (-1, 2)) * unit)
    ink, halo = INKS[dark]
    shadow = ", ".join(f"{x}px {y}px 2px {halo}" for x, y in ((1, 1), (-1, 1), (1, -1), (-1, -1)))
    axes = _axes(side)
    return [
        {
            "x": float(x),
            "y": float(y),
            "xref": axes["xaxis"],
            "yref": axes["yaxis"],
            "text": f"<b>{for_plotly(name)}</b>",
            "showarrow": False,
            "font": {"size": 11, "color": ink, "shadow": shadow},
        }
        for name, (x, y) in zip(names, centres, strict=True)
        if not np.isnan(x)
    ]


def _anchors(samples: pd.DataFrame, columns: list[str], pixel: float) -> pd.DataFrame:
    """Return where each name belongs: the median of the type's tumors, or of its lines where it has none.

    A group too small to show under its name is named just above it. The largest types come first; those of a
    few lines only are left out.
    """
    known = samples[samples["cancer_type"].notna()]
    types = known["cancer_type"].astype(str)
    is_tumor = known["sample_type"] == "tumor"
    n_tumors = is_tumor.groupby(types).sum()
    groups = known.loc[is_tumor | types.map(n_tumors).eq(0), columns].groupby(types)
    anchors, n_samples = groups.median(), groups.size()
    low, high = (groups[columns[1]].quantile(q) for q in (0.05, 0.95))
    above = high + LETTER_PIXELS[1] / 2 * pixel
    anchors[columns[1]] = anchors[columns[1]].where(high - low > SMALL_PIXELS * pixel, above)
    named = n_samples[(n_tumors.reindex(n_samples.index) > 0) | (n_samples >= MIN_NAMED_LINES)]
    return anchors.loc[named.sort_values(ascending=False, kind="stable").index]


def _axes(side: str) -> dict[str, str]:
    return {"xaxis": "x", "yaxis": "y"} if side == "before" else {"xaxis": "x2", "yaxis": "y2"}


def _one_legend(traces: list[dict]) -> list[dict]:
    """Show each legend group once; purity has a colour bar instead."""
    shown = {"purity"}
    for trace in traces:
        trace["showlegend"] = trace["legendgroup"] not in shown
        shown.add(trace["legendgroup"])
    return traces


def _layout(color_by: ColorBy, titles: tuple[str, str]) -> dict:
    axis = {
        "showticklabels": False,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
    }
    axes = {}
    for number, side in (("", "before"), ("2", "after")):
        axes[f"xaxis{number}"] = axis | {"domain": DOMAINS[side], "anchor": f"y{number}"}
        axes[f"yaxis{number}"] = axis | {"anchor": f"x{number}"}
    return axes | {
        "height": HEIGHT,
        "dragmode": "lasso",
        "hovermode": "closest",
        "uirevision": color_by,
        "legend": {
            "title": {"text": "● tumor   ◆ cell line"},
            "itemsizing": "constant",
            "tracegroupgap": 0,
            "font": {"size": 11},
            "y": 1,
            "x": 1.01,
        },
        "margin": {"l": 2, "r": 2, "t": 40, "b": 2},
        "shapes": [frame(*DOMAINS[side]) for side in SIDES],
        "annotations": [
            panel_title(f"<b>{letter}</b>   {for_plotly(title)}", DOMAINS[side][0])
            for letter, title, side in zip("AB", titles, SIDES, strict=True)
        ],
    }


def _purity_axis() -> dict:
    return {
        "cmin": 0,
        "cmax": 100,
        "colorscale": PURITY_SCALE,
        "colorbar": {"title": {"text": "Purity, %"}, "thickness": 12, "len": 0.5, "y": 0.6, "x": 1.01},
    }
