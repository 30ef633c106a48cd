import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from rnalign_core.methods import METHODS, NO_FOLD, Samples


def made(purity, n_tumors=40, n_lines=15, n_genes=12, seed=0):
    rng = np.random.default_rng(seed)
    is_line = np.arange(n_tumors + n_lines) >= n_tumors
    x = rng.normal(5, 1, (len(is_line), n_genes)) + is_line[:, None] * rng.normal(0, 2, n_genes)
    x += np.nan_to_num(purity, nan=0.5)[:, None] * rng.normal(0, 2, n_genes)
    n = len(is_line)
    return Samples(x.astype("f4"), is_line, np.full(n, None), purity, np.full(n, NO_FOLD))


def tumor_purity(n_missing):
    purity = np.random.default_rng(1).uniform(0.2, 0.9, 55).astype("f4")
    purity[40:] = 1
    purity[:n_missing] = np.nan
    return purity


@pytest.mark.parametrize("n_missing", [0, 7])
def test_is_what_a_regression_predicts_for_a_line_plus_its_residual(n_missing):
    samples = made(tumor_purity(n_missing))
    x = METHODS["input_standardised"].align(samples).profiles.astype("f8")
    unknown = np.isnan(samples.purity)
    filled = np.where(unknown, np.nanmean(samples.purity[:40]), samples.purity)
    columns = np.column_stack([samples.is_line, filled, unknown][: 3 if n_missing else 2])
    model = LinearRegression().fit(columns, x)
    line = np.array([[1, 1, 0]])[:, : columns.shape[1]]
    expected = x - model.predict(columns) + model.predict(line)
    np.testing.assert_allclose(METHODS["linear"].align(samples).profiles, expected, atol=2e-5)


def test_lines_stay_and_purity_no_longer_predicts_a_tumor():
    samples = made(tumor_purity(0))
    found = METHODS["linear"].align(samples).profiles
    x = METHODS["input_standardised"].align(samples).profiles
    np.testing.assert_allclose(found[40:], x[40:], atol=1e-6)
    purity = samples.purity[:40] - samples.purity[:40].mean()
    assert np.abs(purity @ x[:40]).max() > 1
    np.testing.assert_allclose(purity @ found[:40], 0, atol=1e-4)


def test_without_any_known_purity_it_is_the_standardised_input():
    samples = made(np.where(np.arange(55) < 40, np.nan, 1.0))
    expected = METHODS["input_standardised"].align(samples).profiles
    np.testing.assert_allclose(METHODS["linear"].align(samples).profiles, expected, atol=1e-5)
