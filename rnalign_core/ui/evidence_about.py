"""What a benchmark's numbers mean, how they were computed, and its files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

import pandas as pd
import streamlit as st

from rnalign_core.cohort.words import count, duration
from rnalign_core.evidence import Benchmark, tables
from rnalign_core.evidence.report import report_html
from rnalign_core.ui.charts import csv_button
from rnalign_core.ui.text import plain

DIRECTIONS = {
    "higher": "higher is better ↑",
    "lower": "lower is better ↓",
    None: "neither direction is better",
}


def metric_definitions(results: dict) -> None:
    """Explain every metric: in two sentences, exactly, and where it comes from."""
    with st.expander("What each metric means", icon=":material/menu_book:"):
        for exact, group in groupby(results["metrics"].values(), key=lambda about: about["definition"]):
            for about in group:
                st.markdown(
                    f"**{plain(about['title'])}** · {DIRECTIONS[about['better']]}  \n{plain(about['meaning'])}  \n"
                    f":small[Reference: {plain(about['reference'])}]"
                )
            st.caption(f"Exactly: {plain(exact)}" if exact else "Not computed on this cohort.")


def how_computed(results: dict) -> None:
    """Show the settings of every method, what it took, and the machine."""
    cohort, machine = results["cohort"], results["machine"]
    with st.expander("How it was computed", icon=":material/tune:"):
        st.markdown(
            f"Every method got the same {cohort['n_tumors']:,} tumors, {cohort['n_lines']:,} cell lines and "
            f"{_genes(cohort)}, the same {results['n_folds']} cross-fitting folds over cell lines and the same "
            f"settings of every metric. Methods that draw at random ran with {count(results['seeds'], 'seed')}: "
            "values are means over seeds. *Settings tried* says how many settings of a method were compared before "
            "the one that is shown: more tries, more luck."
        )
        st.dataframe(
            methods_table(results),
            hide_index=True,
            column_config=_COLUMNS,
            alt="Settings, time and memory of every method",
        )
        _settings(results)
        packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
        facts = [
            f"RNAlign {results['code_version']}, begun {results['created']}",
            f"{duration(results['computing_seconds'])} of computing in all, metrics included",
            f"{machine['processor']}, {machine['n_cores']} cores, {machine['memory_gb']} GB memory",
            f"{machine['platform']}, Python {machine['python']}, {packages}",
            f"cohort id {cohort['cohort_id']}",
        ]
        st.caption("  \n".join(map(plain, facts)))


_COLUMNS = {
    "Seconds": st.column_config.NumberColumn(format="%.1f", help="To align once, mean over seeds."),
    "Peak memory (MB)": st.column_config.NumberColumn(
        format="localized", help="Largest resident memory while it aligned."
    ),
    "Settings tried": st.column_config.NumberColumn(help="How many settings were compared for this one."),
}


def methods_table(results: dict) -> pd.DataFrame:
    """Return one row a method: what it does, what it was told, what it took."""
    costs = tables.costs_table(results)
    return pd.DataFrame(
        {
            "Method": costs["title"],
            "Seeds": costs["n_seeds"],
            "Seconds": costs["seconds"],
            "Peak memory (MB)": costs["peak_mb_max"],
            "Settings tried": costs["settings_tried"],
            "Cancer types of lines": [_labels(method) for method in results["methods"]],
            "Could not run because": costs["problem"],
            "What it does": [method["description"] for method in results["methods"]],
        }
    )


def _labels(method: dict) -> str:
    if method["label_conditioned"]:
        return "told those of the lines it aligns"
    return "other folds' only" if method["supervised"] else "none"


def _genes(cohort: dict) -> str:
    used = cohort["n_genes_used"]
    every = f"{cohort['n_genes']:,} genes"
    return every if used in (None, cohort["n_genes"]) else f"the {used:,} most variable of {every}"


def _settings(results: dict) -> None:
    titles = {m["method"]: m["title"] for m in results["methods"] if m["settings"]}
    if titles:
        chosen = st.selectbox("Settings of", list(titles), format_func=titles.get)
        settings = next(m["settings"] for m in results["methods"] if m["method"] == chosen)
        st.json(settings)


def downloads(benchmark: Benchmark, source: Sequence[str], file_name: str) -> None:
    """Offer the report, every number as JSON and as CSV."""
    with st.container(horizontal=True):
        st.download_button(
            "Report",
            lambda: report_html(benchmark.results),
            f"{file_name}.html",
            "text/html",
            icon=":material/description:",
            on_click="ignore",
            help="One file with tables, figures and definitions; it works without a network.",
        )
        st.download_button(
            "Results, JSON",
            lambda: json.dumps(benchmark.results, indent=1),
            f"{file_name}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        csv_button(
            "Results, CSV",
            lambda: pd.read_parquet(benchmark.path / "results.parquet"),
            source,
            file_name,
            help="One row a method, space, seed and metric.",
        )
