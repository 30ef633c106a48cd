"""Cancer types of cell lines: from OncoTree codes to the codes of TCGA."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import pandas as pd

from rnalign_core.cohort.words import count, some
from rnalign_core.problems import InputError, Problem
from rnalign_core.sources.labels import read_labels

COLUMNS = ("oncotree_code", "cancer_type")


def read_mapping(path: Path | None = None) -> pd.Series:
    """Return the cancer type of each OncoTree code, None for those without a counterpart.

    The table that ships with the project, ``oncotree_to_tcga.csv``, says in its first lines how it was made.

    Parameters
    ----------
    path
        Table (CSV) with the columns `oncotree_code` and `cancer_type`, which may be empty. Its rows stand before
        those of the table that ships.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column, or has a code twice.
    """
    with as_file(files(__package__) / "oncotree_to_tcga.csv") as shipped:
        types = _read(shipped)
    return types if path is None else pd.concat([own := _read(path), types.drop(own.index, errors="ignore")])


def _read(path: Path) -> pd.Series:
    table = read_labels(path, COLUMNS, separator=",", comment="#")
    codes = table["oncotree_code"].str.upper()
    where = f"{path.name}, column oncotree_code"
    if codes.isna().any():
        what = f"{count(int(codes.isna().sum()), 'row')} without a code"
        raise InputError.single(what, where, "Fill in the codes, or remove the rows.")
    if (repeated := codes[codes.duplicated()].unique()).size:
        what = f"codes more than once: {some(repeated)}"
        raise InputError.single(what, where, "Keep one row per code.")
    return pd.Series(table["cancer_type"].to_numpy(), index=codes, dtype=object).rename("cancer_type")


def cancer_types(codes: pd.Series, mapping: pd.Series) -> tuple[pd.Series, list[Problem]]:
    """Return the cancer type of each cell line, and a warning about codes that the mapping does not have.

    Parameters
    ----------
    codes
        OncoTree code of each line, None where it has none.
    mapping
        See :func:`read_mapping`.
    """
    codes = codes.str.upper()
    unknown = codes[codes.notna() & ~codes.isin(mapping.index)].value_counts()
    problems = []
    if len(unknown):
        codes_found = some(f"{code} ({n})" for code, n in unknown.items())
        what = f"OncoTree codes that the table of cancer types does not have: {codes_found}"
        fix = "Give a table with their types, if they have one; these lines get none."
        problems.append(Problem(what, "column OncotreeCode", fix, "warning"))
    types = codes.map(mapping)
    return types.where(types.notna(), None), problems
