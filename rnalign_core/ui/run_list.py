"""All runs: what they are, how they matched, opening and deleting them."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from rnalign_core import jobs
from rnalign_core.model import Run, list_runs
from rnalign_core.model.runs import demo_run_path
from rnalign_core.problems import InputError
from rnalign_core.ui.problem_table import problem_table
from rnalign_core.ui.state import open_run
from rnalign_core.ui.text import plain

CHOICE = "train_run"
RATE = "Match rate after alignment (95 % interval)"
NOT_COMPARABLE = "label-conditioned, not comparable"


def all_runs() -> list[Run]:
    """Runs of the data home, newest first, then the bundled demo."""
    try:
        return [*list_runs(), Run.open(demo_run_path())]
    except InputError:
        return list_runs()


def run_table(runs: list[Run], opened: Run | None) -> pd.DataFrame:
    """Return one row a run, by run id, as shown to users."""
    rows = {
        run.run_id: {
            "Open": opened is not None and run.path == opened.path,
            "Run": run.info["title"],
            "Cohort": run.info["cohort_title"] + _simulated(run),
            "Variant": run.settings.variant,
            "Created": datetime.fromisoformat(run.info["created"]),
            "State": jobs.progress(run).state,
            RATE: match_rate(run),
        }
        for run in runs
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("run_id")


def _simulated(run: Run) -> str:
    named = "simulated" in run.info["cohort_title"].lower()
    return " (simulated)" if run.info["simulated"] and not named else ""


def match_rate(run: Run) -> str:
    """Return the share of lines that match their own type after alignment, where it means something."""
    if not run.finished:
        return ""
    if run.settings.conditions_on_type or run.metrics["headline"] is None:
        return NOT_COMPARABLE
    rate = run.metrics["match"][run.metrics["headline"]]["micro"]
    if rate["value"] is None:
        return "no line could be scored"
    return f"{rate['value']:.1%} ({rate['low']:.1%} to {rate['high']:.1%})"


def show_runs(runs: list[Run], opened: Run | None) -> None:
    """Show the table of runs, and open or delete one."""
    if not runs:
        st.info("There is no run yet. Start one above.")
        return
    st.dataframe(
        run_table(runs, opened),
        hide_index=True,
        column_config={
            "Open": st.column_config.CheckboxColumn(width="small", help="The run that all pages show."),
            "Created": st.column_config.DatetimeColumn(format="localized"),
            RATE: st.column_config.TextColumn(
                help="Share of all scored cell lines whose nearest tumors are mostly of their own cancer type."
            ),
        },
    )
    by_id = {run.run_id: run for run in runs}
    if st.session_state.get(CHOICE) not in by_id:
        st.session_state.pop(CHOICE, None)
    choice, opening, deleting = st.columns([4, 1, 1], vertical_alignment="bottom")
    run = by_id[choice.selectbox("Run", list(by_id), key=CHOICE, format_func=lambda i: _label(by_id[i]))]
    help_ = None if run.finished else "It can be opened when its training has finished."
    if opening.button("Open", type="primary", disabled=not run.finished, help=help_, width="stretch"):
        open_run(run)
        st.rerun()
    with deleting:
        _delete_button(run)


def _label(run: Run) -> str:
    title = run.info["title"]
    return title if title == run.run_id else f"{title} ({run.run_id})"


def _delete_button(run: Run) -> None:
    is_demo = run.path == demo_run_path()
    with st.popover(
        "Delete",
        disabled=is_demo,
        help="The bundled demo cannot be deleted." if is_demo else None,
        width="stretch",
    ):
        st.markdown(f"Delete **{plain(run.info['title'])}** with its model and results for good?")
        if st.button("Delete for good", key=f"delete-{run.run_id}"):
            try:
                with st.spinner("Deleting."):
                    jobs.delete(run)
            except InputError as error:
                problem_table(error.problems)
            else:
                st.rerun()
