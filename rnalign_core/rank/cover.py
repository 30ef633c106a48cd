"""The smallest set of cell lines that covers chosen groups of tumors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

AGAINST = frozenset({"label_disagrees", "called_other", "no_group"})  # codes of cautions


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
    """Find the fewest lines for groups.

    A line covers a group if the lower end of its score is at least `least` and it is :func:`eligible`. The score of a
    subtype already asks of a line that it is as far ahead of other subtypes as the tumors are. Of the smallest sets it
    is one with the fewest lines of unknown cancer type.

    Parameters
    ----------
    rankings
        Ranked lines (:class:`rnalign_core.rank.ranking.Ranking`) for each group, of which this takes ``score,
        score_low, cancer_type, cautions``.
    least
        Share of the group's tumors that a line has to be more typical than.
    """
    scores = pd.DataFrame({group: lines["score"] for group, lines in rankings.items()})
    covers = {group: (lines["score_low"] >= least) & eligible(lines) for group, lines in rankings.items()}
    unknown = next(iter(rankings.values()))["cancer_type"].isna().reindex(scores.index)
    return smallest_cover(scores, pd.DataFrame(covers), unknown)


def eligible(lines: pd.DataFrame) -> pd.Series:
    """Return whether nothing says that a line is no model of the group that it is ranked for, whatever its score.

    That is: it is neither annotated nor called as another cancer type, and some tumors resemble it (:data:`AGAINST`).
    A line of unknown type is eligible, and so is one that is closer to another subtype: it may be near to both.
    """
    return lines["cautions"].map(AGAINST.isdisjoint).astype(bool)


def smallest_cover(scores: pd.DataFrame, covers: pd.DataFrame, last: pd.Series | None = None) -> Cover:
    """Find the fewest lines such that each group that can be covered is covered by at least one of them.

    The set-cover problem as an integer program, solved exactly by branch and bound (HiGHS). Of the smallest sets it is
    one with the fewest lines of `last`, and of these the one with the largest sum of scores, each taken for the groups
    that the line covers.

    Parameters
    ----------
    scores
        Lines x groups, 0..1.
    covers
        Whether a line covers a group, lines x groups.
    last
        Whether to do without a line where that takes no more lines.
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
    if last is not None:
        gain -= (n_lines * len(possible) + 1) * last[useful].to_numpy()
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
