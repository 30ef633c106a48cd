"""Profiles of some samples of a run, where their correlations alone do not do: principal components, genes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

if TYPE_CHECKING:
    from rnalign_core.rank.aligned_run import AlignedRun, Space

# A scale takes a pass over the whole cohort, so that of each run and model is kept.
_residual_scales: WeakKeyDictionary[AlignedRun, dict[int, np.ndarray]] = WeakKeyDictionary()
EVERY_MODEL = -1


def profiles(
    aligned: AlignedRun, sample_ids: Sequence[str], space: Space, *, model: int = EVERY_MODEL
) -> np.ndarray:
    """Return the profiles of samples in a space.

    Parameters
    ----------
    aligned
        The run.
    sample_ids
        The samples.
    space
        As of :meth:`rnalign_core.rank.aligned_run.AlignedRun.similarities`.
    model
        The fold of the model in whose view they are. By default a line is seen by its own model, and a tumor by all on
        average: good for maps, but compare a line with tumors in the view of its own model.

    Returns
    -------
    Array of shape (n_samples, n_genes) in standardised units, or (n_samples, n_latent).
    """
    rows = aligned.samples.index.get_indexer(list(sample_ids))
    if (rows < 0).any():
        raise KeyError(f"no such sample: {np.asarray(sample_ids, dtype=object)[rows < 0][0]}")
    if space == "input":
        return aligned.inputs.x[rows]
    view = aligned.alignment.view(model)
    if space == "latent":
        return view.latent[rows]
    decoded = view.coefficients[rows] @ view.dictionary
    if space == "decoded":
        return decoded
    residual = aligned.inputs.x[rows] - view.reconstruction[rows] @ view.dictionary
    return decoded + _residual_scale(aligned, model)[rows, None] * residual


def _residual_scale(aligned: AlignedRun, model: int) -> np.ndarray:
    scales = _residual_scales.setdefault(aligned, {})
    if model not in scales:
        weight = aligned.run.settings.residual_weight
        scales[model] = aligned.alignment.view(model).residual_scale(aligned.inputs, weight)
    return scales[model]
