"""Communities of a neighbour graph."""

from __future__ import annotations

import networkx as nx
import numpy as np
from scipy import sparse

from rnalign_core.embed.pca import principal_components
from rnalign_core.metrics.neighbours import nearest


def cluster(
    x: np.ndarray, *, n_components: int = 70, n_neighbors: int = 20, resolution: float = 5.0, seed: int = 0
) -> np.ndarray:
    """Cluster samples by Louvain communities (Blondel et al. 2008) of a neighbour graph on principal components.

    Parameters
    ----------
    x
        Array of shape (n_samples, n_features).
    n_components, n_neighbors
        Principal components and size of neighbourhoods, the sample itself included; at most as many as there are.
    resolution
        Of the modularity: higher gives more clusters.
    seed
        Seed of the order in which samples are visited.

    Returns
    -------
    Integer array of shape (n_samples,), clusters numbered from 0 by falling size.
    """
    scores = principal_components(x, n_components, seed)
    graph = nx.from_scipy_sparse_array(neighbour_graph(scores, min(n_neighbors, len(x))))
    communities = nx.community.louvain_communities(graph, resolution=resolution, seed=seed)
    clusters = np.empty(len(x), dtype=int)
    for i, members in enumerate(sorted(communities, key=lambda c: (-len(c), min(c)))):
        clusters[list(members)] = i
    return clusters


def neighbour_graph(x: np.ndarray, k: int) -> sparse.csr_array:
    """Return the weighted graph of the `k` nearest (Euclidean) that UMAP lays out, as scanpy clusters it.

    Returns
    -------
    Symmetric sparse array of shape (n_samples, n_samples), weights 0..1.
    """
    found = nearest(x, x, k, "euclidean")

    from umap.umap_ import fuzzy_simplicial_set  # compiles on import, so only whoever clusters pays for it

    graph, *_ = fuzzy_simplicial_set(
        x, k, None, "euclidean", knn_indices=found.indices, knn_dists=found.distances.astype(np.float32)
    )
    return sparse.csr_array(graph)
