"""Make a cohort from a user's own files: upload, check, report, save."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from rnalign_core.cohort import UNITS, Imported, import_cohort, save_cohort
from rnalign_core.files import data_home
from rnalign_core.problems import InputError, Problem
from rnalign_core.ui.cohort_form import describe, select_next, show_facts
from rnalign_core.ui.names import slug
from rnalign_core.ui.problem_table import problem_table
from rnalign_core.ui.text import plain

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

RESULT = "train_import_result"  # (what was checked, what came out of it)
GENERATION = "train_import_generation"  # a new number empties the uploaders
EXPRESSION_KINDS = ["csv", "tsv", "tab", "txt", "parquet", "h5ad", "gz"]
SAMPLES_KINDS = ["csv", "tsv", "tab", "txt", "parquet", "gz"]
FOUND_OUT = "found out from the values"
REPORT_COLUMNS = {
    "file": "File",
    "n_samples": "Samples",
    "n_genes": "Genes",
    "orientation": "Rows x columns",
    "gene_ids": "Genes are named by",
    "unit": "Unit",
    "unit_evidence": "Why this unit",
    "n_genes_unmapped": "Genes without a current symbol (left out)",
    "n_genes_collapsed": "Genes averaged with another of the same symbol",
}


def import_form() -> None:
    """Let the user upload files, see what was found in them, and save them as a cohort."""
    with st.expander("Import your own files", icon=":material/upload_file:"):
        st.markdown(
            "Give **expression** (TPM, log TPM or counts; genes by symbol, Ensembl or Entrez id; either way "
            "round) and a **table of samples** with the columns `sample_id`, `sample_type` (tumor or "
            "cell_line), `cancer_type` (TCGA code; may be empty) and, if known, `subtype`, `purity` (0 to 1), "
            "`name` and others. Orientation, gene ids and unit are found out and reported."
        )
        generation = st.session_state.setdefault(GENERATION, 0)
        expression = st.file_uploader(
            "Expression files", EXPRESSION_KINDS, accept_multiple_files=True, key=f"expression-{generation}"
        )
        samples = st.file_uploader("Table of samples", SAMPLES_KINDS, key=f"samples-{generation}")
        units = [_choose_unit(file) for file in expression]
        given = (tuple(f.file_id for f in expression), samples and samples.file_id, tuple(units))
        if st.button("Check files", disabled=not (expression and samples)):
            with st.spinner("Reading and checking the files. Large tables take a minute or two."):
                st.session_state[RESULT] = (given, _check(expression, samples, units))
        st.caption("Uploads are discarded after you save or leave; only the cohort that you save is kept.")
        checked, result = st.session_state.get(RESULT, (None, None))
        if checked != given:  # files or units were changed since
            st.session_state.pop(RESULT, None)
        elif isinstance(result, Imported):
            _show_imported(result)
            _save_form(result)
        else:
            st.error("These files cannot be made into a cohort yet. What to change:")
            problem_table(result)


def _choose_unit(file: UploadedFile) -> str | None:
    return st.selectbox(
        f"Unit of {plain(file.name)}",
        [None, *UNITS],
        format_func=lambda unit: unit or FOUND_OUT,
        key=f"unit-{file.file_id}",
    )


def _check(
    expression: list[UploadedFile], samples: UploadedFile, units: list[str | None]
) -> Imported | tuple[Problem, ...]:
    """Import uploads by way of a private folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="rnalign-import-") as folder:
        paths = []
        for i, file in enumerate([*expression, samples]):
            path = Path(folder) / str(i) / Path(file.name).name  # two files may have the same name
            path.parent.mkdir()
            path.write_bytes(file.getbuffer())
            paths.append(path)
        try:
            return import_cohort(paths[:-1], paths[-1], units=units)
        except InputError as error:
            return error.problems


def _show_imported(imported: Imported) -> None:
    cohort = imported.cohort
    st.success("The files can be used. Look over what was found, then save the cohort.")
    show_facts(describe(cohort.obs, cohort.uns["rnalign"], cohort.n_vars))
    report = pd.DataFrame([asdict(table) for table in imported.tables]).rename(columns=REPORT_COLUMNS)
    report = report.set_index("File").T.rename_axis("")
    report.columns = [plain(name) for name in report.columns]
    st.table(report.map(lambda value: f"{value:,}" if isinstance(value, int) else plain(value)))
    if imported.warnings:
        problem_table(imported.warnings)


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
        with st.spinner("Saving the cohort."):
            save_cohort(imported.cohort, path)
        del st.session_state[RESULT]
        st.session_state[GENERATION] += 1
        select_next(path)
        st.toast("The cohort is saved and chosen.")
        st.rerun()
