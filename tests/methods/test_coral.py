import numpy as np
from scipy.linalg import inv, sqrtm
from sklearn.covariance import LedoitWolf

from rnalign_core.methods import METHODS, NO_FOLD, Samples


def made(n_genes=6, n_tumors=80, n_lines=50, seed=0):
    rng = np.random.default_rng(seed)
    tumors = rng.normal(size=(n_tumors, n_genes)) @ rng.normal(size=(n_genes, n_genes))
    lines = rng.normal(size=(n_lines, n_genes)) @ rng.normal(size=(n_genes, n_genes)) + 3
    n = n_tumors + n_lines
    x = np.vstack([tumors, lines]).astype("f4")
    return Samples(x, np.arange(n) >= n_tumors, np.full(n, None), np.ones(n), np.full(n, NO_FOLD))


def aligned(samples, **settings):
    before = METHODS["input_standardised"].align(samples).profiles
    return before, METHODS["coral"].align(samples, **settings).profiles


def test_lines_are_whitened_and_recoloured():
    samples = made()
    before, after = aligned(samples)
    lines, tumors = before[80:].astype("f8"), before[:80].astype("f8")
    white = inv(sqrtm(LedoitWolf().fit(lines).covariance_))
    expected = lines @ white @ sqrtm(LedoitWolf().fit(tumors).covariance_)
    np.testing.assert_allclose(after[80:], expected.real, atol=1e-4)
    np.testing.assert_array_equal(after[:80], before[:80])


def test_with_many_samples_the_covariances_agree_afterwards():
    samples = made(n_tumors=9000, n_lines=8000)
    before, after = aligned(samples)

    def apart(x):
        return np.abs(np.cov(x[samples.is_line].T) - np.cov(x[~samples.is_line].T)).max()

    assert apart(before) > 0.5
    assert apart(after) < 0.02


def test_what_lies_outside_the_components_stays():
    samples = made(n_genes=30)
    before, after = aligned(samples, n_components=4)
    change = np.linalg.svd((after - before)[80:], compute_uv=False)
    assert change[3] > 0.1
    np.testing.assert_allclose(change[4:], 0, atol=1e-4)


def test_a_gene_that_never_varies_is_no_obstacle():
    samples = made()
    samples.expression[:, 2] = 4
    before, after = aligned(samples)
    assert np.isfinite(after).all()
    np.testing.assert_allclose(after[:, 2], before[:, 2], atol=1e-5)
