"""Figures: pure functions from arrays and tables to Plotly figures, and the files made from them."""

from rnalign_core.plots.export import figure_html, screen_config, table_csv
from rnalign_core.plots.losses import loss_curves
from rnalign_core.plots.maps import COLOR_BY, linked_maps
from rnalign_core.plots.match import match_by_type, match_table

__all__ = [
    "COLOR_BY",
    "figure_html",
    "linked_maps",
    "loss_curves",
    "match_by_type",
    "match_table",
    "screen_config",
    "table_csv",
]
