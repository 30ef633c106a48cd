"""How well subtypes are kept apart, and how far the probabilities of calls can be trusted."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.palette import AFTER, BEFORE
from rnalign_core.plots.style import FRAME, error_bars, layout, legend_below, row_axis, share_axis
from rnalign_core.plots.subtypes import short_names

DECODED = "#b0742c"
MAX_ROW_LETTERS = 24
SPACES = {
    "input": ("before", BEFORE),
    "residual": ("after, with residual", AFTER),
    "decoded": ("after, decoded only", DECODED),
}


def preservation_chart(table: pd.DataFrame) -> go.Figure:
    """Draw how often tumors are called their own subtype by other tumors, before and after alignment.

    Parameters
    ----------
    table
        A row a subtype (the first row is their mean) and space: `subtype`, `space`, `n_tumors`, `rate`, `low`, `high`.
    """
    subtypes = list(dict.fromkeys(table["subtype"]))
    sizes = table.drop_duplicates("subtype").set_index("subtype")["n_tumors"]
    figure = go.Figure()
    offsets = dict(zip(SPACES, (-0.22, 0, 0.22), strict=True))
    for space, part in table.groupby("space", sort=False):
        label, color = SPACES[space]
        figure.add_scatter(
            x=part["rate"],
            y=[subtypes.index(subtype) + offsets[space] for subtype in part["subtype"]],
            mode="markers",
            name=label,
            text=[for_plotly(subtype) for subtype in part["subtype"]],
            customdata=part[["low", "high"]],
            marker={"size": 9, "color": color},
            error_x=error_bars(part["rate"], part["low"], part["high"], color),
            hovertemplate=f"<b>%{{text}}</b> {label}: %{{x:.0%}}<br>95 % %{{customdata[0]:.0%}} to "
            "%{customdata[1]:.0%}<extra></extra>",
        )
    names = dict(zip(subtypes, subtypes, strict=True))
    if max(map(len, subtypes)) > MAX_ROW_LETTERS:
        names |= short_names(subtypes[1:])
    rows = [f"<b>{for_plotly(names[subtype])}</b>  {sizes[subtype]:,}" for subtype in subtypes]
    figure.update_layout(
        layout(
            height=150 + 44 * len(rows),
            margin={"l": 8, "r": 12, "t": 12, "b": 84},
            hovermode="closest",
            dragmode=False,
            legend=legend_below(),
            xaxis=share_axis("Share of tumors called right"),
            yaxis=row_axis(rows, range=[len(rows) - 0.5, -0.5]),
        )
    )
    return figure


def reliability_chart(series: Iterable[tuple[str, str, np.ndarray, np.ndarray, np.ndarray]]) -> go.Figure:
    """Draw the share of right calls against their stated probability.

    Parameters
    ----------
    series
        Name, colour, share of the calls, mean confidence and accuracy of bins, NaN where a bin is empty.
    """
    figure = go.Figure(layout=layout(height=360, margin={"l": 8, "r": 12, "t": 12, "b": 84}, dragmode=False))
    figure.add_shape(
        type="line", x0=0, y0=0, x1=1, y1=1, line={"color": FRAME, "dash": "dash"}, layer="below"
    )
    for name, color, share, stated, true in series:
        known = share > 0
        figure.add_scatter(
            x=stated[known],
            y=true[known],
            mode="lines+markers",
            cliponaxis=False,
            name=name,
            line={"color": color, "width": 1.2},
            marker={"color": color, "size": 6 + 22 * np.sqrt(share[known]), "opacity": 0.85},
            customdata=share[known],
            hovertemplate=f"{name}: stated %{{x:.0%}}, right %{{y:.0%}}<br>%{{customdata:.0%}} of calls<extra></extra>",
        )
    figure.update_xaxes(**share_axis("Stated probability", range=[-0.03, 1.03]))
    figure.update_yaxes(**share_axis("Share of right calls", range=[-0.03, 1.03]))
    return figure.update_layout(legend=legend_below(itemsizing="constant"))
