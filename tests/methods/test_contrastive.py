import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression

from rnalign_core.methods.contrastive import contrastive_components, remove_components


def two_sets(n_genes, seed=0):
    rng = np.random.default_rng(seed)
    sets = []
    for n in (60, 45):
        programmes = rng.normal(size=(3, n_genes)) * [[3.0], [2.0], [1.0]]
        x = rng.normal(size=(n, 3)) @ programmes + rng.normal(size=(n, n_genes))
        sets.append(x - x.mean(axis=0))
    return sets


@pytest.mark.parametrize("n_genes", [20, 150], ids=["few genes", "more genes than samples"])
@pytest.mark.parametrize(("dtype", "atol"), [("f8", 1e-9), ("f4", 2e-4)])
def test_is_the_pca_of_the_difference_of_covariances(n_genes, dtype, atol):
    target, background = two_sets(n_genes)
    difference = np.cov(target.T) - np.cov(background.T)
    expected = PCA(4, svd_solver="full").fit(difference).components_
    axes = contrastive_components(target.astype(dtype), background.astype(dtype), 4)
    assert axes.dtype == dtype
    np.testing.assert_allclose(np.abs((axes * expected).sum(axis=1)), 1, atol=atol)
    np.testing.assert_allclose(axes @ axes.T, np.eye(4), atol=atol)


def test_removal_leaves_the_residual_of_a_regression():
    target, background = two_sets(20)
    axes = contrastive_components(target, background, 2)
    model = LinearRegression(fit_intercept=False).fit(axes.T, target.T)
    np.testing.assert_allclose(remove_components(target, axes), target - model.predict(axes.T).T, atol=1e-12)
