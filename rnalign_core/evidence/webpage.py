"""HTML of a report: one file that needs no network, sorts its tables, and reads well on a screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from rnalign_core.plots.export import CONFIG

UNBROKEN = 30  # characters of a cell that stay on one line

CSS = """
:root{color-scheme:light dark;--ink:#1f2a37;--soft:#5b6675;--line:#dbe3e7;--page:#fff;--card:#f2f6f7;--accent:#0b7a82;
--yes:#0b7a4b;--no:#b3401a;--warn:#fdf1d6;--warn-line:#d9a428}
@media (prefers-color-scheme:dark){:root{--ink:#e3e8ee;--soft:#9aa7b5;--line:#2c3744;--page:#11161d;--card:#1a222c;
--accent:#58c4cb;--yes:#5fce9b;--no:#f29b76;--warn:#3a2e10;--warn-line:#a87f1e}}
*{box-sizing:border-box}
body{font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);background:var(--page);margin:0 auto;
padding:32px 28px 80px;max-width:1400px}
h1{font-size:28px;line-height:1.2;margin:0 0 4px}h2{font-size:21px;margin:52px 0 6px;padding-top:14px;
border-top:1px solid var(--line)}h3{font-size:16px;margin:26px 0 6px}
p,ul{max-width:78ch;margin:6px 0 12px}a{color:var(--accent)}.soft{color:var(--soft)}small{font-size:12.5px}
.facts{display:flex;flex-wrap:wrap;gap:4px 28px;margin:14px 0;color:var(--soft)}.facts b{color:var(--ink)}
.banner{background:var(--warn);border:2px solid var(--warn-line);border-radius:6px;padding:12px 16px;font-size:17px;
font-weight:600;margin:18px 0}
.summary{font-size:18px;font-weight:600;max-width:70ch}
.scroll{overflow-x:auto;margin:8px 0 14px}
table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;min-width:50%}
th,td{padding:6px 12px 6px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{border-bottom:2px solid var(--line);vertical-align:bottom;font-weight:600}
th button{all:unset;cursor:pointer;font-weight:600}th button:focus-visible{outline:2px solid var(--accent)}
th[aria-sort=ascending] button::after{content:" \\25B4"}th[aria-sort=descending] button::after{content:" \\25BE"}
tbody th{font-weight:600;min-width:200px}td.short{white-space:nowrap}
td[title]{text-decoration:underline dotted var(--soft);cursor:help}
.yes{color:var(--yes);font-weight:600}.no{color:var(--no);font-weight:600}.open{color:var(--soft);font-weight:600}
.ours>*{background:var(--card)}
figure{margin:14px 0 24px}figcaption{color:var(--soft);font-size:13px;max-width:90ch}
.js-plotly-plot .infolayer text,.js-plotly-plot .cartesianlayer text{fill:var(--ink)!important}
dt{font-weight:600;margin-top:16px}dd{margin:2px 0 0;max-width:100ch}dd+dt{margin-top:8px}dd.soft+dt{margin-top:22px}
code{font:12.5px ui-monospace,monospace;overflow-wrap:anywhere}nav a{margin-right:16px;white-space:nowrap}
@media print{:root{color-scheme:light;--ink:#1f2a37;--soft:#5b6675;--line:#dbe3e7;--page:#fff;--card:#f2f6f7;
--accent:#0b7a82;--yes:#0b7a4b;--no:#b3401a;--warn:#fdf1d6}
@page{size:A4 landscape;margin:14mm}body{padding:0;font-size:10pt;max-width:none}table{font-size:8.5pt}
nav{display:none}h2,h3{break-after:avoid}figure,tr{break-inside:avoid}.scroll{overflow:visible}}
"""

SCRIPT = """
document.querySelectorAll("th button").forEach(button => button.onclick = () => {
  const head = button.closest("th"), body = head.closest("table").tBodies[0], column = head.cellIndex;
  const descending = head.getAttribute("aria-sort") !== "descending";
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const key = row => row.cells[column].dataset.sort ?? row.cells[column].textContent;
  const compare = (a, b) => {
    const [x, y] = [key(a), key(b)], [u, v] = [Number(x), Number(y)];
    if (x === "" || y === "") return (x === "") - (y === "");
    const order = isNaN(u) || isNaN(v) ? x.localeCompare(y) : u - v;
    return descending ? -order : order;
  };
  body.append(...[...body.rows].sort(compare));
});
const fit = () => document.querySelectorAll(".js-plotly-plot").forEach(plot => Plotly.Plots.resize(plot));
addEventListener("beforeprint", fit);
addEventListener("afterprint", fit);
"""


def page(title: str, body: str) -> str:
    """Return a page around `body`, which is HTML, with Plotly's program and everything else inside."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}</style><script>{get_plotlyjs()}</script></head>\n"
        f"<body>\n{body}\n<script>{SCRIPT}</script></body></html>\n"
    )


def table(
    text: pd.DataFrame,
    *,
    sort: pd.DataFrame | None = None,
    why: pd.DataFrame | None = None,
    about: Mapping[str, str] | None = None,
    ours: str = "",
) -> str:
    """Return a table as HTML whose columns sort when their headings are pressed. All text is escaped.

    Parameters
    ----------
    text
        What is shown. The first column names the rows.
    sort
        What to sort by, same shape; numbers, or text for text. By default `text`.
    why
        What to say when pointing at a cell, same shape; empty for nothing.
    about
        What to say when pointing at a heading.
    ours
        Rows whose index begins with this stand out.
    """
    if text.empty:
        return '<p class="soft">Nothing to show.</p>'
    about = about or {}
    heads = "".join(
        f'<th scope="col"{_title(about.get(name, ""))}><button>{escape(name)}</button></th>' for name in text
    )
    rows = []
    for i, index in enumerate(text.index):
        cells = [
            _cell(
                text.iat[i, j],
                text.iat[i, j] if sort is None else sort.iat[i, j],
                "" if why is None else why.iat[i, j],
                first=j == 0,
            )
            for j in range(text.shape[1])
        ]
        kind = ' class="ours"' if ours and str(index).startswith(ours) else ""
        rows.append(f"<tr{kind}>{''.join(cells)}</tr>")
    return (
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>\n'
        + "\n".join(rows)
        + "</tbody></table></div>"
    )


def figure(drawing: go.Figure, alt: str, caption: str, name: str) -> str:
    """Return a figure as HTML for :func:`page`, with `alt` for those who do not see it. `name` is its id."""
    config = CONFIG | {
        "responsive": True,
        "modeBarButtons": [["toImage", "resetScale2d"]],
        "toImageButtonOptions": {"format": "svg", "filename": name},
    }
    plot = drawing.to_html(full_html=False, include_plotlyjs=False, config=config, div_id=name)
    return (
        f'<figure><div role="img" aria-label="{escape(alt)}">{plot}</div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _cell(text: object, key: object, why: str, *, first: bool) -> str:
    number = isinstance(key, (int, float)) and not isinstance(key, bool)
    shown = "" if pd.isna(text) else str(text)
    if first:
        return f'<th scope="row"{_title(why)}>{escape(shown)}</th>'
    attributes = f' data-sort="{"" if pd.isna(key) else float(key)}"' if number else ""
    if len(shown) <= UNBROKEN:
        attributes += ' class="short"'
    return f"<td{attributes}{_title(why)}>{escape(shown)}</td>"


def _title(text: str) -> str:
    return f' title="{escape(text)}"' if text else ""
