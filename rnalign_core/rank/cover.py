"""The smallest set of cell lines that covers chosen groups of tumors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp


@dataclass(frozen=True)
class Cover:
    """A smallest set of lines.

    Parameters
    ----------
    lines
        Ids of the lines, sorted.
    covered
        Ids of the chosen lines that cover each group that some line covers; the best first.
    uncovered
        Groups that no line covers.
    """

    lines: tuple[str, ...]
    covered: dict[str, tuple[str, ...]]
    uncovered: tuple[str, ...]


def cover_groups(rankings: Mapping[str, pd.DataFrame], least: float) -> Cover:
    """Find the fewest lines for groups, where a line covers a group if the lower end of its score is at least `least`.

    The score of a subtype already asks of a line that it is as far ahead of other subtypes as the tumors are.

    Parameters
    ----------
    rankings
        Ranked lines (:class:`rnalign_core.rank.ranking.Ranking`) for each group.
    least
        Share of the group's tumors that a line has to be more typical than.
    """
    scores = pd.DataFrame({group: lines["score"] for group, lines in rankings.items()})
    lows = pd.DataFrame({group: lines["score_low"] for group, lines in rankings.items()})
    return smallest_cover(scores, lows >= least)


def smallest_cover(scores: pd.DataFrame, covers: pd.DataFrame) -> Cover:
    """Find the fewest lines such that each group that can be covered is covered by at least one of them.

    The set-cover problem as an integer program, solved exactly by branch and bound (HiGHS). Of the smallest sets it is
    the one with the largest sum of scores, each taken for the groups that the line covers.

    Parameters
    ----------
    scores
        Lines x groups.
    covers
        Whether a line covers a group, lines x groups.
    """
    possible = covers.columns[covers.any(axis=0)]
    uncovered = tuple(covers.columns.difference(possible, sort=False))
    useful = covers.index[covers.any(axis=1)]
    if useful.empty:
        return Cover((), {}, uncovered)
    does = covers.loc[useful, possible].to_numpy(float)
    each_group = LinearConstraint(does.T, lb=1)
    one = np.ones(len(useful))
    n_lines = round(_solve(one, each_group).sum())
    gain = (scores.loc[useful, possible].to_numpy() * does).sum(axis=1)
    chosen = _solve(-gain, each_group, LinearConstraint(one, n_lines, n_lines)).round().astype(bool)
    best = scores.loc[useful[chosen]]
    covered = {
        group: tuple(best.loc[covers.loc[best.index, group], group].sort_values(ascending=False).index)
        for group in possible
    }
    return Cover(tuple(sorted(best.index)), covered, uncovered)


def _solve(cost: np.ndarray, *constraints: LinearConstraint) -> np.ndarray:
    found = milp(cost, constraints=constraints, integrality=np.ones(len(cost)), bounds=Bounds(0, 1))
    if found.x is None:
        raise RuntimeError(f"the set cover was not solved: {found.message}")
    return found.x
