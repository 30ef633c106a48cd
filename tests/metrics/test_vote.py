import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from rnalign_core.metrics.vote import vote


def test_equals_scikit_learn():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, 200)
    references = rng.normal(size=(4, 5))[codes] + rng.normal(size=(200, 5))
    queries = rng.normal(size=(60, 5))
    classifier = KNeighborsClassifier(9, algorithm="brute").fit(references, codes)
    distances, indices = classifier.kneighbors(queries)
    sizes = np.bincount(codes)
    majority, balanced, votes = vote(codes[indices], distances, sizes)
    shares = classifier.predict_proba(queries)
    np.testing.assert_allclose(votes / 9, shares)
    ranked = np.sort(votes, axis=1)
    clear = ranked[:, -1] > ranked[:, -2]
    assert clear.sum() > 40
    np.testing.assert_array_equal(majority[clear], classifier.predict(queries)[clear])
    np.testing.assert_array_equal(balanced, (shares / sizes).argmax(axis=1))


@pytest.mark.parametrize(
    ("codes", "distances", "winner"),
    [
        ([0, 1, 1, 0], [1, 2, 3, 6], 1),  # nearer on average, though the nearest and the farthest are of 0
        ([1, 0, 0, 1], [1, 1, 1, 1], 0),  # all equal: the first
        ([2, 2, 0, 1], [9, 9, 1, 1], 2),
    ],
)
def test_ties(codes, distances, winner):
    majority, _, _ = vote(np.array([codes]), np.array([distances], float), np.array([5, 5, 5]))
    assert majority.tolist() == [winner]


def test_class_sizes_may_depend_on_the_query():
    codes, distances = np.array([[0, 0, 1], [0, 0, 1]]), np.ones((2, 3))
    _, balanced, _ = vote(codes, distances, np.array([[10, 6], [10, 4]]))
    assert balanced.tolist() == [0, 1]


def test_an_empty_class_gets_no_vote():
    _, balanced, votes = vote(np.array([[1, 1]]), np.ones((1, 2)), np.array([0, 50]))
    assert balanced.tolist() == [1]
    assert votes.tolist() == [[0, 2]]
