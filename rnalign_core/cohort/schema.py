"""The cohort: an AnnData of tumors and cell lines with fixed columns, and its identity."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd

from rnalign_core.files import atomic_path, check_room
from rnalign_core.problems import InputError

TUMOR = "tumor"
CELL_LINE = "cell_line"
SAMPLE_TYPES = (TUMOR, CELL_LINE)
SCHEMA_VERSION = 1
UNIT = "log2(TPM+1)"
MAX_PACKED_BYTES = 2**26  # of expression that is compressed
PARTS = ("obs", "var", "uns", "obsm", "varm", "obsp", "varp", "layers")  # of an AnnData, besides X

TEXT_COLUMNS = ("name", "depmap_id", "cellosaurus_id", "ccle_name", "aliases")
OBS_COLUMNS = ("sample_type", "cancer_type", "subtype", "purity", "name", "source", *TEXT_COLUMNS[1:])


def make_cohort(
    expression: np.ndarray,
    genes: list[str] | pd.Index,
    samples: pd.DataFrame,
    *,
    title: str,
    provenance: list[str],
    simulated: bool = False,
) -> ad.AnnData:
    """Assemble a cohort from parts that have already been checked.

    Parameters
    ----------
    expression
        Array of shape (n_samples, n_genes), log2(TPM+1).
    genes
        HGNC symbols, unique, in the order of the columns of `expression`.
    samples
        Table indexed by sample id, in the order of the rows of `expression`. Columns of
        :data:`OBS_COLUMNS`; those absent are added as missing. `cancer_type` and `subtype` may be missing
        for any sample, `purity` is a fraction in 0..1 or missing, and a cell line's is 1.
    title
        Short name shown to users.
    provenance
        Sentences about where the data come from and what was done to them.
    simulated
        Whether the data are simulated; shown wherever the cohort is.

    Returns
    -------
    AnnData with float32 `X`, categorical and text columns in `obs`, and ``uns["rnalign"]`` holding
    ``schema_version, cohort_id, title, unit, provenance, simulated``.
    """
    obs = pd.DataFrame(index=pd.Index(samples.index.astype(str), name="sample_id"))
    for column in OBS_COLUMNS:
        values = samples[column].to_numpy() if column in samples else np.full(len(obs), np.nan, dtype=object)
        if column == "purity":
            obs[column] = pd.to_numeric(pd.Series(values, index=obs.index)).astype("float32")
            obs.loc[samples["sample_type"].to_numpy() == CELL_LINE, column] = 1.0
        else:
            text = pd.Series(values, index=obs.index, dtype="object")
            text = text.where(text.notna() & (text.astype(str).str.strip() != ""), None)
            obs[column] = pd.Categorical(text.map(lambda v: v if v is None else str(v).strip()))
    cohort = ad.AnnData(
        X=np.ascontiguousarray(expression, dtype=np.float32),
        obs=obs,
        var=pd.DataFrame(index=pd.Index(list(map(str, genes)), name="gene")),
    )
    cohort.uns["rnalign"] = {
        "schema_version": SCHEMA_VERSION,
        "title": title,
        "unit": UNIT,
        "provenance": list(provenance),
        "simulated": simulated,
    }
    cohort.uns["rnalign"]["cohort_id"] = cohort_id(cohort)
    return cohort


def cohort_id(cohort: ad.AnnData) -> str:
    """Return the content hash of a cohort: 16 hexadecimal digits over expression, names and labels."""
    digest = hashlib.sha256()
    digest.update(np.ascontiguousarray(cohort.X, dtype="<f4").tobytes())
    digest.update("\0".join(cohort.var_names).encode())
    digest.update("\0".join(cohort.obs_names).encode())
    for column in OBS_COLUMNS:
        digest.update(column.encode())
        if column == "purity":
            digest.update(cohort.obs[column].to_numpy(dtype="<f4").tobytes())
        else:
            values = cohort.obs[column].astype(object)
            digest.update("\0".join(values.where(values.notna(), "").astype(str)).encode())
    return digest.hexdigest()[:16]


def save_cohort(cohort: ad.AnnData, path: str | os.PathLike[str]) -> None:
    """Write a cohort as `.h5ad`, in one step: compressed if it is small, else so that it opens at once.

    Expression hardly compresses (a quarter), and unpacking that of TCGA and DepMap takes longer than all else that a
    page does.

    Raises
    ------
    OSError
        If there is no room for it; the file that was there before stays.
    """
    check_room(Path(path).parent, cohort.X.nbytes)
    with atomic_path(path) as temporary:
        cohort.write_h5ad(temporary, compression="gzip" if cohort.X.nbytes <= MAX_PACKED_BYTES else None)


def load_cohort(path: str | os.PathLike[str]) -> ad.AnnData:
    """Read a cohort written by :func:`save_cohort`. Expression that is not compressed stays on the disk, read-only.

    Raises
    ------
    InputError
        If the file is missing, is not HDF5, is not a cohort, or has another schema version.
    """
    path = Path(path)
    again = "Make it with `rnalign import`, which writes a cohort file."
    if not path.is_file():
        raise InputError.single("there is no such file", str(path), "Check the path. " + again)
    try:
        cohort = _read(path)
    except Exception as error:  # h5py and anndata raise many kinds for damaged files
        raise InputError.single(f"not a readable h5ad file ({error})", str(path), again) from error
    about = cohort.uns.get("rnalign")
    missing = [c for c in OBS_COLUMNS if c not in cohort.obs]
    if not isinstance(about, dict) or missing:
        what = f"an h5ad file, but not a cohort (missing: {', '.join(missing) or 'uns/rnalign'})"
        raise InputError.single(what, str(path), again)
    if int(about.get("schema_version", -1)) != SCHEMA_VERSION:
        what = f"cohort of schema version {about.get('schema_version')}, this program reads {SCHEMA_VERSION}"
        raise InputError.single(what, str(path), again)
    return cohort


def load_gene(path: str | os.PathLike[str], gene: str) -> pd.Series:
    """Read the expression of one gene of a cohort's file, log2(TPM+1) by sample id; quicker than the whole cohort.

    Raises
    ------
    KeyError
        If the cohort has no such gene.
    """
    with h5py.File(path, "r") as file:
        column = ad.io.read_elem(file["var"]).index.get_loc(gene)
        stored = file["X"] if (mapped := _mapped(file)) is None else mapped
        return pd.Series(np.array(stored[:, column]), ad.io.read_elem(file["obs"]).index, name=gene)


def _read(path: Path) -> ad.AnnData:
    with h5py.File(path, "r") as file:
        parts = {name: ad.io.read_elem(file[name]) for name in PARTS if name in file}
        mapped = _mapped(file)
        return ad.AnnData(X=ad.io.read_elem(file["X"]) if mapped is None else mapped, **parts)


def _mapped(file: h5py.File) -> np.memmap | None:
    """Return the expression as it lies on the disk, None where it is compressed."""
    stored = file["X"]
    offset = stored.id.get_offset() if isinstance(stored, h5py.Dataset) and not file.userblock_size else None
    return None if offset is None else np.memmap(file.filename, stored.dtype, "r", offset, stored.shape)
