"""CORAL: give the lines the covariance of the tumors."""

from __future__ import annotations

import numpy as np
from sklearn.covariance import ledoit_wolf
from sklearn.decomposition import PCA

from rnalign_core.methods.method import Samples
from rnalign_core.methods.unaligned import standardised


def coral(samples: Samples, *, n_components: int = 30) -> np.ndarray:
    """Whiten the lines and recolour them with the covariance of the tumors (Sun, Feng & Saenko, AAAI 2016).

    Genes are standardised within sample type. Covariances have more entries than there are samples, so they are
    shrunk (Ledoit & Wolf 2004) and taken on the leading principal components of all samples; what a line has
    outside these stays as it is.

    Parameters
    ----------
    samples
        Tumors and lines.
    n_components
        Number of principal components that are recoloured; at most as many as there are.

    Returns
    -------
    Array of shape (n_samples, n_genes), standardised units.
    """
    x = standardised(samples)
    pca = PCA(min(n_components, min(x.shape)), random_state=samples.seed).fit(x)
    lines, tumors = (
        pca.transform(x[rows]).astype(np.float64) for rows in (samples.is_line, ~samples.is_line)
    )
    change = _recolour(lines - lines.mean(axis=0), tumors - tumors.mean(axis=0)) - np.eye(lines.shape[1])
    x[samples.is_line] += ((lines - lines.mean(axis=0)) @ change).astype(np.float32) @ pca.components_
    return x


def _recolour(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return C_source^(-1/2) C_target^(1/2) of shrunken covariances; shape (n_features, n_features)."""
    return _power(ledoit_wolf(source)[0], -0.5) @ _power(ledoit_wolf(target)[0], 0.5)


def _power(covariance: np.ndarray, exponent: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    # Directions without variance in either set are left empty rather than divided by zero.
    present = values > values[-1] * len(values) * np.finfo(np.float64).eps
    return (vectors[:, present] * values[present] ** exponent) @ vectors[:, present].T
