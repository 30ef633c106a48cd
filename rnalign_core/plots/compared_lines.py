"""Cell lines side by side: where they lie on the map, their nearest tumors, and genes of the group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.palette import NEUTRAL
from rnalign_core.plots.panels import shortened
from rnalign_core.plots.ranking import GROUP_COLOR, MAX_NAME
from rnalign_core.plots.style import MUTED, frame, layout, legend_below, row_axis, share_axis

COMPARED_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # Okabe & Ito
NARROW = 18  # letters of a name above a column
LETTER = 5  # pixels that a slanted letter needs in height and in width
MAP_SIZE = {"width": 900, "height": 760}  # where it stands alone
PERCENTILE_SCALE = [[0, "#8fb4e3"], [0.5, "#eceae4"], [1, "#e0a074"]]  # light, for numbers to be read on it


def lines_on_map(
    samples: pd.DataFrame, tumor_ids: pd.Index, title: str, line_ids: Sequence[str], **size: int
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
    **size
        ``width`` and ``height`` in pixels; by default as wide as there is room.
    """
    tumors = samples[samples["sample_type"] == "tumor"]
    inside = tumors.index.isin(tumor_ids)
    figure = go.Figure(layout=layout(**(_map_layout() | size)))
    for name, part, color, size, opacity in (
        ("other tumors", tumors[~inside], NEUTRAL, 3.5, 0.35),
        (_short(title), tumors[inside], GROUP_COLOR, 5, 0.8),
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
        figure.add_scattergl(  # as the tumors: WebGL lies above SVG
            x=[line["x_after"]],
            y=[line["y_after"]],
            mode="markers",
            name=_short(line["name"]),
            marker={
                "symbol": "diamond",
                "color": color,
                "size": 12,
                "line": {"width": 1.5, "color": "#ffffff"},
            },
            hovertemplate=f"<b>{for_plotly(line['name'])}</b><extra></extra>",
        )
    return figure


def _short(name: str, most: int = MAX_NAME) -> str:
    """Return a name that fits into a legend or beside a bar."""
    return for_plotly(shortened(name, most))


def _map_layout() -> dict:
    axis = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    return {
        "height": 400,
        "xaxis": axis,
        "yaxis": axis,
        "shapes": [frame(0, 1)],
        "margin": {"l": 2, "r": 2, "t": 8, "b": 64},
        "legend": legend_below(itemsizing="constant"),
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
            xaxis=share_axis(range=[0, 1.001]),
            yaxis=row_axis([_short(name) for name in names]),
            legend=legend_below(traceorder="normal"),
        )
    )
    for group in shares:
        figure.add_bar(
            x=shares[group],
            y=list(range(len(names))),
            customdata=[for_plotly(name) for name in names],
            orientation="h",
            name=_short(group),
            marker={"color": colors[group], "line": {"width": 1, "color": "#ffffff"}},
            hovertemplate=f"%{{customdata}}: %{{x:.0%}} {for_plotly(group)}<extra></extra>",
        )
    return figure


def marker_heatmap(markers: pd.DataFrame, names: Sequence[str], title: str) -> go.Figure:
    """Draw genes of a group in lines: expression, coloured by its percentile among the group's tumors.

    Parameters
    ----------
    markers
        One row a gene, by gene: ``group``, median of the tumors; of each line ``{id}``, ``{id}_group``, median of the
        tumors that it is compared with, and ``{id}_percentile``.
    names
        Names of the lines, in the order of their columns.
    title
        Name of the group.
    """
    ids = [column.removesuffix("_percentile") for column in markers if column.endswith("_percentile")]
    values = markers[["group", *ids]].to_numpy(float)
    shares = np.column_stack([np.full(len(markers), 0.5), *(markers[f"{i}_percentile"] for i in ids)])
    columns = [f"{for_plotly(title)}, median", *map(for_plotly, names)]
    medians = markers[["group", *(f"{i}_group" for i in ids)]].to_numpy(float)
    figure = go.Figure(
        go.Heatmap(
            z=100 * shares,
            x=list(range(len(columns))),
            customdata=[columns] * len(markers),
            y=[for_plotly(gene) for gene in markers.index],
            text=_written(values),
            hovertext=_written(medians),
            texttemplate="%{text}",
            textfont={"color": "#16202b", "size": 11},
            colorscale=PERCENTILE_SCALE,
            zmin=0,
            zmax=100,
            xgap=2,
            ygap=2,
            colorbar=_colorbar_below("Percentile among the tumors"),
            hovertemplate="%{y} in %{customdata}: %{text} log2(TPM+1), percentile %{z:.0f}, median tumor %{hovertext}"
            "<extra></extra>",
        )
    )
    heads = [f"{_short(title, NARROW)}, median", *(_short(name, NARROW) for name in names)]
    top, right = (
        30 + LETTER * max(map(len, heads)),
        10 + LETTER * len(heads[-1]),
    )  # letters run up to the right
    figure.update_layout(
        layout(
            height=64 + top + 26 * len(markers),
            margin={"l": 8, "r": right, "t": top, "b": 64},
            dragmode=False,
            xaxis={
                "side": "top",
                "showgrid": False,
                "zeroline": False,
                "tickvals": list(range(len(columns))),
                "ticktext": heads,
                "tickangle": -45,
                "ticklabeloverflow": "allow",
                "tickfont": {"color": MUTED},
            },
            yaxis={"autorange": "reversed", "showgrid": False, "automargin": True},
        )
    )
    return figure


def _written(values: np.ndarray) -> list[list[str]]:
    return [[f"{value:.1f}" for value in row] for row in values.round(1) + 0.0]  # no minus before nothing


def _colorbar_below(title: str) -> dict:
    """Return a colour bar under a figure, which leaves columns their width; the margin must leave room for it."""
    place = {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "len": 0.6,
        "lenmode": "fraction",
    }
    return place | {
        "title": {"text": title, "side": "bottom"},
        "thickness": 10,
        "outlinewidth": 0,
        "nticks": 5,
    }
