"""The table of samples: from a user's CSV to the labels of a cohort."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rnalign_core.cohort.read import read_text
from rnalign_core.cohort.schema import CELL_LINE, OBS_COLUMNS, TUMOR
from rnalign_core.cohort.words import count, some
from rnalign_core.problems import InputError, Problem

_WORDS = {
    TUMOR: "tumor, t, primary tumor, primary solid tumor, primary, metastatic tumor, metastatic, metastasis, "
    "recurrent tumor, recurrent solid tumor, patient tumor, tumor tissue, tumor sample",
    CELL_LINE: "cell line, cellline, cancer cell line, cl, line, ccle",
}
_SAMPLE_TYPE = {word: sample_type for sample_type, words in _WORDS.items() for word in words.split(", ")}


@dataclass(frozen=True)
class SampleTable:
    """A table of samples as read.

    Parameters
    ----------
    file
        File name.
    frame
        Indexed by sample id, unique; columns of :data:`~rnalign_core.cohort.schema.OBS_COLUMNS`.
        `sample_type` is missing where it was not understood.
    problems
        All that was found, errors and warnings.
    """

    file: str
    frame: pd.DataFrame
    problems: tuple[Problem, ...]


def read_samples(path: Path, defaults: Mapping[str, str | None] | None = None) -> SampleTable:
    """Read and check a table of samples.

    Parameters
    ----------
    path
        The file.
    defaults
        Values for columns that are absent, and for cells that are empty.

    Raises
    ------
    InputError
        If the file cannot be read, or has no rows, no sample types or no cancer types. What is wrong with
        single cells is part of the result instead.
    """
    table = read_text(path)
    table.columns = [re.sub(r"[^a-z0-9]+", "_", str(name).lower()).strip("_") for name in table.columns]
    ids = "sample_id" if "sample_id" in table.columns else table.columns[0]
    for column, value in (defaults or {}).items():
        if column not in table.columns:
            table[column] = pd.Series(value, table.index, dtype=object)
        elif value is not None and column != ids and list(table.columns).count(column) == 1:
            table[column] = table[column].fillna(value)
    _check_columns(table, ids, path.name)
    problems = []
    unused = [c for c in table.columns if c not in (ids, *OBS_COLUMNS)]
    if unused:
        problems.append(
            Problem(
                f"{count(len(unused), 'column')} not used: {some(unused)}",
                path.name,
                f"Nothing to do. The columns that are used are sample_id, {', '.join(OBS_COLUMNS)}.",
                "warning",
            )
        )
    problems += _check_ids(table[ids], path.name)
    table = table[table[ids].notna() & ~table[ids].duplicated()].set_index(ids)
    frame = table.reindex(columns=OBS_COLUMNS)
    frame["sample_type"] = frame["sample_type"].map(_read_type, na_action="ignore")
    problems += _check_types(table["sample_type"][frame["sample_type"].isna()], path.name)
    frame["name"] = frame["name"].fillna(frame.index.to_series())
    frame["purity"], found = _read_purity(frame["purity"], path.name)
    return SampleTable(path.name, frame, (*problems, *found))


def _read_type(text: str) -> str | None:
    words = re.sub(r"[^a-z]+", " ", text.lower()).strip()
    return _SAMPLE_TYPE.get(
        re.sub(r"tumou?rs?|(?<=line)s$", lambda m: "tumor" if m[0][0] == "t" else "", words)
    )


def _check_columns(table: pd.DataFrame, ids: str, where: str) -> None:
    problems = []
    columns = list(table.columns)
    for column in ("sample_type", "cancer_type"):
        if column not in columns or column == ids:
            what = f"no column `{column}`; the columns are {some(columns, 12)}"
            problems.append(Problem(what, where, f"Add `{column}`, or rename the column that holds it."))
    repeated = sorted({c for c in columns if columns.count(c) > 1 and c in (ids, *OBS_COLUMNS)})
    if repeated:
        problems.append(
            Problem(
                f"{count(len(repeated), 'column')} more than once: {some(repeated)}",
                where,
                "Keep one of each.",
            )
        )
    if table.empty:
        problems.append(Problem("no rows below the column names", where, "Add one row per sample."))
    if problems:
        raise InputError(problems)


def _check_ids(ids: pd.Series, where: str) -> list[Problem]:
    problems = []
    if ids.isna().any():
        what = (
            f"{count(ids.isna().sum(), 'row')} without a sample id: lines {some(ids.index[ids.isna()] + 2)}"
        )
        problems.append(Problem(what, f"{where}, column {ids.name}", "Fill in the ids or remove the rows."))
    repeated = ids[ids.notna() & ids.duplicated()].unique()
    if len(repeated):
        what = f"{count(len(repeated), 'sample id')} more than once: {some(repeated)}"
        problems.append(Problem(what, f"{where}, column {ids.name}", "Keep one row per sample."))
    return problems


def _check_types(unknown: pd.Series, where: str) -> list[Problem]:
    """Report sample types that were not understood, by value, with the ids of the rows."""
    problems = []
    for value, rows in unknown.fillna("(empty)").groupby(unknown.fillna("(empty)"), sort=True):
        what = f"{count(len(rows), 'row')} of the unknown sample type {value[:60]!r}: {some(rows.index)}"
        fix = "Write `tumor` or `cell_line`, or remove the rows (normal tissue is not used)."
        problems.append(Problem(what, f"{where}, column sample_type", fix))
    return problems


def _read_purity(text: pd.Series, where: str) -> tuple[pd.Series, list[Problem]]:
    purity = pd.to_numeric(text.replace(",", ".", regex=True), errors="coerce").astype(float)
    groups = {
        "that is not a number": (
            purity.isna() & text.notna(),
            "Write fractions such as 0.85; leave unknown ones empty.",
        ),
        "that looks like percent": (
            (purity > 1) & (purity <= 100),
            "Divide by 100: purity is a fraction from 0 to 1.",
        ),
        "outside 0 to 1": (
            (purity < 0) | (purity > 100),
            "Correct it, or leave it empty if it is not known.",
        ),
    }
    problems = []
    for what, (wrong, fix) in groups.items():
        if wrong.any():
            cells = some(f"{i} ({v})" for i, v in text[wrong].items())
            what = f"{count(wrong.sum(), 'row')} with a purity {what}: {cells}"
            problems.append(Problem(what, f"{where}, column purity", fix))
    return purity.where((purity >= 0) & (purity <= 1)), problems


def check_labels(frame: pd.DataFrame, where: str) -> list[Problem]:
    """Check that there are tumors and cell lines, and that their cancer types meet.

    Parameters
    ----------
    frame
        The rows of a table of samples that have expression, all with a sample type.
    where
        The file they are from.
    """
    problems = []
    tumors, lines = (frame[frame["sample_type"] == t] for t in (TUMOR, CELL_LINE))
    for group, name in ((tumors, "tumor"), (lines, "cell line")):
        if group.empty:
            what = f"no {name} among the {count(len(frame), 'sample')} with expression"
            problems.append(Problem(what, where, "Both tumors and cell lines are needed."))
        untyped = group.index[group["cancer_type"].isna()]
        if len(untyped):
            what = f"{len(untyped):,} of {count(len(group), name)} without a cancer type: {some(untyped)}"
            problems.append(Problem(what, where, "Fill in `cancer_type` where it is known.", "warning"))
    alone = sorted(set(lines["cancer_type"].dropna()) - set(tumors["cancer_type"]))
    if alone and not tumors.empty:
        what = f"{count(len(alone), 'cancer type')} with cell lines but no tumors: {some(alone, 12)}"
        fix = (
            "Nothing to do: these lines are shown, but cannot match. Check the spelling against the tumors'."
        )
        problems.append(Problem(what, where, fix, "warning"))
    return problems
