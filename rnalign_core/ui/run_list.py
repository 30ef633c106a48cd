"""All runs: what they are, how they matched; opening, downloading, importing and deleting them."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from rnalign_core import jobs
from rnalign_core.cohort.words import if_simulated
from rnalign_core.model import Run, list_runs
from rnalign_core.model.names import slug
from rnalign_core.model.runs import demo_run_path
from rnalign_core.ui.refusals import said
from rnalign_core.ui.run_files import downloads, import_run_form
from rnalign_core.ui.runs import finished_runs, kept
from rnalign_core.ui.state import open_run
from rnalign_core.ui.text import interval, percent, plain

CHOICE = "train_run"
NEXT_CHOICE = "train_run_next"
RATE = "Match rate after (95 % interval)"
NOT_COMPARABLE = "label-conditioned, not comparable"
DAMAGED = "damaged"


def all_runs() -> list[Run]:
    """Runs of the data home, newest first, finished or not; then finished ones from elsewhere, such as the demo."""
    runs = [*list_runs(), *finished_runs().values()]
    return list({run.path.resolve(): run for run in runs}.values())


def run_table(runs: list[Run], opened: Run | None) -> pd.DataFrame:
    """Return one row a run, as shown to users; the run that pages show, `opened`, is marked."""
    rows = [
        {
            "Shown": "✓" if opened is not None and run.path == opened.path else "",
            "Run": run.info["title"],
            "Cohort": run.info["cohort_title"]
            + if_simulated(run.info["cohort_title"], run.info["simulated"]),
            "Variant": run.settings.variant,
            "Created": datetime.fromisoformat(run.info["created"]),
            "State": jobs.progress(run).state,
            RATE: match_rate(run),
        }
        for run in runs
    ]
    return pd.DataFrame(rows)


def match_rate(run: Run) -> str:
    """Return the share of lines that match their own type after alignment, where it means something."""
    if not run.finished:
        return ""
    try:
        if run.settings.conditions_on_type or run.metrics["headline"] is None:
            return NOT_COMPARABLE
        rate = run.metrics["match"][run.metrics["headline"]]["micro"]
        if rate["value"] is None:
            return "no line could be scored"
        return f"{percent(rate['value'])} ({interval(rate, short=True)})"
    except (KeyError, TypeError, ValueError):
        return DAMAGED


def show_runs(runs: list[Run], opened: Run | None) -> None:
    """Show the table of runs; open, download or delete one, or import another."""
    if runs:
        _show_table(runs, opened)
        _choose(runs)
    else:
        st.info("There is no run yet. Start one above.")
    if imported := import_run_form():
        st.session_state[NEXT_CHOICE] = str(imported.path)
        st.rerun()


def _show_table(runs: list[Run], opened: Run | None) -> None:
    st.dataframe(
        run_table(runs, opened),
        hide_index=True,
        alt=f"{len(runs)} runs",
        column_config={
            "Shown": st.column_config.TextColumn(width="small", help="The run that all pages show."),
            "Created": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
            RATE: st.column_config.TextColumn(
                help="After alignment: share of scored cell lines whose nearest tumors are mostly of their own type."
            ),
        },
    )


def _choose(runs: list[Run]) -> None:
    by_path = {str(run.path): run for run in runs}
    if (wanted := st.session_state.pop(NEXT_CHOICE, None)) in by_path:
        st.session_state[CHOICE] = wanted
    if st.session_state.get(CHOICE) not in by_path:
        st.session_state.pop(CHOICE, None)
    run = by_path[
        st.selectbox("Run", list(by_path), key=CHOICE, format_func=lambda path: _label(by_path[path]))
    ]
    help_ = None if run.finished else "It can be opened when its training has finished."
    usable = False
    if run.finished:
        with said("This run is damaged"):
            usable = bool(kept(run))
    with st.container(horizontal=True):
        if st.button("Open", disabled=not usable, help=help_):
            open_run(run)
            st.rerun()
        with st.popover("Download", disabled=not usable):
            if usable:
                downloads(run)
        _delete_button(run)


def _label(run: Run) -> str:
    title = run.info["title"]
    if run.path == demo_run_path():
        return f"{title} (bundled demo)"
    return title if slug(title) == run.run_id else f"{title} ({run.run_id})"


def _delete_button(run: Run) -> None:
    is_demo = run.path == demo_run_path()
    help_ = "The bundled demo cannot be deleted." if is_demo else None
    with st.popover("Delete", disabled=is_demo, help=help_):
        st.markdown(f"Delete **{plain(run.info['title'])}** with its model and results for good?")
        if st.button("Delete for good", key=f"delete-{run.path}"):
            with said("It could not be deleted"):
                with st.spinner("Deleting."):
                    jobs.delete(run)
                st.rerun()
