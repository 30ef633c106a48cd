"""Import: from a user's expression files and table of samples to a checked cohort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import anndata as ad
import numpy as np
import pandas as pd

from rnalign_core.cohort.read import read_numbers
from rnalign_core.cohort.samples import SampleTable, check_labels, read_samples
from rnalign_core.cohort.schema import UNIT, make_cohort
from rnalign_core.cohort.table import (
    ExpressionTable,
    check_cells,
    collapse,
    copy_cells,
    orient,
    report_cells,
    select,
)
from rnalign_core.cohort.units import UNITS, Unit, find_unit, out_of_range, to_log2_tpm, without_expression
from rnalign_core.cohort.words import count, some
from rnalign_core.problems import InputError, Problem

_T = TypeVar("_T")


@dataclass(frozen=True)
class TableReport:
    """What was found out about one expression file.

    Parameters
    ----------
    file
        File name.
    n_samples, n_genes
        Samples and genes in the file, used or not.
    orientation
        ``"samples x genes"`` or ``"genes x samples"``.
    gene_ids
        What its genes are named by, for example ``"Ensembl ids with version"``.
    unit
        One of :data:`UNITS`.
    unit_evidence
        One sentence on why it is taken to be in that unit.
    n_genes_unmapped
        Genes left out because no current HGNC symbol was found.
    n_genes_collapsed
        Genes that were merged into another one of the same symbol.
    """

    file: str
    n_samples: int
    n_genes: int
    orientation: str
    gene_ids: str
    unit: str
    unit_evidence: str
    n_genes_unmapped: int
    n_genes_collapsed: int


@dataclass(frozen=True)
class Imported:
    """A cohort made from files, with what the user should know about it."""

    cohort: ad.AnnData
    warnings: tuple[Problem, ...]
    tables: tuple[TableReport, ...]


@dataclass
class _Part:
    """The samples of one expression file, in log2(TPM+1)."""

    samples: list[str]
    genes: pd.Index
    values: np.ndarray
    report: TableReport


def import_cohort(
    expression: Sequence[Path],
    samples: Path,
    *,
    title: str | None = None,
    units: Sequence[str | None] | None = None,
) -> Imported:
    """Make a cohort from expression files and a table of samples.

    Orientation, gene ids and unit of each expression file are found out. Values are converted to log2(TPM+1);
    then columns of the same gene are replaced by their mean. Kept are the samples that are in the table of
    samples and the genes that all files share, less those that are constant. Genes are sorted, samples are in
    the order of their table, so that the cohort does not depend on how the files are laid out.

    Parameters
    ----------
    expression
        Files (`.h5ad`, `.parquet`, `.csv`, `.tsv`, `.txt`, also `.gz`), samples x genes or genes x samples.
    samples
        Table with the columns `sample_id` (else the first column), `sample_type` and `cancer_type`, and, if
        known, `subtype, purity, name, source, depmap_id, cellosaurus_id, ccle_name, aliases`.
    title
        Short name of the cohort; the default is made from the names of the expression files.
    units
        One of :data:`UNITS` for each expression file, or None where it is to be found out.

    Raises
    ------
    InputError
        If no cohort can be made. It carries everything that was found, warnings included.
    """
    expression = [Path(path) for path in expression]
    units, problems = _check_request(expression, units)
    table = _collect(problems, lambda: read_samples(Path(samples)))
    parts = []
    for path, unit in zip(expression, units, strict=True):
        part = _collect(problems, lambda p=path, u=unit: _import_table(p, table, u, problems))
        parts += [part] if part else []
    if table:
        problems += table.problems
    if table and parts:
        problems += _check_joined(table, parts, complete=len(parts) == len(expression))
    _raise_errors(problems)
    order = table.frame.index[table.frame.index.isin([s for part in parts for s in part.samples])]
    genes, values = _combine(parts, order, problems)
    _raise_errors(problems)
    cohort = make_cohort(
        values,
        genes,
        table.frame.loc[order],
        title=title or " + ".join(path.name.split(".")[0] for path in expression),
        provenance=_provenance(table, parts, len(genes)),
    )
    return Imported(cohort, tuple(problems), tuple(part.report for part in parts))


def _collect(problems: list[Problem], step: Callable[[], _T]) -> _T | None:
    """Run a step; if the input is at fault, take note of it and go on without."""
    try:
        return step()
    except InputError as error:
        problems += error.problems
        return None


def _raise_errors(problems: list[Problem]) -> None:
    if any(p.severity == "error" for p in problems):
        raise InputError(problems)


def _check_request(
    expression: list[Path], units: Sequence[str | None] | None
) -> tuple[list[str | None], list[Problem]]:
    """Return one usable unit, or None, per file, and what was wrong with those that were given."""
    problems = []
    if not expression:
        problems.append(Problem("no expression file", "expression", "Give at least one file."))
    units = list(units) if units is not None else [None] * len(expression)
    if len(units) != len(expression):
        what = f"{count(len(units), 'unit')} for {count(len(expression), 'expression file')}"
        problems.append(Problem(what, "units", "Give one unit per file, in the same order."))
    for unit in units:
        if unit is not None and unit not in UNITS:
            problems.append(Problem(f"no such unit: {unit}", "units", f"Choose one of {', '.join(UNITS)}."))
    return [None] * len(expression) if problems else units, problems


def _import_table(
    path: Path, known: SampleTable | None, given: str | None, problems: list[Problem]
) -> _Part | None:
    """Read, check and convert one expression file; what is found is added to `problems`."""
    raw = read_numbers(path)
    if known is None:
        return None
    ids = known.frame.index
    whole = orient(raw, ids)
    n_samples, n_genes = len(whole.samples), len(whole.genes)
    table, found = select(whole, ids)
    del raw, whole  # large
    problems += found
    problems += check_cells(table, ids)
    unit = _settle_unit(table, given, problems)
    with np.errstate(all="ignore"):  # what cannot be converted has been reported
        values = to_log2_tpm(table.values, unit.name)
    values, genes = collapse(values, table.match.symbols)
    n_collapsed = len(table.genes) - len(genes)
    if n_collapsed:
        what = f"{count(n_collapsed, 'gene')} with the symbol of another, averaged with it in {UNIT}"
        problems.append(Problem(what, table.file, "Nothing to do.", "warning"))
    report = TableReport(
        file=table.file,
        n_samples=n_samples,
        n_genes=n_genes,
        orientation=table.orientation,
        gene_ids=table.match.kind,
        unit=unit.name,
        unit_evidence=unit.evidence,
        n_genes_unmapped=n_genes - len(table.genes),
        n_genes_collapsed=n_collapsed,
    )
    return _Part(table.samples, genes, values, report)


def _settle_unit(table: ExpressionTable, given: str | None, problems: list[Problem]) -> Unit:
    """Return the unit of a table, given or found out, after checking its values against it."""
    finite = np.isfinite(table.values)
    if not finite.all():  # reported before; what else there is shows without them
        table.values[~finite] = 0
    unit = Unit(given, "as given") if given else find_unit(table.values)
    wrong = out_of_range(table.values, unit.name)
    what = f"with a value impossible in {unit.name} (negative, or too large for a logarithm)"
    fix = f"Give {', '.join(UNITS[:-1])} or counts, neither centred nor z-scored; set the unit if it is another."
    problems += report_cells(table, wrong, what, fix)
    empty = np.flatnonzero(without_expression(table.values, unit.name))
    if len(empty):
        what = (
            f"{count(len(empty), 'sample')} without any expression: {some(table.samples[i] for i in empty)}"
        )
        problems.append(Problem(what, table.file, "Remove them."))
    if unit.name == "counts":
        what = f"taken as counts ({unit.evidence}) and scaled to log2(CPM+1), not TPM: no gene lengths. {unit.doubt}"
        fix = "Give TPM if you have them, above all if another file is in TPM."
        problems.append(Problem(what.strip(), table.file, fix, "warning"))
    elif unit.doubt:
        what = f"taken as {unit.name} ({unit.evidence}). {unit.doubt}"
        problems.append(Problem(what, table.file, "Check the unit, and set it if it is another.", "warning"))
    return unit


def _check_joined(table: SampleTable, parts: list[_Part], *, complete: bool) -> list[Problem]:
    """Check the samples of all files together, and the genes they share.

    With `complete` false, some file could not be read, and what is missing may be in there.
    """
    problems = []
    n_files = Counter(sample for part in parts for sample in part.samples)
    repeated = [sample for sample, n in n_files.items() if n > 1]
    if repeated:
        files = some(p.report.file for p in parts if set(repeated) & set(p.samples))
        what = f"{count(len(repeated), 'sample')} in more than one expression file: {some(repeated)}"
        problems.append(Problem(what, files, "Keep each sample in one file."))
    absent = [sample for sample in table.frame.index if sample not in n_files]
    if absent and complete:
        what = f"{count(len(absent), 'sample')} without expression, left out: {some(absent)}"
        problems.append(Problem(what, table.file, "Add their expression if they are wanted.", "warning"))
    if not set.intersection(*(set(part.genes) for part in parts)):
        what = "the expression files share no gene"
        problems.append(Problem(what, some(p.report.file for p in parts), "Give files with the same genes."))
    frame = table.frame.loc[table.frame.index.isin(list(n_files))]
    if complete and frame["sample_type"].notna().all():
        problems += check_labels(frame, table.file)
    return problems


def _combine(parts: list[_Part], order: pd.Index, problems: list[Problem]) -> tuple[pd.Index, np.ndarray]:
    """Put the files under each other, genes sorted, without genes that are not shared or are constant."""
    genes = pd.Index(sorted(set.intersection(*(set(part.genes) for part in parts))))
    values = np.empty((len(order), len(genes)), dtype=np.float32)
    for part in parts:
        if n_dropped := len(part.genes) - len(genes):
            what = f"{n_dropped:,} of {count(len(part.genes), 'gene')} not in all files, left out"
            problems.append(Problem(what, part.report.file, "Nothing to do.", "warning"))
        columns = part.genes.get_indexer(genes)
        copy_cells(
            part.values, np.arange(len(part.samples)), columns, values, order.get_indexer(part.samples)
        )
        part.values = np.empty(0)  # large, and not needed any more
    constant = values.min(axis=0) == values.max(axis=0)
    if constant.all():
        problems.append(Problem("every gene is constant", "all expression files", "Give measured values."))
    elif constant.any():
        what = f"{count(constant.sum(), 'gene')} constant over all samples, left out: {some(genes[constant])}"
        problems.append(Problem(what, "all expression files", "Nothing to do.", "warning"))
        genes, values = genes[~constant], values[:, ~constant]
    return genes, values


def _provenance(table: SampleTable, parts: list[_Part], n_genes: int) -> list[str]:
    sentences = []
    for part in parts:
        report = part.report
        scale = "log2(CPM+1), not corrected for gene lengths" if report.unit == "counts" else UNIT
        sentences.append(
            f"{report.file}: {len(part.samples):,} of {report.n_samples:,} samples; {report.n_genes:,} genes "
            f"by {report.gene_ids}, left out: {report.n_genes_unmapped:,}, "
            f"averaged with another of the same symbol: {report.n_genes_collapsed:,}; "
            f"in {report.unit} ({report.unit_evidence}), used as {scale}."
        )
    n_used = sum(len(part.samples) for part in parts)
    sentences.append(f"{table.file}: {n_used:,} of {len(table.frame):,} samples have expression.")
    sentences.append(f"{n_genes:,} genes are in all expression files and not constant.")
    return sentences
