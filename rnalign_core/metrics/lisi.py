"""LISI: how many sample types and how many cancer types there are around a sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnalign_core.metrics.neighbours import Metric, Neighbours, nearest
from rnalign_core.metrics.samples import typed_samples

# As in the reference: bisection of the kernel width until the entropy is this near.
_ENTROPY_TOLERANCE = 1e-5
_MAX_STEPS = 50


@dataclass(frozen=True)
class Lisi:
    """Local inverse Simpson's indices.

    Parameters
    ----------
    ilisi
        Median index of sample types, from 0, only one kind around, to 1, evenly mixed. Tumors outnumber
        lines, so even perfect mixing stays below 1.
    clisi
        Median index of cancer types, turned so that 1 is best: only one type around.
    samples
        Table by sample id: ``sample_type``, ``cancer_type`` and the indices of both themselves, ``ilisi`` and
        ``clisi``, effective numbers of types from 1.
    definition
        What the numbers mean, in words.
    """

    ilisi: float
    clisi: float
    samples: pd.DataFrame
    definition: str

    def summary(self) -> dict:
        """Return the medians and what they mean, as plain JSON values."""
        return {
            "ilisi": self.ilisi,
            "clisi": self.clisi,
            "n_samples": len(self.samples),
            "definition": self.definition,
        }


def lisi(
    line_profiles: np.ndarray,
    tumor_profiles: np.ndarray,
    line_types: pd.Series,
    tumor_types: pd.Series,
    *,
    k: int = 90,
    perplexity: float | None = None,
    metric: Metric = "euclidean",
) -> Lisi:
    """Measure how mixed sample types (iLISI) and cancer types (cLISI) are around every sample.

    Local inverse Simpson's index (Korsunsky et al., Nat Methods 2019), medians over samples scaled to 0..1
    (Luecken et al., Nat Methods 2022).

    Parameters
    ----------
    line_profiles
        Array of shape (n_lines, n_features), for example principal components.
    tumor_profiles
        Array of shape (n_tumors, n_features).
    line_types, tumor_types
        Cancer types in the order of the profiles; samples without one are left out.
    k
        Number of nearest samples, a sample itself being the first.
    perplexity
        Effective number of them; by default ``k // 3``.
    metric
        Distance between profiles.

    Raises
    ------
    ValueError
        If types and profiles differ in number, there are not at least two sample types and two cancer types,
        or :func:`rnalign_core.metrics.neighbours.nearest` cannot use the profiles (for example, fewer than k).
    """
    profiles, samples = typed_samples(line_profiles, tumor_profiles, line_types, tumor_types)
    n_kinds, n_types = samples["sample_type"].nunique(), samples["cancer_type"].nunique()
    if n_kinds < 2 or n_types < 2:
        raise ValueError(f"there must be lines and tumors of 2 types, but there are {n_kinds} and {n_types}")
    perplexity = k // 3 if perplexity is None else perplexity
    neighbours = nearest(profiles, profiles, k, metric)
    samples["ilisi"] = inverse_simpson(neighbours, samples["sample_type"].to_numpy(), perplexity)
    samples["clisi"] = inverse_simpson(neighbours, samples["cancer_type"].to_numpy(), perplexity)
    medians = samples[["ilisi", "clisi"]].median()
    definition = (
        "LISI: effective number of sample types (iLISI) and of cancer types (cLISI) among the "
        f"{k} nearest samples ({metric} distance, itself left out), perplexity {perplexity:g}. Medians over "
        f"{len(samples)} samples, scaled to 0..1: iLISI (median - 1) / {n_kinds - 1}, higher is more mixed; "
        f"cLISI ({n_types} - median) / {n_types - 1}, higher is purer."
    )
    ilisi = (medians["ilisi"] - 1) / (n_kinds - 1)
    clisi = (n_types - medians["clisi"]) / (n_types - 1)
    return Lisi(float(ilisi), float(clisi), samples, definition)


def inverse_simpson(neighbours: Neighbours, labels: np.ndarray, perplexity: float) -> np.ndarray:
    """Return the effective number of labels around each sample.

    Neighbours weigh exp(-distance * b), with b such that the weights have the perplexity; the sample itself
    does not count. The index is 1 / (sum over labels of the squared share of the weights).

    Parameters
    ----------
    neighbours
        Neighbours of all samples among themselves.
    labels
        Array of shape (n_samples,).
    perplexity
        Effective number of neighbours, above 1 and below k - 1.

    Returns
    -------
    Array of shape (n_samples,).

    Raises
    ------
    ValueError
        If the perplexity does not fit.
    """
    n, k = neighbours.indices.shape
    if not 1 < perplexity < k - 1:
        raise ValueError(f"perplexity is {perplexity:g}, but must be above 1 and below k - 1 = {k - 1}")
    codes, names = pd.factorize(np.asarray(labels))
    others = neighbours.indices != np.arange(n)[:, None]
    weights = _weights(neighbours.distances, others, np.log(perplexity))
    cells = np.arange(n)[:, None] * len(names) + codes[neighbours.indices]
    shares = np.bincount(cells.ravel(), weights.ravel(), n * len(names)).reshape(n, len(names))
    return 1 / np.square(shares).sum(axis=1)


def _weights(distances: np.ndarray, others: np.ndarray, entropy: float) -> np.ndarray:
    """Return weights of neighbours, summing to 1, whose entropy is as near as it can be to `entropy`."""
    # Weights depend on differences of distances alone; the nearest at 0 keeps them from vanishing all at once.
    nearest_other = np.where(others, distances, np.inf).min(axis=1, keepdims=True)
    distances = np.where(others, distances - nearest_other, 0)
    weights = np.empty_like(distances)
    rows = np.arange(len(distances))
    rate, low, high = np.ones(len(rows)), np.zeros(len(rows)), np.full(len(rows), np.inf)
    for _ in range(_MAX_STEPS + 1):
        scaled = distances[rows] * rate[rows, None]
        kernel = np.exp(-scaled) * others[rows]
        summed = kernel.sum(axis=1, keepdims=True)
        weights[rows] = kernel / summed
        excess = np.log(summed[:, 0]) + (scaled * weights[rows]).sum(axis=1) - entropy
        far = np.abs(excess) >= _ENTROPY_TOLERANCE
        rows, excess = rows[far], excess[far]
        if not len(rows):
            break
        wide = excess > 0
        low[rows[wide]], high[rows[~wide]] = rate[rows[wide]], rate[rows[~wide]]
        rate[rows] = np.where(np.isinf(high[rows]), 2 * low[rows], (low[rows] + high[rows]) / 2)
    return weights
