"""Linear projection: every gene as a cell line at purity 1 would show it, by least squares."""

from __future__ import annotations

import numpy as np

from rnalign_core.methods.method import Samples
from rnalign_core.methods.unaligned import standardised


def linear(samples: Samples) -> np.ndarray:
    """Regress each gene on sample type and purity, and set both to those of a cell line.

    Genes are standardised within sample type first. Where a tumor's purity is missing, it is the mean of the
    tumors, and a column of its own says so. What a sample has beyond the regression stays.

    Returns
    -------
    Array of shape (n_samples, n_genes), standardised units.
    """
    labels = _design(samples)
    as_line = labels[samples.is_line][0]
    x = standardised(samples)
    # The pseudo-inverse takes care of columns that are constant or say the same.
    effects = np.linalg.pinv(labels).astype(np.float32) @ x
    return x + (as_line - labels).astype(np.float32) @ effects


def _design(samples: Samples) -> np.ndarray:
    """Return columns: one, cell line, purity, purity unknown; shape (n_samples, 4)."""
    purity = np.where(samples.is_line, 1.0, samples.purity)
    unknown = np.isnan(purity)
    known_tumor = ~unknown & ~samples.is_line
    if known_tumor.any():
        purity[unknown] = purity[known_tumor].mean()
    else:
        purity[:] = 1.0
    return np.column_stack([np.ones(len(purity)), samples.is_line, purity, unknown])
