"""UMAP layouts: maps to look at, never a space to measure in."""

from __future__ import annotations

import warnings

import numpy as np

from rnalign_core.metrics.neighbours import Metric, nearest

_UMAP_NAMES = {"pearson": "correlation", "euclidean": "euclidean"}


def layout(
    x: np.ndarray,
    *,
    metric: Metric = "pearson",
    n_neighbors: int = 15,
    min_dist: float = 0.3,
    seed: int = 0,
) -> np.ndarray:
    """Lay samples out in two dimensions by UMAP (McInnes, Healy & Melville 2018) on exact neighbours.

    The same seed, data and machine give the same layout. The first call in an environment compiles for about
    a minute.

    Parameters
    ----------
    x
        Array of shape (n_samples, n_features).
    metric
        ``pearson`` or ``euclidean``, as in :func:`rnalign_core.metrics.neighbours.nearest`.
    n_neighbors
        Size of the neighbourhoods, the sample itself included; fewer samples than that are all neighbours.
    min_dist
        How close neighbours may lie on the map.
    seed
        Seed of the initialisation and of the optimisation.

    Returns
    -------
    Array of shape (n_samples, 2), float32.

    Raises
    ------
    ValueError
        If there are fewer than 5 samples, or :func:`nearest` cannot use the data.
    """
    x = np.asarray(x)
    if len(x) < 5:
        raise ValueError(f"a layout needs at least 5 samples, there are {len(x)}")
    n_neighbors = min(n_neighbors, len(x) - 1)
    found = nearest(x, x, n_neighbors, metric)

    import umap  # compiles on import, so only whoever lays out pays for it

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*knn_search_index.*")  # serves transform(), not used here
        return umap.UMAP(
            n_neighbors=n_neighbors,
            min_dist=min_dist,
            metric=_UMAP_NAMES[metric],
            random_state=seed,
            n_jobs=1,  # what a fixed random_state implies
            precomputed_knn=(found.indices, found.distances.astype(np.float32)),
        ).fit_transform(x)
