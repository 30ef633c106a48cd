import numpy as np
import pytest
from scipy.stats import binom, binomtest

from rnalign_core.metrics.intervals import percentile_interval, stratified_resamples, wilson


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_wilson_equals_scipy(confidence):
    hits, n = np.array([0, 1, 7, 5, 300]), np.array([5, 9, 9, 5, 1000])
    expected = [
        binomtest(h, m).proportion_ci(confidence, method="wilson") for h, m in zip(hits, n, strict=True)
    ]
    low, high = wilson(hits, n, confidence)
    np.testing.assert_allclose(low, [e.low for e in expected], atol=1e-12)
    np.testing.assert_allclose(high, [e.high for e in expected], atol=1e-12)
    assert low[0] == 0
    assert high[3] == 1


def test_resamples_keep_every_group_at_its_size():
    sizes = np.array([3, 1, 6])
    rows = stratified_resamples(sizes, 50, seed=1)
    assert rows.shape == (51, 10)
    assert rows[0].tolist() == list(range(10))
    group = np.repeat([0, 1, 2], sizes)
    np.testing.assert_array_equal(group[rows], np.tile(group, (51, 1)))
    assert not np.array_equal(rows[1], rows[2])


def test_resamples_depend_on_the_seed_alone():
    sizes = np.array([4, 4])
    np.testing.assert_array_equal(
        stratified_resamples(sizes, 5, seed=3), stratified_resamples(sizes, 5, seed=3)
    )
    assert not np.array_equal(stratified_resamples(sizes, 5, seed=3), stratified_resamples(sizes, 5, seed=4))


def test_bootstrap_of_one_share_follows_its_binomial_distribution():
    hits = np.repeat([1.0, 0.0], [30, 10])
    shares = hits[stratified_resamples(np.array([40]), 20_000, seed=0)].mean(axis=1)
    interval = percentile_interval(shares, confidence=0.9)
    assert interval["value"] == 0.75
    assert interval["low"] == binom.ppf(0.05, 40, 0.75) / 40
    assert interval["high"] == binom.ppf(0.95, 40, 0.75) / 40


def test_the_value_itself_is_not_part_of_the_percentiles():
    assert percentile_interval(np.array([100.0, 1.0, 1.0])) == {"value": 100.0, "low": 1.0, "high": 1.0}
