"""The aligned cohort as a file: an h5ad for scanpy and cellxgene, or one table as CSV or parquet."""

from __future__ import annotations

import os
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from rnalign_core.decode.aligned import ROWS_AT_A_TIME, Alignment, sample_folds
from rnalign_core.decode.ensemble import Ensemble
from rnalign_core.files import atomic_path, check_room
from rnalign_core.model.runs import Run
from rnalign_core.problems import InputError
from rnalign_core.spreadsheet import stamped, write_matrix

SUFFIXES = (".h5ad", ".csv", ".parquet")


def aligned_cohort(run: Run) -> ad.AnnData:
    """Return the cohort of a finished run with the aligned matrix of every modelled gene.

    Returns
    -------
    AnnData of all samples x modelled genes: `X` observed, ``layers["rnalign"]`` decoded and
    ``layers["rnalign_residual"]`` decoded with each sample's own residual, log2(TPM+1) on the scale of cell lines
    (values below 0 can occur: they are not cut off, so that distances stay those of the model); `obs` labels and, of
    cell lines, fold, calls and matches before and after; ``obsm`` X_rnalign (latent), X_umap_before, X_umap_after.
    """
    cohort, stored, ensemble = run.cohort, run.aligned, Ensemble.load(run)
    inputs = ensemble.inputs(cohort)
    alignment = Alignment.of(ensemble, inputs, sample_folds(run, inputs.sample_ids))
    out = cohort[:, list(ensemble.genes)].copy()
    decoded = np.empty(out.shape, dtype=np.float32)
    for start in range(0, len(decoded), ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        decoded[rows] = ensemble.scaler.to_line_scale(alignment.profiles(rows))
    out.layers["rnalign"] = decoded
    with_residual = alignment.profiles_with_residual(inputs, run.settings.residual_weight)
    out.layers["rnalign_residual"] = ensemble.scaler.to_line_scale(with_residual)
    for key in ("X_rnalign", "X_umap_before", "X_umap_after"):
        out.obsm[key] = np.asarray(stored.obsm[key])
    out.obs = out.obs.join(_calls(run.matches, out.obs_names))
    about = dict(out.uns["rnalign"])
    about["run"] = {"run_id": run.run_id, "settings": run.settings.model_dump_json(), **run.info}
    out.uns["rnalign"] = about
    return out


def _calls(matches: pd.DataFrame, sample_ids: pd.Index) -> pd.DataFrame:
    """Return what matching found for each sample, missing for tumors.

    Shares are numbers. The rest are categories of text: cellxgene takes no whole or yes-no numbers with gaps.
    """
    found = matches.drop(columns="cancer_type").reindex(sample_ids)
    for column in found:
        if column.startswith("own_share"):
            found[column] = found[column].astype(float).astype("float32")
        else:
            text = found[column].astype(object)
            found[column] = pd.Categorical(text.map(str, na_action="ignore"))
    return found


def write_aligned(run: Run, path: str | os.PathLike[str], *, residual: bool = False) -> None:
    """Write the aligned cohort of a finished run; the suffix says how.

    Parameters
    ----------
    run
        A finished run.
    path
        ``.h5ad``: what :func:`aligned_cohort` returns. ``.csv`` or ``.parquet``: one aligned layer, samples x genes,
        with its provenance in comment lines or in ``attrs``.
    residual
        In a table, whether to take the layer with each sample's own residual.

    Raises
    ------
    InputError
        If the suffix is another.
    """
    path = Path(path)
    check_suffix(path)
    aligned = aligned_cohort(run)
    with atomic_path(path) as temporary:
        if path.suffix == ".h5ad":
            check_room(temporary.parent, 3 * aligned.X.nbytes)
            aligned.write_h5ad(temporary, compression="gzip")
            return
        layer = "rnalign_residual" if residual else "rnalign"
        provenance = stamped([*run.provenance, f"values: {layer}, log2(TPM+1) on the scale of cell lines"])
        table = aligned.to_df(layer=layer).rename_axis("sample_id")
        if path.suffix == ".csv":
            write_matrix(table, temporary, provenance)
        else:
            table.attrs["provenance"] = provenance
            table.to_parquet(temporary)


def check_suffix(path: Path) -> None:
    """Raise InputError unless :func:`write_aligned` can write such a file."""
    if path.suffix not in SUFFIXES:
        fix = f"Name a file that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}."
        raise InputError.single(f"unknown kind of file {path.suffix!r}", str(path), fix)
