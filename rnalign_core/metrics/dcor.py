"""Bias-corrected distance correlation, overall and within cancer types."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from rnalign_core.model.inputs import Labels

_DISTANCES_PER_BLOCK = 2**22


def distance_correlation_bc(x: np.ndarray, y: np.ndarray) -> float:
    """Return the bias-corrected squared distance correlation (Szekely & Rizzo, J Multivar Anal 2013).

    It estimates the square of the distance correlation without bias, so it is about 0 for independent data
    and may be negative; no root is taken. With Euclidean distances a, b of n samples, row sums a_i., b_i. and
    totals a.., b.., the inner product of the U-centred distances is, up to a factor that cancels,
    ``sum a b - 2/(n-2) sum_i a_i. b_i. + a.. b.. / ((n-1)(n-2))``; memory therefore stays far below n x n.

    Parameters
    ----------
    x
        Array of shape (n_samples, n_features_x), or (n_samples,) for one variable.
    y
        Array of shape (n_samples, n_features_y), or (n_samples,).

    Returns
    -------
    A number up to 1; 0 if `x` or `y` is constant or its U-centred distances vanish otherwise (for example, if
    all samples but one are equal).

    Raises
    ------
    ValueError
        If there are fewer than 4 samples, `x` and `y` differ in their number, or a value is NaN or infinite.
    """
    x, y = (np.asarray(v, dtype=np.float64).reshape(len(v), -1) for v in (x, y))
    n = len(x)
    if len(y) != n:
        raise ValueError(f"x has {n} samples and y {len(y)}; they must be the same samples")
    if n < 4:
        raise ValueError(f"bias-corrected distance correlation needs at least 4 samples, there are {n}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("x or y contains NaN or infinite values")

    row_sums = np.empty((2, n))
    products = np.zeros((2, 2))
    block = max(1, _DISTANCES_PER_BLOCK // n)
    for start in range(0, n, block):
        rows = slice(start, start + block)
        distances = np.stack([cdist(v[rows], v) for v in (x, y)])
        row_sums[:, rows] = distances.sum(axis=2)
        products += np.einsum("aij,bij->ab", distances, distances)
    totals = row_sums.sum(axis=1)
    inner = products - 2 / (n - 2) * row_sums @ row_sums.T + np.outer(totals, totals) / ((n - 1) * (n - 2))
    # Below this share of the squared distances, what is left is rounding error.
    if np.any(np.diag(inner) <= 1e-12 * np.diag(products)):
        return 0.0
    return float(inner[0, 1] / np.sqrt(inner[0, 0] * inner[1, 1]))


def distance_correlation_within(
    x: np.ndarray, labels: np.ndarray, groups: np.ndarray, min_per_level: int = 4
) -> float:
    """Average the bias-corrected distance correlation of `x` with labels over groups, such as cancer types.

    Tumors and cell lines come from different mixtures of cancer types, so `x` may tell them apart by cancer
    type alone; within a type it cannot.

    Parameters
    ----------
    x
        Array of shape (n_samples, n_features).
    labels
        Array of shape (n_samples,), category of each sample, such as its sample type.
    groups
        Array of shape (n_samples,), group of each sample; samples without one (None or NaN) are left out.
    min_per_level
        A group counts if it has at least so many samples of every category.

    Returns
    -------
    The mean over groups, NaN if no group counts.
    """
    x = np.asarray(x)
    one_hot = pd.get_dummies(pd.Series(labels)).to_numpy(float)
    codes, names = pd.factorize(np.asarray(groups))
    values = []
    for code in range(len(names)):
        rows = codes == code
        if one_hot[rows].sum(axis=0).min() >= min_per_level:
            values.append(distance_correlation_bc(x[rows], one_hot[rows]))
    return float(np.mean(values)) if values else float("nan")


def latent_dependence(
    latents: np.ndarray, labels: Labels, cancer_types: np.ndarray, fold: np.ndarray | None
) -> dict[str, float | None]:
    """Measure how much the latent space of each model still tells of the labels, averaged over models.

    Parameters
    ----------
    latents
        Posterior means of every model, (n_models, n_samples, n_latent).
    labels
        Labels of the samples.
    cancer_types
        Cancer type of each sample, whether tumors have it or not; object array of shape (n_samples,).
    fold
        Model that does not know the type of a line, (n_samples,): by these lines, beside all tumors, is a model
        judged. None if models were told all types; then by all lines.

    Returns
    -------
    ``z_sample_type_within_type``, with sample type within cancer type, and ``z_purity``, with the purity of tumors
    where it is known; bias-corrected squared distance correlations, None where there are too few samples.
    """
    known = labels.purity_known & ~labels.is_line
    by_type, by_purity = [], []
    for model, latent in enumerate(latents):
        judged = np.ones_like(labels.is_line) if fold is None else ~labels.is_line | (fold == model)
        by_type.append(
            distance_correlation_within(latent[judged], labels.is_line[judged], cancer_types[judged])
        )
        if known.sum() >= 4:
            by_purity.append(distance_correlation_bc(latent[known], labels.purity[known, None]))
    by_type = [value for value in by_type if np.isfinite(value)]
    return {
        "z_sample_type_within_type": float(np.mean(by_type)) if by_type else None,
        "z_purity": float(np.mean(by_purity)) if by_purity else None,
    }
