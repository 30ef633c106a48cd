"""Labels of TCGA's tumors: purity by ABSOLUTE, and molecular subtypes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rnalign_core.cohort.read import is_gzip
from rnalign_core.cohort.words import some
from rnalign_core.problems import InputError, Problem
from rnalign_core.sources.download import RemoteFile, intact

PURITY = RemoteFile(
    "TCGA_mastercalls.abs_tables_JSedit.fixed.txt",
    "https://api.gdc.cancer.gov/data/4f277128-f793-4354-a13d-30cc7fe9f6b5",
    901_812,
    "md5:8ea2ca92c8ae58350538999dfa1174da",
)
SUBTYPES = RemoteFile(
    "TCGASubtype.20170308.tsv.gz",
    "https://tcga-pancan-atlas-hub.s3.us-east-1.amazonaws.com/download/TCGASubtype.20170308.tsv.gz",
    100_000,
    other_names=("TCGASubtype.20170308.tsv",),
)
SAMPLE_CHARACTERS = 15  # of a TCGA barcode: TCGA-OR-A5J1-01
PATIENT_CHARACTERS = 12
SUBTYPE_IDS = ("sampleID", "pan.samplesID")  # as UCSC Xena, and as the GDC names the column of ids


def read_labels(
    path: Path, needed: Sequence[str], *, separator: str, encoding: str = "utf-8", comment: str | None = None
) -> pd.DataFrame:
    """Read a table of labels as stripped text; empty cells are None.

    Parameters
    ----------
    path
        The file, as it is or compressed with gzip, whatever its name.
    needed
        Columns that it must have.

    Raises
    ------
    InputError
        If it cannot be read, lacks a column, or has no rows.
    """
    if not path.is_file():
        raise InputError.single("there is no such file", str(path), "Check the path.")
    with intact(path):
        packing = "gzip" if is_gzip(path) else None
        table = pd.read_csv(
            path, sep=separator, encoding=encoding, comment=comment, dtype=str, compression=packing
        )
    _require(table, needed, path)
    if table.empty:
        raise InputError.single("no rows below the column names", path.name, "Download it again.")
    table = table.apply(lambda column: column.str.strip())
    return table.where(table.notna() & (table != ""), None)


def _require(table: pd.DataFrame, needed: Sequence[str], path: Path) -> None:
    if missing := [column for column in needed if column not in table]:
        what = f"no column {', '.join(missing)}; the columns are {some(table.columns, 12)}"
        fix = "Give the file as its source publishes it. If the source has changed its layout, give an earlier file."
        raise InputError.single(what, path.name, fix)


def read_purity(path: Path) -> tuple[pd.Series, list[Problem]]:
    """Return the share of tumor cells in each tumor, by sample id, and warnings.

    Called by ABSOLUTE (Carter et al., Nature Biotechnology 2012) for the PanCancer Atlas (Hoadley et al., Cell 2018).

    Raises
    ------
    InputError
        If the table cannot be read, or lacks a column.
    """
    table = read_labels(path, ("array", "purity"), separator="\t")
    purity = pd.to_numeric(table["purity"], errors="coerce").astype(float)
    wrong = (purity.isna() & table["purity"].notna()) | (purity < 0) | (purity > 1)
    problems = []
    if wrong.any():
        what = f"{wrong.sum():,} rows with a purity that is no fraction: {some(table.loc[wrong, 'purity'])}"
        problems.append(Problem(what, f"{path.name}, column purity", "They are not used.", "warning"))
    purity = purity.mask(wrong).set_axis(table["array"].str[:SAMPLE_CHARACTERS]).dropna()
    return purity[~purity.index.duplicated()], problems


def read_subtypes(path: Path, types: pd.Series) -> pd.Series:
    """Return the molecular subtype of each tumor, by sample id, None where it is not known.

    Subtypes are those that TCGA's working groups published (Sanchez-Vega et al., Cell 2018). For each cancer type it
    is the expression subtype (`Subtype_mRNA`, for breast PAM50), unless the subtype that the working group preferred
    (`Subtype_Selected`) is known for more of its tumors.

    Parameters
    ----------
    types
        Cancer type of each tumor, by sample id.

    Raises
    ------
    InputError
        If the table cannot be read, or lacks a column.
    """
    table = read_labels(path, ("Subtype_mRNA", "Subtype_Selected"), separator="\t")
    ids = next((column for column in SUBTYPE_IDS if column in table), SUBTYPE_IDS[0])
    _require(table, (ids,), path)
    table = table.set_index(table[ids].str[:SAMPLE_CHARACTERS])
    table = table[table.index.notna() & ~table.index.duplicated()]
    by_sample = table.reindex(types.index)
    of_patient = table.reindex(types.index.str[:PATIENT_CHARACTERS]).set_index(
        types.index
    )  # as some are given
    subtypes = pd.Series(None, types.index, dtype=object)
    for cancer_type, members in types.groupby(types).groups.items():
        rows = by_sample.loc[members].fillna(of_patient.loc[members])
        expression = rows["Subtype_mRNA"].map(lambda s, t=cancer_type: _name(s, t))
        preferred = rows["Subtype_Selected"].map(lambda s, t=cancer_type: _name(s, t))
        subtypes[members] = expression if expression.notna().sum() >= preferred.notna().sum() else preferred
    return subtypes.where(subtypes.notna(), None)


def _name(subtype: object, cancer_type: str) -> str | None:
    """Return a subtype without the code of its study: ``BRCA.LumA`` is ``LumA``. Numbers keep the cancer type's."""
    if not isinstance(subtype, str):
        return None
    name = subtype.rpartition(".")[2] if "." in subtype else subtype
    if name.upper() in ("NA", "", "-"):
        return None
    return f"{cancer_type} {name}" if name.isdigit() else name
