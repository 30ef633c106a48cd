"""Moderated F statistics of genes between clusters."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma


def centre_clusters(x: np.ndarray, clusters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Subtract from each sample the mean of its cluster.

    Parameters
    ----------
    x
        Array of shape (n_samples, n_genes).
    clusters
        Clusters from 0; shape (n_samples,).

    Returns
    -------
    residuals
        Shape (n_samples, n_genes), in the precision of `x`.
    means
        Means of clusters, shape (n_clusters, n_genes), float64.
    """
    means = np.stack([x[clusters == c].mean(axis=0, dtype=np.float64) for c in range(clusters.max() + 1)])
    return x - means.astype(x.dtype)[clusters], means


def moderated_f(residuals: np.ndarray, means: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Test for each gene whether all cluster means are zero, with variances shrunk over genes.

    For expression that is centred on 0 over all samples. This is limma's F of a design with one column a cluster
    (Smyth, Stat Appl Genet Mol Biol 2004).

    Parameters
    ----------
    residuals, means
        From :func:`centre_clusters`.
    clusters
        Clusters from 0; shape (n_samples,).

    Returns
    -------
    Array of shape (n_genes,).

    Raises
    ------
    ValueError
        If there are fewer than 2 clusters, or no more samples than clusters.
    """
    n_clusters, df = len(means), len(clusters) - len(means)
    if n_clusters < 2 or df < 1:
        raise ValueError(
            f"{len(clusters)} samples in {n_clusters} clusters: a test between clusters needs at least 2, and "
            "more samples than clusters"
        )
    variance = np.einsum("ij,ij->j", residuals, residuals, dtype=np.float64) / df
    between = np.bincount(clusters) @ means**2 / n_clusters
    return between / shrunken_variances(variance, df)


def shrunken_variances(variance: np.ndarray, df: int) -> np.ndarray:
    """Return posterior means of variances under a scaled inverse chi-squared prior fitted to all of them.

    Parameters
    ----------
    variance
        Residual variances of genes, shape (n_genes,).
    df
        Their degrees of freedom.

    Returns
    -------
    Array of shape (n_genes,).
    """
    floored = np.maximum(variance, 1e-5 * np.median(variance))  # log of 0; the floor is limma's
    log_scale = np.log(floored) - digamma(df / 2) + np.log(df / 2)
    excess = log_scale.var(ddof=1) - polygamma(1, df / 2)
    if excess <= 0:  # no more spread than sampling explains: one variance for all
        return np.full_like(variance, floored.mean())
    half_prior_df = _trigamma_inverse(excess)
    prior = np.exp(log_scale.mean() + digamma(half_prior_df) - np.log(half_prior_df))
    return (2 * half_prior_df * prior + df * variance) / (2 * half_prior_df + df)


def _trigamma_inverse(value: float) -> float:
    """Solve trigamma(y) = value; 1/y < trigamma(y) < 1/y + 1/y^2 brackets the root."""
    return brentq(lambda y: polygamma(1, y) - value, 1 / value, (1 + np.sqrt(1 + 4 * value)) / (2 * value))
