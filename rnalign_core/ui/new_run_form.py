"""Start a training: settings, name, start."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from rnalign_core import jobs
from rnalign_core.files import data_home
from rnalign_core.model import Run, Settings, create_run
from rnalign_core.model.names import free_folder, slug
from rnalign_core.ui.cohort_form import facts
from rnalign_core.ui.refusals import said
from rnalign_core.ui.settings_form import PRESET, settings_form


def new_run_form(cohort: Path) -> None:
    """Let the user choose settings and a name, and start the training on `cohort`."""
    settings = None
    with said("These settings cannot be used"):
        settings = settings_form()
    name, start = st.columns([3, 1], vertical_alignment="bottom")
    usual = f"{facts(cohort).title}, {st.session_state[PRESET]}"
    title = name.text_input("Name of the run", placeholder=usual, max_chars=80).strip() or usual
    if not start.button("Start training", type="primary", disabled=settings is None, width="stretch"):
        return
    with said("This training cannot be started"):
        with st.spinner("Checking the cohort and making the folds."):
            jobs.start(new_run(cohort, settings, title))
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
