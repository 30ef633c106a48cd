"""Joining: from expression tables, each checked and converted, to one cohort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd

from rnalign_core.cohort.samples import SampleTable, check_labels
from rnalign_core.cohort.schema import UNIT, make_cohort
from rnalign_core.cohort.table import copy_cells
from rnalign_core.cohort.words import count, some
from rnalign_core.problems import InputError, Problem


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
        One of :data:`rnalign_core.cohort.units.UNITS`.
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
class Part:
    """The samples of one expression file, in log2(TPM+1)."""

    samples: list[str]
    genes: pd.Index
    values: np.ndarray
    report: TableReport


def join_parts(
    table: SampleTable,
    parts: list[Part],
    problems: list[Problem],
    *,
    title: str,
    provenance: Sequence[str] = (),
) -> Imported:
    """Make a cohort of tables that are imported already.

    Parameters
    ----------
    table
        The samples of all `parts`, in the order they get.
    parts
        One per expression table. Their values are given up while the cohort is made, as they are large.
    problems
        What was found before; what is found here is added.
    title
        Short name of the cohort.
    provenance
        Sentences about where the data come from, to stand before those about what was done here.

    Raises
    ------
    InputError
        If there is an error among `problems`, or the parts make no cohort.
    """
    problems += check_parts(table, parts, complete=True)
    _raise_errors(problems)
    order = table.frame.index[table.frame.index.isin([s for part in parts for s in part.samples])]
    genes, values = _combine(parts, order, problems)
    _raise_errors(problems)
    cohort = make_cohort(
        values,
        genes,
        table.frame.loc[order],
        title=title,
        provenance=[*provenance, *_provenance(table, parts, len(genes))],
    )
    return Imported(cohort, tuple(problems), tuple(part.report for part in parts))


def _raise_errors(problems: list[Problem]) -> None:
    if any(p.severity == "error" for p in problems):
        raise InputError(problems)


def check_parts(table: SampleTable, parts: list[Part], *, complete: bool) -> list[Problem]:
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


def _combine(parts: list[Part], order: pd.Index, problems: list[Problem]) -> tuple[pd.Index, np.ndarray]:
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


def _provenance(table: SampleTable, parts: list[Part], n_genes: int) -> list[str]:
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
