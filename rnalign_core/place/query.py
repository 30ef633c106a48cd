"""An upload: expression of one's own samples, checked and brought to the genes of a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rnalign_core.cohort.genes import match_genes
from rnalign_core.cohort.importing import TableReport, import_table
from rnalign_core.cohort.read import RawTable
from rnalign_core.cohort.samples import SampleTable, read_samples
from rnalign_core.cohort.schema import CELL_LINE, OBS_COLUMNS, SAMPLE_TYPES, TUMOR
from rnalign_core.cohort.table import GENES_X_SAMPLES, SAMPLES_X_GENES, ExpressionTable
from rnalign_core.cohort.units import UNITS
from rnalign_core.cohort.words import count, some
from rnalign_core.place.limits import check_files, check_size
from rnalign_core.problems import InputError, Problem

ORIENTATIONS = (SAMPLES_X_GENES, GENES_X_SAMPLES)
MIN_GENES = 0.3  # of those of the model; measured: docs/decisions/012


@dataclass(frozen=True)
class Query:
    """Samples to place, checked.

    Parameters
    ----------
    samples
        By sample id, columns of :data:`rnalign_core.cohort.OBS_COLUMNS`: `sample_type` is never missing, `purity` is
        NaN where it is not known, the others are missing where they were not given.
    values
        log2(TPM+1), (n_samples, n_genes), float32; NaN in the columns of genes that the file does not have.
    genes
        The genes of the model.
    report
        What was found out about the expression file.
    warnings
        What else was found.
    """

    samples: pd.DataFrame
    values: np.ndarray
    genes: pd.Index
    report: TableReport
    warnings: tuple[Problem, ...]

    @property
    def missing(self) -> np.ndarray:
        """Which genes the file does not have, (n_genes,)."""
        return np.isnan(self.values).all(axis=0)


def read_query(
    expression: Path,
    samples: Path | None = None,
    *,
    genes: pd.Index,
    orientation: str | None = None,
    unit: str | None = None,
    gene_ids: str | None = None,
    sample_type: str = TUMOR,
) -> Query:
    """Read and check an upload.

    What is not given is found out: the orientation by where the genes are, the unit from the values, the names of the
    genes by which column holds known genes.

    Parameters
    ----------
    expression
        `.h5ad`, `.parquet`, `.csv`, `.tsv` or `.txt`, also `.gz`.
    samples
        Table with ``sample_id`` (else the first column) and any of :data:`rnalign_core.cohort.OBS_COLUMNS`. Samples
        that are not in it are left out.
    genes
        The genes of the model, HGNC symbols.
    orientation
        One of :data:`ORIENTATIONS`.
    unit
        One of :data:`rnalign_core.cohort.UNITS`.
    gene_ids
        Name of the column that names the genes, in a file genes x samples.
    sample_type
        Of the samples for which the table of samples does not say: ``tumor`` or ``cell_line``.

    Raises
    ------
    InputError
        If the samples cannot be placed. It carries everything that was found, warnings included.
    """
    expression = Path(expression)
    problems = _check_corrections(orientation, unit, sample_type)
    problems += check_files(expression, samples)
    _raise_errors(problems)
    table = None
    try:
        if samples is not None:
            table = read_samples(Path(samples), {"sample_type": sample_type, "cancer_type": None})
            problems += table.problems
    except InputError as error:
        problems += error.problems

    def layout(raw: RawTable) -> tuple[ExpressionTable, pd.Index]:
        laid = _lay_out(raw, table, orientation, gene_ids)
        return laid, _wanted(laid, table)

    try:
        part = import_table(expression, layout, unit, problems)
    except InputError as error:
        problems += error.problems
    _raise_errors(problems)
    problems += check_size(part.report.file, len(part.samples))
    problems += _absent(table, part.samples)
    columns = part.genes.get_indexer(genes)
    problems += _check_coverage(columns >= 0, genes, part.report.file)
    _raise_errors(problems)
    values = np.full((len(part.samples), len(genes)), np.nan, dtype=np.float32)
    values[:, columns >= 0] = part.values[:, columns[columns >= 0]]
    frame = _samples(table, part.samples, sample_type)
    return Query(frame, values, pd.Index(genes), part.report, tuple(problems))


def _check_corrections(orientation: str | None, unit: str | None, sample_type: str) -> list[Problem]:
    given = {
        "orientation": (orientation, (*ORIENTATIONS, None)),
        "unit": (unit, (*UNITS, None)),
        "sample type": (sample_type, SAMPLE_TYPES),
    }
    return [
        Problem(f"no such {name}: {value}", name, f"Choose one of {some(filter(None, allowed))}.")
        for name, (value, allowed) in given.items()
        if value not in allowed
    ]


def _raise_errors(problems: list[Problem]) -> None:
    if any(p.severity == "error" for p in problems):
        raise InputError(problems)


def _lay_out(
    raw: RawTable, table: SampleTable | None, orientation: str | None, gene_ids: str | None
) -> ExpressionTable:
    """Lay a table samples x genes: the genes are where more names are known."""
    if gene_ids is not None and gene_ids not in raw.row_names:
        fix = f"Choose one of the columns of text: {some(raw.row_names, 12)}."
        raise InputError.single(f"no column of text {gene_ids!r}", raw.file, fix)
    row_genes = {name: match_genes(labels) for name, labels in raw.row_names.items()}
    column_genes = match_genes(raw.columns)
    by_rows = gene_ids or max(row_genes, key=lambda name: row_genes[name].share_known)
    if orientation is None:
        genes_in_rows = gene_ids or row_genes[by_rows].share_known > column_genes.share_known
        orientation = GENES_X_SAMPLES if genes_in_rows else SAMPLES_X_GENES
    cells = raw.text_cells
    if orientation == GENES_X_SAMPLES:
        label, layout = by_rows, (raw.values.T, raw.columns, raw.row_names[by_rows], row_genes[by_rows])
        cells = cells.rename(columns={"row": "gene", "column": "sample"})
    else:
        label = _ids_column(raw, table)
        layout = (raw.values, raw.row_names[label], raw.columns, column_genes)
        cells = cells.rename(columns={"row": "sample", "column": "gene"})
    left_out = [*raw.left_out, *(other for other in raw.row_names if other != label)]
    laid = ExpressionTable(raw.file, *layout, cells, orientation, left_out)
    if laid.match.share_known == 0:
        what = f"no known human gene: neither in its rows nor in its columns, such as {some(laid.genes, 3)}"
        fix = "Name genes by HGNC symbol, Ensembl or Entrez id; map probes to genes first."
        raise InputError.single(what, raw.file, fix)
    return laid


def _ids_column(raw: RawTable, table: SampleTable | None) -> str:
    """Return the column of text that names the samples: the one with most ids of the table of samples, or the first."""
    if table is None:
        return next(iter(raw.row_names))
    return max(raw.row_names, key=lambda name: pd.Index(raw.row_names[name]).isin(table.frame.index).mean())


def _wanted(laid: ExpressionTable, table: SampleTable | None) -> pd.Index:
    """Return the ids to read: those of the table of samples, or all of the file."""
    if table is None:
        return pd.Index(laid.samples).unique()
    if not table.frame.index.isin(laid.samples).any():
        what = f"none of its {count(len(laid.samples), 'sample')} is in the table of samples: {some(laid.samples, 3)}"
        fix = f"Use the same ids in both; those of the table of samples are such as {some(table.frame.index, 3)}."
        raise InputError.single(what, laid.file, fix)
    return table.frame.index


def _absent(table: SampleTable | None, placed: list[str]) -> list[Problem]:
    absent = [] if table is None else [sample for sample in table.frame.index if sample not in set(placed)]
    if not absent:
        return []
    what = f"{count(len(absent), 'sample')} without expression, left out: {some(absent)}"
    return [Problem(what, table.file, "Add their expression if they are wanted.", "warning")]


def _check_coverage(present: np.ndarray, genes: pd.Index, file: str) -> list[Problem]:
    share, missing = present.mean(), genes[~present]
    if not len(missing):
        return []
    what = (
        f"{len(missing):,} of the model's {len(genes):,} genes ({1 - share:.0%}) are missing: {some(missing)}"
    )
    if share < MIN_GENES:
        fix = f"At least {MIN_GENES:.0%} are needed. Give all genes that were measured, by symbol or Ensembl id."
        return [Problem(what, file, fix)]
    fix = "They are filled in by how genes go together in the run. Give them if they were measured."
    return [Problem(what, file, fix, "warning")]


def _samples(table: SampleTable | None, ids: list[str], sample_type: str) -> pd.DataFrame:
    if table is None:
        frame = pd.DataFrame(index=pd.Index(ids), columns=list(OBS_COLUMNS), dtype=object)
        frame["sample_type"], frame["name"] = sample_type, frame.index
    else:
        frame = table.frame.loc[ids].copy()
    frame["purity"] = pd.to_numeric(frame["purity"]).astype(float)
    frame.loc[frame["sample_type"] == CELL_LINE, "purity"] = 1.0
    return frame.rename_axis("sample_id")
