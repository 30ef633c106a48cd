"""Benchmarks that go on or have stopped on the way: progress, cancel, resume, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from rnalign_core import jobs
from rnalign_core.evidence import Benchmark
from rnalign_core.evidence.benchmark import demo_benchmark_path
from rnalign_core.jobs import BenchmarkProgress
from rnalign_core.ui.evidence_choice import label
from rnalign_core.ui.live import REFRESH, in_words, say_why_it_stopped, show_traceback
from rnalign_core.ui.refusals import said
from rnalign_core.ui.text import plain

RESUME = "Resume goes on with the parts that are not done; those that are done are kept."
STATES = {"running": "at work", "waiting": "waiting", "done": "done"}


def progress_of_benchmarks(benchmarks: Sequence[Benchmark]) -> None:
    """Show benchmarks that are not finished, and keep the view up to date."""
    unfinished = [benchmark for benchmark in benchmarks if not benchmark.finished]
    active = [str(b.path) for b in unfinished if jobs.benchmark_progress(b).active]
    if unfinished:
        st.subheader("Progress", anchor=False)
        unfinished.sort(key=lambda benchmark: str(benchmark.path) not in active)
        st.fragment(_show, run_every=REFRESH if active else None)(unfinished, active)


def delete_button(benchmark: Benchmark, width: Literal["stretch", "content"] = "stretch") -> None:
    """Offer to delete a benchmark, asking first; not the bundled one."""
    bundled = benchmark.path == demo_benchmark_path()
    help_ = "The bundled benchmark cannot be deleted." if bundled else None
    with st.popover("Delete", disabled=bundled, help=help_, width=width):
        st.markdown(f"Delete **{plain(label(benchmark))}** with its results for good?")
        if st.button("Delete for good", key=f"delete-{benchmark.path}"):
            with said("It could not be deleted"):
                jobs.delete_benchmark(benchmark)
                st.rerun()


def _show(benchmarks: Sequence[Benchmark], were_active: list[str]) -> None:
    now = {str(b.path): jobs.benchmark_progress(b) for b in benchmarks if b.path.is_dir()}
    if [path for path, state in now.items() if state.active] != were_active:
        st.rerun()  # one has ended or begun: the rest of the page tells so too
    for benchmark in benchmarks:
        if str(benchmark.path) in now:
            with st.container(border=True):
                _show_one(benchmark, now[str(benchmark.path)])


def _show_one(benchmark: Benchmark, now: BenchmarkProgress) -> None:
    title, action, removal = st.columns([4, 1, 1], vertical_alignment="center")
    title.markdown(f"**{plain(label(benchmark))}**")
    st.progress(min(1.0, now.fraction), text=in_words(now))
    if now.active:
        st.caption("It goes on in the background: you can leave this page, close the browser and come back.")
        if action.button("Cancel", key=f"cancel-{benchmark.path}", width="stretch"):
            with said("It could not be cancelled"):
                jobs.cancel_benchmark(benchmark)
                st.rerun()
    else:
        say_why_it_stopped("benchmark", now.error, RESUME)
        if action.button("Resume", key=f"resume-{benchmark.path}", type="primary", width="stretch"):
            with said("It could not be resumed"):
                jobs.start_benchmark(benchmark)
                st.rerun()
        with removal:
            delete_button(benchmark)
    with st.expander("Its parts and details"):
        parts = pd.DataFrame(now.parts, columns=["Part", "State"]).replace({"State": STATES})
        st.dataframe(parts, hide_index=True, alt="The parts of the benchmark and how far each is")
        if now.error:
            show_traceback(benchmark.path)
