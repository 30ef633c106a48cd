"""A UMAP layout that goes on from an earlier one, so that points move instead of landing on a new random picture."""

from __future__ import annotations

from functools import cache

import numpy as np

from rnalign_core.metrics.neighbours import Neighbours, nearest

N_NEIGHBORS = 15
MIN_DIST = 0.3  # both as in :func:`rnalign_core.embed.layout`
N_EPOCHS = 50
LEARNING_RATE = 0.5  # half of UMAP's: measured, points whose neighbours stay then stay too
NEGATIVE_SAMPLES = 5.0  # a point and neighbour, UMAP's default


def map_neighbours(unit: np.ndarray, rows: slice = slice(None)) -> Neighbours:
    """Find the neighbours that a map of profiles needs, of some of the samples among all.

    Parameters
    ----------
    unit
        Profiles centred and of norm 1, (n_samples, n_features), or a rotation of these.
    rows
        Samples to do.

    Returns
    -------
    Neighbours, the sample itself among them, by 1 - Pearson correlation.
    """
    found = nearest(unit[rows], unit, min(N_NEIGHBORS, len(unit) - 1), "euclidean")
    return Neighbours(found.indices, found.distances**2 / 2)


@cache
def compile_move() -> None:
    """Have :func:`move` compiled in this process; takes seconds, and about a minute in a new environment."""
    points = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    move(points, map_neighbours(points))


def move(previous: np.ndarray, neighbours: Neighbours, seed: int = 0) -> np.ndarray:
    """Lay samples out by UMAP (McInnes, Healy & Melville 2018), starting where they are.

    ``umap.UMAP(init=...)`` would first squeeze the earlier layout into a box of its own; this keeps its scale.

    Parameters
    ----------
    previous
        Earlier layout, (n_samples, 2).
    neighbours
        From :func:`map_neighbours`, of all samples.
    seed
        Seed of the optimisation.

    Returns
    -------
    Array of shape (n_samples, 2), float32.
    """
    from umap.layouts import optimize_layout_euclidean  # compiles on import
    from umap.umap_ import find_ab_params, fuzzy_simplicial_set, make_epochs_per_sample

    random = np.random.RandomState(seed)  # what umap takes
    distances = neighbours.distances.astype(np.float32)
    graph, _, _ = fuzzy_simplicial_set(
        previous,
        distances.shape[1],
        random,
        "correlation",
        knn_indices=neighbours.indices,
        knn_dists=distances,
    )
    graph = graph.tocoo()
    graph.data[graph.data < graph.data.max() / N_EPOCHS] = 0  # these would never be sampled
    graph.eliminate_zeros()
    layout = np.array(previous, dtype=np.float32, order="C")
    a, b = find_ab_params(1.0, MIN_DIST)
    return optimize_layout_euclidean(
        layout,
        layout,
        graph.row,
        graph.col,
        N_EPOCHS,
        graph.shape[1],
        make_epochs_per_sample(graph.data, N_EPOCHS),
        a,
        b,
        random.randint(-(2**31) + 1, 2**31 - 2, 3).astype(np.int64),
        initial_alpha=LEARNING_RATE,
        negative_sample_rate=NEGATIVE_SAMPLES,
    )
