"""The table of samples. Ticked rows are the selection, the same as on the map."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots.panels import SAMPLE_TYPES
from rnalign_core.ui.charts import csv_button, table_height
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.explore_data import samples_of
from rnalign_core.ui.explore_state import ExploreKeys, open_card, tick
from rnalign_core.ui.runs import provenance, stem, version
from rnalign_core.ui.sample_columns import (
    COLUMNS,
    OF_ALIGNMENT,
    column_config,
    columns_of,
    who_is_scored,
)
from rnalign_core.ui.selection import selected_samples
from rnalign_core.ui.state import of_run

MAX_HEIGHT = 330


def table(run: Run, samples: pd.DataFrame, expression: pd.Series | None) -> None:
    """Show all samples or the selected ones, those that are selected ticked; with `expression`, named for users."""
    selected = selected_samples(run)
    listed = [sample for sample in of_run(run, ExploreKeys.LISTED) or selected if sample in samples.index]
    which = _which(len(samples), listed)
    shown = _shown(*version(run), run)
    if expression is not None:
        shown = shown.assign(**{str(expression.name): expression.reindex(shown.index)})
    if which == "selected":
        shown = shown[shown.index.isin(listed)]
    key = f"{stem('explore-table', run)}-{which}"
    ids = shown.index
    _follow(key, ids, selected)
    st.dataframe(
        shown,
        height=min(table_height(len(shown)), MAX_HEIGHT),
        placeholder="",
        key=key,
        on_select=lambda: _ticked(run, key, ids),
        selection_mode=["multi-row", "single-cell"],
        column_config=_columns(expression),
        alt="Samples of the cohort" if which == "all" else "Selected samples",
    )
    st.caption(
        "Tick rows to select samples and to name them on the map; click a cell to open the sample's card; click a "
        f"column's name to sort. {who_is_scored(run)}"
    )
    with st.container(horizontal=True):
        csv_button(
            "Selected samples, CSV",
            lambda: _written(run, samples.loc[selected], expression),
            provenance(run),
            stem("selected-samples", run),
            disabled=not selected,
        )
        csv_button(
            "All samples, CSV",
            lambda: _written(run, samples, expression),
            provenance(run),
            stem("all-samples", run),
        )


def _which(n_samples: int, listed: list[str]) -> str:
    options = {"all": f"All samples ({n_samples:,})"}
    if listed:
        options["selected"] = f"Selected ({len(listed):,})"
    return one_of("Table lists", options, ExploreKeys.LIST, label_visibility="collapsed")


@st.cache_resource(max_entries=8, show_spinner=False)
def _shown(path: str, mtime_ns: int, _run: Run) -> pd.DataFrame:
    """Return the table as it is shown, without the expression of a gene."""
    samples = samples_of(_run)
    shown = samples[[name for name in columns_of(_run) if name in samples]].rename_axis("Sample")
    shown["sample_type"] = shown["sample_type"].map(SAMPLE_TYPES)
    shown["name"] = shown["name"].where(shown["name"] != shown.index)
    if "own_share_after" in shown:
        shown["own_share_after"] = 100 * shown["own_share_after"]
    order = shown.reset_index()[["sample_type", "cancer_type", "Sample"]].astype(str)
    order = order.sort_values(["sample_type", "cancer_type", "Sample"]).index  # cell lines come first
    return shown.iloc[order].dropna(axis=1, how="all").rename(columns=COLUMNS)


def _columns(expression: pd.Series | None) -> dict:
    columns = column_config()
    if expression is not None:
        columns[str(expression.name)] = st.column_config.NumberColumn(format="%.2f", help="log2(TPM+1)")
    return columns


def _follow(key: str, ids: pd.Index, selected: list[str]) -> None:
    """Tick the rows of the selection, whoever made it."""
    rows = sorted(int(row) for row in ids.get_indexer(selected) if row >= 0)
    now = st.session_state.get(key)
    if now is None or sorted(now["selection"]["rows"]) != rows or now["selection"]["cells"]:
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def _ticked(run: Run, key: str, ids: pd.Index) -> None:
    state = st.session_state[key]["selection"]
    tick(run, ids[sorted(state["rows"])].tolist())
    if state["cells"]:
        open_card(run, ids[state["cells"][0][0]])


def _written(run: Run, samples: pd.DataFrame, expression: pd.Series | None) -> pd.DataFrame:
    """Return everything that is known of samples, for a file, but what only follows labels that a model was told."""
    written = samples.rename_axis("sample_id")
    if run.settings.conditions_on_type:
        written = written.drop(columns=list(OF_ALIGNMENT), errors="ignore")
    if expression is not None:
        written = written.assign(**{str(expression.name): expression.reindex(written.index)})
    return written.dropna(axis=1, how="all")
