"""Figures of decodes at other labels: rates and distances, the company of one sample, genes, its place on the map."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.palette import AFTER, BEFORE
from rnalign_core.plots.style import GRID, MUTED, error_bars, layout, panel_title, row_axis

NOW = "#8a5cc9"
COLORS = {"input": BEFORE, "homogenised": AFTER, "now": NOW}
UP, DOWN = "#c2503d", "#2f6fb7"
ROW_PIXELS = 22
MAX_TYPES = 6
SIDES = ((0.0, 0.46), (0.54, 1.0))  # of two panels
AXIS = {"showgrid": True, "gridcolor": GRID, "zeroline": True, "zerolinecolor": MUTED, "zerolinewidth": 1}


def decode_bars(table: pd.DataFrame, chance: float | None) -> go.Figure:
    """Draw match rate and relative Delta D of the input, the homogenised decode and the present labels.

    Parameters
    ----------
    table
        One row a decode, from the top: ``name``; ``role``, a key of :data:`COLORS`; ``match`` with ``low, high``, its
        interval where there is one; ``relative_delta_d``. Missing values are left out.
    chance
        Match rate to expect by chance, a dotted line.
    """
    figure = go.Figure(layout=layout(**_bars_layout(table)))
    colors = [COLORS[role] for role in table["role"]]
    names = [for_plotly(name) for name in table["name"]]
    for number, column in enumerate(("match", "relative_delta_d")):
        values = table[column].astype(float)
        bars = {
            "x": values,
            "y": list(range(len(table))),
            "orientation": "h",
            "marker": {"color": colors},
            "text": [
                "not defined" if np.isnan(v) else format(v, "z.1%").replace("-", "\u2212") for v in values
            ],
            "textposition": "inside",
            "insidetextanchor": "start",
            "insidetextfont": {"color": "#ffffff", "size": 13},
            "customdata": names,
            "hovertemplate": "%{customdata}: %{x:.1%}<extra></extra>",
            "width": 0.66,
            "xaxis": f"x{number + 1}",
            "yaxis": f"y{number + 1}",
        }
        if column == "match":
            bars["error_x"] = error_bars(values, table["low"], table["high"], MUTED, width=4)
        figure.add_bar(**bars)
    if chance is not None:
        figure.add_vline(x=chance, line={"color": MUTED, "width": 1, "dash": "dot"})
    return figure


def _bars_layout(table: pd.DataFrame) -> dict:
    names = [f"<b>{for_plotly(name)}</b>" for name in table["name"]]
    rows = row_axis(names, range=[len(table) - 0.45, -0.55])
    distances = [0.0, *table["relative_delta_d"].dropna()]
    pad = 0.06 * (max(distances) - min(distances)) or 0.1
    span = [min(distances) - pad * (min(distances) < 0), max(distances) + pad]
    return {
        "height": 76 + 34 * len(table),
        "margin": {"l": 8, "r": 12, "t": 36, "b": 26},
        "showlegend": False,
        "dragmode": False,
        "xaxis": AXIS | {"domain": SIDES[0], "range": [0, 1.0], "tickformat": ".0%", "anchor": "y"},
        "xaxis2": AXIS | {"domain": SIDES[1], "range": span, "tickformat": ".0%", "anchor": "y2"},
        "yaxis": rows,
        "yaxis2": rows | {"showticklabels": False, "anchor": "x2"},
        "annotations": [
            panel_title("<b>Match rate</b>, higher is better", SIDES[0][0], font={"size": 13}, yshift=16),
            panel_title("<b>Relative ΔD</b>, nearer 0 is better", SIDES[1][0], font={"size": 13}, yshift=16),
        ],
    }


def neighbour_types(table: pd.DataFrame, own: str | None) -> go.Figure:
    """Draw the cancer types of a sample's nearest tumors, homogenised and at the present labels.

    Its height is always the same, so that what is below keeps its place; rare types are put together.

    Parameters
    ----------
    table
        By cancer type: numbers of neighbours ``homogenised`` and ``now``, the type from the top first; without ``now``
        where the labels are the homogenised ones.
    own
        The sample's own type.
    """
    if len(table) > MAX_TYPES:
        rest = table.iloc[MAX_TYPES - 1 :].sum().rename(f"{len(table) - MAX_TYPES + 1} other types")
        table = pd.concat([table.iloc[: MAX_TYPES - 1], rest.to_frame().T])
    names = [for_plotly(name) + (" (own type)" if name == own else "") for name in table.index]
    figure = go.Figure(
        layout=layout(
            height=110 + 2 * ROW_PIXELS * MAX_TYPES,
            margin={"l": 8, "r": 12, "t": 30, "b": 40},
            barmode="group",
            bargap=0.25,
            dragmode=False,
            legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0, "traceorder": "reversed"},
            xaxis=AXIS | {"title": {"text": "Of its nearest tumors"}, "rangemode": "tozero", "dtick": 5},
            yaxis={"range": [MAX_TYPES - 0.5, -0.5], "showgrid": False, "automargin": True},
        )
    )
    for column, name in (("homogenised", "homogenised"), ("now", "at these labels")):
        if column not in table:
            continue
        figure.add_bar(
            x=table[column],
            y=names,
            orientation="h",
            name=name,
            marker={"color": COLORS[column]},
            hovertemplate=f"%{{y}}: %{{x}} {name}<extra></extra>",
        )
    return figure


def gene_bars(change: pd.Series, n: int = 12) -> go.Figure:
    """Draw the genes whose decoded expression rises and falls most.

    Parameters
    ----------
    change
        Change by gene, log2(TPM+1).
    n
        Genes to show of each direction.
    """
    ordered = change[change != 0].sort_values(kind="stable")
    shown = pd.concat([ordered[ordered < 0].head(n), ordered[ordered > 0].tail(n)])[::-1]
    figure = go.Figure(
        layout=layout(
            height=86 + ROW_PIXELS * max(len(shown), 2),
            margin={"l": 8, "r": 12, "t": 8, "b": 44},
            dragmode=False,
            showlegend=False,
            xaxis=AXIS | {"title": {"text": "Change of decoded expression, log2(TPM+1)"}},
            yaxis=row_axis([for_plotly(gene) for gene in shown.index], tickfont={"size": 11}),
        )
    )
    figure.add_bar(
        x=shown.to_numpy(),
        y=list(range(len(shown))),
        orientation="h",
        marker={"color": np.where(shown > 0, UP, DOWN).tolist()},
        customdata=[for_plotly(gene) for gene in shown.index],
        hovertemplate="%{customdata}: %{x:+.2f}<extra></extra>",
    )
    return figure


def add_star(figure: go.Figure, name: str, here: np.ndarray, there: np.ndarray | None = None) -> go.Figure:
    """Return the figure of two maps with a sample's place: homogenised in A and B, at the present labels in B.

    Parameters
    ----------
    figure
        From :func:`rnalign_core.plots.linked_maps`.
    name
        The sample's name.
    here, there
        Its places (x, y); None: the present labels are the homogenised ones.
    """
    figure = go.Figure(figure)
    star = {"symbol": "star", "size": 19, "line": {"width": 1.5, "color": "#ffffff"}}
    hover = f"<b>{for_plotly(name)}</b> %{{text}}<extra></extra>"
    for axes, places in (("", [here]), ("2", [here] if there is None else [here, there])):
        figure.add_trace(
            {
                "type": figure.data[0].type,  # WebGL lies above all that is not
                "x": [float(p[0]) for p in places],
                "y": [float(p[1]) for p in places],
                "mode": "lines+markers",
                "line": {"color": NOW, "width": 2},
                "marker": star | {"color": [AFTER, NOW][: len(places)], "opacity": 1},
                "text": ["homogenised", "at these labels"][: len(places)],
                "hovertemplate": hover,
                "showlegend": False,
                "xaxis": f"x{axes}",
                "yaxis": f"y{axes}",
            }
        )
    return figure
