import itertools
import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn.neighbors import KNeighborsClassifier

from rnalign_core.metrics import one_view
from rnalign_core.metrics.match import (
    MatchResult,
    MatchSettings,
    match,
    paired_difference,
    permutation_chance,
)


def match_on_a_line(lines: dict, tumors: list, **settings) -> MatchResult:
    """Match samples that lie on a number line; `lines` is {id: (type, place)}, `tumors` [(type, place)]."""
    ids = list(lines)
    line_types = pd.Series([lines[i][0] for i in ids], index=ids, dtype=object)
    tumor_types = pd.Series([t for t, _ in tumors], dtype=object)
    line_places = np.array([[float(lines[i][1])] for i in ids])
    tumor_places = np.array([[float(place)] for _, place in tumors])
    settings = MatchSettings(**{"metric": "euclidean", "min_tumors": 1, "min_lines": 1, **settings})
    return match(one_view(line_places, tumor_places), line_types, tumor_types, settings)


def match_with_calls(own: str, calls: str, **settings) -> MatchResult:
    """Make a result in which line i is of type own[i] and is called calls[i]."""
    tumors = [(t, 100 * ord(t)) for t in sorted(set(own + calls)) for _ in range(3)]
    lines = {f"line{i}": (t, 100 * ord(c)) for i, (t, c) in enumerate(zip(own, calls, strict=True))}
    return match_on_a_line(lines, tumors, k=3, **settings)


def test_by_hand():
    tumors = [("A", 0), ("A", 1), ("A", 2), ("B", 10), ("B", 11), ("B", 12), ("B", 13), ("C", 30)]
    lines = {
        "a1": ("A", 0.2),
        "a2": ("A", 11.2),
        "a3": ("A", 5.8),  # nearest are A at 2, B at 10, A at 1
        "b1": ("B", 12.4),
        "b2": ("B", 25.0),  # nearest are C at 30, B at 13 and 12
        "c1": ("C", 30.0),
        "c2": ("C", 1.1),
        "unknown": (None, 0.0),
        "elsewhere": ("D", 0.0),
    }
    result = match_on_a_line(lines, tumors, k=3, min_tumors=3, min_lines=2)
    table = result.lines
    assert table.index.tolist() == list(lines)
    assert table["call"].tolist() == ["A", "B", "A", "B", "B", "B", "A", "A", "A"]
    assert table["scored"].tolist() == [True] * 5 + [False] * 4
    assert table["match"].tolist() == [True, False, True, True, True, False, False, pd.NA, False]
    np.testing.assert_allclose(table["own_share"], [1, 0, 2 / 3, 1, 2 / 3, 1 / 3, 0, np.nan, 0])
    # One tumor is all of C, so its vote outweighs two of the four B.
    assert table["balanced_call"].tolist() == ["A", "B", "A", "B", "C", "C", "A", "A", "A"]
    assert table["balanced_match"].tolist() == [True, False, True, True, False, True, False, pd.NA, False]

    types = result.types
    assert types.index.tolist() == ["A", "B"]
    assert types["n_lines"].tolist() == [3, 2]
    assert types["n_tumors"].tolist() == [3, 4]
    assert types["matched"].tolist() == [2, 2]
    np.testing.assert_allclose(types["rate"], [2 / 3, 1])
    np.testing.assert_allclose(types["own_share"], [5 / 9, 5 / 6])
    np.testing.assert_allclose(types["chance"], [2 / 5, 3 / 5])
    assert ((types["low"] < types["rate"]) & (types["rate"] <= types["high"])).all()

    summary = json.loads(json.dumps(result.summary()))
    assert {name: summary[name]["value"] for name in ("micro", "macro", "median_types")} == {
        "micro": pytest.approx(4 / 5),
        "macro": pytest.approx(5 / 6),
        "median_types": pytest.approx(5 / 6),
    }
    assert summary["own_share"]["value"] == pytest.approx((1 + 0 + 2 / 3 + 1 + 2 / 3) / 5)
    assert summary["balanced_micro"]["value"] == pytest.approx(3 / 5)
    assert summary["chance"] == pytest.approx((3 * 2 + 2 * 3) / 25)
    assert (summary["n_lines"], summary["n_types"]) == (5, 2)
    assert [summary[key] for key in ("k", "metric", "min_tumors", "min_lines")] == [3, "euclidean", 3, 2]
    # At k = 5: a2 sees B B B B A, a3 sees A B A A B, b2 sees C B B B B. There are only 8 tumors for 25.
    assert summary["by_k"] == {"5": pytest.approx(4 / 5)}


def test_call_is_the_majority_of_scikit_learn():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(6, 20))
    tumor_codes, line_codes = rng.integers(0, 6, 300), rng.integers(0, 6, 80)
    tumors = centres[tumor_codes] + rng.normal(0, 1.5, size=(300, 20))
    lines = centres[line_codes] + rng.normal(0, 1.5, size=(80, 20))
    names = np.array(["BRCA", "COAD", "GBM", "KIRC", "LUAD", "SKCM"])
    line_types = pd.Series(pd.Categorical(names[line_codes], [*names, "THYM"]), [f"l{i}" for i in range(80)])
    tumor_types = pd.Series(pd.Categorical(names[tumor_codes], [*names, "THYM"]))
    result = match(one_view(lines, tumors), line_types, tumor_types, MatchSettings(k=15))

    classifier = KNeighborsClassifier(15, algorithm="brute", metric="correlation").fit(
        tumors, names[tumor_codes]
    )
    votes = classifier.predict_proba(lines)
    top = np.sort(votes, axis=1)
    clear = top[:, -1] > top[:, -2]
    assert clear.sum() >= 60
    np.testing.assert_array_equal(result.lines["call"][clear], classifier.predict(lines)[clear])
    np.testing.assert_allclose(result.lines["own_share"], votes[np.arange(80), line_codes])
    class_sizes = np.bincount(tumor_codes)
    np.testing.assert_array_equal(result.lines["balanced_call"], names[(votes / class_sizes).argmax(axis=1)])


def test_a_tied_vote_goes_to_the_type_that_is_nearer_on_average():
    # B holds the 2nd and 3rd place, A the 1st and the far 4th.
    tumors = [("A", 1), ("B", 2), ("B", 3), ("A", 6), ("C", 50)]
    assert match_on_a_line({"line": ("A", 0)}, tumors, k=4).lines.loc["line", "call"] == "B"
    # A votes 1/2 and B 2/4 in the balanced vote; B's votes are nearer on average, though not in sum.
    tumors = [("A", 3), ("B", 2), ("B", 2.5), ("A", 60), ("B", 61), ("B", 62)]
    assert match_on_a_line({"line": ("A", 0)}, tumors, k=3).lines.loc["line", "balanced_call"] == "B"
    # All equal: the first by name.
    assert match_on_a_line({"line": ("A", 0)}, [("B", 1), ("A", -1)], k=2).lines.loc["line", "call"] == "A"


def test_denominator_is_every_line_of_a_type_with_enough_tumors_and_lines():
    tumors = [("A", 0)] * 3 + [("B", 10)] * 2 + [("C", 20)] * 3
    lines = {f"{t}{i}": (t, 0) for t, n in (("A", 2), ("B", 2), ("C", 1)) for i in range(n)}
    scored = match_on_a_line(lines, tumors, k=1, min_tumors=3, min_lines=2).lines["scored"]
    assert scored[scored].index.tolist() == ["A0", "A1"]


def test_tumors_without_a_type_do_not_vote():
    tumors = [(None, 0), (None, 0), ("A", 1), ("B", 5)]
    lines = match_on_a_line({"line": ("A", 0)}, tumors, k=1).lines
    assert lines.loc["line", "call"] == "A"
    assert lines.loc["line", "own_share"] == 1


@pytest.mark.parametrize("types", [["D", "D"], [None, None]])
def test_without_scored_lines_there_are_calls_but_no_rates(types):
    result = match_on_a_line(
        {f"l{i}": (t, 0) for i, t in enumerate(types)}, [("A", i) for i in range(6)], k=1
    )
    assert result.lines["call"].tolist() == ["A", "A"]
    assert result.types.empty
    assert list(result.types) == list(match_with_calls("A", "A").types)
    summary = json.loads(json.dumps(result.summary()))
    assert summary["n_lines"] == 0
    assert summary["chance"] is None
    assert summary["by_k"] == {"5": None}
    assert summary["micro"] == {"value": None, "low": None, "high": None}


def test_chance_is_the_average_over_all_permutations():
    own, calls = "AAABBC", "AABCCC"
    hits = [sum(t == c for t, c in zip(order, calls, strict=True)) for order in itertools.permutations(own)]
    assert permutation_chance(pd.Series(list(calls)), pd.Series(list(own))) == pytest.approx(
        np.mean(hits) / 6
    )
    assert match_with_calls(own, calls).summary()["chance"] == pytest.approx(np.mean(hits) / 6)


def test_chance_of_each_type_is_the_average_over_all_permutations():
    own, calls = "AABBBC", "AACCCB"
    rates = {t: [] for t in "ABC"}
    for order in itertools.permutations(own):
        for t in rates:
            rates[t].append(np.mean([c == t for o, c in zip(order, calls, strict=True) if o == t]))
    expected = [np.mean(rates[t]) for t in "ABC"]
    np.testing.assert_allclose(match_with_calls(own, calls).types["chance"], expected)


def test_intervals_are_those_of_binomial_counts_within_types():
    n_lines, matched = np.array([40, 12, 20]), np.array([30, 3, 12])
    own = "".join(t * n for t, n in zip("ABC", n_lines, strict=True))
    calls = "".join(t * m + "Z" * (n - m) for t, n, m in zip("ABC", n_lines, matched, strict=True))
    summary = match_with_calls(own, calls, n_bootstrap=40_000, confidence=0.9).summary()

    counts = np.random.default_rng(1).binomial(n_lines, matched / n_lines, size=(200_000, 3))
    rates = counts / n_lines
    expected = {
        "micro": counts.sum(axis=1) / n_lines.sum(),
        "macro": rates.mean(axis=1),
        "median_types": np.median(rates, axis=1),
    }
    for name, values in expected.items():
        assert summary[name]["low"] == pytest.approx(np.quantile(values, 0.05), abs=0.005), name
        assert summary[name]["high"] == pytest.approx(np.quantile(values, 0.95), abs=0.005), name
    # Here every neighbourhood is of one type and types are equally large: all three are the same share.
    assert summary["own_share"] == pytest.approx(summary["micro"])
    assert summary["balanced_micro"] == summary["micro"]


def test_paired_difference_is_of_the_same_lines():
    # b is right on one line more; whether a resample holds that line is all that varies.
    a = match_with_calls("A" * 40, "A" * 20 + "Z" * 20, n_bootstrap=20_000)
    b = match_with_calls("A" * 40, "A" * 21 + "Z" * 19)
    difference = paired_difference(a, b)
    assert difference["micro"]["value"] == pytest.approx(-1 / 40)
    assert difference["micro"]["low"] == pytest.approx(-binom.ppf(0.975, 40, 1 / 40) / 40)
    assert difference["micro"]["high"] == 0
    assert difference["macro"] == difference["micro"] == difference["median_types"]


def test_paired_difference_finds_lines_by_id():
    a = match_with_calls("AABBBC", "AABZZC")
    b = match_with_calls("CBBBAA", "CZZBAA")
    b.lines.index = a.lines.index[::-1]
    assert paired_difference(a, b) == {
        name: {"value": 0, "low": 0, "high": 0} for name in ("micro", "macro", "median_types")
    }


def test_paired_difference_refuses_other_lines():
    with pytest.raises(ValueError, match="same lines"):
        paired_difference(match_with_calls("AAB", "AAB"), match_with_calls("AABB", "AABB"))
    with pytest.raises(ValueError, match="same lines"):
        paired_difference(match_with_calls("AAB", "AAB"), match_with_calls("ABB", "AAB"))


def test_definition_tells_all_settings():
    settings = MatchSettings(
        k=7, metric="euclidean", min_tumors=11, min_lines=3, n_bootstrap=123, confidence=0.9
    )
    for part in ("7 nearest", "euclidean", "11 tumors", "3 lines", "123 bootstrap", "90%"):
        assert part in settings.definition()


def test_bad_input_is_refused():
    x, types = np.eye(4), pd.Series(list("AABB"))
    with pytest.raises(ValueError, match="a view is of 4 lines, but 3 have a label"):
        match(one_view(x, x), types[:3], types)
    with pytest.raises(ValueError, match=r"tumor profiles have shape .* 3 tumor labels"):
        match(one_view(x, x), types, types[:3])
    with pytest.raises(ValueError, match="line ids repeat: x"):
        match(one_view(x, x), types.set_axis(["x", "x", "y", "z"]), types)
    with pytest.raises(ValueError, match="no tumor has a cancer type"):
        match(one_view(x, x), types, types.replace(list("AB"), None))
    with pytest.raises(ValueError, match=r"k is 25.*references, 4"):
        match(one_view(x, x), types, types)
    with pytest.raises(ValueError, match="at least 1 nearest"):
        MatchSettings(k=0)
