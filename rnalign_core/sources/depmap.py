"""Cell lines as DepMap publishes them: expression, and what is known about each line.

Files are downloaded from the release 24Q4, the last one that DepMap deposited on Figshare. Newer releases can only be
downloaded by hand, as DepMap's portal answers browsers only; both files of one release are then put into the folder.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from rnalign_core.cohort.read import RawTable, read_numbers
from rnalign_core.cohort.schema import CELL_LINE
from rnalign_core.cohort.words import count, some
from rnalign_core.problems import InputError, Problem
from rnalign_core.sources.download import RemoteFile
from rnalign_core.sources.labels import read_labels
from rnalign_core.sources.oncotree import cancer_types

PORTAL = "Newer releases are at https://depmap.org/portal/data_page/?tab=allData, for browsers only."
EXPRESSION = RemoteFile(
    "OmicsExpressionProteinCodingGenesTPMLogp1.csv",
    "https://ndownloader.figshare.com/files/51065489",
    506_628_654,
    "md5:71794802b750ce77c422dad0720a40af",
    other_names=(
        "OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv",  # its name in newer releases
        "OmicsExpressionProteinCodingGenesTPMLogp1.csv.gz",
        "OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv.gz",
    ),
    elsewhere=PORTAL,
)
MODELS = RemoteFile(
    "Model.csv",
    "https://ndownloader.figshare.com/files/51065297",
    645_696,
    "md5:675210d17675f3517b0ce39a3c274f16",
    elsewhere=PORTAL,
)
UNIT = "log2(TPM+1)"
MODEL = "ModelID"
DEFAULT = "IsDefaultEntryForModel"
NEEDED = (MODEL, "StrippedCellLineName", "OncotreeCode", "OncotreePrimaryDisease")
SUBTYPES = ("LegacyMolecularSubtype", "ModelSubtypeFeatures")  # of older and of newer releases


def read_expression(path: Path) -> RawTable:
    """Read the expression of the models, one row each, named in ``row_names["ModelID"]``.

    Two layouts are understood: rows named by model, as in 24Q4, and the rows of profiles of newer releases, with the
    columns `ModelID` and `IsDefaultEntryForModel`, of which the default one of each model is kept.

    Raises
    ------
    InputError
        If the file cannot be read, names no models, or has several rows of one.
    """
    raw = read_numbers(path)
    models = raw.row_names.get(MODEL, next(iter(raw.row_names.values())))
    is_default = raw.row_names.get(DEFAULT, ["Yes"] * len(models))
    raw = keep_rows(
        replace(raw, row_names={MODEL: models}), np.flatnonzero([answer == "Yes" for answer in is_default])
    )
    models = pd.Index(raw.row_names[MODEL])
    again = "Give the file as DepMap publishes it."
    if not models.str.startswith("ACH-").any():
        what = f"no rows of models, which are named ACH- and six digits: {some(models, 3) or 'no default profile'}"
        raise InputError.single(what, path.name, again)
    if (repeated := models[models.duplicated()].unique()).size:
        what = f"{count(len(repeated), 'model')} more than once: {some(repeated)}"
        raise InputError.single(what, path.name, again)
    return raw


def keep_rows(raw: RawTable, rows: np.ndarray) -> RawTable:
    """Return some rows of a table, in ascending order."""
    cells = raw.text_cells[raw.text_cells["row"].isin(rows)]
    cells = cells.assign(row=np.searchsorted(rows, cells["row"].to_numpy(dtype=int)))
    names = {label: [names[i] for i in rows] for label, names in raw.row_names.items()}
    return replace(raw, values=raw.values[rows], row_names=names, text_cells=cells)


def read_models(
    path: Path, with_expression: pd.Index, mapping: pd.Series
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return what is known about the cell lines that have expression, by DepMap id, and what was left out.

    Left out are models that are not cell lines (organoids and others), and lines that are not cancer.

    Parameters
    ----------
    with_expression
        DepMap ids of the models that have expression.
    mapping
        Cancer type of each OncoTree code.

    Returns
    -------
    Table with the columns of a cohort that are known for lines.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column, or has none of the models.
    """
    table = read_labels(path, NEEDED, separator=",").drop_duplicates(MODEL).set_index(MODEL)
    unknown = with_expression[~with_expression.isin(table.index)]
    table = table.loc[with_expression[with_expression.isin(table.index)]]
    if table.empty:
        what = f"none of the {len(with_expression):,} models with expression is in it: {some(with_expression, 3)}"
        raise InputError.single(what, path.name, "Give the two files of the same release of DepMap.")
    other = (
        table["ModelType"].fillna("Cell Line") != "Cell Line" if "ModelType" in table else table.index == ""
    )
    healthy = table["OncotreePrimaryDisease"] == "Non-Cancerous"
    lines = table[~other & ~healthy]
    types, problems = cancer_types(lines["OncotreeCode"], mapping)
    left_out = {
        "not in the table of models": len(unknown),
        "organoids and other models that are not cell lines": int(np.sum(other)),
        "not cancer": int(np.sum(healthy & ~other)),
    }
    if any(left_out.values()):
        what = f"{count(sum(left_out.values()), 'model')} of {len(with_expression):,} left out: "
        what += ", ".join(f"{n:,} {reason}" for reason, n in left_out.items() if n)
        fix = "Use files of the same release of DepMap." if len(unknown) else "Nothing to do."
        problems.insert(0, Problem(what, path.name, fix, "warning"))
    return _describe(lines, types), problems


def _describe(lines: pd.DataFrame, types: pd.Series) -> pd.DataFrame:
    nothing = pd.Series(None, lines.index, dtype=object)
    stripped = lines["StrippedCellLineName"]
    name = lines.get("CellLineName", nothing).fillna(stripped).fillna(lines.index.to_series())
    subtypes = [lines[column] for column in SUBTYPES if column in lines]
    return pd.DataFrame(
        {
            "sample_type": CELL_LINE,
            "cancer_type": types,
            "subtype": subtypes[0] if subtypes else nothing,
            "purity": 1.0,
            "name": name,
            "source": "DepMap",
            "depmap_id": lines.index,
            "cellosaurus_id": lines.get("RRID", nothing),
            "ccle_name": lines.get("CCLEName", nothing),
            "aliases": stripped.where(stripped != name),
        },
        index=lines.index,
    )
