"""Files made from figures and tables: CSV and stand-alone HTML, both saying where they come from."""

from __future__ import annotations

import csv
import html
import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnalign_core.spreadsheet import comment_lines, harmless

CONFIG = {
    "displaylogo": False,
    "showSendToCloud": False,
    "modeBarButtonsToRemove": ["autoScale2d", "zoomIn2d", "zoomOut2d"],
}
LIGHT = {
    "template": "plotly_white",
    "paper_bgcolor": "white",
    "plot_bgcolor": "white",
    "font": {"family": "system-ui, sans-serif", "color": "#1f2a37", "size": 12},
    "width": 1200,
}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:14px/1.5 system-ui,sans-serif;color:#1f2a37;margin:24px}}
button{{font:inherit;padding:4px 12px;margin-right:8px}}
pre{{white-space:pre-wrap;overflow-wrap:anywhere;color:#5b6675}}</style></head>
<body><h1 style="font-size:20px">{title}</h1>
<p><button data-format="svg">Save as SVG</button><button data-format="png">Save as PNG</button></p>
{figure}
<pre>{provenance}</pre>
<script>
document.querySelectorAll("button[data-format]").forEach(button => button.onclick = () =>
  Plotly.downloadImage(document.querySelector(".plotly-graph-div"),
    {{format: button.dataset.format, filename: {file_name}, scale: button.dataset.format === "png" ? 3 : 1}}));
</script></body></html>
"""


def screen_config(file_name: str, *, small: bool = False) -> dict:
    """Return Plotly's configuration for a figure in the app: PNG of print quality, no upload, no logo.

    A small figure, with nothing to zoom into, has no other button than the camera.
    """
    buttons = {"modeBarButtons": [["toImage"]]} if small else {}
    return CONFIG | buttons | {"toImageButtonOptions": {"format": "png", "filename": file_name, "scale": 3}}


def figure_html(figure: go.Figure, title: str, provenance: Sequence[str], file_name: str) -> str:
    """Return a page that shows the figure without a network, with buttons that save it as SVG and PNG.

    Parameters
    ----------
    figure
        The figure; it is drawn on white, points as vector graphics.
    title, provenance
        Text above and below it.
    file_name
        Name of saved images, without suffix.
    """
    content = go.Figure(figure).update_layout(LIGHT).to_plotly_json()
    for trace in content["data"]:
        trace["type"] = trace["type"].removesuffix("gl")  # WebGL would be a bitmap in an SVG
    drawing = go.Figure(content)
    return _PAGE.format(
        title=html.escape(title),
        figure=drawing.to_html(full_html=False, include_plotlyjs=True, config=CONFIG),
        provenance=html.escape("\n".join(provenance)),
        file_name=json.dumps(file_name).replace("<", "\\u003c"),
    )


def table_csv(table: pd.DataFrame, provenance: Sequence[str]) -> str:
    """Return a table as CSV below comment lines with its provenance.

    Text that a spreadsheet would run as a formula is preceded by an apostrophe. Numbers have the fewest digits that
    read back as the same number.
    """
    safe = table.reset_index() if table.index.name else table
    safe = safe.rename(columns=harmless).apply(_written)
    return comment_lines(provenance) + safe.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)


def _written(column: pd.Series) -> pd.Series:
    if column.dtype == np.float32:  # pandas would write 0.77 as 0.7699999809265137
        return pd.Series(column.to_numpy().astype(str).astype(float), column.index)
    return column if pd.api.types.is_numeric_dtype(column) else column.map(harmless)
