"""Upload one's own samples, see what was found in the file, correct how it is read."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.cohort import UNITS
from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.place.limits import MAX_BYTES, MAX_SAMPLES
from rnalign_core.place.query import ORIENTATIONS, Query
from rnalign_core.plots.panels import SAMPLE_TYPES
from rnalign_core.problems import Problem
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.place_state import (
    EXPRESSION,
    SAMPLES,
    Corrections,
    file_of,
    keep_file,
    query_of,
    take_file,
)
from rnalign_core.ui.problem_table import problem_table
from rnalign_core.ui.refusals import TEMPORARY, said
from rnalign_core.ui.text import plain
from rnalign_core.ui.uploads import EXPRESSION_KINDS, SAMPLES_KINDS, correction, report_table

MAX_MEGABYTES = MAX_BYTES // 1_000_000
LABELS = {EXPRESSION: "Expression", SAMPLES: "Table of samples (optional)"}
KINDS = {EXPRESSION: EXPRESSION_KINDS, SAMPLES: SAMPLES_KINDS}
N_EXAMPLES = 6
PRIVACY = (
    "**Uploads stay in this session's memory and are never written to a shared place.** To be read, a file passes "
    "through a private temporary file that only this program can open and that is deleted at once. Everything is "
    "forgotten when you remove the file or the session ends."
)


def upload_form(run: Run) -> None:
    """Let the user upload expression and, if there is one, a table of samples."""
    st.markdown(
        "Give **expression** of tumors or cell lines (TPM, log TPM or counts; genes by symbol, Ensembl or Entrez id; "
        "either way round), and, if you have one, a **table of samples** with `sample_id` and any of `sample_type` "
        "(tumor or cell_line), `purity` (0 to 1), `name`. Save Excel sheets as CSV (UTF-8). "
        f"Up to {MAX_MEGABYTES} MB and {MAX_SAMPLES:,} samples."
    )
    for column, slot in zip(st.columns(2, gap="medium"), (EXPRESSION, SAMPLES), strict=True):
        with column:
            _uploader(slot)
    words, example = st.columns([4, 1], vertical_alignment="center", gap="medium")
    words.caption(f":material/lock: {PRIVACY}")
    example.download_button(
        "An example file",
        lambda: _example(run),
        "rnalign-example.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
        help="Some samples of this run's own cohort in a layout that can be uploaded.",
    )


def _uploader(slot: str) -> None:
    shown = st.file_uploader(
        LABELS[slot],
        KINDS[slot],
        key=slot,
        max_upload_size=MAX_MEGABYTES,
        on_change=take_file,
        args=(slot,),
    )
    upload = file_of(slot)
    if upload and shown is None:  # of before another page was shown
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/draft: {plain(upload.name)} ({len(upload.data) / 1e6:,.1f} MB), from before"
            )
            st.button("Remove", key=f"remove-{slot}", type="tertiary", on_click=keep_file, args=(slot, None))


def _example(run: Run) -> str:
    """Return a file of some tumors and lines of a run, genes x samples."""
    cohort = run.cohort
    kinds = cohort.obs["sample_type"].astype(str)
    few = pd.concat(
        [kinds[kinds == kind].iloc[:: max(1, (kinds == kind).sum() // N_EXAMPLES)] for kind in SAMPLE_TYPES]
    )
    part = cohort[few.groupby(few).head(N_EXAMPLES).index]
    table = part.to_df().T.round(4)
    return table.rename(columns="example-{}".format).rename_axis("gene").to_csv()


def read_upload(run: Run) -> tuple[Corrections, Query | None]:
    """Show what was found in the uploaded file and let the user correct how it is read.

    Returns
    -------
    How it is read, and the samples; None where they cannot be placed.
    """
    st.subheader("How the file was read", anchor=False)
    verdict = st.container()
    how = _corrections()
    with verdict, said("The file could not be read", TEMPORARY):
        found = query_of(run, how)
        if isinstance(found, Query):
            _show_report(found)
            return how, found
        st.error("These samples cannot be placed yet. What to change:", icon=":material/error:")
        problem_table(found)
    return how, None


def _show_report(query: Query) -> None:
    report, n_genes, n_missing = query.report, len(query.genes), int(query.missing.sum())
    st.success(
        f"**{count(len(query.samples), 'sample')}** read from {plain(report.file)}, with {n_genes - n_missing:,} of "
        f"the {n_genes:,} genes of the model. Read as {report.orientation}, genes by {report.gene_ids}, in "
        f"{plain(report.unit)}.",
        icon=":material/check_circle:",
    )
    with st.expander("What was found in the file", icon=":material/fact_check:"):
        report_table([report])


def _corrections() -> Corrections:
    """Let the user say how to read the file: a click reads the same upload again."""
    st.markdown("**Not right?** A click reads the same upload again.")
    with st.container(horizontal=True, gap="medium"):
        orientation = correction("Rows x columns", ORIENTATIONS, "place_orientation")
        unit = correction("Unit", UNITS, "place_unit")
        sample_type = one_of(
            "Samples are",
            {kind: f"{name}s" for kind, name in SAMPLE_TYPES.items()},
            "place_sample_type",
            help="Those for which the table of samples does not say.",
        )
        gene_ids = st.text_input(
            "Column that names the genes",
            placeholder="found out",
            key="place_gene_ids",
            persist_state="session",
            width=230,
            help="In a file with genes as rows: the name of the column.",
        )
    return Corrections(orientation, unit, gene_ids.strip() or None, sample_type)


def show_warnings(warnings: tuple[Problem, ...]) -> None:
    """Show what to know about the samples, in full."""
    if warnings:
        with st.expander(
            f"What to know about these samples ({len(warnings)})", icon=":material/warning:", expanded=True
        ):
            problem_table(warnings)
