"""The tables of a benchmark: methods, methods that were told the answer, ablations, the poster's values."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from rnalign_core.evidence import published, tables, words
from rnalign_core.ui.charts import csv_button
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.evidence_choice import GROUP, SPACE, take
from rnalign_core.ui.links import write_link
from rnalign_core.ui.text import plain

MAIN, EVERYTHING = "main", "all"
GROUPS = {  # of metrics, as the URL names them
    MAIN: "The main ones",
    **dict(zip(("match", "distance", "biology", "subtypes", "model"), tables.GROUPS, strict=True)),
    EVERYTHING: "All",
}
LABELS_HELP = (
    "Which cancer types of cell lines the method was told. Fair peers are those with the same entry. *of other folds*: "
    "each line was aligned by a model that knew the types of other lines, never its own."
)
SPREAD_HELP = "95 % interval; ± is the standard deviation over seeds, where there is no interval."
VERDICT_HELP = "Worse, as stated, means that the part does what it is said to do."
CHANGE_HELP = "Without the part, minus full, with its 95 % interval."
NAME_PIXELS = 210
SPACES = {"profiles": "decoded profiles", "residual": "with own residual", "latent": "latent space"}


def methods_tables(results: dict, source: Sequence[str], file_name: str) -> None:
    """Show Table 1, and apart from it the methods that were told the types of the lines they align."""
    st.subheader("Table 1: methods", anchor=False)
    metrics = _choose_metrics(results)
    table = tables.methods_table(results, metrics)
    _metrics_table(table, results, "Metrics of methods")
    st.caption(
        "↑ higher is better, ↓ lower is better; click a heading to sort by it. Empty: does not apply to this row, or "
        "could not be computed, see below. Values without an interval are means over seeds."
    )
    csv_button(
        "CSV",
        lambda: tables.methods_table(results, tables.metric_names(results)),
        source,
        f"{file_name}-methods",
        help="All metrics, with intervals and standard deviations over seeds.",
    )
    told = tables.label_conditioned_table(results, metrics)
    if len(told):
        st.markdown("**Label-conditioned: not evidence of similarity**")
        st.caption(
            "These methods are told the cancer type of every line that they align, and can place it where its label "
            "says. How well the lines match is then no finding; the label echo below shows how far it goes."
        )
        _metrics_table(told, results, "Metrics of methods that were told the types of the lines")
    _problems(results)


def _choose_metrics(results: dict) -> list[str]:
    """Let the user choose a group of metrics; return them."""
    every = tables.metric_names(results)
    groups = {MAIN: [name for name in tables.HEADLINE if name in every]}
    for group, title in GROUPS.items():
        if title in tables.GROUPS and (names := tables.metric_names(results, title)):
            groups[group] = names
    groups[EVERYTHING] = every
    take("metrics", GROUP, groups)
    if st.session_state.get(GROUP) not in groups:
        st.session_state[GROUP] = MAIN
    chosen = st.pills(
        "Metrics", list(groups), key=GROUP, format_func=GROUPS.get, required=True, persist_state="session"
    )
    write_link(metrics=None if chosen == MAIN else chosen)
    return groups[chosen]


def ablations_table(results: dict, source: Sequence[str], file_name: str) -> None:
    """Show Table 2: RNAlign without one of its parts."""
    spaces = {row["space"] for row in results["rows"] if row["method"] == "rnalign"}
    if spaces:
        st.subheader("Table 2: what each part of RNAlign does", anchor=False)
    space = _choose_space({name: title for name, title in SPACES.items() if name in spaces})
    if not spaces:
        return
    table = tables.ablations_table(results, space)
    if len(table) < 2:
        st.info("No variant of RNAlign without one of its parts was run.")
        return
    _ablations(table, results)
    st.caption(
        "Each part is stated to help: without it the match rate should fall and the distance grow. A change whose 95 % "
        "interval includes 0 says neither."
    )
    csv_button("CSV", lambda: table, source, f"{file_name}-ablations-{space}")


def _choose_space(known: dict[str, str]) -> str:
    """Let the user choose one of RNAlign's spaces, given with their titles, where there are several."""
    take("space", SPACE, known)
    usual = "profiles"
    chosen = one_of("Space", known, SPACE, usual=usual) if len(known) > 1 else usual
    write_link(space=None if chosen == usual else chosen)
    return chosen


def poster_tables(results: dict) -> None:
    """Show what the poster reports, apart from everything that was computed here."""
    with st.expander(published.NAME, icon=":material/push_pin:"):
        cohort, match = published.COHORT, published.MATCH
        st.markdown(
            f"{plain(published.CITATION)}. {cohort['n_tumors']:,} tumors and {cohort['n_lines']:,} cell lines; the "
            f"median match of lines and tumors rose from {words.percent(match['before'])} to "
            f"{words.percent(match['after'])}. Its data and the definitions of its metrics are not public: **no number "
            "here can be compared with one in the tables above**, only the order of the methods can."
        )
        table = tables.published_table(results)
        for name, title in (("methods", "Poster, methods"), ("ablations", "Poster, ablations")):
            part = table[table["table"] == name].drop(columns="table").dropna(axis="columns", how="all")
            part = part.rename(columns={"name": title, "corresponds_to": "Row above that does the same"})
            st.dataframe(
                part,
                hide_index=True,
                column_config=_POSTER,
                alt=f"{title}: dD, PVCA and dkBET as the poster reports them",
            )


_POSTER = {
    name: st.column_config.NumberColumn(f"{name} (poster)", format="%.2f") for name in ("dD", "PVCA", "dkBET")
}


def _metrics_table(table: pd.DataFrame, results: dict, what: str) -> None:
    """Show a table of metrics: numbers, so that columns sort, each with its interval beside it."""
    shown, config = _start(table), dict(_FIRST)
    for name in table:
        if name in results["metrics"]:
            _add_metric(shown, config, table, name, results["metrics"][name])
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="",
        column_config=config,
        height="content",
        alt=f"{what}, with intervals, one a row",
    )


def _ablations(table: pd.DataFrame, results: dict) -> None:
    """Show metrics of ablations, and after each that has one its change and what that says."""
    shown, config = _start(table)[["title"]], dict(_FIRST)
    for name in table:
        if name not in results["metrics"]:
            continue
        about = results["metrics"][name]
        _add_metric(shown, config, table, name, about)
        if f"{name}_verdict" in table:
            shown[f"{name}_change"] = [_change(row, name, about) for _, row in table.iterrows()]
            shown[f"{name}_verdict"] = table[f"{name}_verdict"]
            config[f"{name}_change"] = st.column_config.TextColumn("change", help=CHANGE_HELP)
            config[f"{name}_verdict"] = st.column_config.TextColumn(
                "without the part it is", help=VERDICT_HELP
            )
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="",
        column_config=config,
        height="content",
        alt="Metrics of RNAlign, full and without one of its parts, and what leaving it out changes, one a row",
    )


def _start(table: pd.DataFrame) -> pd.DataFrame:
    return table[["title", "labels"]].copy()


_FIRST = {
    "title": st.column_config.TextColumn("Method", pinned=True, width=NAME_PIXELS),
    "labels": st.column_config.TextColumn("Types it was told", help=LABELS_HELP),
}


def _add_metric(shown: pd.DataFrame, config: dict, table: pd.DataFrame, name: str, about: dict) -> None:
    """Add a metric's values, and what is known of their spread, to a table to show."""
    share = about["format"] == "percent"
    shown[name] = table[name] * (100 if share else 1)
    config[name] = st.column_config.NumberColumn(
        words.heading(about),
        format="%.1f %%" if share else "%.3f",
        help=f"**{plain(about['title'])}.** {plain(about['meaning'])}",
    )
    spread = [_spread(row, name, share) for _, row in table.iterrows()]
    if any(spread):
        shown[f"{name}_spread"] = spread
        config[f"{name}_spread"] = st.column_config.TextColumn(
            "95 %", help=f"{plain(about['title'])}: {SPREAD_HELP}"
        )


def _spread(row: pd.Series, name: str, share: bool) -> str:
    """Return the interval of a value, else its standard deviation over seeds, else nothing."""
    value, low, high, sd = (row[name + end] for end in ("", "_low", "_high", "_seed_sd"))
    if pd.notna(low) and pd.notna(high):
        return _between(low, high, value, share)
    if pd.isna(value) or pd.isna(sd):
        return ""
    return f"± {words.number(100 * sd)}" if share else f"± {words.number(sd, value)}"


def _between(low: float, high: float, value: float, share: bool) -> str:
    if share:
        return words.between(low, high)
    return f"{words.number(low, value)} to {words.number(high, value)}"


def _change(row: pd.Series, name: str, about: dict) -> str:
    """Return a change with its interval; shares in percentage points."""
    value, low, high = (row[f"{name}_change{end}"] for end in ("", "_low", "_high"))
    if pd.isna(value):
        return ""
    share = about["format"] == "percent"
    text = words.points(value) if share else ("+" if value > 0 else "") + words.number(value)
    return text if pd.isna(low) else f"{text} ({_between(low, high, value, share)})"


def _problems(results: dict) -> None:
    problems = tables.problems_table(results)
    if len(problems):
        with st.expander("What could not be computed, and why", icon=":material/report:"):
            names = {"title": "Method", "what": "What", "why": "Why"}
            st.table(problems.rename(columns=names).map(plain), hide_index=True)
