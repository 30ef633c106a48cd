"""Votes of nearest neighbours."""

from __future__ import annotations

import numpy as np


def vote(
    codes: np.ndarray, distances: np.ndarray, class_sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Call each query by its nearest references: by majority, and with each class weighing the same.

    Of equally many votes, the class that is nearer on average wins, then the first.

    Parameters
    ----------
    codes
        Array of shape (n_queries, k), class of each neighbour, from 0.
    distances
        Array of shape (n_queries, k).
    class_sizes
        Number of references in each class, shape (n_classes,), or (n_queries, n_classes) if it depends on the
        query. In the balanced vote a neighbour weighs 1 / size of its class.

    Returns
    -------
    Majority calls and balanced calls, codes of shape (n_queries,), and the votes, shape
    (n_queries, n_classes).
    """
    n_queries, n_classes = len(codes), np.shape(class_sizes)[-1]
    cells = (np.arange(n_queries)[:, None] * n_classes + codes).ravel()
    shape = (n_queries, n_classes)
    votes = np.bincount(cells, minlength=n_queries * n_classes).reshape(shape)
    summed = np.bincount(cells, distances.ravel(), minlength=n_queries * n_classes).reshape(shape)

    def winner(weighted: np.ndarray) -> np.ndarray:
        best = weighted == weighted.max(axis=1, keepdims=True)
        mean_distance = np.divide(summed, votes, out=np.full(shape, np.inf), where=best)
        return mean_distance.argmin(axis=1)

    return winner(votes), winner(votes / np.maximum(class_sizes, 1)), votes
