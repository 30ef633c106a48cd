"""What maps of samples are made of: one or two panels of points that share a legend, and the names on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.labels import place
from rnalign_core.plots.style import frame, layout, panel_title

HEIGHT = 620
SAMPLE_TYPES = {"tumor": "tumor", "cell_line": "cell line"}
GAP = 0.02  # between two panels
PANEL_PIXELS = (470, 560)  # about what a panel measures on a laptop; names are kept apart at this size
SMALL_PIXELS = 45  # a group that is lower than this would vanish under its name
MIN_NAMED_LINES = 5
MAX_LETTERS = 12
LETTER_PIXELS = (8.2, 14)  # width of a letter, height of a line
GRID_STEPS = 32_000
INKS = {False: ("#16202b", "#ffffff"), True: ("#f4f7fa", "#0c1117")}  # text and halo, on light and on dark
OUTLINES = {False: "rgba(22,32,43,0.75)", True: "rgba(244,247,250,0.75)"}


@dataclass(frozen=True)
class Scale:
    """A continuous colour.

    Parameters
    ----------
    values
        Value of each sample; what it is where it is not known does not matter. (n_samples,)
    text
        What a value is called when it is pointed at, with ``%{marker.color}`` in place of the number.
    axis
        Plotly's `coloraxis`: range, scale and colour bar.
    """

    values: np.ndarray
    text: str
    axis: dict


@dataclass(frozen=True)
class Coloring:
    """What colours the points of one panel.

    Parameters
    ----------
    categories
        Category of each sample, (n_samples,).
    colors
        Colour of each category, in the order of the legend; None: its samples are coloured by `scale`.
    scale
        The continuous colour, where there is one.
    of_users
        Whether the categories are names that users gave, which are cut to fit into the legend.
    """

    categories: np.ndarray
    colors: Mapping[str, str | None]
    scale: Scale | None = None
    of_users: bool = False


def shortened(name: str, n_letters: int = MAX_LETTERS) -> str:
    """Return a name, given by a user, that fits into a legend and on a map."""
    return name if len(name) <= n_letters else name[: n_letters - 1] + "…"


def draw_panels(
    samples: pd.DataFrame,
    colorings: Mapping[str, Coloring],
    titles: Mapping[str, str],
    *,
    selected: Collection[str] = (),
    panel: tuple[int, int] = PANEL_PIXELS,
    dark: bool = False,
    vector: bool = False,
) -> go.Figure:
    """Draw the same samples on one panel a side, coloured as said.

    Tumors are circles, cell lines are larger diamonds on top of them. Each point carries its row number in
    `samples` as ``customdata``; all panels have the same legend, so that hiding a group hides it in each.

    Parameters
    ----------
    samples
        Table by sample id: `sample_type`, `cancer_type`, `name`, and ``x_SIDE, y_SIDE`` of each side.
    colorings
        What colours each side, in the order of the panels.
    titles
        Title of each side.
    selected
        Sample ids to bring out in all panels; all others fade. None selected: nothing fades.
    panel
        About how wide and high a panel is on the screen, in pixels, so that names do not cover each other.
    dark
        Whether the page is dark, for the names on the maps.
    vector
        Draw points as vector graphics, for export, instead of with WebGL, which is much quicker on a screen.
    """
    keys = np.arange(len(samples), dtype=np.int16 if len(samples) < 2**15 else np.int32)
    chosen = samples.index.isin(list(selected))
    traces, names = [], []
    for number, (side, coloring) in enumerate(colorings.items()):
        for group in _groups(samples, coloring):
            trace = _points(samples, keys, group, side, chosen, coloring.scale, OUTLINES[dark])
            traces.append(trace | axes_of(number) | {"type": "scatter" if vector else "scattergl"})
        names += _names(samples, side, axes_of(number), panel, dark)
    scales = [coloring.scale for coloring in colorings.values() if coloring.scale]
    figure = go.Figure(_one_legend(traces, scaled=bool(scales)), layout(**_layout(titles)))
    figure.layout.annotations += tuple(names)
    if scales:
        figure.update_layout(coloraxis=scales[0].axis)
    return figure


def on_grid(samples: pd.DataFrame, sides: Sequence[str]) -> pd.DataFrame:
    """Return the table with coordinates as 16-bit integers, half as long on the way to the browser.

    The units of a UMAP mean nothing, and a step is much less than a pixel.
    """
    columns = [f"{axis}_{side}" for side in sides for axis in "xy"]
    places = samples[columns].to_numpy(float)
    low, size = places.min(axis=0), np.ptp(places, axis=0)
    steps = np.round((places - low) / np.where(size > 0, size, 1) * GRID_STEPS).astype(np.int16)
    return samples.assign(**dict(zip(columns, steps.T, strict=True)))


def axes_of(number: int) -> dict[str, str]:
    """Return the axes of a panel, counted from 0."""
    end = str(number + 1) if number else ""
    return {"xaxis": f"x{end}", "yaxis": f"y{end}"}


def pixel_size(samples: pd.DataFrame, side: str, panel: tuple[int, int]) -> np.ndarray:
    """Return about how much of a map's x and y a pixel is, (2,)."""
    return np.ptp(samples[[f"x_{side}", f"y_{side}"]].to_numpy(float), axis=0) / panel


def _groups(samples: pd.DataFrame, coloring: Coloring) -> list[dict]:
    """Split samples into the traces of one panel: rows, name, legend label, colour; tumors first, lines on top."""
    groups = []
    number = pd.Index(coloring.colors).get_indexer(coloring.categories)
    for kind in SAMPLE_TYPES:
        is_kind = (samples["sample_type"] == kind).to_numpy()
        for i, (name, color) in enumerate(coloring.colors.items()):
            rows = np.flatnonzero((number == i) & is_kind)
            if len(rows):
                label = shortened(name) if coloring.of_users else name
                groups.append({"rows": rows, "name": name, "label": label, "color": color, "kind": kind})
    return groups


def _points(
    samples: pd.DataFrame,
    keys: np.ndarray,
    group: dict,
    side: str,
    chosen: np.ndarray,
    scale: Scale | None,
    outline: str,
) -> dict:
    """Return one trace of points."""
    rows, is_line = group["rows"], group["kind"] == "cell_line"
    many = len(samples) > 4000
    marker = {
        "symbol": "diamond" if is_line else "circle",
        "size": (6 if many else 8) if is_line else (3.5 if many else 5),
        "opacity": 0.95 if is_line else 0.7,
        "line": {"width": 0.6 if is_line else 0, "color": outline},
        "color": group["color"],
    }
    what = f"{for_plotly(group['name'])} · {SAMPLE_TYPES[group['kind']]}"
    if group["color"] is None:
        rows = rows[np.argsort(scale.values[rows], kind="stable")]  # high values, often few, on top
        marker |= {"color": scale.values[rows], "coloraxis": "coloraxis"}
        what = f"{scale.text} · {SAMPLE_TYPES[group['kind']]}"
    trace = {
        "x": samples[f"x_{side}"].to_numpy()[rows],
        "y": samples[f"y_{side}"].to_numpy()[rows],
        "mode": "markers",
        "marker": marker,
        "customdata": keys[rows],
        "name": for_plotly(group["label"]),
        "legendgroup": for_plotly(group["name"]),
        "hovertemplate": what + "<extra></extra>",
        "unselected": {"marker": {"opacity": 0.07}},
    }
    if is_line:  # names of tumors would double the figure's size; they are in the table of samples
        trace["text"] = [for_plotly(name) for name in samples["name"].iloc[rows]]
        trace["hovertemplate"] = "<b>%{text}</b><br>" + what + "<extra></extra>"
    if chosen.any():
        trace["selectedpoints"] = np.flatnonzero(chosen[rows]).tolist()
    return trace


def _names(
    samples: pd.DataFrame, side: str, axes: dict[str, str], panel: tuple[int, int], dark: bool
) -> list[dict]:
    """Return the names of cancer types where they belong, those of more samples first where room is short.

    They are annotations, which lie above WebGL points; text traces would lie below. The halo keeps them legible
    on points, and on a page that has just switched between light and dark.
    """
    unit = pixel_size(samples, side, panel)
    anchors = _anchors(samples, [f"x_{side}", f"y_{side}"], unit[1])
    names = [shortened(name) for name in anchors.index]
    centres = place(anchors.to_numpy(float), label_sizes(names) * unit)
    ink, halo = INKS[dark]
    shadow = ", ".join(f"{x}px {y}px 2px {halo}" for x, y in ((1, 1), (-1, 1), (1, -1), (-1, -1)))
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


def label_sizes(names: Collection[str]) -> np.ndarray:
    """Return about how wide and high names are on a map, in pixels, (n_names, 2)."""
    return np.reshape([(len(name) * LETTER_PIXELS[0] + 2, LETTER_PIXELS[1]) for name in names], (-1, 2))


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


def _one_legend(traces: list[dict], *, scaled: bool) -> list[dict]:
    """Show each legend group once; what is on a scale has a colour bar instead."""
    shown = {trace["legendgroup"] for trace in traces if scaled and "coloraxis" in trace["marker"]}
    for trace in traces:
        trace["showlegend"] = trace["legendgroup"] not in shown
        shown.add(trace["legendgroup"])
    return traces


def _layout(titles: Mapping[str, str]) -> dict:
    axis = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    width = (1 - GAP * (len(titles) - 1)) / len(titles)
    axes, frames, headings = {}, [], []
    for number, title in enumerate(titles.values()):
        names, left = axes_of(number), number * (width + GAP)
        axes[names["xaxis"].replace("x", "xaxis")] = axis | {
            "domain": (left, left + width),
            "anchor": names["yaxis"],
        }
        axes[names["yaxis"].replace("y", "yaxis")] = axis | {"anchor": names["xaxis"]}
        frames.append(frame(left, left + width))
        headings.append(panel_title(title, left))
    return axes | {
        "height": HEIGHT,
        "dragmode": "lasso",
        "hovermode": "closest",
        "legend": {
            "title": {"text": "● tumor   ◆ cell line"},
            "itemsizing": "constant",
            "tracegroupgap": 0,
            "font": {"size": 11},
            "y": 1,
            "x": 1.01,
        },
        "margin": {"l": 2, "r": 2, "t": 40, "b": 2},
        "shapes": frames,
        "annotations": headings,
    }
