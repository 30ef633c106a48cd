import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ortho_group

from rnalign_core.metrics.variance import variance, variance_kept


def tumors(seed=0):
    rng = np.random.default_rng(seed)
    types = pd.Series(["A"] * 20 + ["B"] * 35 + ["C"] * 3 + [None] * 4, dtype="category")
    shift = types.astype(object).map({"A": 0.0, "B": 4.0, "C": -50.0}).fillna(90).to_numpy(float)
    return rng.normal(size=(62, 7)) * rng.uniform(1, 3, 7) + shift[:, None] + 1000, types


def test_equals_numpy_covariances():
    x, types = tumors()
    result = variance(x, types)
    np.testing.assert_allclose(
        result.types, [np.trace(np.cov(x[(types == t).to_numpy()].T)) for t in "AB"], rtol=1e-10
    )
    assert result.types.index.tolist() == ["A", "B"]
    assert result.within_type == pytest.approx(result.types.mean())
    assert result.total == pytest.approx(np.trace(np.cov(x[:55].T)), rel=1e-10)
    assert result.within_share == pytest.approx(result.within_type / result.total)
    assert result.n_samples == 55
    assert variance(x, types, min_samples=3).types.index.tolist() == ["A", "B", "C"]


def test_kept_shares_tell_shrinking_from_collapsing_types():
    x, types = tumors()
    shrunk = variance_kept(x / 2, x, types)
    assert shrunk["total"] == pytest.approx(1 / 4)
    assert shrunk["within_type"] == pytest.approx(1 / 4)
    assert shrunk["within_share"] == pytest.approx(shrunk["reference_within_share"])
    means = (
        pd.DataFrame(x).groupby(types.astype(object).fillna("none").to_numpy()).transform("mean").to_numpy()
    )
    collapsed = variance_kept(means, x, types)
    assert collapsed["within_type"] == pytest.approx(0, abs=1e-12)
    assert collapsed["within_share"] == pytest.approx(0, abs=1e-12)
    between = 1 - (19 * variance(x, types).types["A"] + 34 * variance(x, types).types["B"]) / (
        54 * variance(x, types).total
    )
    assert collapsed["total"] == pytest.approx(between)
    summary = json.loads(json.dumps(shrunk))
    assert (summary["n_samples"], summary["n_types"]) == (55, 2)
    assert "at least 15 samples" in summary["definition"]


def test_coordinates_that_keep_distances_stand_for_profiles():
    x, types = tumors()
    rotated = x @ ortho_group.rvs(7, random_state=1)
    kept = variance_kept(np.hstack([rotated, np.ones((62, 3))]), x.astype(np.float64), types)
    assert kept["total"] == pytest.approx(1)
    assert kept["within_type"] == pytest.approx(1)


def test_without_variance_there_is_no_share():
    x, types = tumors()
    kept = variance_kept(x, np.ones((62, 2)), types)
    assert np.isnan([kept["total"], kept["within_type"], kept["reference_within_share"]]).all()


def test_bad_input_is_refused():
    x, types = tumors()
    with pytest.raises(ValueError, match="no cancer type has at least 99 samples"):
        variance(x, types, min_samples=99)
    with pytest.raises(ValueError, match="at least 2 samples, but min_samples is 1"):
        variance(x, types, min_samples=1)
    with pytest.raises(ValueError, match="61, 7"):
        variance_kept(x, x[1:], types)
