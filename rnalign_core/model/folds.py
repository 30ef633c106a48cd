"""Cross-fitting folds over cell lines: who is hidden from which model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import CELL_LINE, TUMOR
from rnalign_core.problems import InputError


def shared_types(obs: pd.DataFrame) -> list[str]:
    """Cancer types that have tumors and cell lines, sorted."""
    types = obs["cancer_type"].astype(object)
    of = {kind: set(types[(obs["sample_type"] == kind) & types.notna()]) for kind in (TUMOR, CELL_LINE)}
    return sorted(of[TUMOR] & of[CELL_LINE])


def assign_folds(obs: pd.DataFrame, n_folds: int, seed: int) -> pd.Series:
    """Deal the cell lines of shared cancer types into folds, stratified by cancer type.

    Parameters
    ----------
    obs
        Sample table of a cohort.
    n_folds, seed
        Number of folds; seed of the shuffle within each type.

    Returns
    -------
    Integer series ``fold`` (0 .. n_folds - 1) indexed by sample id, for lines of shared types only. Folds of a
    type differ by at most one line, and so do whole folds.

    Raises
    ------
    InputError
        If no cancer type has both tumors and lines, or fewer lines than folds have one.
    """
    types = obs["cancer_type"].astype(object)
    rng = np.random.default_rng(seed)
    dealt: list[str] = []
    for cancer_type in shared_types(obs):
        lines = obs.index[(types == cancer_type) & (obs["sample_type"] == CELL_LINE)]
        dealt.extend(rng.permutation(np.sort(lines.to_numpy(dtype=str))))
    if len(dealt) < n_folds:
        what = (
            f"{len(dealt)} cell lines share a cancer type with tumors; cross-fitting needs at least {n_folds}"
        )
        fix = "Use the same cancer type codes for tumors and lines (TCGA codes such as BRCA), or fewer folds."
        raise InputError.single(what, "column cancer_type", fix)
    return pd.Series(np.arange(len(dealt)) % n_folds, index=pd.Index(dealt, name="sample_id"), name="fold")
