"""Make a cohort from a user's own files: upload, check, report, correct, save."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from rnalign_core.cohort import UNITS, Imported, import_cohort, save_cohort
from rnalign_core.files import data_home
from rnalign_core.model.names import slug
from rnalign_core.problems import InputError, Problem
from rnalign_core.ui.cohort_form import describe, select_next, show_facts
from rnalign_core.ui.data_cohorts import show_next
from rnalign_core.ui.problem_table import problem_table
from rnalign_core.ui.refusals import TEMPORARY, said
from rnalign_core.ui.text import plain
from rnalign_core.ui.uploads import (
    EXPRESSION_KINDS,
    SAMPLES_KINDS,
    Upload,
    correction,
    numbered,
    private_files,
    report_table,
)

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

RESULT = "import_result"  # (what was checked, what came out of it)
GENERATION = "import_generation"  # a new number empties the uploaders


def import_form() -> None:
    """Let the user upload files, see what was found in them, correct it, and save them as a cohort."""
    with st.expander("Import your own files as a cohort", icon=":material/upload_file:"):
        st.markdown(
            "Give **expression** (TPM, log TPM or counts; genes by symbol, Ensembl or Entrez id; either way "
            "round) and a **table of samples** with the columns `sample_id`, `sample_type` (tumor or "
            "cell_line), `cancer_type` (TCGA code; may be empty) and, if known, `subtype`, `purity` (0 to 1), "
            "`name` and others. Save Excel sheets as CSV (UTF-8). Orientation, gene ids and unit are found "
            "out and reported."
        )
        generation = st.session_state.setdefault(GENERATION, 0)
        expression = st.file_uploader(
            "Expression files", EXPRESSION_KINDS, accept_multiple_files=True, key=f"expression-{generation}"
        )
        samples = st.file_uploader("Table of samples", SAMPLES_KINDS, key=f"samples-{generation}")
        files = (tuple(f.file_id for f in expression), samples and samples.file_id)
        asked = st.button("Check files", disabled=not (expression and samples))
        st.caption("Uploads are discarded after you save or leave; only the cohort that you save is kept.")
        if not asked and st.session_state.get(RESULT, (None,))[0] != files:  # not checked, or others since
            st.session_state.pop(RESULT, None)
            return
        names = numbered(file.name for file in expression)
        units = [_choose_unit(file, name) for file, name in zip(expression, names, strict=True)]
        if asked or st.session_state[RESULT][1] != units:
            st.session_state.pop(RESULT, None)
            doing = "Reading and checking the files. Large tables take a minute or two."
            with said("The files could not be checked", TEMPORARY), st.spinner(doing):
                st.session_state[RESULT] = (files, units, _check(expression, samples, units))
        if RESULT in st.session_state:
            _show(st.session_state[RESULT][2])


def _choose_unit(file: UploadedFile, name: str) -> str | None:
    return correction(
        f"Unit of {plain(name)}",
        UNITS,
        f"unit-{file.file_id}",
        "A click reads the same file again in this unit.",
    )


def _check(
    expression: list[UploadedFile], samples: UploadedFile, units: list[str | None]
) -> Imported | tuple[Problem, ...]:
    with private_files([Upload.of(file) for file in [*expression, samples]]) as paths:
        try:
            return import_cohort(paths[:-1], paths[-1], units=units)
        except InputError as error:
            return error.problems


def _show(result: Imported | tuple[Problem, ...]) -> None:
    """Show what came out of the check, and offer to save it."""
    if not isinstance(result, Imported):
        st.error("These files cannot be made into a cohort yet. What to change:")
        problem_table(result)
        return
    st.success("The files can be used. Look over what was found, then save the cohort.")
    show_facts(describe(result.cohort.obs, result.cohort.uns["rnalign"], result.cohort.n_vars))
    report_table(result.tables)
    if result.warnings:
        problem_table(result.warnings)
    _save_form(result)


def _save_form(imported: Imported) -> None:
    about = imported.cohort.uns["rnalign"]
    title = st.text_input("Name of the cohort", about["title"], max_chars=80)
    if not st.button("Save as cohort", type="primary"):
        return
    name = slug(title)
    path = data_home() / "cohorts" / f"{name}.h5ad"
    if not name:
        st.error("Give the cohort a name with letters or digits.")
    elif path.exists():
        st.error("There is a cohort of this name already. Give it another name.")
    else:
        about["title"] = title.strip()
        with said("The cohort could not be saved"):
            with st.spinner("Saving the cohort."):
                save_cohort(imported.cohort, path)
            del st.session_state[RESULT]
            st.session_state[GENERATION] += 1
            select_next(path)
            show_next(path)
            st.toast("The cohort is saved and chosen.")
            st.rerun()
