"""What a ranking found, in sentences."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from rnalign_core.cohort.words import count
from rnalign_core.rank.ranking import Ranking

USUAL_LEAST = 0.05  # from this score on a line is within the range of the group
Mark = Callable[[str], str]


def verdict(ranking: Ranking, escaped: Mark, strong: Mark) -> str:
    """Say how many lines are like the group's tumors: those of its cancer first, those of others apart.

    Parameters
    ----------
    ranking
        The ranking of all lines.
    escaped
        Makes names that users gave harmless in Markdown or HTML.
    strong
        Makes words stand out there.
    """
    lines, title, own = ranking.lines, escaped(ranking.group.title), ranking.of_own_type()
    good, types = lines["score_low"] >= USUAL_LEAST, escaped(ranking.own_types)
    ours, others = lines[good & own], lines[good & ~own]

    def first(some: pd.DataFrame) -> str:
        """Name the first three lines, annotated ones before those of unknown type."""
        some = some.sort_values("cancer_type", key=pd.Series.isna, kind="stable").head(3)
        return "; ".join(
            f"{strong(escaped(line.name))}, {escaped(line.cancer_type or 'type not known')}, {line.score:.2f} "
            f"({line.score_low:.2f} to {line.score_high:.2f})"
            for line in some[["name", "cancer_type", "score", "score_low", "score_high"]].itertuples(
                index=False
            )
        )

    if len(ours):
        which = f"{len(ours):,} of {len(lines):,} lines"
        if types:
            which = f"{count(len(ours), 'line')} {_kinds(ours, types)}"
        found = (
            f"{strong(which)} {_lie(ours)} clearly within the range of {title}: the lower end of the score is above "
            f"the least typical {100 * USUAL_LEAST:g} % of these tumors. First: {first(ours)}."
        )
    else:
        which = f" annotated as {types} or of unknown type" if types else ""
        none = strong(f"No line{which} lies clearly within the range of {title}")
        nearest = f" The nearest: {first(lines[own])}." if own.any() else ""
        found = (
            f"{none}: of none the lower end of the score is above the least typical {100 * USUAL_LEAST:g} % of these "
            f"tumors.{nearest}"
        )
    if others.empty:
        return found
    apart = strong(f"{count(len(others), 'line')} annotated as other cancers")
    return (
        f"{found} {apart} {_lie(others)} there too, first {first(others.head(1))}: a score alone makes none of them a "
        f"model of {types}."
    )


def _lie(lines: pd.DataFrame) -> str:
    return "lies" if len(lines) == 1 else "lie"


def _kinds(lines: pd.DataFrame, types: str) -> str:
    """Say how many of the lines are annotated as the group's types, and of how many no type is known."""
    n_unknown = int(lines["cancer_type"].isna().sum())
    if n_unknown == len(lines):
        return "of unknown type"
    if not n_unknown:
        return f"annotated as {types}"
    return f"annotated as {types} ({len(lines) - n_unknown:,}) or of unknown type ({n_unknown:,})"
