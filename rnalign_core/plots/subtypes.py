"""Subtypes of a disease: its map before and after alignment, calls of lines, and the genes behind a call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.maps import SIDES, lettered
from rnalign_core.plots.palette import AFTER, NEUTRAL, UNKNOWN, category_colors, type_color
from rnalign_core.plots.panels import MAX_LETTERS, Coloring, axes_of, draw_panels, shortened
from rnalign_core.plots.style import FRAME, GRID, MUTED, layout, legend_below, row_axis

UNCLEAR = "unclear"
OUTSIDE = "outside the tumors"
OTHER, OTHER_COLOR = "other subtype", "#8d8171"  # a warmer grey than that of what is not known
# After Okabe & Ito; pink and green are changed so that the colour-blind tell these apart too. PAM50 has fixed colours.
PAM50 = {"Basal": "#d55e00", "Her2": "#d16089", "LumA": "#0072b2", "LumB": "#56b4e9", "Normal": "#4cb269"}
OTHERS = ("#0072b2", "#d55e00", "#4cb269", "#d16089", "#56b4e9", "#e69f00")
LUNG = ("LUAD", "LUSC")
MAX_NAMED_LINES = 90
MAX_NAME = 18
GROUP_PIXELS = 30
BELOW_BUTTONS = 68  # pixels above the maps, so that their titles are clear of the mode bar
PANELS = ((0.0, 0.475), (0.525, 1.0))  # apart by the title of an axis


def subtype_colors(groups: Sequence[str]) -> dict[str, str]:
    """Return a colour for each subtype: the fixed ones of PAM50 and of cancer types, else by sorted name."""
    if set(groups) <= set(LUNG):
        return {group: type_color(group) for group in groups}
    if set(groups) <= set(PAM50):
        return {group: PAM50[group] for group in groups}
    if len(groups) <= len(OTHERS):
        return dict(zip(sorted(groups), OTHERS, strict=False))
    return {group: color for group, color in category_colors(groups).items() if group != UNKNOWN}


def short_names(groups: Sequence[str]) -> dict[str, str]:
    """Return names that fit onto a map, all different: what long names begin with in common is left out."""
    groups = list(groups)
    cut = 0
    if max(map(len, groups)) > MAX_LETTERS:
        letters = takewhile(lambda column: len(set(column)) == 1, zip(*groups, strict=False))
        common = "".join(column[0] for column in letters)
        ends = [match.end() for match in re.finditer(r"[^A-Za-z0-9]", common)]
        fitting = [end for end in ends if max(map(len, groups)) - end < MAX_LETTERS]
        cut = fitting[0] if fitting else max(ends, default=0)
    names = [shortened("…" + group[cut:] if cut else group) for group in groups]
    again = [name if names.count(name) == 1 else f"{name[:8]}…{i + 1}" for i, name in enumerate(names)]
    return dict(zip(groups, again, strict=True))


def subtype_maps(
    samples: pd.DataFrame,
    colors: Mapping[str, str],
    axes: Mapping[str, tuple[str, str]],
    *,
    titles: tuple[str, str],
    marked: str | None = None,
    dark: bool = False,
    vector: bool = False,
) -> go.Figure:
    """Draw the tumors and lines of a disease before and after alignment.

    Parameters
    ----------
    samples
        Table by sample id: `sample_type`, `name`, `group` (subtype of a tumor, call of a line, None where a tumor has
        no subtype or a line no clear call), `outside` (whether a line lies outside the tumors), and ``x_before,
        y_before, x_after, y_after``.
    colors
        Colour of each subtype; those that are not in here are drawn as one.
    axes
        Titles of the x and the y axis on each side.
    titles
        Titles of the two maps.
    marked
        A sample to ring in both.
    dark, vector
        As of :func:`rnalign_core.plots.panels.draw_panels`.
    """
    short = short_names(list(colors))
    table = samples.assign(
        cancer_type=samples["group"].map(short)
    )  # the names on the maps are those of subtypes
    is_line = (samples["sample_type"] == "cell_line").to_numpy()
    group = samples["group"].astype(object)
    group = group.where(group.isna() | group.isin(list(colors)), OTHER)
    without = np.where(is_line, np.where(samples["outside"], OUTSIDE, UNCLEAR), UNKNOWN)
    categories = group.where(group.notna(), without).to_numpy(object)
    greys = {OTHER: OTHER_COLOR, UNKNOWN: NEUTRAL, UNCLEAR: MUTED, OUTSIDE: MUTED}
    coloring = Coloring(categories, dict(colors) | greys, of_users=True)
    figure = draw_panels(
        table,
        dict.fromkeys(SIDES, coloring),
        lettered("DE", titles),
        dark=dark,
        vector=vector,
    )
    labels = {for_plotly(group): for_plotly(name) for group, name in short.items()}
    labels |= {OTHER: OTHER, OUTSIDE: "outside"}
    for trace in figure.data:
        trace.name = labels.get(trace.legendgroup, trace.name)
    figure.update_traces(
        marker={"symbol": "diamond-open", "line": {"width": 1.4}}, selector={"legendgroup": OUTSIDE}
    )
    for number, side in enumerate(SIDES):
        names = axes_of(number)
        for name, title in zip((names["xaxis"], names["yaxis"]), axes[side], strict=True):
            title = {"text": title, "font": {"size": 11, "color": MUTED}, "standoff": 2}
            figure.layout[f"{name[0]}axis{name[1:]}"].title = title
        figure.layout[f"xaxis{number + 1 if number else ''}"].domain = PANELS[number]
        figure.layout.shapes[number].update(x0=PANELS[number][0], x1=PANELS[number][1])
        figure.layout.annotations[number].x = PANELS[number][0]
        if marked is not None:
            figure.add_trace(_ring(table.loc[marked], side, names, dark, vector))
    return figure.update_layout(margin={"l": 24, "b": 26, "t": BELOW_BUTTONS}, uirevision="subtypes")


def _ring(sample: pd.Series, side: str, axes: Mapping[str, str], dark: bool, vector: bool) -> go.Scatter:
    ring = {
        "x": [sample[f"x_{side}"]],
        "y": [sample[f"y_{side}"]],
        "mode": "markers",
        "marker": {
            "symbol": "circle-open",
            "size": 22,
            "color": "#ffffff" if dark else "#16202b",
            "line": {"width": 2.5},
        },
        "hoverinfo": "skip",
        "showlegend": False,
        "name": for_plotly(sample["name"]),
        **axes,
    }
    return (go.Scatter if vector else go.Scattergl)(ring)


def call_heatmap(probabilities: pd.DataFrame, names: pd.Series, outside: pd.Series) -> go.Figure:
    """Draw the probability of each subtype for each line, a column a line; grey where the line is outside the tumors.

    Parameters
    ----------
    probabilities
        Table of lines x subtypes, by sample id, in the order of the columns.
    names
        Names of the lines, by sample id.
    outside
        Whether a line lies outside the tumors, by sample id.
    """
    lines = [for_plotly(shortened(str(name), MAX_NAME)) for name in names.reindex(probabilities.index)]
    groups = list(probabilities)
    named = len(lines) <= MAX_NAMED_LINES
    places = list(range(len(lines)))
    figure = go.Figure(
        layout=layout(
            height=(130 if named else 60) + GROUP_PIXELS * len(groups),
            margin={"l": 8, "r": 8, "t": 8, "b": 8},
        )
    )
    is_outside = outside.reindex(probabilities.index).to_numpy(bool)
    for shown, color, where in ((~is_outside, "14,138,146", ""), (is_outside, "124,134,148", f", {OUTSIDE}")):
        figure.add_heatmap(
            z=np.where(shown, probabilities.to_numpy().T, np.nan),
            x=places,
            y=list(range(len(groups))),
            customdata=[[[line, for_plotly(group)] for line in lines] for group in groups],
            zmin=0,
            zmax=1,
            colorscale=[[share, f"rgba({color},{ink})"] for share, ink in ((0, 0.04), (0.5, 0.45), (1, 1))],
            xgap=1 if named else 0,
            ygap=2,
            hoverongaps=False,
            hovertemplate=f"<b>%{{customdata[0]}}</b>{where}<br>%{{customdata[1]}}: %{{z:.0%}}<extra></extra>",
            colorbar={"thickness": 10, "tickformat": ".0%", "nticks": 3, "outlinewidth": 0},
            showscale=not where,
        )
    figure.update_xaxes(
        tickvals=places if named else [],
        ticktext=lines if named else [],
        showgrid=False,
        zeroline=False,
        ticks="",
        tickangle=-90,
        tickfont={"size": 10},
    )
    figure.update_yaxes(
        **row_axis(
            [for_plotly(name) for name in short_names(groups).values()],
            range=[len(groups) - 0.5, -0.5],
            ticks="",
        )
    )
    return figure


def gene_chart(
    genes: pd.DataFrame, call: str, runner_up: str, colors: Mapping[str, str], line: str
) -> go.Figure:
    """Draw a line's values of genes between the means of two subtypes.

    Parameters
    ----------
    genes
        Table: `gene`, `observed`, `mean_call`, `mean_runner_up`, and `aligned` where the line was aligned, log2(TPM+1).
    call, runner_up
        The two subtypes.
    colors
        Colour of each subtype.
    line
        Name of the line.
    """
    rows = list(range(len(genes)))
    figure = go.Figure(
        layout=layout(
            height=150 + 27 * max(len(rows), 3), margin={"l": 8, "r": 12, "t": 12, "b": 84}, dragmode=False
        )
    )
    for row, low, high in zip(rows, genes["mean_call"], genes["mean_runner_up"], strict=True):
        figure.add_shape(
            type="line", x0=low, x1=high, y0=row, y1=row, line={"color": FRAME, "width": 3}, layer="below"
        )
    name, short = for_plotly(shortened(line, MAX_NAME)), short_names(list(colors))
    for column, label, marker in (
        ("mean_call", f"{for_plotly(short[call])} tumors, mean", {"color": colors[call], "size": 12}),
        (
            "mean_runner_up",
            f"{for_plotly(short[runner_up])} tumors, mean",
            {"color": colors[runner_up], "size": 12},
        ),
        ("observed", f"{name} observed", {"symbol": "diamond-open", "color": MUTED, "size": 10}),
        ("aligned", f"{name} aligned", {"symbol": "diamond", "color": AFTER, "size": 11}),
    ):
        if column not in genes:
            continue
        figure.add_scatter(
            x=genes[column],
            y=rows,
            mode="markers",
            name=label,
            text=[for_plotly(gene) for gene in genes["gene"]],
            marker=marker,
            hovertemplate=f"<b>%{{text}}</b><br>{label}: %{{x:.1f}}<extra></extra>",
        )
    figure.update_xaxes(gridcolor=GRID, zeroline=False, title={"text": "log2(TPM+1), scale of cell lines"})
    labels = [for_plotly(gene) for gene in genes["gene"]]
    figure.update_yaxes(**row_axis(labels, range=[len(rows) - 0.5, -0.5]))
    return figure.update_layout(legend=legend_below())
