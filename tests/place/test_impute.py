"""Missing genes are what a Gaussian model of the genes expects."""

import numpy as np
import pytest

from rnalign_core.place.impute import GeneModel


@pytest.fixture(scope="module")
def factors():
    """Genes that follow five factors, and a bit of noise."""
    rng = np.random.default_rng(0)
    return rng.normal(0, 1, (300, 5)) @ rng.normal(0, 1, (5, 120)) + rng.normal(0, 0.3, (300, 120)) + 2


def test_filled_genes_are_the_conditional_mean_of_the_model_s_gaussian(factors):
    model = GeneModel.fit(factors[:200])
    missing = np.arange(120) % 3 == 0
    covariance = model.loadings @ model.loadings.T + model.noise * np.eye(120)
    known = covariance[np.ix_(~missing, ~missing)]
    x = factors[200:]
    expected = (
        model.mean[missing]
        + (
            covariance[np.ix_(missing, ~missing)]
            @ np.linalg.solve(known, (x[:, ~missing] - model.mean[~missing]).T)
        ).T
    )
    spoiled = x.copy()
    spoiled[:, missing] = np.nan
    filled = model.fill(spoiled, missing)
    np.testing.assert_allclose(filled[:, missing], expected, atol=1e-8)
    np.testing.assert_array_equal(filled[:, ~missing], x[:, ~missing])


def test_new_samples_are_filled_nearly_as_well_as_noise_allows(factors):
    missing = np.random.default_rng(1).random(120) < 0.5
    filled = GeneModel.fit(factors[:200]).fill(factors[200:], missing)
    error = np.square(filled - factors[200:])[:, missing].mean()
    assert error < 2 * 0.3**2
    assert error < 0.05 * factors[200:, missing].var()


def test_fewer_samples_than_components_will_do(factors):
    missing = np.arange(120) < 10
    assert np.isfinite(GeneModel.fit(factors[:4]).fill(factors[4:8], missing)).all()
