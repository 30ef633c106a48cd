"""The cohorts of the data home: what they are, opening their runs, training on them, deleting them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import streamlit as st

from rnalign_core.cohort.words import if_simulated, some
from rnalign_core.files import data_home
from rnalign_core.model import Run
from rnalign_core.ui import runs
from rnalign_core.ui.cohort_form import (
    NOT_KNOWN,
    Facts,
    is_bundled,
    label,
    readable_cohorts,
    select_next,
    show_sources,
)
from rnalign_core.ui.go import go_to
from rnalign_core.ui.refusals import said
from rnalign_core.ui.state import open_run
from rnalign_core.ui.text import plain

CHOICE = "data_cohort"  # widget
NEXT_CHOICE = "data_cohort_next"
NUMBERS = ("Tumors", "Cell lines", "Genes", "Cancer types", "Finished runs")


def show_next(path: Path) -> None:
    """Choose a cohort on the user's behalf from the next run of the page on."""
    st.session_state[NEXT_CHOICE] = str(path)


def cohorts() -> None:
    """Show the table of cohorts, and one of them in full."""
    st.subheader("Cohorts", anchor=False)
    found = readable_cohorts()
    if not found:
        st.info(
            "There is no cohort yet. Fetch one, or import your own files, below.", icon=":material/database:"
        )
        return
    st.dataframe(
        cohort_table(found),
        hide_index=True,
        placeholder="",
        column_config={
            **dict.fromkeys(NUMBERS, st.column_config.NumberColumn(format="localized", width="small")),
            "Source": st.column_config.TextColumn(width="medium"),
        },
        alt=f"{len(found)} cohorts",
    )
    st.caption(f"Cohorts are files in {plain(data_home() / 'cohorts')}.")
    if (wanted := st.session_state.pop(NEXT_CHOICE, None)) in found:
        st.session_state[CHOICE] = wanted
    if st.session_state.get(CHOICE) not in found:
        st.session_state.pop(CHOICE, None)
    with st.container(border=True):
        path = st.selectbox(
            "Cohort", list(found), key=CHOICE, format_func=lambda path: label(Path(path), found[path])
        )
        with st.container(horizontal=True):
            if st.button("Train on it", type="primary", icon=":material/model_training:"):
                select_next(Path(path))
                go_to("train")
            _open_button(finished_runs_of(found[path]))
            _delete_button(Path(path), found[path])
        show_sources(found[path])


def cohort_table(found: Mapping[str, Facts]) -> pd.DataFrame:
    """Return one row a cohort, as shown to users."""
    rows = [
        {
            "Cohort": label(Path(path), cohort) + if_simulated(cohort.title, cohort.simulated),
            "Tumors": cohort.n_tumors,
            "Cell lines": cohort.n_lines,
            "Genes": cohort.n_genes,
            "Cancer types": int((cohort.types.index != NOT_KNOWN).sum()),
            "Source": some(cohort.sources, 4) or None,
            "Finished runs": len(finished_runs_of(cohort)),
        }
        for path, cohort in found.items()
    ]
    return pd.DataFrame(rows)


def finished_runs_of(cohort: Facts) -> list[Run]:
    """Return the finished runs that were trained on a cohort."""
    return [run for run in runs.finished_runs().values() if run.info["cohort_id"] == cohort.cohort_id]


def _open_button(fitting: list[Run]) -> None:
    help_ = (
        f"Show “{plain(fitting[0].info['title'])}” on all pages." if fitting else "No finished run of it yet."
    )
    if st.button("Open its run", disabled=not fitting, help=help_, icon=":material/open_in_new:"):
        open_run(fitting[0])
        st.rerun()


def _delete_button(path: Path, cohort: Facts) -> None:
    bundled = is_bundled(path)
    help_ = "The bundled demo cannot be deleted." if bundled else None
    with st.popover("Delete", disabled=bundled, help=help_):
        st.markdown(
            f"Delete **{plain(cohort.title)}** for good? Runs that were trained on it keep a copy of their own."
        )
        if st.button("Delete for good", key=f"delete-{path}"):
            with said("It could not be deleted"):
                path.unlink(missing_ok=True)
                st.rerun()
