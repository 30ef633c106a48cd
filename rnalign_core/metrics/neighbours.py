"""Exact nearest neighbours between two sets of samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Metric = Literal["pearson", "euclidean"]
METRICS: tuple[str, ...] = get_args(Metric)

_VALUES_PER_BLOCK = 2**22


@dataclass(frozen=True)
class Neighbours:
    """The nearest references of each query, nearest first.

    Parameters
    ----------
    indices
        Array of shape (n_queries, k), rows of the reference array.
    distances
        Array of shape (n_queries, k), float64.
    """

    indices: np.ndarray
    distances: np.ndarray


def nearest(queries: np.ndarray, references: np.ndarray, k: int, metric: Metric = "pearson") -> Neighbours:
    """Find the `k` nearest references of every query, exactly.

    All distances are first computed as float32 matrix products, whose rounding error has a known bound.
    Only the references within that bound of the k-th best are measured again, in float64, and those distances
    decide; equal ones are ordered by index.

    Parameters
    ----------
    queries
        Array of shape (n_queries, n_features).
    references
        Array of shape (n_references, n_features).
    k
        Number of neighbours.
    metric
        ``pearson``: 1 minus the correlation over features; a constant row correlates 0 with every other.
        ``euclidean``: the Euclidean distance.

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is NaN or infinite, `k` is not in 1..n_references, or the metric
        is unknown.
    """
    queries, references = _checked(queries, "queries"), _checked(references, "references")
    n_references, n_features = references.shape
    if queries.shape[1] != n_features:
        raise ValueError(
            f"queries have {queries.shape[1]} features and references {n_features}; they must be the same"
        )
    if not 1 <= k <= n_references:
        raise ValueError(f"k is {k}, but must be between 1 and the number of references, {n_references}")
    if metric not in METRICS:
        raise ValueError(f"metric is {metric!r}, but must be one of {', '.join(METRICS)}")

    queries_32, references_32, offsets = _screening_form(queries, references, metric)
    # Standard bound on dot products of float32 vectors of norm <= 1 (offsets add half as much); twice, since
    # the k-th best and its rival may both be off by it.
    tolerance = np.float32((1.5 * n_features + 16) * np.finfo(np.float32).eps)
    indices = np.empty((len(queries), k), dtype=np.int64)
    distances = np.empty((len(queries), k))
    for rows in _blocks(len(queries), n_references):
        scores = offsets - queries_32[rows] @ references_32.T
        cutoff = np.partition(scores, k - 1, axis=1)[:, [k - 1]] + tolerance
        query, reference = np.nonzero(scores <= cutoff)
        distance = _paired_distances(queries[rows], references, query, reference, metric)
        order = np.lexsort((reference, distance, query))
        first = np.searchsorted(query, np.arange(len(scores)))
        best = order[first[:, None] + np.arange(k)]
        indices[rows], distances[rows] = reference[best], distance[best]
    return Neighbours(indices, distances)


def _checked(x: np.ndarray, name: str) -> np.ndarray:
    x = np.asarray(x)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"{name} have shape {x.shape}, but must be a table of samples x features, not empty")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} contain NaN or infinite values")
    return x


def _blocks(n_rows: int, row_length: int) -> Iterator[slice]:
    """Cut rows into slices of about :data:`_VALUES_PER_BLOCK` values."""
    step = max(1, _VALUES_PER_BLOCK // row_length)
    return (slice(start, start + step) for start in range(0, n_rows, step))


def _screening_form(
    queries: np.ndarray, references: np.ndarray, metric: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return float32 rows q, r of norm <= 1 and offsets h such that h - q.r orders the references.

    Half the squared Euclidean distance, up to a constant per query; for Pearson between unit rows. Shift and
    scale leave the order alone, and without them float32 would lose the digits in which profiles differ.
    """
    centre = sum(_exact(references[rows], metric).sum(axis=0) for rows in _blocks(*references.shape))
    centre /= len(references)
    q, r = (_centred(x, centre, metric) for x in (queries, references))
    squared_q, squared_r = (np.einsum("ij,ij->i", x, x, dtype=np.float64) for x in (q, r))
    scale = np.sqrt(max(squared_q.max(), squared_r.max())) or 1.0
    q /= scale
    r /= scale
    offsets = squared_r / 2
    if metric == "pearson":
        # |u - 0|^2 / 2 is 0.5 for a unit row u, but a constant row's distance is 1.
        offsets[_constant(references)] += 0.5
    return q, r, (offsets / scale**2).astype(np.float32)


def _centred(x: np.ndarray, centre: np.ndarray, metric: str) -> np.ndarray:
    """Subtract in float64 and keep float32, without a float64 copy of the whole table."""
    centred = np.empty(x.shape, dtype=np.float32)
    for rows in _blocks(*x.shape):
        centred[rows] = _exact(x[rows], metric) - centre
    return centred


def _exact(x: np.ndarray, metric: str) -> np.ndarray:
    """Return rows in float64; for Pearson centred and of norm 1, where constant ones become 0."""
    if metric == "euclidean":
        return x.astype(np.float64)
    unit = x - x.mean(axis=1, dtype=np.float64, keepdims=True)
    unit[_constant(x)] = 0.0
    norms = np.linalg.norm(unit, axis=1, keepdims=True)
    return np.divide(unit, norms, out=unit, where=norms > 0)


def _constant(x: np.ndarray) -> np.ndarray:
    return (x == x[:, :1]).all(axis=1)


def _paired_distances(
    queries: np.ndarray, references: np.ndarray, query: np.ndarray, reference: np.ndarray, metric: str
) -> np.ndarray:
    """Measure the distance of each listed pair in float64."""
    queries = _exact(queries, metric)
    distances = np.empty(len(query))
    for pairs in _blocks(len(query), queries.shape[1]):
        a, b = queries[query[pairs]], _exact(references[reference[pairs]], metric)
        if metric == "pearson":
            distances[pairs] = np.clip(1 - np.einsum("ij,ij->i", a, b), 0, 2)
        else:
            distances[pairs] = np.linalg.norm(a - b, axis=1)
    return distances
