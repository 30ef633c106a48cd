"""Mutual nearest neighbours: move one set of samples onto another."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from rnalign_core.metrics.neighbours import nearest

SMALLEST_BANDWIDTH = 1e-8


def mutual_neighbours(
    reference: np.ndarray, target: np.ndarray, k_reference: int, k_target: int
) -> tuple[np.ndarray, np.ndarray]:
    """Find pairs of a reference and a target that are among each other's nearest (Euclidean).

    Parameters
    ----------
    reference, target
        Arrays of shape (n_samples, n_features).
    k_reference
        Number of references that are near a target.
    k_target
        Number of targets that are near a reference.

    Returns
    -------
    Rows of the references and rows of the targets, one each a pair, sorted by target, then reference.
    """
    near_target = _adjacency(target, reference, k_reference)
    near_reference = _adjacency(reference, target, k_target).T
    pairs = near_target.multiply(near_reference).tocsr()
    pairs.sort_indices()
    target_rows = np.repeat(np.arange(len(target)), np.diff(pairs.indptr))
    return pairs.indices.astype(np.int64), target_rows


def _adjacency(queries: np.ndarray, references: np.ndarray, k: int) -> sparse.csr_array:
    k = min(k, len(references))
    found = nearest(queries, references, k, "euclidean").indices
    starts = np.arange(0, found.size + 1, k)
    return sparse.csr_array(
        (np.ones(found.size), found.ravel(), starts), shape=(len(queries), len(references))
    )


def correct(
    reference: np.ndarray,
    target: np.ndarray,
    genes: np.ndarray,
    *,
    k_reference: int = 5,
    k_target: int = 50,
    k_smooth: int = 5,
    n_distances: float = 3.0,
) -> np.ndarray:
    """Move targets onto references by vectors between mutual nearest neighbours.

    The method is that of Haghverdi et al. (Nat Biotechnol 2018) in the form that Celligner takes (Warren et al.,
    Nat Commun 2021): the mean vector is the batch direction, both sets are made flat along it, and each target moves
    by the tricube-weighted mean of the vectors of the nearest targets that have a pair. Flat references serve to
    compute vectors only.

    Parameters
    ----------
    reference, target
        Arrays of shape (n_samples, n_genes).
    genes
        Genes that neighbours are found by; boolean, shape (n_genes,).
    k_reference, k_target
        As in :func:`mutual_neighbours`.
    k_smooth
        Number of paired targets whose vectors a target follows.
    n_distances
        Reach of the tricube weights, in distances to the middle one of these targets.

    Returns
    -------
    Corrected targets, shape (n_targets, n_genes), in the precision of `target`.

    Raises
    ------
    ValueError
        If no reference and target are mutual nearest neighbours.
    """
    reference_rows, target_rows = mutual_neighbours(
        reference[:, genes], target[:, genes], k_reference, k_target
    )
    if not len(target_rows):
        raise ValueError(
            "no cell line and tumor are mutual nearest neighbours; raise the numbers of neighbours"
        )
    paired, pair_of, n_pairs = np.unique(target_rows, return_inverse=True, return_counts=True)
    weights = (1 / n_pairs[pair_of]).astype(target.dtype)
    partners = sparse.csr_array((weights, (pair_of, reference_rows)), shape=(len(paired), len(reference)))
    batch = (partners @ reference - target[paired]).mean(axis=0, dtype=np.float64)
    batch = (batch / np.linalg.norm(batch)).astype(target.dtype)
    reference, target = _flattened(reference, batch), _flattened(target, batch)
    vectors = partners @ reference - target[paired]
    return target + _smoothing(target[:, genes], paired, k_smooth, n_distances).astype(target.dtype) @ vectors


def _flattened(x: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Give all samples the mean place along a direction of norm 1."""
    place = x @ direction
    return x + np.outer(place.mean() - place, direction)


def _smoothing(x: np.ndarray, paired: np.ndarray, k: int, n_distances: float) -> sparse.csr_array:
    """Return tricube weights of the nearest paired samples of each sample; shape (n_samples, n_paired)."""
    k = min(k, len(paired))
    found = nearest(x, x[paired], k, "euclidean")
    reach = np.maximum(SMALLEST_BANDWIDTH, n_distances * found.distances[:, [k // 2]])
    weights = (1 - np.minimum(found.distances / reach, 1) ** 3) ** 3
    weights /= weights.sum(axis=1, keepdims=True)
    starts = np.arange(0, weights.size + 1, k)
    return sparse.csr_array((weights.ravel(), found.indices.ravel(), starts), shape=(len(x), len(paired)))
