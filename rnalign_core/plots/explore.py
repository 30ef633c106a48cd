"""The map of the Explore page: one side or both, any colour, chosen samples by name; and bars of who is in a group."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.labels import place
from rnalign_core.plots.maps import SIDES, percent_coloring
from rnalign_core.plots.palette import UNKNOWN, type_color
from rnalign_core.plots.panels import (
    INKS,
    Coloring,
    Scale,
    axes_of,
    draw_panels,
    label_sizes,
    on_grid,
    pixel_size,
    shortened,
)
from rnalign_core.plots.style import MUTED, layout, row_axis

MAX_NAMED = 25
MAX_LETTERS = 20
PANEL_PIXELS = {
    1: (540, 560),
    2: (450, 560),
}  # about what a panel measures on a laptop, by how many there are
RING = "#e11d48"
MODE_BAR_PIXELS = 24
TITLES = {"before": "Before alignment, not standardised", "after": "After alignment"}
# Where the name of a sample may go, in boxes from above it: a fan of rows, the nearest first.
FAN = sorted(
    ((x, y) for y in range(-12, 13) for x in (-1.1, 0, 1.1) if (x, y) != (0, -1)),
    key=lambda place: place[0] ** 2 + abs(place[1]),
)
FEW_GROUPS = 5  # a legend of so few fits below the map
BOX_PIXELS = 6  # of a name around its letters
LIFT_PIXELS = 22  # from a sample to its name
# From the page to a colour that stands out from it: lightness alone tells the order, for the colour-blind too.
EXPRESSION_SCALES = {
    False: [[0, "#dde3e9"], [0.4, "#5fb3b0"], [0.75, "#1b6b8c"], [1, "#3a1766"]],
    True: [[0, "#2b3542"], [0.4, "#1f7f86"], [0.75, "#6cc9a1"], [1, "#fbe77b"]],
}
SHARE_SCALE = [[0, "#d9661f"], [0.5, "#b9a7b5"], [1, "#1f77c4"]]  # as no match and match
MAX_BARS = 9
BAR_PIXELS = 19


def explore_map(
    samples: pd.DataFrame,
    colorings: Mapping[str, Coloring],
    *,
    titles: Mapping[str, str] = TITLES,
    selected: Collection[str] = (),
    marked: str | None = None,
    dark: bool = False,
    vector: bool = False,
    revision: str = "",
) -> go.Figure:
    """Draw the maps of the sides that have a coloring, with names at chosen samples.

    Parameters
    ----------
    samples
        As for :func:`rnalign_core.plots.linked_maps`.
    colorings
        What colours ``before`` and ``after``; one of them or both.
    titles
        Titles of the sides.
    selected
        Sample ids to bring out; all others fade. Up to 25 are named.
    marked
        Sample to ring and name.
    dark, vector
        As for :func:`rnalign_core.plots.linked_maps`.
    revision
        What the groups are. While it stays the same, so does what the user hid; the view stays as it is until
        other sides are shown.
    """
    sides = [side for side in SIDES if side in colorings]
    samples = on_grid(samples, sides)
    figure = draw_panels(
        samples,
        {side: colorings[side] for side in sides},
        {side: f"<b>{for_plotly(titles[side])}</b>" for side in sides},
        selected=selected,
        panel=PANEL_PIXELS[len(sides)],
        dark=dark,
        vector=vector,
    )
    named = [sample for sample in selected if sample in samples.index and sample != marked]
    named = named if len(named) <= MAX_NAMED else []
    if marked in samples.index:
        named = [marked, *named]
    for number, side in enumerate(sides):
        tags = name_tags(samples, named, side, number, PANEL_PIXELS[len(sides)], marked=marked, dark=dark)
        figure.layout.annotations += tuple(tags)
        if marked in samples.index:
            figure.layout.shapes += (_ring(samples.loc[marked], side, number),)
    if max(len(coloring.colors) for coloring in colorings.values()) <= FEW_GROUPS:
        figure.update_layout(legend={"orientation": "h", "x": 0, "y": -0.01, "yanchor": "top"})
    clear_mode_bar(figure)
    view = "+".join(sides)
    figure.update_xaxes(uirevision=view).update_yaxes(uirevision=view)
    return figure.update_layout(uirevision=f"{view} {revision}")


def clear_mode_bar(figure: go.Figure) -> None:
    """Move the titles of maps below the mode bar, and break them at a comma: narrow pages have no room beside it."""
    figure.for_each_annotation(
        lambda title: title.update(
            text=title.text.replace(", ", ",<br>"), align="left", yanchor="bottom", yshift=4
        ),
        selector={"yref": "paper"},
    )
    figure.layout.margin.t += MODE_BAR_PIXELS
    figure.layout.height += MODE_BAR_PIXELS


def own_share_coloring(samples: pd.DataFrame, side: str) -> Coloring:
    """Return a coloring by the share of a line's neighbours of its own type, ``own_share_SIDE``; others are grey."""
    colorbar = {"title": {"text": "Own-type<br>neighbours, %"}}
    return percent_coloring(samples[f"own_share_{side}"], "own type", "no share", colorbar, SHARE_SCALE)


def expression_coloring(
    expression: pd.Series, samples: pd.DataFrame, name: str, *, dark: bool = False
) -> Coloring:
    """Return a coloring by the expression of a gene.

    The scale ends at the 1st and the 99th percentile, so that a few extreme samples do not make the others alike.

    Parameters
    ----------
    expression
        log2(TPM+1) by sample id; those without a value are grey.
    samples
        Table by sample id.
    name
        What it is the expression of; what comes after a comma is written below the gene.
    dark
        Whether the page is dark: the lowest values are close to the colour of the page.
    """
    values = expression.reindex(samples.index).to_numpy(np.float32)
    known = np.isfinite(values)
    low, high = np.percentile(values[known], [1, 99]) if known.any() else (0.0, 1.0)
    gene, _, kind = for_plotly(name).partition(", ")
    title = {"text": f"<b>{gene}</b><br>{kind}<br>log2(TPM+1)"}
    axis = {
        "cmin": float(low),
        "cmax": float(max(high, low + 1e-3)),
        "colorscale": EXPRESSION_SCALES[dark],
        "colorbar": {"title": title, "thickness": 12, "len": 0.5, "y": 0.6, "x": 1.01},
    }
    scale = Scale(np.nan_to_num(values), f"{gene} %{{marker.color:.2f}}", axis)
    categories = np.where(known, "expression", "no expression").astype(object)
    return Coloring(categories, {"expression": None, "no expression": MUTED}, scale)


def type_bars(groups: Mapping[str, Sequence[str | None]], *, share: bool = False) -> go.Figure:
    """Draw how many samples of each cancer type there are, the commonest first, rare ones together.

    Parameters
    ----------
    groups
        Cancer types of samples, by what the samples are: ``tumor``, ``cell line``.
    share
        Write percentages of all samples instead of numbers.
    """
    table = type_counts(groups)
    total = table.sum(axis=1)
    shown = table[: MAX_BARS if len(table) <= MAX_BARS else MAX_BARS - 1]
    if len(shown) < len(table):
        rest = table[len(shown) :]
        shown = pd.concat([shown, rest.sum().to_frame(f"{len(rest)} others").T])
    labels = [for_plotly(shortened(name)) for name in shown.index]
    sums = shown.sum(axis=1)
    figure = go.Figure(layout=layout(**_bar_layout(labels, float(sums.max() if len(sums) else 1))))
    for kind in shown:
        last = kind == shown.columns[-1]
        text = [f"{n / total.sum():.0%}" if share else f"{n:,.0f}" for n in sums]
        figure.add_bar(
            x=shown[kind],
            y=list(range(len(shown))),
            orientation="h",
            name=kind,
            marker={
                "color": [type_color(name) for name in shown.index],
                "pattern": {
                    "shape": "/" if kind == "cell line" and len(shown.columns) > 1 else "",
                    "size": 5,
                },
            },
            text=text if last else None,
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{x:,}} {kind}s<extra></extra>",
        )
    return figure


def type_counts(groups: Mapping[str, Sequence[str | None]]) -> pd.DataFrame:
    """Return the number of samples by cancer type (rows, the commonest first) and by what they are (columns)."""
    counts = {
        kind: pd.Series(list(types), dtype=object).fillna(UNKNOWN).value_counts()
        for kind, types in groups.items()
        if len(types)
    }
    table = pd.DataFrame(counts).fillna(0).astype(int).rename_axis("cancer_type")
    return table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index]


def name_tags(
    samples: pd.DataFrame,
    named: Sequence[str],
    side: str,
    number: int,
    panel: tuple[int, int],
    *,
    marked: str | None = None,
    dark: bool = False,
) -> list[dict]:
    """Return the names of samples as annotations, each joined to its sample, apart from each other where there is room.

    Parameters
    ----------
    samples
        Table by sample id: ``name``, and ``x_SIDE, y_SIDE``.
    named
        Samples to name, the most important first.
    side, number
        The map, and which panel it is, counted from 0.
    panel
        About how wide and high the panel is on the screen, in pixels.
    marked
        Sample whose name is brought out.
    dark
        Whether the page is dark.
    """
    unit = pixel_size(samples, side, panel)
    names = [shortened(str(name), MAX_LETTERS) for name in samples.loc[named, "name"]]
    at = samples.loc[named, [f"x_{side}", f"y_{side}"]].to_numpy(float) / unit
    above = at + np.array([0, LIFT_PIXELS])
    centres = place(above, label_sizes(names) + BOX_PIXELS, FAN)
    centres = np.where(np.isnan(centres), above, centres)
    axes = axes_of(number)
    ink, paper = INKS[dark]
    return [
        {
            "x": float(x * unit[0]),
            "y": float(y * unit[1]),
            "xref": axes["xaxis"],
            "yref": axes["yaxis"],
            "ax": float(right),
            "ay": float(-up),
            "text": for_plotly(name),
            "showarrow": True,
            "arrowhead": 0,
            "arrowwidth": 1,
            "arrowcolor": RING if sample == marked else MUTED,
            "standoff": 4,
            "font": {"size": 11, "color": ink},
            "bgcolor": paper,
            "bordercolor": RING if sample == marked else MUTED,
            "borderpad": 2,
        }
        for sample, name, (x, y), (right, up) in zip(named, names, at, centres - at, strict=True)
    ]


def _ring(sample: pd.Series, side: str, number: int) -> dict:
    axes = axes_of(number)
    return {
        "type": "circle",
        "xref": axes["xaxis"],
        "yref": axes["yaxis"],
        "xsizemode": "pixel",
        "ysizemode": "pixel",
        "xanchor": int(sample[f"x_{side}"]),
        "yanchor": int(sample[f"y_{side}"]),
        "x0": -9,
        "x1": 9,
        "y0": -9,
        "y1": 9,
        "line": {"color": RING, "width": 2.5},
    }


def _bar_layout(labels: Sequence[str], longest: float) -> dict:
    return {
        "height": 16 + BAR_PIXELS * max(len(labels), 1),
        "margin": {"l": 4, "r": 4, "t": 4, "b": 4},
        "barmode": "stack",
        "bargap": 0.25,
        "showlegend": False,
        "dragmode": False,
        "xaxis": {"visible": False, "range": [0, 1.18 * longest]},
        "yaxis": row_axis(labels, range=[len(labels) - 0.5, -0.5], tickfont={"size": 11}),
    }
