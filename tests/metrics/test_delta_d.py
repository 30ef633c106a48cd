import importlib
import json

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist, pdist

from rnalign_core.metrics import View, one_view
from rnalign_core.metrics.delta_d import delta_d

module = importlib.import_module("rnalign_core.metrics.delta_d")  # the package exports the function


def ids(types, prefix):
    return pd.Series(list(types), [f"{prefix}{i}" for i in range(len(types))], dtype=object)


def on_a_line(lines: list, tumors: list, **settings):
    """Delta D of samples on a number line, each (type, place)."""
    places = [np.array([[float(place)] for _, place in samples]) for samples in (lines, tumors)]
    types = [ids([t for t, _ in samples], prefix) for samples, prefix in ((lines, "l"), (tumors, "t"))]
    return delta_d(one_view(*places), *types, **{"min_tumors": 2, "min_lines": 1, **settings})


def random_cohort(seed=0, offset=0.0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    line_types, tumor_types = ids("AAAAABBBBBBBCC", "l"), ids("A" * 17 + "B" * 30 + "C" * 40 + "D" * 20, "t")
    centres = dict(zip("ABCD", rng.normal(0, 2, (4, 12)), strict=True))
    lines = np.array([centres[t] + 1 for t in line_types]) + rng.normal(size=(14, 12)) + offset
    tumors = np.array([centres[t] for t in tumor_types]) + rng.normal(size=(107, 12)) + offset
    return lines.astype(dtype), tumors.astype(dtype), line_types, tumor_types


def measure(lines, tumors, *types, **settings):
    return delta_d(one_view(lines, tumors), *types, **settings)


def by_scipy(lines, tumors, line_types, tumor_types, types):
    cross = [cdist(lines[line_types == t], tumors[tumor_types == t]).mean() for t in types]
    within = [pdist(tumors[tumor_types == t]).mean() for t in types]
    return np.array(cross), np.array(within)


def test_by_hand():
    lines = [("A", 10), ("B", 0), ("A", 20), ("D", 5), (None, 5)]
    tumors = [("A", 0), ("A", 4), ("B", 2), ("B", -2), ("B", 4), ("C", 50), (None, 7)]
    result = on_a_line(lines, tumors)
    types = result.types
    assert types.index.tolist() == ["A", "B"]
    assert types["n_lines"].tolist() == [2, 1]
    assert types["n_tumors"].tolist() == [2, 3]
    np.testing.assert_allclose(types["line_tumor"], [(10 + 6 + 20 + 16) / 4, (2 + 2 + 4) / 3])
    np.testing.assert_allclose(types["tumor_tumor"], [4, (4 + 2 + 6) / 3])
    np.testing.assert_allclose(types["delta_d"], [9, -4 / 3])
    np.testing.assert_allclose(types["relative"], [9 / 4, -1 / 3])
    assert result.lines.index.tolist() == ["l0", "l2", "l1"]
    np.testing.assert_allclose(result.lines["distance"], [8, 18, 8 / 3])
    assert result.delta_d["value"] == pytest.approx((9 - 4 / 3) / 2)
    assert result.relative["value"] == pytest.approx((9 - 4 / 3) / 2 / 4)
    summary = json.loads(json.dumps(result.summary()))
    assert (summary["n_lines"], summary["n_types"]) == (3, 2)
    for part in ("2 tumors", "1 lines", "2000 bootstrap", "95%"):
        assert part in summary["definition"]


@pytest.mark.parametrize("block", [1, 100, 2**22])
def test_equals_scipy_whatever_the_block(monkeypatch, block):
    monkeypatch.setattr(module, "_DISTANCES_PER_BLOCK", block)
    cohort = random_cohort()
    result = measure(*cohort)
    cross, within = by_scipy(*cohort, "AB")
    assert result.types.index.tolist() == ["A", "B"]
    np.testing.assert_allclose(result.types["line_tumor"], cross, rtol=1e-12)
    np.testing.assert_allclose(result.types["tumor_tumor"], within, rtol=1e-12)
    assert result.delta_d["value"] == pytest.approx((cross - within).mean(), rel=1e-11)
    assert result.relative["value"] == pytest.approx((cross - within).mean() / within.mean(), rel=1e-11)


def test_profiles_far_from_the_origin_lose_no_digits():
    # Inner products of the profiles as they are would be off by 1e12 * 1e-16 per squared distance.
    cohort = random_cohort(offset=1e6)
    cross, within = by_scipy(*cohort, "AB")
    result = measure(*cohort)
    np.testing.assert_allclose(result.types["delta_d"], cross - within, rtol=1e-11)


def test_float32_is_computed_in_float64():
    cohort = random_cohort(offset=100, dtype=np.float32)
    cross, within = by_scipy(*cohort, "AB")
    np.testing.assert_allclose(measure(*cohort).types["delta_d"], cross - within, rtol=1e-11)


def test_shrinking_changes_only_the_absolute_value():
    lines, tumors, *types = random_cohort()
    before, after = measure(lines, tumors, *types), measure(lines / 10, tumors / 10, *types)
    assert after.delta_d["value"] == pytest.approx(before.delta_d["value"] / 10)
    assert after.relative == pytest.approx(before.relative)


def test_interval_is_that_of_a_mean_over_lines():
    # One tumor pair at distance 0: delta D is the mean of the lines' distances, here of a known spread.
    distances = np.random.default_rng(3).gamma(4, 1, 200)
    result = on_a_line([("A", d) for d in distances], [("A", 0)] * 2, n_bootstrap=5000)
    error = distances.std() / np.sqrt(200)
    assert result.delta_d["value"] == pytest.approx(distances.mean())
    assert result.delta_d["low"] == pytest.approx(distances.mean() - 1.96 * error, abs=0.1 * error)
    assert result.delta_d["high"] == pytest.approx(distances.mean() + 1.96 * error, abs=0.1 * error)


def test_resamples_stay_within_types():
    # Lines of a type are alike, so every resample is the same.
    result = on_a_line([("A", 1)] * 3 + [("B", 9)] * 2, [("A", 0), ("A", 2), ("B", 0), ("B", 1)])
    assert result.delta_d["low"] == result.delta_d["value"] == result.delta_d["high"]


def test_collapsed_tumors_have_no_relative_value():
    lines, _, line_types, tumor_types = random_cohort()
    result = delta_d(one_view(lines, np.full((107, 12), 0.1)), line_types, tumor_types)
    assert result.types["tumor_tumor"].tolist() == [0, 0]
    assert result.types["relative"].isna().all()
    assert result.delta_d["value"] == pytest.approx(result.types["line_tumor"].mean())
    assert result.relative == {"value": None, "low": None, "high": None}


def test_no_type_counts():
    result = measure(*random_cohort(), min_tumors=1000)
    assert result.types.empty
    assert list(result.types) == list(measure(*random_cohort()).types)
    assert json.loads(json.dumps(result.summary()))["delta_d"] == {"value": None, "low": None, "high": None}


def test_bad_input_is_refused():
    lines, tumors, line_types, tumor_types = random_cohort()
    with pytest.raises(ValueError, match="tumor profiles have shape"):
        delta_d(one_view(lines, tumors[1:]), line_types, tumor_types)
    with pytest.raises(ValueError, match="2 tumors and 1 line, but asked for 1 and 5"):
        delta_d(one_view(lines, tumors), line_types, tumor_types, min_tumors=1)


def test_each_line_is_set_against_tumors_in_its_own_view():
    # The second model sees everything twice as large.
    lines, tumors, line_types, tumor_types = random_cohort()
    first = np.arange(14) % 3 == 0
    views = [View(first, lines[first], tumors), View(~first, 2 * lines[~first], 2 * tumors)]
    found = delta_d(views, line_types, tumor_types)
    one = measure(lines, tumors, line_types, tumor_types).lines
    scale = pd.Series(np.where(first, 1, 2), line_types.index)[one.index]
    expected = (one["distance"] - one["within"]) * scale
    by_type = expected.groupby(one["cancer_type"]).mean()
    np.testing.assert_allclose(found.types["delta_d"], by_type, rtol=1e-12)
    assert found.delta_d["value"] == pytest.approx(by_type.mean())
    within = (one["within"] * scale).groupby(one["cancer_type"]).mean()
    assert found.relative["value"] == pytest.approx(by_type.mean() / within.mean())
