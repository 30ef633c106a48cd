"""The smallest set of lines against trying all subsets."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from rnalign_core.rank.cover import cover_groups, smallest_cover


def by_trying_all(scores, covers):
    """Return the size and the sum of scores of the best subset, by trying them all."""
    possible = covers.columns[covers.any()]
    for size in range(len(covers) + 1):
        gains = [
            sum(scores.loc[line, g] for line in subset for g in possible if covers.loc[line, g])
            for subset in combinations(covers.index, size)
            if covers.loc[list(subset), possible].any().all()
        ]
        if gains:
            return size, max(gains)
    raise AssertionError("all lines together cover what can be covered")


@pytest.mark.parametrize("seed", range(12))
def test_no_smaller_set_covers_and_no_other_of_its_size_scores_more(seed):
    rng = np.random.default_rng(seed)
    lines, groups = [f"L{i}" for i in range(9)], list("ABCDE")
    scores = pd.DataFrame(rng.random((9, 5)), lines, groups)
    covers = scores > rng.uniform(0.55, 0.9)
    found = smallest_cover(scores, covers)
    size, gain = by_trying_all(scores, covers)
    assert len(found.lines) == size
    chosen = list(found.lines)
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


def test_a_line_covers_by_the_lower_end_of_its_interval():
    rankings = {
        "A": pd.DataFrame({"score": [0.9, 0.4], "score_low": [0.01, 0.2]}, ["wide", "narrow"]),
        "B": pd.DataFrame({"score": [0.4, 0.9], "score_low": [0.1, 0.2]}, ["narrow", "wide"]),
    }
    found = cover_groups(rankings, 0.1)
    assert found.lines == ("narrow",)
    assert cover_groups(rankings, 0.15).covered == {"A": ("narrow",), "B": ("wide",)}
    assert cover_groups(rankings, 0.5).uncovered == ("A", "B")
