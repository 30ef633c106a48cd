import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_ind

from rnalign_core.metrics.differential import differential_genes


def data(n_a, n_b, n_genes=40, offset=0.0, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(5, 1, (n_a + n_b + 7, n_genes)) + offset
    order = rng.permutation(len(x))
    a, b = order[:n_a], order[n_a : n_a + n_b]
    x[a] += rng.normal(0, 1, n_genes)
    x[b] *= rng.uniform(0.5, 2, n_genes)  # variances differ
    return x.astype(np.float32), a, b, [f"G{i}" for i in range(n_genes)]


@pytest.mark.parametrize("sizes", [(3, 3), (5, 40), (300, 700)])
def test_it_is_welchs_test_with_benjamini_and_hochbergs_rates(sizes):
    x, a, b, genes = data(*sizes)
    found = differential_genes(x, a, b, genes).set_index("gene").loc[genes]
    expected = ttest_ind(x[a].astype(float), x[b].astype(float), equal_var=False)
    np.testing.assert_allclose(found["t"], expected.statistic, rtol=1e-9)
    np.testing.assert_allclose(found["p"], expected.pvalue, rtol=1e-9)
    np.testing.assert_allclose(found["q"], false_discovery_control(expected.pvalue), rtol=1e-9)
    np.testing.assert_allclose(found["mean_a"], x[a].astype(float).mean(0), rtol=1e-12)
    np.testing.assert_allclose(found["difference"], found["mean_a"] - found["mean_b"])


def test_large_values_with_small_differences_lose_no_digits():
    x, a, b, genes = data(200, 500, offset=4096)
    found = differential_genes(x, a, b, genes).set_index("gene").loc[genes]
    expected = ttest_ind(x[a].astype(float), x[b].astype(float), equal_var=False)
    np.testing.assert_allclose(found["t"], expected.statistic, rtol=1e-6)


def test_the_surest_genes_come_first():
    x, a, b, genes = data(30, 30)
    x[a, 17] += 50
    found = differential_genes(x, a, b, genes)
    assert found["gene"].iloc[0] == "G17"
    assert found["p"].is_monotonic_increasing


def test_among_p_values_that_are_all_zero_the_largest_t_comes_first():
    x, a, b, genes = data(400, 400)
    x[a, :3] += np.array([500, 5000, 50000], dtype=np.float32)
    found = differential_genes(x, a, b, genes).head(3)
    assert (found["p"] == 0).all()
    assert found["t"].abs().is_monotonic_decreasing


def test_constant_genes_have_no_test_and_do_not_count():
    x, a, b, genes = data(10, 10)
    x[:, 3] = 2
    x[a, 4], x[b, 4] = 1, 3
    found = differential_genes(x, a, b, genes)
    assert set(found["gene"].tail(2)) == {"G3", "G4"}
    assert found[["t", "p", "q"]].tail(2).isna().all(axis=None)
    rest = found.head(len(genes) - 2)
    np.testing.assert_allclose(rest["q"], false_discovery_control(rest["p"]))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([0, 1], [2, 3, 4], "the first group has 2 samples; the test needs at least 3"),
        ([0, 1, 2], [3, 4, 4], "the second group has 2 samples"),
        ([0, 1, 2], [2, 3, 4], "share samples"),
        ([0, 1, 2], [3, 4, 5], "4 gene names"),
    ],
)
def test_what_cannot_be_tested_is_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        differential_genes(np.ones((6, 3), np.float32), np.array(a), np.array(b), list("wxyz"))


def test_missing_values_are_refused():
    x, a, b, genes = data(5, 5)
    x[a[0], 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        differential_genes(x, a, b, genes)
