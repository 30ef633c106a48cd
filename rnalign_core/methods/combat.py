"""ComBat: shift and scale of each gene in each batch, with empirical Bayes shrinkage."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnalign_core.methods.method import Samples

CONVERGED = 1e-4  # relative change between iterations, as in the sva package
_GENES_PER_BLOCK = 1024


def combat(samples: Samples) -> np.ndarray:
    """Remove sample type as a batch by parametric ComBat (Johnson, Li & Rabinovic, Biostatistics 2007).

    Returns
    -------
    Array of shape (n_samples, n_genes), log2 units centred per gene.
    """
    return _centred(adjust_batches(samples.expression, samples.is_line, np.empty((len(samples.is_line), 0))))


def combat_types(samples: Samples) -> np.ndarray:
    """Remove sample type by ComBat with cancer type as a covariate: it is told the types of all lines.

    Samples without a type have a level of their own, one for tumors and one for lines.

    Returns
    -------
    Array of shape (n_samples, n_genes), log2 units centred per gene.

    Raises
    ------
    ValueError
        If no cancer type has both tumors and lines, so that type and sample type cannot be told apart.
    """
    missing = np.where(samples.is_line, "missing, line", "missing, tumor")
    types = pd.Series(samples.cancer_type).fillna(pd.Series(missing))
    covariates = pd.get_dummies(types, drop_first=True).to_numpy(dtype=float)
    return _centred(adjust_batches(samples.expression, samples.is_line, covariates))


def adjust_batches(x: np.ndarray, in_second: np.ndarray, covariates: np.ndarray) -> np.ndarray:
    """Adjust two batches by parametric ComBat, without a reference batch.

    Genes that do not vary within a batch are returned as they are.

    Parameters
    ----------
    x
        Array of shape (n_samples, n_genes), log scale.
    in_second
        Whether a sample is of the second batch; boolean, shape (n_samples,).
    covariates
        Columns of a design whose effects are kept, without the intercept; shape (n_samples, n_covariates).

    Returns
    -------
    Array of shape (n_samples, n_genes), float32.

    Raises
    ------
    ValueError
        If the covariates determine the batch, or fewer than 2 genes vary, so that there is nothing to fit a prior to.
    """
    batches = [~in_second, in_second]
    design = np.column_stack([*batches, covariates]).astype(np.float64)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("the covariates cannot be told apart from the batch or from each other")
    blocks = [slice(i, i + _GENES_PER_BLOCK) for i in range(0, x.shape[1], _GENES_PER_BLOCK)]
    fit = np.linalg.pinv(design)
    moments = np.concatenate(
        [_moments(_standardised(x[:, b], design, fit)[0], batches) for b in blocks], axis=2
    )
    varies = np.all([x[rows].min(axis=0) < x[rows].max(axis=0) for rows in batches], axis=0)
    shift, scale = np.zeros((2, 2, x.shape[1]))
    scale += 1
    for i, rows in enumerate(batches):
        shift[i, varies], scale[i, varies] = _shrunken(*moments[i][:, varies], rows.sum())
    adjusted = np.empty(x.shape, dtype=np.float32)
    for b in blocks:
        z, centre, sd = _standardised(x[:, b], design, fit)
        for i, rows in enumerate(batches):
            z[rows] = (z[rows] - shift[i, b]) / np.sqrt(scale[i, b])
        adjusted[:, b] = np.where(varies[b], z * sd + centre, x[:, b])
    return adjusted


def _centred(x: np.ndarray) -> np.ndarray:
    return x - x.mean(axis=0, dtype=np.float64).astype(np.float32)


def _standardised(
    x: np.ndarray, design: np.ndarray, fit: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return genes without covariate effects in units of their residual SD, and what to undo it with."""
    x = x.astype(np.float64)
    effects = fit @ x
    kept = design.copy()
    kept[:, :2] = design[:, :2].mean(axis=0)
    centre = kept @ effects
    sd = np.sqrt(((x - design @ effects) ** 2).mean(axis=0))
    sd[sd == 0] = 1
    return (x - centre) / sd, centre, sd


def _moments(z: np.ndarray, batches: list[np.ndarray]) -> np.ndarray:
    """Return mean and variance of each gene in each batch; shape (n_batches, 2, n_genes)."""
    return np.array([[z[rows].mean(axis=0), z[rows].var(axis=0, ddof=1)] for rows in batches])


def _shrunken(mean: np.ndarray, variance: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return posterior means of shift and scale, priors by the method of moments over genes.

    Normal prior of the shift, inverse gamma prior of the scale; equations 3.1 of the paper, iterated.
    """
    if len(mean) < 2 or np.ptp(mean) == 0 or np.ptp(variance) == 0:
        raise ValueError("ComBat learns from differences between genes, and there are none")
    prior_mean, prior_variance = mean.mean(), mean.var(ddof=1)
    m, s2 = variance.mean(), variance.var(ddof=1)
    shape, rate = (2 * s2 + m**2) / s2, (m * s2 + m**3) / s2
    shift, scale = mean, variance
    while True:
        before = np.stack([shift, scale])
        shift = (n * prior_variance * mean + scale * prior_mean) / (n * prior_variance + scale)
        squares = (n - 1) * variance + n * (mean - shift) ** 2
        scale = (rate + squares / 2) / (n / 2 + shape - 1)
        if np.all(np.abs(np.stack([shift, scale]) - before) <= CONVERGED * np.abs(before)):
            return shift, scale
