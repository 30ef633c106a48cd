"""The map after alignment with placed samples as large marks; the map itself stays as it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.plots.escape import for_plotly
from rnalign_core.plots.explore import name_tags
from rnalign_core.plots.maps import color_samples
from rnalign_core.plots.palette import type_color
from rnalign_core.plots.panels import INKS, SAMPLE_TYPES, draw_panels, on_grid
from rnalign_core.plots.style import MUTED

PANEL_PIXELS = (1000, 540)  # about what the panel measures on a laptop
FADED = 0.3  # opacity of the run's own samples, so that the placed ones stand out
MAX_NAMED = 15  # more names would cover each other
FEW = 100  # placed samples that are drawn as large marks; more are drawn smaller
SIZES = {"few": 17, "many": 10, "chosen": 26}
SYMBOLS = {"tumor": "star", "cell_line": "star-diamond"}
CALLED, ABSTAINED = "called", "resembling no type here"
TITLE = "After alignment, with your samples"


def placed_map(
    samples: pd.DataFrame,
    placed: pd.DataFrame,
    *,
    chosen: str | None = None,
    dark: bool = False,
    vector: bool = False,
) -> go.Figure:
    """Draw the map after alignment, and on it placed samples, coloured by the type they are called.

    Each placed sample carries its row number in `placed` as ``customdata``, counted down from -1; the run's own samples
    carry theirs, counted up from 0.

    Parameters
    ----------
    samples
        Samples of the run, as for :func:`rnalign_core.plots.linked_maps`.
    placed
        Table by sample id: ``sample_type, name, call, probability, abstained, x_after, y_after``.
    chosen
        Placed sample to draw larger.
    dark, vector
        As for :func:`rnalign_core.plots.linked_maps`.
    """
    places = ["x_after", "y_after"]
    gridded = on_grid(pd.concat([samples[places], placed[places]]), ["after"])
    own, marks = (table.assign(**gridded.loc[table.index]) for table in (samples, placed))
    figure = draw_panels(
        own,
        {"after": color_samples(own, "cancer_type", "after")},
        {"after": f"<b>{TITLE}</b>"},
        panel=PANEL_PIXELS,
        dark=dark,
        vector=vector,
    )
    figure.update_traces(marker_opacity=FADED, showlegend=False)  # types are named on the map
    abstained = marks["abstained"].to_numpy(bool)
    for kind, symbol in SYMBOLS.items():
        for is_abstained, name in ((False, CALLED), (True, ABSTAINED)):
            rows = np.flatnonzero((marks["sample_type"] == kind).to_numpy() & (abstained == is_abstained))
            if len(rows):
                label = f"your {SAMPLE_TYPES[kind]}s, {name}"
                figure.add_scatter(**_marks(marks, rows, symbol, is_abstained, label, chosen, dark))
    if len(marks) <= MAX_NAMED:
        together = pd.concat([own[["name", *places]], marks[["name", *places]]])
        tags = name_tags(together, list(marks.index), "after", 0, PANEL_PIXELS, marked=chosen, dark=dark)
        figure.layout.annotations += tuple(tags)
    legend = {"orientation": "h", "x": 0, "y": -0.01, "yanchor": "top", "title": {"text": ""}}
    return figure.update_layout(uirevision="placed", legend=legend, dragmode="pan")


def _marks(
    marks: pd.DataFrame,
    rows: np.ndarray,
    symbol: str,
    abstained: bool,
    label: str,
    chosen: str | None,
    dark: bool,
) -> dict:
    """Return the trace of one kind of placed samples."""
    part = marks.iloc[rows]
    ink, paper = INKS[dark]
    usual = SIZES["few" if len(marks) <= FEW else "many"]
    colors = [paper if abstained else type_color(call) for call in part["call"]]
    return {
        "x": part["x_after"],
        "y": part["y_after"],
        "mode": "markers",
        "customdata": -1 - rows,
        "name": label,
        "legendrank": 1,
        "marker": {
            "symbol": symbol,
            "size": [SIZES["chosen"] if sample == chosen else usual for sample in part.index],
            "color": colors,
            "opacity": 1,
            "line": {"width": 1.6, "color": MUTED if abstained else ink},
        },
        "hovertext": [
            f"<b>{for_plotly(name)}</b><br>"
            + (f"{ABSTAINED}; closest {for_plotly(call)}" if abstained else f"called {for_plotly(call)}")
            + f", probability {probability:.2f}"
            for name, call, probability in part[["name", "call", "probability"]].itertuples(index=False)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
