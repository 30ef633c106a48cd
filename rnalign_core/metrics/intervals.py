"""Intervals: Wilson for one share, stratified bootstrap for statistics over groups of samples."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri


def wilson(
    hits: np.ndarray | int, n: np.ndarray | int, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper bounds of the Wilson score interval of the shares `hits` / `n`.

    Unlike the normal approximation it stays within 0..1 and keeps its coverage for few samples (Wilson, JASA
    1927; Brown, Cai & DasGupta, Stat Sci 2001).
    """
    z = ndtri((1 + confidence) / 2)
    middle = (hits + z**2 / 2) / (n + z**2)
    half_width = z * np.sqrt(hits * (n - hits) / n + z**2 / 4) / (n + z**2)
    return np.maximum(middle - half_width, 0), np.minimum(middle + half_width, 1)


def stratified_resamples(sizes: np.ndarray, n_resamples: int, seed: int = 0) -> np.ndarray:
    """Draw bootstrap resamples of samples that are laid out group by group.

    Every resample takes as many samples of a group as the group has, from that group with replacement
    (Davison & Hinkley 1997, section 3.2). An interval from it says how a value would vary with other samples
    of the same groups, not with another mixture of groups.

    Parameters
    ----------
    sizes
        Array of shape (n_groups,), the number of samples in each group.
    n_resamples
        Number of resamples.
    seed
        Seed of the draws.

    Returns
    -------
    Array of shape (1 + n_resamples, n_samples) of sample numbers; the first row is the samples themselves.
    """
    starts = np.cumsum(sizes) - sizes
    uniform = np.random.default_rng(seed).random((n_resamples, int(np.sum(sizes))))
    drawn = np.repeat(starts, sizes) + (uniform * np.repeat(sizes, sizes)).astype(np.int64)
    return np.vstack([np.arange(drawn.shape[1]), drawn])


def percentile_interval(statistic: np.ndarray, confidence: float = 0.95) -> dict[str, float]:
    """Return ``value, low, high`` from a statistic of the samples (first) and of their resamples (the rest).

    `low` and `high` are percentiles of the resampled values.
    """
    low, high = np.quantile(statistic[1:], [(1 - confidence) / 2, (1 + confidence) / 2])
    return {"value": float(statistic[0]), "low": float(low), "high": float(high)}
