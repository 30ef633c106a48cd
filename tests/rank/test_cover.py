"""The smallest set of lines against trying all subsets."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from rnalign_core.rank.cautions import LINE
from rnalign_core.rank.cover import AGAINST, cover_groups, eligible, smallest_cover


def by_trying_all(scores, covers, last):
    """Return the size, minus the number of lines of `last`, and the sum of scores of the best subset."""
    possible = covers.columns[covers.any()]
    for size in range(len(covers) + 1):
        gains = [
            (
                -sum(last[line] for line in subset),
                sum(scores.loc[line, g] for line in subset for g in possible if covers.loc[line, g]),
            )
            for subset in combinations(covers.index, size)
            if covers.loc[list(subset), possible].any().all()
        ]
        if gains:
            return size, *max(gains)
    raise AssertionError("all lines together cover what can be covered")


@pytest.mark.parametrize("seed", range(12))
def test_no_smaller_set_covers_and_no_other_of_its_size_scores_more(seed):
    rng = np.random.default_rng(seed)
    lines, groups = [f"L{i}" for i in range(9)], list("ABCDE")
    scores = pd.DataFrame(rng.random((9, 5)), lines, groups)
    covers = scores > rng.uniform(0.55, 0.9)
    last = pd.Series(rng.random(9) < seed / 12, lines)
    found = smallest_cover(scores, covers, last)
    size, n_others, gain = by_trying_all(scores, covers, last)
    assert len(found.lines) == size
    chosen = list(found.lines)
    assert last[chosen].sum() == -n_others
    assert (scores.loc[chosen] * covers.loc[chosen]).to_numpy().sum() == pytest.approx(gain)
    assert set(found.uncovered) == set(groups) - set(covers.columns[covers.any()])
    for group, by in found.covered.items():
        assert set(by) == {line for line in chosen if covers.loc[line, group]}
        assert list(by) == sorted(by, key=lambda line, group=group: -scores.loc[line, group])


def test_one_line_that_covers_all_is_enough_though_others_score_more():
    scores = pd.DataFrame({"A": [0.3, 0.9, 0.0], "B": [0.3, 0.0, 0.9]}, ["both", "a", "b"])
    assert smallest_cover(scores, scores > 0.1).lines == ("both",)


def test_nothing_covers_where_no_line_is_good_enough():
    scores = pd.DataFrame({"A": [0.3], "B": [0.1]}, ["line"])
    found = smallest_cover(scores, scores > 0.5)
    assert (found.lines, found.covered, found.uncovered) == ((), {}, ("A", "B"))


def ranked(ids, score, score_low, cautions=None, cancer_type="BRCA"):
    columns = {"score": score, "score_low": score_low, "cancer_type": cancer_type}
    return pd.DataFrame(columns | {"cautions": cautions or [()] * len(ids)}, ids)


def test_a_line_covers_by_the_lower_end_of_its_interval():
    rankings = {
        "A": ranked(["wide", "narrow"], [0.9, 0.4], [0.01, 0.2]),
        "B": ranked(["narrow", "wide"], [0.4, 0.9], [0.1, 0.2]),
    }
    found = cover_groups(rankings, 0.1)
    assert found.lines == ("narrow",)
    assert cover_groups(rankings, 0.15).covered == {"A": ("narrow",), "B": ("wide",)}
    assert cover_groups(rankings, 0.5).uncovered == ("A", "B")


@pytest.mark.parametrize("code", LINE)
def test_a_line_that_something_says_is_no_model_covers_nothing_whatever_its_score(code):
    lines = ranked(["first", "second"], [0.9, 0.2], [0.8, 0.1], [("only_aligned", code), ()])
    counts = code in ("other_closer", "subtype_disagrees", "label_missing", "only_aligned")
    assert eligible(lines).tolist() == [counts, True]
    assert cover_groups({"A": lines}, 0.05).lines == (("first",) if counts else ("second",))
    assert cover_groups({"A": lines}, 0.5).uncovered == (() if counts else ("A",))
    assert set(LINE) >= AGAINST


def test_a_line_of_unknown_type_is_taken_only_where_it_saves_a_line():
    ids, types = ["unknown", "a", "b"], [None, "BRCA", "BRCA"]
    covers_a = ranked(ids, [0.9, 0.2, 0.0], [0.8, 0.1, 0.0], cancer_type=types)
    covers_b = ranked(ids, [0.9, 0.0, 0.2], [0.8, 0.0, 0.1], cancer_type=types)
    assert cover_groups({"A": covers_a}, 0.05).lines == ("a",)
    assert cover_groups({"A": covers_a, "B": covers_b}, 0.05).lines == ("unknown",)
