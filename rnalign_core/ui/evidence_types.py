"""Match rates by method: overall, and per cancer type with its table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from rnalign_core.evidence import tables
from rnalign_core.plots import screen_config
from rnalign_core.plots.evidence import overall_alt, overall_rates, rates_alt, rates_by_type
from rnalign_core.plots.palette import type_name
from rnalign_core.ui.charts import figure_popover, table_and_figure
from rnalign_core.ui.evidence_choice import choose_rows


def match_figures(results: dict, source: Sequence[str], file_name: str) -> None:
    """Show figure C for chosen methods with its table, and the match rate of every method."""
    types = pd.DataFrame(results["types"])
    st.subheader("C: match rate per cancer type", anchor=False)
    if types.empty:
        st.info("No cancer type has enough tumors and cell lines to be scored.")
        return
    titles = {
        row: title
        for row, title in tables.row_titles(results, ablations=True).items()
        if row in set(types["row"])
    }
    rows = choose_rows(titles)
    if rows:
        _per_type(types, rows, titles, source, f"{file_name}-types")
    _overall(results, source, f"{file_name}-overall")


def _per_type(
    types: pd.DataFrame, rows: list[str], titles: dict[str, str], source: Sequence[str], file_name: str
) -> None:
    chart, numbers = st.tabs(["Figure", "Table"])
    with chart:
        st.plotly_chart(
            rates_by_type(types, rows, titles),
            key=file_name,
            config=screen_config(file_name),
            alt=rates_alt(types, rows, titles),
        )
        st.caption(
            "Numbers beside a type: scored lines · tumors. Lines are 95 % Wilson intervals. Types with few lines have "
            "wide intervals: read the interval, not the mark."
        )
    with numbers:
        wide = _wide(types, rows, titles)
        rates = {
            titles[row]: st.column_config.NumberColumn(format="%.0f %%", help="Mean over seeds.")
            for row in rows
        }
        columns = {"Type": st.column_config.TextColumn(pinned=True, width="small"), **rates}
        st.dataframe(
            wide,
            hide_index=True,
            height="content",
            column_config=columns,
            alt="Match rate by cancer type and method",
        )
    table_and_figure(
        lambda: _tidy(types, rows, titles),
        lambda: rates_by_type(types, rows, titles),
        "Match rate per cancer type",
        source,
        file_name,
    )


def _tidy(types: pd.DataFrame, rows: Sequence[str], titles: dict[str, str]) -> pd.DataFrame:
    """Return the rates of some rows, one line a row and type, with names."""
    chosen = types[types["row"].isin(rows)]
    chosen.insert(1, "title", chosen["row"].map(titles))
    chosen.insert(3, "name", chosen["cancer_type"].map(type_name))
    return chosen


def _wide(types: pd.DataFrame, rows: Sequence[str], titles: dict[str, str]) -> pd.DataFrame:
    """Return one line a cancer type, most lines first, with the rate of each row in percent."""
    sizes = types.drop_duplicates("cancer_type").set_index("cancer_type")[["n_lines", "n_tumors"]]
    rates = types.pivot(index="cancer_type", columns="row", values="rate")[list(rows)] * 100
    wide = rates.rename(columns=titles).join(sizes.rename(columns={"n_lines": "Lines", "n_tumors": "Tumors"}))
    wide = wide.sort_values(["Lines", "Tumors"], ascending=False).rename_axis("Type").reset_index()
    wide["Cancer type"] = wide["Type"].map(type_name)
    return wide


def _overall(results: dict, source: Sequence[str], file_name: str) -> None:
    table, chance = tables.methods_table(results), tables.rate_by_chance(results)
    if table["match_micro"].isna().all():
        return
    st.plotly_chart(
        overall_rates(table, chance), key=file_name, config=screen_config(file_name), alt=overall_alt(table)
    )
    figure_popover(
        lambda: overall_rates(table, chance),
        "Match rate by method",
        source,
        file_name,
        "Its numbers are those of Table 1.",
    )
