import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from rnalign_core.metrics import neighbours
from rnalign_core.metrics.neighbours import nearest

SKLEARN_NAMES = {"pearson": "correlation", "euclidean": "euclidean"}


def profiles(n_samples: int, n_features: int, seed: int) -> np.ndarray:
    """Expression-like values: a gene mean shared by all samples, and small differences between samples."""
    gene_means = np.random.default_rng(0).normal(3, 2.5, size=n_features)
    return (gene_means + np.random.default_rng(seed).normal(0, 0.3, size=(n_samples, n_features))).astype(
        "f4"
    )


@pytest.mark.parametrize("metric", ["pearson", "euclidean"])
def test_same_neighbours_and_distances_as_scikit_learn(metric):
    queries, references = profiles(40, 300, seed=1), profiles(700, 300, seed=2)
    found = nearest(queries, references, 30, metric)
    brute = NearestNeighbors(n_neighbors=30, algorithm="brute", metric=SKLEARN_NAMES[metric])
    distances, indices = brute.fit(references.astype("f8")).kneighbors(queries.astype("f8"))
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("metric", ["pearson", "euclidean"])
def test_a_large_common_offset_costs_no_accuracy(metric):
    queries, references = profiles(40, 300, seed=1) + 1e5, profiles(700, 300, seed=2) + 1e5
    found = nearest(queries, references, 30, metric)
    distances = cdist(queries.astype("f8"), references.astype("f8"), SKLEARN_NAMES[metric])
    indices = distances.argsort(axis=1)[:, :30]
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, np.take_along_axis(distances, indices, 1), rtol=1e-9)


@pytest.mark.parametrize("metric", ["pearson", "euclidean"])
def test_float32_rounding_does_not_decide_between_near_equal_references(metric):
    rng = np.random.default_rng(3)
    query = rng.normal(size=(1, 500))
    direction = rng.normal(size=500)
    steps = rng.permutation(200)
    references = query + (1e-5 + 1e-7 * steps[:, None]) * direction
    references = np.vstack([references, -query])  # far away, so that float32 cannot resolve the others
    assert nearest(query, references, 40, metric).indices[0].tolist() == np.argsort(steps)[:40].tolist()


@pytest.mark.parametrize("metric", ["pearson", "euclidean"])
def test_equal_distances_are_ordered_by_index(metric):
    distinct = profiles(5, 60, seed=4)
    references = np.tile(distinct, (4, 1))
    found = nearest(distinct, references, 4, metric)
    np.testing.assert_array_equal(found.indices, np.arange(5)[:, None] + [0, 5, 10, 15])
    np.testing.assert_allclose(found.distances, 0, atol=1e-12)


def test_blocks_do_not_change_the_answer(monkeypatch):
    queries, references = profiles(11, 40, seed=5), profiles(90, 40, seed=6)
    whole = nearest(queries, references, 7)
    monkeypatch.setattr(neighbours, "_VALUES_PER_BLOCK", 100)
    in_blocks = nearest(queries, references, 7)
    np.testing.assert_array_equal(whole.indices, in_blocks.indices)
    np.testing.assert_allclose(whole.distances, in_blocks.distances, rtol=1e-12)


def test_constant_rows_correlate_zero():
    up, down, flat = [1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [0.1, 0.1, 0.1]
    found = nearest(np.array([up, flat]), np.array([down, flat, up]), 3)
    assert found.indices.tolist() == [[2, 1, 0], [0, 1, 2]]
    np.testing.assert_allclose(found.distances, [[0, 1, 2], [1, 1, 1]], atol=1e-12)


def test_a_constant_reference_is_farther_than_a_weakly_correlated_one():
    query, weak = [1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 0.0, 3.0]
    found = nearest(np.array([query]), np.array([[2.0] * 4, weak]), 1)
    assert found.indices.tolist() == [[1]]
    assert found.distances[0, 0] == pytest.approx(1 - np.corrcoef(query, weak)[0, 1])


def test_euclidean_distance_by_hand():
    found = nearest(np.array([[0.0, 0.0]]), np.array([[6.0, 8.0], [3.0, 4.0]]), 2, "euclidean")
    assert found.indices.tolist() == [[1, 0]]
    assert found.distances.tolist() == [[5.0, 10.0]]


@pytest.mark.parametrize(
    ("queries", "references", "k", "metric", "message"),
    [
        (np.ones((2, 3)), np.ones((4, 3)), 5, "pearson", "k is 5.*references, 4"),
        (np.ones((2, 3)), np.ones((4, 3)), 0, "pearson", "k is 0"),
        (np.ones((2, 3)), np.ones((4, 2)), 1, "pearson", "3 features and references 2"),
        (np.ones(3), np.ones((4, 3)), 1, "pearson", r"queries have shape \(3,\)"),
        (np.ones((2, 3)), np.ones((0, 3)), 1, "pearson", r"references have shape \(0, 3\)"),
        (np.full((2, 3), np.nan), np.ones((4, 3)), 1, "pearson", "queries contain NaN"),
        (np.ones((2, 3)), np.full((4, 3), np.inf), 1, "euclidean", "references contain NaN or infinite"),
        (np.ones((2, 3)), np.ones((4, 3)), 1, "cosine", "cosine.*pearson, euclidean"),
    ],
)
def test_bad_input_is_refused(queries, references, k, metric, message):
    with pytest.raises(ValueError, match=message):
        nearest(queries, references, k, metric)
