"""Losses as they fall during training, one small panel a term, one line a fold."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rnalign_core.plots.style import GRID, layout

TERMS = {
    "heldout_loss": "Held-out loss",
    "heldout_r2": "Held-out R²",
    "loss": "Training loss",
    "reconstruction": "Reconstruction",
    "kl": "KL",
    "l_cor": "L_cor",
    "l_grad": "L_grad",
    "l_type": "L_type",
}
FOLD_COLORS = ("#0e8a92", "#c2703d", "#6e5bb8", "#7a9a2e", "#c04f86")
COLUMNS = 4


def loss_curves(history: pd.DataFrame) -> go.Figure:
    """Draw every loss term against the epoch.

    Parameters
    ----------
    history
        One row an epoch and fold: `fold, epoch` and any columns of :data:`TERMS`.
    """
    terms = [term for term in TERMS if term in history and history[term].notna().any()]
    n_rows = max(1, -(-len(terms) // COLUMNS))
    figure = make_subplots(
        rows=n_rows,
        cols=COLUMNS,
        subplot_titles=[TERMS[term] for term in terms],
        vertical_spacing=0.26 / n_rows,
        horizontal_spacing=0.06,
    )
    for i, term in enumerate(terms):
        for fold, rows in history.groupby("fold"):
            figure.add_scatter(
                x=rows["epoch"],
                y=rows[term],
                mode="lines",
                line={"width": 1.6, "color": FOLD_COLORS[int(fold) % len(FOLD_COLORS)]},
                name=f"fold {int(fold) + 1}",
                legendgroup=str(fold),
                showlegend=i == 0,
                hovertemplate=f"fold {int(fold) + 1}, epoch %{{x}}: %{{y:.4g}}<extra></extra>",
                row=i // COLUMNS + 1,
                col=i % COLUMNS + 1,
            )
    figure.update_layout(
        layout(
            height=90 + 170 * n_rows,
            uirevision="losses",
            hovermode="closest",
            legend={"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0},
            margin={"l": 8, "r": 8, "t": 28, "b": 60},
        )
    )
    figure.update_xaxes(showgrid=False, zeroline=False, nticks=5)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, nticks=4)
    figure.update_annotations(font_size=12)
    return figure
