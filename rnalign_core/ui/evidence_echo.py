"""The label-echo control: do lines follow a wrong cancer type that a method was told?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from rnalign_core.evidence import words
from rnalign_core.plots import screen_config
from rnalign_core.plots.evidence import echo_alt, echo_figure
from rnalign_core.ui.charts import table_and_figure

IN_WORDS = (
    "A method that knows a line's cancer type can simply put the line among tumors of that type. The match is then "
    "perfect, and says nothing about the line. The test is to lie: every scored line is given a **wrong** type and "
    "everything is run again. If the lines now lie among tumors of the wrong type, the method repeats labels, like an "
    "echo. If no more of them do than by chance, it goes by what the lines express."
)


def echo_panel(results: dict, source: Sequence[str], file_name: str) -> None:
    """Explain the control, and show its figure and its numbers."""
    st.subheader("Label echo: expression, or the label repeated?", anchor=False)
    st.markdown(IN_WORDS)
    echo = [entry for entry in results["echo"] if not entry["problem"]]
    if not echo:
        st.info(
            "This benchmark has no result of the control: it is run for methods that learn from cancer types."
        )
        return
    file_name = f"{file_name}-echo"
    st.plotly_chart(echo_figure(echo), key=file_name, config=screen_config(file_name), alt=echo_alt(echo))
    st.dataframe(
        _shown(echo),
        hide_index=True,
        column_config=_COLUMNS,
        height="content",
        width="content",
        alt="Share of lines that match their own type, and a wrong type that the method was told, by method",
    )
    st.caption(
        f"{echo[0]['n']:,} scored lines, wrong types dealt out {echo[0]['deals']} times; 95 % intervals in parentheses."
    )
    table_and_figure(lambda: echo_table(echo), lambda: echo_figure(echo), "Label echo", source, file_name)


def echo_table(echo: Sequence[dict]) -> pd.DataFrame:
    """Return the control's numbers, one line a row: shares 0..1."""
    rows = []
    for entry in echo:
        row = {name: entry[name] for name in ("row", "title", "label_conditioned", "n", "deals", "chance")}
        for share in ("own", "follow"):
            row |= {share: entry[share]["value"]} | {
                f"{share}_{end}": entry[share][end] for end in ("low", "high")
            }
        rows.append(row)
    return pd.DataFrame(rows)


def _shown(echo: Sequence[dict]) -> pd.DataFrame:
    rows = [
        {
            "Method": entry["title"],
            "Own": words.estimate(entry["own"], "percent"),
            "Wrong": words.estimate(entry["follow"], "percent"),
            "Chance": words.percent(entry["chance"]),
        }
        for entry in sorted(echo, key=lambda entry: entry["label_conditioned"])
    ]
    return pd.DataFrame(rows)


_COLUMNS = {
    "Method": st.column_config.TextColumn(pinned=True),
    "Own": st.column_config.TextColumn("Match, right types", help="Match rate with the lines' own types."),
    "Wrong": st.column_config.TextColumn(
        "Follow, wrong types",
        help="When every line is given a wrong type: share of lines whose nearest tumors are mostly of that type.",
    ),
    "Chance": st.column_config.TextColumn(
        help="What the share before would be if the given types had no influence."
    ),
}
