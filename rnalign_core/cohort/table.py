"""One expression table: which way round it lies, which samples and genes it holds, what its cells hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnalign_core.cohort.genes import GeneMatch, match_genes
from rnalign_core.cohort.read import RawTable
from rnalign_core.cohort.words import count, some
from rnalign_core.problems import InputError, Problem

SAMPLES_X_GENES = "samples x genes"
GENES_X_SAMPLES = "genes x samples"


@dataclass
class ExpressionTable:
    """An expression table laid samples x genes.

    Parameters
    ----------
    file
        File name.
    values
        float32 array of shape (n_samples, n_genes).
    samples, genes
        What the file calls its samples and its genes.
    match
        The current symbol of each gene.
    text_cells
        One row per cell that holds text: `sample` and `gene` position, and `text`.
    orientation
        How the file lies: :data:`SAMPLES_X_GENES` or :data:`GENES_X_SAMPLES`.
    left_out
        Columns that are neither data nor the names of the rows.
    """

    file: str
    values: np.ndarray
    samples: list[str]
    genes: list[str]
    match: GeneMatch
    text_cells: pd.DataFrame
    orientation: str
    left_out: list[str]


def orient(raw: RawTable, known: pd.Index) -> ExpressionTable:
    """Find out which way round a table lies, and which text column names its rows.

    For either way, the share of labels that are ids of the table of samples and the share of labels that are
    known genes are added up; the larger sum decides, then the larger share of ids.

    Parameters
    ----------
    known
        Ids of the table of samples.

    Raises
    ------
    InputError
        If neither decides, no id joins, or no gene is known.
    """
    row_genes = {name: match_genes(labels) for name, labels in raw.row_names.items()}
    column_genes = match_genes(raw.columns)
    by_row = {label: _share(names, known) for label, names in raw.row_names.items()}
    by_column = _share(raw.columns, known)
    rows = _leading(by_row)
    columns = _leading({label: genes.share_known for label, genes in row_genes.items()})
    as_rows = (by_row[rows] + column_genes.share_known, by_row[rows])
    as_columns = (by_column + row_genes[columns].share_known, by_column)
    if as_rows == as_columns:
        labels = raw.row_names[rows]
        what = (
            f"cannot tell samples from genes: neither rows (such as {some(labels, 3)}) nor columns (such as "
            f"{some(raw.columns, 3)}) are clearly ids of the table of samples or known human genes"
        )
        fix = f"{_join_hint(labels + raw.columns, known)} Genes are HGNC symbols, Ensembl or Entrez ids."
        raise InputError.single(what, raw.file, fix)
    cells, label = raw.text_cells, rows if as_rows > as_columns else columns
    names = raw.row_names[label]
    left_out = [*raw.left_out, *(other for other in raw.row_names if other != label)]
    if as_rows > as_columns:
        layout = (raw.values, names, raw.columns, column_genes)
        cells, orientation = cells.rename(columns={"row": "sample", "column": "gene"}), SAMPLES_X_GENES
    else:
        layout = (raw.values.T, raw.columns, names, row_genes[label])
        cells, orientation = cells.rename(columns={"row": "gene", "column": "sample"}), GENES_X_SAMPLES
    table = ExpressionTable(raw.file, *layout, cells, orientation, left_out)
    problems = [*_nothing_joins(table, known), *_nothing_known(table)]
    if problems:
        raise InputError(problems)
    return table


def _leading(shares: dict[str, float]) -> str:
    """Return the first column that is about as good as the best: ids stand before names that repeat."""
    return next(label for label, share in shares.items() if share >= 0.9 * max(shares.values()))


def _share(labels: Sequence[str], known: pd.Index) -> float:
    return float(np.mean(pd.Index(labels).isin(known)))


def _nothing_joins(table: ExpressionTable, known: pd.Index) -> list[Problem]:
    if known.isin(table.samples).any():
        return []
    what = f"none of its {len(table.samples):,} samples is in the table of samples: {some(table.samples, 3)}"
    return [Problem(what, table.file, _join_hint(table.samples, known))]


def _join_hint(labels: Sequence[str], known: pd.Index) -> str:
    def bare(label: str) -> str:
        return re.sub(r"[^0-9a-z]+", "", str(label).lower())

    hint = f"Use the same ids in both; those of the table of samples are such as {some(known, 3)}."
    bare_known = {bare(k): k for k in known}
    for label in labels:
        if (twin := bare_known.get(bare(label))) is not None:
            return f"{hint} {label!r} and {twin!r} differ in punctuation or capitals only."
    return hint


def _nothing_known(table: ExpressionTable) -> list[Problem]:
    if table.match.share_known > 0:
        return []
    what = f"none of its {len(table.genes):,} genes is a known human gene: {some(table.genes, 3)}"
    return [
        Problem(
            what, table.file, "Name genes by HGNC symbol, Ensembl or Entrez id; map probes to genes first."
        )
    ]


def select(table: ExpressionTable, known: pd.Index) -> tuple[ExpressionTable, list[Problem]]:
    """Keep the samples that are in the table of samples, in its order, and the genes that are known.

    Returns
    -------
    The smaller table, its values copied, and what was found: samples and genes left out, samples repeated.
    """
    position = pd.Series(np.arange(len(table.samples)), index=table.samples)
    position = position[~position.index.duplicated()]
    rows = position[known[known.isin(position.index)]].to_numpy()
    columns = np.flatnonzero([s is not None for s in table.match.symbols])
    values = np.empty((len(rows), len(columns)), dtype=np.float32)
    copy_cells(table.values, rows, columns, values, np.arange(len(rows)))
    smaller = ExpressionTable(
        table.file,
        values,
        [table.samples[i] for i in rows],
        [table.genes[j] for j in columns],
        GeneMatch(table.match.symbols[columns], table.match.kind),
        _move(table.text_cells, rows, columns),
        table.orientation,
        table.left_out,
    )
    return smaller, _report_left_out(table, known)


def _report_left_out(table: ExpressionTable, known: pd.Index) -> list[Problem]:
    problems = []
    n_rows = Counter(table.samples)
    if repeated := [s for s, n in n_rows.items() if n > 1 and s in known]:
        what = f"{count(len(repeated), 'sample')} more than once: {some(repeated)}"
        problems.append(Problem(what, table.file, "Keep one profile per sample."))
    if strangers := [s for s in n_rows if s not in known]:
        what = f"{count(len(strangers), 'sample')} not in the table of samples, left out: {some(strangers)}"
        problems.append(Problem(what, table.file, "Add rows for them if they are wanted.", "warning"))
    if unknown := [g for g, s in zip(table.genes, table.match.symbols, strict=True) if s is None]:
        what = (
            f"{len(unknown):,} of {count(len(table.genes), 'gene')} left out, as the names are not, or not clearly, "
            f"those of protein-coding, lncRNA or immune receptor genes: {some(unknown)}"
        )
        problems.append(Problem(what, table.file, "Nothing to do, unless you miss one of them.", "warning"))
    return problems


def copy_cells(
    values: np.ndarray, rows: np.ndarray, columns: np.ndarray, target: np.ndarray, target_rows: np.ndarray
) -> None:
    """Set ``target[target_rows]`` to ``values[rows][:, columns]``, by blocks that stay in the cache."""
    for start in range(0, len(rows), 64):
        block = slice(start, start + 64)
        target[target_rows[block]] = np.take(values[rows[block]], columns, axis=1)


def _move(cells: pd.DataFrame, rows: np.ndarray, columns: np.ndarray) -> pd.DataFrame:
    """Keep the text cells in the selected rows and columns and give them their new positions."""
    cells = cells[cells["sample"].isin(rows) & cells["gene"].isin(columns)]
    return cells.assign(
        sample=cells["sample"].map(pd.Series(np.arange(len(rows)), index=rows)),
        gene=cells["gene"].map(pd.Series(np.arange(len(columns)), index=columns)),
    )


def check_cells(table: ExpressionTable, known: pd.Index) -> list[Problem]:
    """Report cells that hold text, nothing, or infinity, and columns that are all text."""
    problems = _check_left_out(table, known)
    text = table.text_cells
    if len(text):
        first = text.head(3)
        cells = "; ".join(
            f"{name_cell(table, i, j)} ({t[:40]!r})"
            for t, i, j in zip(first["text"], first["sample"], first["gene"], strict=True)
        )
        what = f"{count(len(text), 'cell')} with text instead of a number: {cells}"
        problems.append(Problem(what, table.file, "Write numbers with a decimal point, and nothing else."))
    missing = np.isnan(table.values)
    missing[text["sample"].astype(int), text["gene"].astype(int)] = False
    problems += report_cells(table, missing, "without a value", "Fill them in, or remove these genes.")
    problems += report_cells(
        table, np.isinf(table.values), "with an infinite value", "Undo the step that divided by 0."
    )
    return problems


def _check_left_out(table: ExpressionTable, known: pd.Index) -> list[Problem]:
    if table.orientation == SAMPLES_X_GENES:
        data = [
            name for name, s in zip(table.left_out, match_genes(table.left_out).symbols, strict=True) if s
        ]
    else:
        data = [name for name in table.left_out if name in known]
    problems = []
    if data:
        what = f"{count(len(data), 'column')} of text instead of numbers: {some(data)}"
        problems.append(Problem(what, table.file, "Write numbers, or remove these columns."))
    if others := [name for name in table.left_out if name not in data]:
        what = f"{count(len(others), 'column')} without expression left out: {some(others, 12)}"
        problems.append(Problem(what, table.file, "Nothing to do.", "warning"))
    return problems


def report_cells(table: ExpressionTable, wrong: np.ndarray, what: str, fix: str) -> list[Problem]:
    """Return one error that counts and names the cells where `wrong`, or none."""
    n_wrong = int(np.count_nonzero(wrong))
    if not n_wrong:
        return []
    in_rows = np.flatnonzero(wrong.any(axis=1))
    places = [(int(i), int(np.argmax(wrong[i]))) for i in in_rows[:3]]
    cells = "; ".join(f"{name_cell(table, i, j)} ({table.values[i, j]:g})" for i, j in places)
    what = f"{count(n_wrong, 'cell')} in {count(len(in_rows), 'sample')} {what}: {cells}"
    return [Problem(what, table.file, fix)]


def name_cell(table: ExpressionTable, sample: int, gene: int) -> str:
    """Return the place of a cell in words."""
    return f"sample {table.samples[sample]}, gene {table.genes[gene]}"


def collapse(values: np.ndarray, symbols: np.ndarray) -> tuple[np.ndarray, pd.Index]:
    """Replace columns of the same gene by their mean.

    Returns
    -------
    Array of shape (n_samples, n_unique_genes), and the genes in the order of their first column.
    """
    codes, unique = pd.factorize(symbols)
    if len(unique) == len(symbols):
        return values, pd.Index(unique)
    columns = pd.Series(np.arange(len(codes))).groupby(codes)
    collapsed = values[:, columns.first().to_numpy()]
    for code, members in columns.indices.items():
        if len(members) > 1:
            collapsed[:, code] = values[:, members].mean(axis=1)
    return collapsed, pd.Index(unique)
