import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

from rnalign_core.metrics.kbet import kbet, p_values

# scib-metrics 0.5.10 on 600 samples, 166 of one batch: for k0 = 15, how many neighbourhoods have 0..15 samples of
# that batch, the p-value of each, and the share that is accepted at 0.05.
COUNTS = [313, 61, 24, 19, 11, 5, 11, 9, 9, 5, 7, 15, 13, 22, 36, 40]
P = """
    0.01660806 0.06904912 0.21463448 0.5068508 0.9310086 0.6237111 0.28562403 0.09998095
    0.026275218 0.0051214695 0.00073421 7.69496e-05 5.90086e-06 2.9802322e-07 0 0
"""
ACCEPTED = 0.23333333333333334


def test_p_values_equal_scib_metrics():
    p = p_values(15, 166 / 600)
    np.testing.assert_allclose(p, [float(v) for v in P.split()], atol=1e-6)
    assert np.average(p >= 0.05, weights=COUNTS) == pytest.approx(ACCEPTED)


def test_p_values_equal_scipy():
    expected = [chisquare([j, 12 - j], [12 * 0.3, 12 * 0.7]).pvalue for j in range(13)]
    np.testing.assert_allclose(p_values(12, 0.3), expected, rtol=1e-10)


def two_types(shift, seed=0):
    """Type A: lines shifted from tumors. Type B: mixed. Type C: too few lines."""
    rng = np.random.default_rng(seed)
    line_types = pd.Series(["A"] * 30 + ["B"] * 40 + ["C"] * 2 + [None], dtype="category")
    tumor_types = pd.Series(["A"] * 90 + ["B"] * 80 + ["C"] * 40 + [None], dtype="category")
    lines, tumors = rng.normal(size=(73, 3)), rng.normal(size=(211, 3))
    lines[:30] += shift
    return lines, tumors, line_types, tumor_types


def test_by_definition_on_each_type():
    lines, tumors, line_types, tumor_types = two_types(shift=1.0)
    result = kbet(lines, tumors, line_types, tumor_types, k0=12, alpha=0.1)
    assert result.types.index.tolist() == ["A", "B"]
    assert result.types["n_lines"].tolist() == [30, 40]
    assert result.types["n_tumors"].tolist() == [90, 80]
    assert result.types["k0"].tolist() == [12, 12]
    rng = np.random.default_rng(1)
    for cancer_type, row in result.types.iterrows():
        x = np.vstack([lines[line_types == cancer_type], tumors[tumor_types == cancer_type]])
        is_line = np.arange(len(x)) < row["n_lines"]
        near = np.argsort(np.linalg.norm(x[:, None] - x, axis=2), axis=1)[:, :12]
        share = is_line.mean()

        def rejected(labels, near=near, share=share):
            n_lines = labels[near].sum(axis=1)
            return chisquare([n_lines, 12 - n_lines], [[12 * share], [12 * (1 - share)]]).pvalue < 0.1

        assert row["observed"] == pytest.approx(rejected(is_line).mean())
        shuffled = [rejected(rng.permutation(is_line)).mean() for _ in range(400)]
        assert row["expected"] == pytest.approx(np.mean(shuffled), abs=4 * np.std(shuffled) / np.sqrt(400))
        assert row["delta"] == pytest.approx(row["observed"] - row["expected"])
    assert result.delta == pytest.approx(result.types["delta"].mean())
    assert result.observed == pytest.approx(result.types["observed"].mean())
    assert result.expected == pytest.approx(result.types["expected"].mean())


def test_separated_is_rejected_and_mixed_is_not():
    types = kbet(*two_types(shift=100.0)).types
    assert types.loc["A", "observed"] == 1
    assert abs(types.loc["B", "delta"]) < 0.1


def test_default_neighbourhood_is_a_quarter_of_the_mean_batch_within_bounds():
    sizes = {"A": (10, 30), "B": (8, 192), "C": (5, 1000)}
    line_types = pd.Series([t for t, (n, _) in sizes.items() for _ in range(n)])
    tumor_types = pd.Series([t for t, (_, n) in sizes.items() for _ in range(n)])
    rng = np.random.default_rng(0)
    result = kbet(rng.normal(size=(23, 2)), rng.normal(size=(1222, 2)), line_types, tumor_types)
    assert result.types["k0"].tolist() == [10, 25, 70]
    summary = json.loads(json.dumps(result.summary()))
    assert summary["k0"] == [10, 25, 70]
    assert "15 tumors and 5 lines" in summary["definition"]
    assert "k0 = 7 nearest" in kbet(*two_types(0), k0=7).definition


def test_no_type_counts():
    result = kbet(*two_types(0), min_tumors=1000)
    summary = json.loads(json.dumps(result.summary()))
    assert (summary["delta"], summary["n_types"], summary["k0"]) == (None, 0, [])
    assert list(result.types) == list(kbet(*two_types(0)).types)


def test_bad_input_is_refused():
    lines, tumors, line_types, tumor_types = two_types(0)
    with pytest.raises(ValueError, match=r"k is 121.*references, 120"):
        kbet(lines, tumors, line_types, tumor_types, k0=121)
    with pytest.raises(ValueError, match="line profiles"):
        kbet(lines[1:], tumors, line_types, tumor_types)


@pytest.mark.parametrize("name", ["mixed", "partial", "separated"])
def test_equals_scib_metrics(oracles, name):
    data = np.load(oracles / "kbet" / f"{name}.npz")
    expected = json.loads((oracles / "kbet" / f"{name}_expected.json").read_text())
    is_line = data["batch"] == 1
    types = pd.Series(["all"] * 600)
    for k0 in (15, 30, 50, 90):
        result = kbet(data["X"][is_line], data["X"][~is_line], types[is_line], types[~is_line], k0=k0)
        assert result.observed == pytest.approx(1 - expected[str(k0)]["acceptance"], abs=1e-12)
        n_lines = is_line[data["knn_indices_90_self_first"][:, :k0]].sum(axis=1)
        np.testing.assert_allclose(p_values(k0, is_line.mean())[n_lines], data[f"p_k{k0}"], atol=2e-6)
