"""Import: from a user's expression files and table of samples to a checked cohort."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from rnalign_core.cohort.joining import Imported, Part, TableReport, check_parts, join_parts
from rnalign_core.cohort.read import RawTable, read_numbers
from rnalign_core.cohort.samples import SampleTable, read_samples
from rnalign_core.cohort.schema import UNIT
from rnalign_core.cohort.table import (
    ExpressionTable,
    check_cells,
    collapse,
    orient,
    report_cells,
    select,
)
from rnalign_core.cohort.units import UNITS, Unit, find_unit, out_of_range, to_log2_tpm, without_expression
from rnalign_core.cohort.words import count, some
from rnalign_core.problems import InputError, Problem

_T = TypeVar("_T")


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
    if not table or not parts or len(parts) < len(expression):
        problems += check_parts(table, parts, complete=False) if table and parts else []
        raise InputError(problems)
    title = title or " + ".join(path.name.split(".")[0] for path in expression)
    return join_parts(table, parts, problems, title=title)


def _collect(problems: list[Problem], step: Callable[[], _T]) -> _T | None:
    """Run a step; if the input is at fault, take note of it and go on without."""
    try:
        return step()
    except InputError as error:
        problems += error.problems
        return None


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
) -> Part | None:
    if known is None:
        read_numbers(path)  # for its own problems
        return None
    ids = known.frame.index
    return import_table(path, lambda raw: (orient(raw, ids), ids), given, problems)


def import_table(
    path: Path,
    layout: Callable[[RawTable], tuple[ExpressionTable, pd.Index]],
    given: str | None,
    problems: list[Problem],
    read: Callable[[Path], RawTable] = read_numbers,
) -> Part:
    """Read, check and convert one expression file; what is found is added to `problems`.

    Parameters
    ----------
    path
        The file.
    layout
        Lays the table samples x genes, and says the ids of the samples that are wanted.
    given
        One of :data:`UNITS`, or None where it is to be found out.
    problems
        List to add to. With an error among them the result is not to be used.
    read
        Reader of the file.

    Raises
    ------
    InputError
        If the file cannot be read or laid out.
    """
    whole, ids = layout(read(path))
    n_samples, n_genes = len(whole.samples), len(whole.genes)
    table, found = select(whole, ids)
    del whole  # large
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
    return Part(table.samples, genes, values, report)


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
