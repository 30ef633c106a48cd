"""Start a training: settings, name, start."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from rnalign_core import jobs
from rnalign_core.files import data_home
from rnalign_core.model import Run, Settings, create_run
from rnalign_core.model.names import free_folder, slug
from rnalign_core.problems import InputError
from rnalign_core.ui.cohort_form import facts
from rnalign_core.ui.problem_table import problem_table
from rnalign_core.ui.settings_form import PRESET, settings_form


def new_run_form(cohort: Path) -> None:
    """Let the user choose settings and a name, and start the training on `cohort`."""
    try:
        settings = settings_form()
    except InputError as error:
        st.error("These settings cannot be used:")
        problem_table(error.problems)
        settings = None
    name, start = st.columns([3, 1], vertical_alignment="bottom")
    usual = f"{facts(cohort).title}, {st.session_state[PRESET]}"
    title = name.text_input("Name of the run", placeholder=usual, max_chars=80).strip() or usual
    if not start.button("Start training", type="primary", disabled=settings is None, width="stretch"):
        return
    try:
        with st.spinner("Checking the cohort and making the folds."):
            jobs.start(new_run(cohort, settings, title))
    except InputError as error:
        st.error("This training cannot be started:")
        problem_table(error.problems)
    else:
        st.rerun()


def new_run(cohort: Path, settings: Settings, title: str) -> Run:
    """Make a run in the data home, ready to be trained.

    Raises
    ------
    InputError
        If the cohort cannot be trained on.
    """
    path = free_folder(data_home() / "runs", slug(title) or "run")
    return create_run(path, cohort, settings, title=title)
