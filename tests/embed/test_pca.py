import numpy as np
import pytest

from rnalign_core.embed.pca import principal_components


def svd_scores(x: np.ndarray) -> np.ndarray:
    u, s, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    return u * s


def with_clear_components(n_samples: int, n_features: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(n_samples, 5)) * [16, 8, 4, 2, 1]
    loadings = np.linalg.qr(rng.normal(size=(n_features, 5)))[0]
    return factors @ loadings.T + 0.001 * rng.normal(size=(n_samples, n_features)) + 3


@pytest.mark.parametrize("shape", [(40, 12), (1200, 1100)], ids=["exact", "randomised"])
def test_scores_are_those_of_the_singular_value_decomposition(shape):
    x = with_clear_components(*shape)
    scores, expected = principal_components(x, 5), svd_scores(x)[:, :5]
    assert scores.shape == (shape[0], 5)
    same_sign = np.sign((scores * expected).sum(axis=0))
    np.testing.assert_allclose(scores * same_sign, expected, atol=1e-4)


def test_same_seed_same_scores_in_the_precision_of_the_input():
    x = with_clear_components(1200, 1100).astype("float32")
    first = principal_components(x, 3, seed=4)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, principal_components(x, 3, seed=4))


def test_no_more_components_than_exist():
    assert principal_components(np.random.default_rng(0).normal(size=(10, 30))).shape == (10, 9)
    assert principal_components(np.random.default_rng(0).normal(size=(10, 3))).shape == (10, 3)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="at least 2 samples"):
        principal_components(np.ones((1, 5)))
    with pytest.raises(ValueError, match="NaN"):
        principal_components(np.array([[1, np.nan], [2, 3], [4, 5]]))
