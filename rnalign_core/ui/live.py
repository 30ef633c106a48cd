"""Trainings that go on or have stopped on the way: progress, losses, cancel, resume."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from rnalign_core import jobs
from rnalign_core.jobs import BenchmarkProgress, Progress
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.model import Run
from rnalign_core.plots import loss_curves, screen_config
from rnalign_core.ui.charts import table_and_figure
from rnalign_core.ui.refusals import said
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.text import plain

REFRESH = "2s"
RESUME = "Resume goes on from the last checkpoint, with the same result as without the stop."
AFTER_A_FAILURE = (
    "First put right what the message names; if it is no fault of yours, report it with the details below."
)


def live(runs: list[Run]) -> None:
    """Show every run that is not finished, those at work first, and keep the view up to date."""
    unfinished = [run for run in runs if not run.finished]
    active = [run.run_id for run in unfinished if jobs.progress(run).active]
    unfinished.sort(key=lambda run: run.run_id not in active)
    if unfinished:
        st.subheader("Progress", anchor=False)
        st.fragment(_show, run_every=REFRESH if active else None)(unfinished, active)


def _show(runs: list[Run], were_active: list[str]) -> None:
    now = {run.run_id: jobs.progress(run) for run in runs if run.path.is_dir()}
    if [run_id for run_id, state in now.items() if state.active] != were_active:
        st.rerun()  # one has ended or begun: the rest of the page tells so too
    for run in runs:
        if run.run_id in now:
            with st.container(border=True):
                _show_run(run, now[run.run_id])


def _show_run(run: Run, now: Progress) -> None:
    title, action = st.columns([5, 1], vertical_alignment="center")
    title.markdown(f"**{plain(run.info['title'])}** on {plain(run.info['cohort_title'])}")
    st.progress(min(1.0, now.fraction), text=in_words(now))
    if now.active:
        if action.button("Cancel", key=f"cancel-{run.run_id}", width="stretch"):
            with said("The training could not be cancelled"):
                jobs.cancel(run)
                st.rerun()
        _show_losses(run)
        return
    say_why_it_stopped("training", now.error, RESUME)
    if action.button("Resume", key=f"resume-{run.run_id}", type="primary", width="stretch"):
        with said("The training could not be resumed"):
            jobs.start(run)
            st.rerun()
    with st.expander("Losses so far and details"):
        _show_losses(run)
        show_traceback(run.path)


def say_why_it_stopped(what: str, error: str | None, resume: str) -> None:
    """Show why a job stopped, None where it was told to, and say what to do."""
    if error:
        st.error(f"The {what} failed:")
        st.code(error, language=None, wrap_lines=True)
    st.caption(f"{AFTER_A_FAILURE} {resume}" if error else resume)


def show_traceback(path: Path) -> None:
    """Show what a failed job in a folder left for programmers."""
    if (details := JobFolder(path).path / "traceback.txt").is_file():
        st.code(details.read_text(encoding="utf-8"), language=None)


def _show_losses(run: Run) -> None:
    history = run.history
    if history.empty:
        st.caption("Losses appear after the first epoch.")
    else:
        key = stem("losses", run)
        text = f"Losses of {history['fold'].nunique()} folds up to epoch {history['epoch'].max()}."
        st.plotly_chart(loss_curves(history), key=key, config=screen_config(key), alt=text)
        table_and_figure(
            lambda: history.assign(fold=history["fold"] + 1),  # counted from 1, as in the figure
            lambda: loss_curves(history),
            f"Losses of {run.info['title']}",
            [*provenance(run), text],
            key,
        )


def in_words(now: Progress | BenchmarkProgress) -> str:
    """Return how far a job is, for a progress bar."""
    left = f", {time_left(now.eta_seconds)}" if now.eta_seconds is not None else ""
    message = now.state if now.error else now.message  # an error is shown in full below
    if now.state not in message:
        message = f"{now.state}: {message}"
    return plain(f"{now.fraction:.0%}{left}. {message[0].upper()}{message[1:]}.")


def time_left(seconds: float) -> str:
    """Return a remaining time in words."""
    if seconds < 5:
        return "a few seconds left"
    if seconds < 90:
        return f"about {5 * round(seconds / 5)} seconds left"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} minutes left"
    return f"about {seconds / 3600:.1f} hours left"
