"""How typical cell lines are of a group of tumors, against how typical its own tumors are, with intervals.

For a sample x and a group G, m_G(x) is the mean similarity of x to the tumors of G; a tumor of G is not compared with
itself. The typicality of x is ::

    u(x) = m_G(x)                                            without rivals (a whole cancer type)
    u(x) = m_G(x) + RIVAL_WEIGHT * (m_G(x) - max_R m_R(x))   with rivals R (the other subtypes of the disease)

Similarity alone does not tell subtypes apart: much of it is shared by all of them, and a line that is close to tumors
of the disease in general comes first for each. The score is the percentile of u(line) among u(tumors of G). As
percentiles tie at 0, lines are ordered by z, the same in standard deviations of the tumors. In the view of one model a
line of larger z never has a smaller score. Between lines that different models see it may, since the tumors' z are
distributed a little differently in each view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnalign_core.metrics import wilson

RIVAL_WEIGHT = 0.5  # measured: docs/decisions/009
MIN_TUMORS = 5  # of a group or a rival; with fewer a resample may hold a single tumor
MIN_DISTINCT = 3


@dataclass(frozen=True)
class Typicality:
    """Typicality of lines for one group in the view of one model.

    Parameters
    ----------
    score, z
        Shape (1 + n_resamples, n_lines): by the tumors as they are (first) and by their resamples.
    tumor_z
        z of the tumors of the group themselves, (n_group,).
    """

    score: np.ndarray
    z: np.ndarray
    tumor_z: np.ndarray

    def intervals(self, confidence: float) -> dict[str, np.ndarray]:
        """Return ``score, score_low, score_high, z, z_low, z_high``, each (n_lines,).

        Percentile intervals over the resamples. That of a score is at least as wide as Wilson's interval of a share of
        that many tumors: where no tumor is less typical than the line, none is in a resample either.
        """
        ends = [(1 - confidence) / 2, (1 + confidence) / 2]
        z_low, z_high = np.quantile(self.z[1:], ends, axis=0)
        low, high = np.quantile(self.score[1:], ends, axis=0)
        n_tumors = len(self.tumor_z)
        least, most = wilson(self.score[0] * n_tumors, n_tumors, confidence)
        return {
            "score": self.score[0],
            "score_low": np.minimum(low, least),
            "score_high": np.maximum(high, most),
            "z": self.z[0],
            "z_low": z_low,
            "z_high": z_high,
        }


def bootstrap_weights(groups: np.ndarray, n_resamples: int, seed: int) -> np.ndarray:
    """Draw the weights of tumors in bootstrap resamples of every group.

    Parameters
    ----------
    groups
        Group of each tumor, from 0, each with at least :data:`MIN_TUMORS`; (n_tumors,).
    n_resamples
        Number of resamples.
    seed
        Seed of the draws.

    Returns
    -------
    Array of shape (1 + n_resamples, n_tumors): the share of a tumor in its group, 1 / size in the first row. Resamples
    with fewer than three distinct tumors of a group, which have no spread, are left out.
    """
    rng = np.random.default_rng(seed)
    weights = np.empty((1 + n_resamples, len(groups)), dtype=np.float32)
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        size, rows = len(members), 2 * n_resamples
        drawn = rng.integers(size, size=(rows, size)) + size * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * size).reshape(rows, size)
        spread = counts[(counts > 0).sum(axis=1) >= MIN_DISTINCT][:n_resamples]
        weights[:, members] = np.vstack([np.ones(size), spread]) / size
    return weights


def typicality(
    to_tumors: np.ndarray, among_tumors: np.ndarray, groups: np.ndarray, weights: np.ndarray
) -> Typicality:
    """Score lines for group 0 against its rivals, the groups from 1 on, for every set of weights.

    Parameters
    ----------
    to_tumors
        Similarity of lines to tumors, (n_lines, n_tumors).
    among_tumors
        Similarity of the tumors to each other, (n_tumors, n_tumors).
    groups
        Group of each tumor: 0 is the one to score for.
    weights
        As of :func:`bootstrap_weights`, (n_weights, n_tumors).
    """
    own = np.flatnonzero(groups == 0)
    share = weights[:, own]
    of_lines = relative(share @ to_tumors[:, own].T, _best_rival(to_tumors, groups, weights))
    among = among_tumors[np.ix_(own, own)]  # a copy
    np.fill_diagonal(among, 0)
    others = (share @ among) / (1 - share)  # copies of a tumor are itself
    of_tumors = relative(others, _best_rival(among_tumors[own], groups, weights))

    mean = (share * of_tumors).sum(axis=1, keepdims=True)
    variance = (share * (of_tumors - mean) ** 2).sum(axis=1, keepdims=True) * len(own) / (len(own) - 1)
    sd = np.sqrt(np.maximum(variance, np.finfo(np.float32).tiny))
    return Typicality(
        weighted_percentile(of_tumors, share, of_lines),
        (of_lines - mean) / sd,
        ((of_tumors - mean) / sd)[0],
    )


def relative(own: np.ndarray, best_rival: np.ndarray | None) -> np.ndarray:
    """Return u from mean similarities to the group and to the closest rival, None where there is none."""
    return own if best_rival is None else own + RIVAL_WEIGHT * (own - best_rival)


def _best_rival(similarity: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
    """Return the largest mean similarity to a rival, (n_weights, n_samples)."""
    best = None
    for rival in range(1, groups.max() + 1):
        members = groups == rival
        mean = weights[:, members] @ similarity[:, members].T
        best = mean if best is None else np.maximum(best, mean, out=best)
    return best


def weighted_percentile(values: np.ndarray, weights: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the weight of values below `at`, those equal to it counting half: the mid-rank, 0..1.

    Parameters
    ----------
    values, weights
        Shape (n_rows, n_values); the weights of a row sum to 1.
    at
        Shape (n_rows, n_points).

    Returns
    -------
    Array of shape (n_rows, n_points).
    """
    order = np.argsort(values, axis=1)
    values = np.take_along_axis(values, order, axis=1)
    below = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1, out=below[:, 1:])
    found = np.empty(at.shape)
    for row, (total, sorted_values, points) in enumerate(zip(below, values, at, strict=True)):
        left = total[np.searchsorted(sorted_values, points, "left")]
        found[row] = (left + total[np.searchsorted(sorted_values, points, "right")]) / 2
    return found / below[:, -1:]
