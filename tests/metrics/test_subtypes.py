import json

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import binom
from sklearn.metrics import recall_score, roc_auc_score
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from rnalign_core.metrics import one_view
from rnalign_core.metrics.subtypes import subtype_calls, subtype_preservation


def breast(seed=0):
    """Tumors of four subtypes of unequal size in 10 genes, two without a subtype."""
    rng = np.random.default_rng(seed)
    subtypes = ["LumA"] * 60 + ["LumB"] * 30 + ["Basal"] * 20 + ["Normal"] * 4 + [None] * 2
    centres = {name: rng.normal(0, 1.2, 10) for name in dict.fromkeys(subtypes)}
    x = np.array([centres[s] for s in subtypes]) + rng.normal(size=(116, 10))
    return x, pd.Series(subtypes, [f"t{i}" for i in range(116)], dtype="category")


@pytest.mark.parametrize(("metric", "of_sklearn"), [("euclidean", "euclidean"), ("pearson", "correlation")])
def test_preservation_is_leave_one_out_of_scikit_learn(metric, of_sklearn):
    x, subtypes = breast()
    result = subtype_preservation(x, subtypes, k=15, metric=metric)
    own = subtypes[:114].astype(str).to_numpy()
    classifier = KNeighborsClassifier(15, algorithm="brute", metric=of_sklearn)
    shares = cross_val_predict(classifier, x[:114], own, cv=LeaveOneOut(), method="predict_proba")
    names = np.unique(own)
    ranked = np.sort(shares, axis=1)
    clear = ranked[:, -1] > ranked[:, -2]
    assert clear.mean() > 0.8
    tumors = result.tumors
    assert tumors.index.tolist() == [f"t{i}" for i in range(114)]
    np.testing.assert_array_equal(tumors["call"][clear], names[shares.argmax(axis=1)][clear])
    # The tumor itself is no voter: its own subtype has one less.
    voters = np.array([[np.sum(own == n) - (n == s) for n in names] for s in own])
    np.testing.assert_array_equal(tumors["balanced_call"], names[(shares / voters).argmax(axis=1)])

    scored = own != "Normal"
    assert tumors["scored"].tolist() == scored.tolist()
    assert result.subtypes.index.tolist() == ["Basal", "LumA", "LumB"]
    assert result.subtypes["n_tumors"].tolist() == [20, 60, 30]
    for prefix, column in (("", "call"), ("balanced_", "balanced_call")):
        calls = tumors[column].to_numpy(str)[scored]
        micro, macro = result.estimates[prefix + "micro"], result.estimates[prefix + "macro"]
        assert micro["value"] == pytest.approx((calls == own[scored]).mean())
        assert macro["value"] == pytest.approx(
            recall_score(own[scored], calls, labels=["Basal", "LumA", "LumB"], average="macro")
        )
        assert result.subtypes[prefix + "rate"].mean() == pytest.approx(macro["value"])
        assert micro["low"] < micro["value"] < micro["high"]


def test_subtypes_that_are_far_apart_are_all_kept():
    x = np.repeat([[0.0, 0], [100, 0]], [30, 12], axis=0) + np.random.default_rng(0).normal(size=(42, 2))
    subtypes = pd.Series(["LUAD"] * 30 + ["LUSC"] * 12)
    result = subtype_preservation(x, subtypes, k=5, metric="euclidean")
    assert {e["value"] for e in result.estimates.values()} == {1.0}
    assert result.chance == pytest.approx((30**2 + 12**2) / 42**2)


def test_a_smaller_subtype_is_lost_to_the_majority_but_not_to_the_balanced_vote():
    # All in one place: of 15 others, most are of the larger subtype.
    rng = np.random.default_rng(0)
    subtypes = pd.Series(["big"] * 300 + ["small"] * 30)
    result = subtype_preservation(rng.normal(size=(330, 2)), subtypes, metric="euclidean")
    assert result.subtypes.loc["small", "rate"] < 0.05
    assert 0.3 < result.estimates["balanced_macro"]["value"] < 0.7
    assert result.subtypes.loc["small", "balanced_rate"] > result.subtypes.loc["small", "rate"] + 0.2


def test_equal_tumors_do_not_vote_for_themselves():
    subtypes = pd.Series(["A"] + ["B"] * 19)
    result = subtype_preservation(np.ones((20, 2)), subtypes, k=2, metric="euclidean", min_tumors=1)
    # All coincide, so the first two others by index are taken; of a tie, the first subtype.
    assert result.tumors["call"].tolist() == ["B"] + ["A"] * 19


def test_no_subtype_counts():
    result = subtype_preservation(*breast(), min_tumors=100)
    summary = json.loads(json.dumps(result.summary()))
    assert (summary["n_tumors"], summary["n_subtypes"], summary["chance"]) == (0, 0, None)
    assert summary["micro"] == {"value": None, "low": None, "high": None}
    assert "15 nearest other tumors" in summary["definition"]
    assert "at least 100 tumors" in summary["definition"]


def luminal_and_basal():
    """Tumors 40 to 12, and lines between them that lean to the larger group."""
    rng = np.random.default_rng(2)
    tumors = np.vstack([rng.normal(0, 1, (40, 3)), rng.normal(2, 1, (12, 3)), rng.normal(9, 1, (3, 3))])
    tumor_groups = pd.Series(["luminal"] * 40 + ["basal"] * 12 + [None] * 3)
    lines = np.vstack([rng.normal(0.2, 1, (14, 3)), rng.normal(1.2, 1, (9, 3)), rng.normal(0, 1, (2, 3))])
    line_groups = pd.Series(["luminal"] * 14 + ["basal"] * 9 + [None, "Her2"], [f"l{i}" for i in range(25)])
    return lines, tumors, line_groups, tumor_groups


def test_calls_of_lines():
    lines, tumors, line_groups, tumor_groups = luminal_and_basal()
    result = subtype_calls(one_view(lines, tumors), line_groups, tumor_groups, metric="euclidean")
    assert result.groups == ("basal", "luminal")
    table = result.lines
    assert table.index.tolist() == line_groups.index.tolist()
    basal, luminal = cdist(lines, tumors[40:52]), cdist(lines, tumors[:40])
    np.testing.assert_allclose(table["margin"], luminal.mean(axis=1) - basal.mean(axis=1))
    is_basal = np.arange(52) >= 40
    votes = is_basal[np.argsort(cdist(lines, tumors[:52]), axis=1)[:, :15]].sum(axis=1)
    assert table["call"].tolist() == np.where(votes > 7, "basal", "luminal").tolist()
    assert (
        table["balanced_call"].tolist()
        == np.where(votes / 12 > (15 - votes) / 40, "basal", "luminal").tolist()
    )
    own = line_groups[:23].to_numpy()
    assert result.majority["value"] == pytest.approx((table["call"][:23] == own).mean())
    assert result.balanced["value"] == pytest.approx((table["balanced_call"][:23] == own).mean())
    assert result.auroc["value"] == pytest.approx(roc_auc_score(own == "basal", table["margin"][:23]))
    assert 0.5 < result.auroc["low"] < result.auroc["value"] < result.auroc["high"] <= 1
    summary = json.loads(json.dumps(result.summary()))
    assert summary["n_lines"] == 23
    assert summary["groups"] == ["basal", "luminal"]
    assert "15 nearest tumors" in summary["definition"]


def test_margin_in_correlation_distance():
    lines, tumors, line_groups, tumor_groups = luminal_and_basal()
    margin = subtype_calls(one_view(lines, tumors), line_groups, tumor_groups).lines["margin"]
    distances = cdist(lines, tumors[:52], "correlation")
    np.testing.assert_allclose(
        margin, distances[:, :40].mean(axis=1) - distances[:, 40:].mean(axis=1), atol=1e-12
    )


def test_a_constant_profile_is_at_distance_1():
    lines, tumors, line_groups, tumor_groups = luminal_and_basal()
    before = subtype_calls(one_view(lines, tumors), line_groups, tumor_groups).lines["margin"]
    correlation = cdist(lines, tumors[[0]], "correlation")[:, 0]
    lines[0], tumors[0] = 5, 5
    after = subtype_calls(one_view(lines, tumors), line_groups, tumor_groups).lines["margin"]
    assert after.iloc[0] == 0
    np.testing.assert_allclose(after[1:], before[1:] + (1 - correlation[1:]) / 40, atol=1e-12)


def on_a_line(above, below, **settings):
    lines = np.array([[float(place)] for place in (*above, *below)])
    groups = pd.Series(["A"] * len(above) + ["B"] * len(below), range(len(lines)))
    tumors = np.array([[1.0], [-1.0]])
    return subtype_calls(
        one_view(lines, tumors), groups, pd.Series(["A", "B"]), k=1, metric="euclidean", **settings
    ).auroc


def test_auroc_counts_ties_half():
    above, below = [0.5, 0.1, 0.1, -0.3], [0.1, -0.3, -0.5]
    labels = [1] * 4 + [0] * 3
    assert on_a_line(above, below)["value"] == pytest.approx(roc_auc_score(labels, above + below))


def test_auroc_interval_resamples_lines_within_groups():
    # One line of B in the middle of A: the area is the share of resampled A above it.
    auroc = on_a_line([0.5] * 30 + [-0.5] * 10, [0.0], n_bootstrap=20_000, confidence=0.9)
    assert auroc["value"] == 0.75
    assert auroc["low"] == binom.ppf(0.05, 40, 0.75) / 40
    assert auroc["high"] == binom.ppf(0.95, 40, 0.75) / 40


def test_without_lines_of_both_groups_there_is_no_auroc():
    lines, tumors, line_groups, tumor_groups = luminal_and_basal()
    result = subtype_calls(one_view(lines[:14], tumors), line_groups[:14], tumor_groups)
    assert result.auroc == {"value": None, "low": None, "high": None}
    assert result.majority["value"] is not None


def test_bad_input_is_refused():
    lines, tumors, line_groups, tumor_groups = luminal_and_basal()
    with pytest.raises(ValueError, match="two groups, but are of 3: Her2, basal, luminal"):
        subtype_calls(one_view(lines, tumors), line_groups, tumor_groups.fillna("Her2"))
    with pytest.raises(ValueError, match=r"k is 53.*references, 52"):
        subtype_calls(one_view(lines, tumors), line_groups, tumor_groups, k=53)
    with pytest.raises(ValueError, match="tumor profiles have shape"):
        subtype_preservation(tumors[1:], tumor_groups)
    with pytest.raises(ValueError, match=r"k is 53.*references, 52"):
        subtype_preservation(tumors, tumor_groups, k=52)
