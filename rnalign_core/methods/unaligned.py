"""The input itself, which every method has to beat."""

from __future__ import annotations

import numpy as np

from rnalign_core.methods.method import Samples
from rnalign_core.model.inputs import Scaler


def raw(samples: Samples) -> np.ndarray:
    """Return expression as it is, log2(TPM+1); shape (n_samples, n_genes)."""
    return samples.expression


def standardised(samples: Samples) -> np.ndarray:
    """Return expression standardised per gene within sample type; shape (n_samples, n_genes)."""
    scaler = Scaler.fit(samples.expression, samples.is_line)
    return scaler.standardise(samples.expression, samples.is_line)
