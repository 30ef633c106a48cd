"""The label-echo control: where lines go when they are given wrong cancer types."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.palette import MATCH_COLORS
from rnalign_core.plots.style import (
    FRAME,
    GRID,
    MUTED,
    error_bars,
    figure_title,
    layout,
    legend_below,
    row_axis,
    share_axis,
)

OWN, WRONG = MATCH_COLORS["matches its own type"], MATCH_COLORS["matches another type"]
ROW_PIXELS = 46
TOLD = "told the type of the line that it aligns"


def echo_figure(echo: Sequence[dict]) -> go.Figure:
    """Draw, for each method that learns from cancer types, three marks that tell evidence from echo.

    The share of lines among tumors of their own type when types are right; the share among tumors of the *wrong* type
    that they were given; and the share that the wrong types would get by chance. A method that reads expression has
    the second on the third; one that repeats labels has it far to the right.

    Parameters
    ----------
    echo
        Entries with ``title, label_conditioned``, ``own`` and ``follow`` (each ``value, low, high``), ``chance``.
        Those without a result are left out; methods that are told the answer come last.
    """
    rows = _drawn(echo)
    figure = go.Figure(layout=layout(**_layout(rows)))
    n_honest = sum(not row["label_conditioned"] for row in rows)
    if 0 < n_honest < len(rows):
        figure.add_hline(y=n_honest - 0.5, line={"color": FRAME, "width": 1, "dash": "dash"})
    for key, name, color, symbol in (
        ("own", "right types given: share that match them", OWN, "circle"),
        ("follow", "wrong types given: share that match the wrong type", WRONG, "diamond"),
    ):
        value, low, high = ([row[key][end] for row in rows] for end in ("value", "low", "high"))
        figure.add_scatter(
            x=value,
            y=list(range(len(rows))),
            mode="markers",
            name=name,
            customdata=list(zip((for_plotly(row["title"]) for row in rows), low, high, strict=True)),
            marker={"size": 12, "color": color, "symbol": symbol},
            error_x=error_bars(value, low, high, color),
            hovertemplate=f"<b>%{{customdata[0]}}</b><br>{name}: %{{x:.1%}}<br>95 % %{{customdata[1]:.1%}} to "
            "%{customdata[2]:.1%}<extra></extra>",
        )
    figure.add_scatter(
        x=[row["chance"] for row in rows],
        y=list(range(len(rows))),
        mode="markers",
        name="chance for the wrong type",
        marker={"symbol": "line-ns-open", "size": 20, "color": MUTED, "line": {"width": 2.5, "color": MUTED}},
        hovertemplate="chance %{x:.1%}<extra></extra>",
    )
    for i, row in enumerate(rows):
        than = "<b>more than</b>" if follows(row) else "no more than"
        figure.add_annotation(
            x=1.02,
            y=i,
            xref="paper",
            xanchor="left",
            showarrow=False,
            align="left",
            text=f"{row['follow']['value']:.0%} follow,<br>{than} chance",
            font={"size": 11},
        )
    return figure


def echo_alt(echo: Sequence[dict]) -> str:
    """Describe :func:`echo_figure` for somebody who does not see it."""
    parts = [
        f"{row['title']}: {row['own']['value']:.1%} match their own type, {row['follow']['value']:.1%} a wrong type "
        f"that they were given, chance {row['chance']:.1%}"
        for row in _drawn(echo)
    ]
    return f"{_title(_drawn(echo))}. {'; '.join(parts)}."


def follows(entry: dict) -> bool:
    """Return whether more lines than by chance match the wrong type that they were given."""
    return entry["follow"]["low"] > entry["chance"]


def _drawn(echo: Sequence[dict]) -> list[dict]:
    known = [entry for entry in echo if entry["follow"] and entry["follow"]["value"] is not None]
    return sorted(known, key=lambda entry: entry["label_conditioned"])


def _title(rows: Sequence[dict]) -> str:
    n = sum(map(follows, rows))
    return f"Given wrong cancer types, lines follow the wrong label in {n} of {len(rows)} alignments"


def _layout(rows: Sequence[dict]) -> dict:
    names = [
        for_plotly(row["title"])
        + (f"<br><span style='font-size:10px'>{TOLD}</span>" if row["label_conditioned"] else "")
        for row in rows
    ]
    return {
        "height": 160 + ROW_PIXELS * max(len(rows), 2),
        "margin": {"l": 8, "r": 140, "t": 48, "b": 94},
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": share_axis("Share of scored lines", range=[-0.01, 1.02]),
        "yaxis": row_axis(names, showgrid=True, gridcolor=GRID),
        "showlegend": True,
        "legend": legend_below(),
        "title": figure_title(_title(rows)),
    }
