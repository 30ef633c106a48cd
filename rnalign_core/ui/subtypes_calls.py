"""What the lines of a disease are called: a table of lines and subtypes, and its figure."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.palette import type_name
from rnalign_core.plots.subtypes import call_heatmap
from rnalign_core.rank.subtypes import OUTSIDE_BELOW, UNCLEAR_BELOW, Disease, LineCalls
from rnalign_core.ui import runs
from rnalign_core.ui.charts import table_and_figure, table_height
from rnalign_core.ui.subtypes_data import calls_of, stem
from rnalign_core.ui.subtypes_state import SPACES, SubtypeKeys, show_line
from rnalign_core.ui.text import plain

ROWS_SHOWN = 12


def line_calls(run: Run, disease: Disease, space: str) -> pd.DataFrame:
    """Show what each line is called; return the calls, those of a subtype together."""
    st.subheader("What the lines are called", anchor=False)
    calls = calls_of(run, disease, space)
    table = _in_order(calls, disease)
    names = runs.map_samples(run)["name"]
    st.markdown(_summary(calls, disease))
    source = [*runs.provenance(run), _definition(calls, disease, space)]
    file_name = stem(f"subtype-calls-{space}", disease, run)
    _table(run, disease, table, names, file_name)
    heatmap = call_heatmap(calls.probabilities.loc[table.index], names, calls.lines["outside"])
    title = f"{type_name(disease.name)}: calls of cell lines"
    table_and_figure(lambda: _for_file(table, calls, names), lambda: heatmap, title, source, file_name)
    st.plotly_chart(
        heatmap,
        key=file_name,
        config=screen_config(file_name),
        alt=f"Probability of {len(disease.groups)} subtypes for {count(len(table), 'line')}, a column a line, in the "
        "order of the table.",
    )
    st.caption(
        f"Each line is called by its {calls.k} nearest tumors of the disease, every subtype having the same say "
        "however many tumors it has. A probability says how often tumors with such votes are of the subtype, if all "
        f"subtypes were equally frequent; below {UNCLEAR_BELOW:.0%} a call is unclear. It is calibrated on tumors: "
        "lines lie further out, and for them it may be too high. The check is below. A line lies outside the tumors "
        f"(grey) where {1 - OUTSIDE_BELOW:.0%} of them are more similar to their nearest tumors than it is to its; "
        "its nearest subtype counts for no call, whatever the probability."
    )
    return table


def _in_order(calls: LineCalls, disease: Disease) -> pd.DataFrame:
    """Return the lines by subtype, those outside the tumors last, the surest first."""
    order = calls.lines["call"].map(disease.groups.index)
    return (
        calls.lines.assign(order=order)
        .sort_values(["order", "outside", "confidence"], ascending=[True, True, False], kind="stable")
        .drop(columns="order")
    )


def _summary(calls: LineCalls, disease: Disease) -> str:
    clear = calls.lines.loc[calls.lines["clear"], "call"].value_counts()
    parts = [f"{clear[group]} {plain(group)}" for group in disease.groups if group in clear]
    outside = int(calls.lines["outside"].sum())
    unclear = len(calls.lines) - int(clear.sum()) - outside
    parts += [f"{unclear} unclear"] if unclear else []
    parts += [f"{outside} outside the tumors"] if outside else []
    return f"**{count(len(calls.lines), 'line')}:** {' · '.join(parts)}"


def _definition(calls: LineCalls, disease: Disease, space: str) -> str:
    return (
        f"{type_name(disease.name)}, {SPACES[space].lower()}: class-balanced vote of the {calls.k} nearest tumors "
        "(Pearson), each line in the view of the model that was never told its type; probabilities by temperature "
        f"scaling on leave-one-out votes of tumors; clear from {UNCLEAR_BELOW}, and not outside the tumors; outside: "
        f"closeness below {OUTSIDE_BELOW}"
    )


def _for_file(table: pd.DataFrame, calls: LineCalls, names: pd.Series) -> pd.DataFrame:
    likely = calls.probabilities.add_prefix("probability_")
    named = table.rename(columns={"own": "own_label"}).join(likely)
    named.insert(0, "name", names.reindex(table.index))
    return named.rename_axis("sample_id")


def _table(run: Run, disease: Disease, table: pd.DataFrame, names: pd.Series, file_name: str) -> None:
    unsure = ("unclear: " + table["call"] + "?").mask(table["outside"], "outside: nearest " + table["call"])
    shown = pd.DataFrame(
        {
            "name": names.reindex(table.index),
            "call": table["call"].where(table["clear"], unsure),
            "confidence": 100 * table["confidence"],
            "runner_up": table["runner_up"],
            "own": table["own"],
            "closeness": 100 * table["closeness"],
        }
    )
    if shown["own"].isna().all():
        shown = shown.drop(columns="own")
    key = f"table-{file_name}-{st.session_state.get(SubtypeKeys.TABLE, 0)}"
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="",
        height=table_height(min(len(shown), ROWS_SHOWN)),
        key=key,
        on_select=lambda: _clicked(run, table, key),
        selection_mode="single-row",
        column_config={
            "name": st.column_config.TextColumn("Line", pinned=True),
            "own": st.column_config.TextColumn(
                "Own type" if disease.told else "Own subtype",
                help="What the cohort says of the line.",
                width="small",
            ),
            "call": st.column_config.TextColumn(
                "Called", help="Click the box at the left of a row for its genes."
            ),
            "confidence": st.column_config.ProgressColumn(
                "Probability",
                format="%.0f %%",
                min_value=0,
                max_value=100,
                help="Of the call, calibrated on tumors.",
            ),
            "runner_up": st.column_config.TextColumn("Next", width="small", help="The next likely subtype."),
            "closeness": st.column_config.NumberColumn(
                "Closeness",
                format="%.1f %%",
                width="small",
                help="Share of the disease's tumors that are less similar to their nearest tumors than the line is to "
                f"its. Below {OUTSIDE_BELOW:.0%} the line lies outside the tumors: what is nearest is only the least "
                "unlike it.",
            ),
        },
        alt=f"Calls of {len(shown)} lines",
    )


def _clicked(run: Run, table: pd.DataFrame, key: str) -> None:
    rows = st.session_state[key].selection.rows
    show_line(run, table.index[rows[0]] if rows else None)
