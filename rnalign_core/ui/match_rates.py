"""Match rates per cancer type: the figure and its table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots import match_by_type, match_table, screen_config
from rnalign_core.plots.palette import type_name
from rnalign_core.ui.charts import table_and_figure, table_height
from rnalign_core.ui.key_numbers import BASELINE
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.text import percent

TABLE_COLUMNS = {
    "cancer_type": ("Type", None, None),
    "rate_before": ("Before", "%.0f %%", "Match rate before alignment."),
    "rate_after": ("After", "%.0f %%", "Match rate after alignment."),
    "change": ("Change", "%+.0f", "After minus before, in percentage points."),
    "n_lines": ("Lines", "localized", "Scored cell lines."),
    "n_tumors": ("Tumors", "localized", "Tumors of the type."),
    "chance_after": ("Chance", "%.0f %%", "Rate to expect if types were dealt out to the lines at random."),
    "name": ("Cancer type", None, None),
}


def match_rates(run: Run) -> None:
    """Show match rates per cancer type before and after alignment, as a figure and as a table."""
    types = run.metrics["types"]
    before, after = types[BASELINE], types[run.metrics["headline"]]
    if not after:
        st.info("No cancer type has enough tumors and lines to be scored.")
        return
    table = match_table(pd.DataFrame(before), pd.DataFrame(after))
    file_name = stem("match", run)
    source = [*provenance(run), f"definition: {run.metrics['definition']}"]
    chart, numbers = st.columns([3, 2], gap="medium")
    with chart:
        better, worse = int((table["change"] > 0).sum()), int((table["change"] < 0).sum())
        st.plotly_chart(
            match_by_type(table),
            key=file_name,
            config=screen_config(file_name),
            alt=f"Match rate of {len(table)} cancer types before and after alignment: higher after in {better}, "
            f"lower in {worse}. Median {percent(table['rate_before'].median())} before, "
            f"{percent(table['rate_after'].median())} after.",
        )
        st.caption(
            "Numbers beside a type: scored lines · tumors. Lines are 95 % Wilson intervals; dashed: medians over "
            "types; grey ticks: chance for the type. Types with few lines have wide intervals: read the interval, "
            "not the dot."
        )
    with numbers:
        _show_table(table)
        title = "Match rate per cancer type"
        table_and_figure(lambda: _named(table), lambda: match_by_type(table), title, source, file_name)


def _named(table: pd.DataFrame) -> pd.DataFrame:
    named = table.copy()
    named.insert(1, "name", [type_name(code) for code in table["cancer_type"]])
    return named


def _show_table(table: pd.DataFrame) -> None:
    shown = _named(table)[[*TABLE_COLUMNS]]
    for column in ("rate_before", "rate_after", "change", "chance_after"):
        shown[column] = 100 * shown[column]
    columns = {
        name: st.column_config.NumberColumn(label, format=form, help=help_, width="small")
        for name, (label, form, help_) in TABLE_COLUMNS.items()
        if form
    }
    columns["cancer_type"] = st.column_config.TextColumn("Type", width="small", pinned=True)
    columns["name"] = "Cancer type"
    st.dataframe(
        shown,
        hide_index=True,
        height=table_height(min(len(shown), 24)),
        column_config=columns,
        alt="Match rate of each cancer type before and after alignment",
    )
