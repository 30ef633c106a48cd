"""Losses of a training over epochs."""

from __future__ import annotations

from itertools import product

import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from rnalign_core.plots.style import GRID, layout

PANELS = {
    "loss": "Total loss",
    "heldout_loss": "Held-out loss",
    "reconstruction": "Reconstruction",
    "l_cor": "L_cor: labels in latent space",
    "l_grad": "L_grad: decoder sensitivity",
    "l_type": "L_type: cancer-type head",
}
N_COLUMNS = 3
ROW_HEIGHT = 190
COLORSCALE = "Viridis"
COLOR_RANGE = (0.35, 0.75)  # its ends vanish on a dark and on a light page


def loss_curves(history: pd.DataFrame) -> go.Figure:
    """Draw each loss over the epochs, one panel a loss and one line a fold.

    A loss that was switched off, and so is 0 throughout, has no panel.

    Parameters
    ----------
    history
        One row an epoch and fold: `fold` (from 0), `epoch` (from 1) and the losses of :data:`PANELS`.
    """
    names = [name for name in PANELS if name in history and history[name].fillna(0).ne(0).any()]
    if not names:
        return go.Figure()
    n_rows = -(-len(names) // N_COLUMNS)
    figure = make_subplots(
        n_rows,
        N_COLUMNS,
        subplot_titles=[PANELS[name] for name in names],
        shared_xaxes="all",
        horizontal_spacing=0.06,
        vertical_spacing=0.35 / n_rows,
    )
    folds = sorted(history["fold"].unique())
    cells = list(product(range(1, n_rows + 1), range(1, N_COLUMNS + 1)))
    for fold, color in zip(folds, _colors(len(folds)), strict=True):
        rows = history[history["fold"] == fold].sort_values("epoch")
        for name, (row, column) in zip(names, cells, strict=False):
            label = f"fold {fold + 1}"
            line = go.Scatter(
                x=rows["epoch"],
                y=rows[name],
                name=label,
                legendgroup=label,
                showlegend=name == names[0] and len(folds) > 1,
                mode="lines" if len(rows) > 1 else "markers",
                line={"color": color, "width": 1.5},
                hovertemplate=f"{label}, epoch %{{x}}: %{{y:.4g}}<extra></extra>",
            )
            figure.add_trace(line, row=row, col=column)
    for row, column in cells[max(0, len(names) - N_COLUMNS) : len(names)]:
        figure.update_xaxes(title_text="epoch", showticklabels=True, row=row, col=column)
    for row, column in cells[len(names) :]:
        figure.update_xaxes(visible=False, row=row, col=column)
        figure.update_yaxes(visible=False, row=row, col=column)
    figure.update_annotations(font_size=13)
    figure.update_xaxes(gridcolor=GRID, rangemode="tozero")
    figure.update_yaxes(gridcolor=GRID, zeroline=False)
    legend = {"orientation": "h", "y": -0.3 / n_rows, "yanchor": "top"}
    return figure.update_layout(layout(height=ROW_HEIGHT * n_rows + 80, legend=legend))


def _colors(n: int) -> list[str]:
    """Return n colours along a scale that reads in order, also without colour vision."""
    low, high = COLOR_RANGE
    return sample_colorscale(COLORSCALE, [low + (high - low) * i / max(1, n - 1) for i in range(n)])
