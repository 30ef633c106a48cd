import numpy as np
from sklearn.metrics import adjusted_rand_score

from rnalign_core.methods.clusters import cluster, neighbour_graph


def groups(seed=0):
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(4), [40, 30, 20, 10])
    return rng.normal(0, 4, (4, 25))[truth] + rng.normal(size=(100, 25)), truth


def test_groups_are_found_and_numbered_by_size():
    x, truth = groups()
    order = np.random.default_rng(1).permutation(100)
    found = cluster(x[order], n_neighbors=8, resolution=0.5)
    np.testing.assert_array_equal(found, truth[order])


def test_resolution_and_seed():
    x, truth = groups()
    fine = cluster(x, n_neighbors=8, resolution=3)
    assert fine.max() > 5
    assert adjusted_rand_score(fine, truth) < 0.9
    np.testing.assert_array_equal(fine, cluster(x, n_neighbors=8, resolution=3))


def test_weights_of_the_graph_are_those_of_umap():
    # Nearest neighbours weigh 1, so do edges that either end gives 1; on a line, ends have one near neighbour.
    graph = neighbour_graph(np.array([[0.0], [1.0], [3.0]]), 2).toarray()
    np.testing.assert_allclose(graph, [[0, 1, 0], [1, 0, 1], [0, 1, 0]], atol=1e-6)
    x = groups()[0]
    graph = neighbour_graph(x, 8).toarray()
    np.testing.assert_array_equal(graph, graph.T)
    assert graph.diagonal().max() == 0
    d = np.linalg.norm(x[:, None] - x[None], axis=2)
    np.fill_diagonal(d, np.inf)
    np.testing.assert_allclose(graph[np.arange(100), d.argmin(axis=1)], 1)
    assert ((graph > 0).sum(axis=1) >= 7).all()


def test_more_neighbours_and_components_than_samples():
    x = groups()[0][:6]
    assert cluster(x, n_components=70, n_neighbors=20).shape == (6,)
