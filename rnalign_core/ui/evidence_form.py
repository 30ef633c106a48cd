"""Start a benchmark on the cohort of the open run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from rnalign_core import jobs
from rnalign_core.cohort.words import count, duration
from rnalign_core.evidence import Benchmark, create_benchmark
from rnalign_core.evidence.benchmark import ECHO_DEALS
from rnalign_core.files import data_home
from rnalign_core.methods import METHODS, Method, available_methods
from rnalign_core.methods.external import EXTERNAL
from rnalign_core.model import Run
from rnalign_core.model.names import free_folder, slug
from rnalign_core.problems import RNAlignError
from rnalign_core.ui.evidence_job import delete_button
from rnalign_core.ui.refusals import said
from rnalign_core.ui.text import plain

START = "Run the benchmark on this cohort"
DEFAULT_SEEDS, MAX_SEEDS = 5, 20
ALWAYS = ("input_raw", "input_standardised")


def run_first(run: Run) -> None:
    """Explain what is missing where no benchmark of the cohort is finished, and offer to run one."""
    st.info(
        "There is no finished benchmark of this cohort yet. A benchmark aligns it by every method with several seeds, "
        "computes every metric with intervals, and checks whether methods only repeat labels that they were told.",
        icon=":material/fact_check:",
    )
    _form(run, [])


def run_again(run: Run, finished: Sequence[Benchmark], shown: Benchmark) -> None:
    """Offer a further benchmark, and to delete the one that is shown."""
    with st.expander("Run a further benchmark, or delete this one", icon=":material/play_arrow:"):
        _form(run, finished)
        delete_button(shown, "content")


def _form(run: Run, finished: Sequence[Benchmark]) -> None:
    """Let the user choose methods and seeds, say how long it takes, and start the benchmark."""
    able = [name for name in _available() if name not in ALWAYS]
    chosen = st.multiselect(
        "Methods",
        able,
        default=able,
        format_func=lambda name: METHODS[name].title,
        help="The input, raw and standardised, always takes part: everything is compared with it.",
    )
    if missing := [METHODS[name].title for name in METHODS if name not in (*ALWAYS, *able)]:
        st.caption(f"Not installed here: {', '.join(map(plain, missing))}.")
    amount, action = st.columns([1, 2], vertical_alignment="bottom")
    seeds = amount.number_input(
        "Seeds",
        1,
        MAX_SEEDS,
        DEFAULT_SEEDS,
        help="How often each method that draws at random is run. The spread over seeds tells luck from skill.",
    )
    st.caption(f":material/schedule: {how_long(chosen, int(seeds), finished)}")
    if action.button(START, type="primary", icon=":material/play_arrow:", disabled=not chosen):
        _start(run, chosen, int(seeds))
    st.caption("The same from a terminal; its results appear here too:")
    command = command_line(run, [] if chosen == able else chosen, int(seeds))
    st.code(command, language="bash", wrap_lines=True)


def _available() -> list[str]:
    """Methods that can run here; where their libraries cannot be looked for, those that need none."""
    try:
        return available_methods()
    except RNAlignError as error:
        st.warning(plain(error))
        return [name for name in METHODS if name not in EXTERNAL]


def _folder(run: Run) -> Path:
    return free_folder(data_home() / "benchmarks", slug(run.info["cohort_title"]) or "benchmark")


def _start(run: Run, methods: Sequence[str], seeds: int) -> None:
    cohort, title = run.path / "cohort.h5ad", run.info["cohort_title"]
    with said("This benchmark cannot be started"):
        with st.spinner("Checking the cohort."):
            benchmark = create_benchmark(_folder(run), cohort, methods=methods, seeds=seeds, title=title)
        jobs.start_benchmark(benchmark)
        st.rerun()


def command_line(run: Run, methods: Sequence[str], seeds: int) -> str:
    """Return the command that does the same; without methods it takes all that can run."""
    command = ["rnalign", "benchmark", "--cohort", str(run.path / "cohort.h5ad"), "--out", str(_folder(run))]
    command += ["--methods", *methods] if methods else []
    return shlex.join([*command, "--seeds", str(seeds)])


def how_long(methods: Sequence[str], seeds: int, finished: Sequence[Benchmark]) -> str:
    """Say how long a benchmark may take: by the newest finished one of this cohort, where there is one."""
    if not finished:
        return "Expect tens of minutes: RNAlign and its variants are trained once for every seed."
    results = finished[0].results
    seconds = {m["method"]: m["seconds"]["mean"] for m in results["methods"] if m["seconds"]}
    parts = finished[0].parts
    aligning = sum(seconds.get(part.method, 0.0) for part in parts)
    measuring = max(0.0, results["computing_seconds"] - aligning) / len(parts)
    asked = {name: _times(METHODS[name], seeds) for name in {*ALWAYS, *methods}}
    total = sum((seconds.get(name, 0.0) + measuring) * times for name, times in asked.items())
    n_cores, when = results["machine"]["n_cores"], finished[0].plan["created"][:10]
    unknown = ", ".join(plain(METHODS[name].title) for name in methods if name not in seconds)
    more = f" More for what did not run then: {unknown}." if unknown else ""
    return (
        f"{'At least' if unknown else 'About'} {duration(total / n_cores)} on {count(n_cores, 'core')} like those of "
        f"the benchmark of {when}, with nothing else to do.{more}"
    )


def _times(method: Method, seeds: int) -> int:
    """How often a method is run: for every seed if it draws at random, and for every deal of the echo control."""
    told = method.supervised and not method.ablation
    return (seeds if method.stochastic else 1) + told * ECHO_DEALS
