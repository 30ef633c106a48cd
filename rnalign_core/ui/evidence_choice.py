"""What the Evidence page shows: in the session and in the URL.

In the URL, beside ``run``: ``benchmark``, the folder's name; ``methods``, the rows of the figure per cancer type, with
commas, or ``none``; ``metrics``, the group of metrics of Table 1; ``space``, the one of Table 2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.evidence import Benchmark
from rnalign_core.ui.links import PageLink, clear_link, joined, say_ignored, write_link
from rnalign_core.ui.refusals import said
from rnalign_core.ui.text import plain

PARAMETERS = ("benchmark", "methods", "metrics", "space")
LINK = PageLink("evidence", PARAMETERS)
BENCHMARK, BENCHMARK_CHOICE = "evidence_benchmark", "evidence_benchmark_choice"
ROWS, ROWS_CHOICE = "evidence_rows", "evidence_rows_choice"
DEFAULT_ROWS = ("input_standardised", "celligner", "rnalign")
NO_ROW = "none"  # in the URL
GROUP, SPACE = "evidence_group", "evidence_space"  # widgets


def choose_benchmark(finished: Sequence[Benchmark]) -> Benchmark:
    """Return the benchmark to show, the newest to start with; let the user choose where there are several."""
    by_name: dict[str, Benchmark] = {}
    for benchmark in finished:
        name = benchmark.path.name
        while name in by_name:  # the bundled one may have the name of one in the data home
            name += "+"
        by_name[name] = benchmark
    take("benchmark", BENCHMARK, by_name)
    if st.session_state.get(BENCHMARK) not in by_name:
        st.session_state[BENCHMARK] = next(iter(by_name))
    if len(by_name) > 1:
        st.session_state[BENCHMARK_CHOICE] = st.session_state[BENCHMARK]
        st.selectbox(
            "Benchmark",
            list(by_name),
            key=BENCHMARK_CHOICE,
            format_func=lambda name: label(by_name[name]),
            on_change=_keep,
            args=(BENCHMARK, BENCHMARK_CHOICE),
        )
    write_link(benchmark=st.session_state[BENCHMARK])
    return by_name[st.session_state[BENCHMARK]]


def readable(finished: Iterable[Benchmark]) -> list[Benchmark]:
    """Return the benchmarks whose results can be read; name the others."""
    found = []
    for benchmark in finished:
        with said(f"The results of the benchmark {plain(benchmark.plan['title'])} are damaged"):
            found += [benchmark] if benchmark.results else []
    return found


def choose_rows(titles: dict[str, str]) -> list[str]:
    """Let the user choose rows of a benchmark, given with their titles; return them in the table's order."""
    if asked := LINK.pop_several("methods", {*titles, NO_ROW}):
        st.session_state[ROWS] = [row for row in asked if row in titles]
    usual = [row for row in DEFAULT_ROWS if row in titles]
    chosen = [row for row in st.session_state.get(ROWS, usual) if row in titles]
    st.session_state[ROWS_CHOICE] = chosen
    st.multiselect(
        "Methods in the figure",
        list(titles),
        key=ROWS_CHOICE,
        format_func=titles.get,
        on_change=_keep,
        args=(ROWS, ROWS_CHOICE),
    )
    write_link(methods=None if set(chosen) == set(usual) else joined(chosen) or NO_ROW)
    return [row for row in titles if row in chosen]


def nothing_to_choose() -> None:
    """Drop what the URL asks for where there is no benchmark; say so."""
    for parameter in PARAMETERS:
        take(parameter, parameter, ())
    clear_link()


def label(benchmark: Benchmark) -> str:
    """Return when a benchmark was begun and how large it is."""
    plan = benchmark.plan
    when = datetime.fromisoformat(plan["created"])
    size = f"{count(len(plan['methods']), 'method')}, {count(plan['seeds'], 'seed')}"
    return f"{plan['title']}, {when:%Y-%m-%d %H:%M} UTC · {size}"


def take(parameter: str, key: str, known: Collection[str]) -> None:
    """Move what the URL asks for into the session; say so where it is not here."""
    asked = LINK.pop(parameter)
    if asked in known:
        st.session_state[key] = asked
    elif asked is not None:
        say_ignored(parameter, asked)


def _keep(key: str, widget: str) -> None:
    st.session_state[key] = st.session_state[widget]
