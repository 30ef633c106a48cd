"""Metrics: how well cell lines and tumors align, one per module."""

from rnalign_core.metrics.dcor import distance_correlation_bc, distance_correlation_within
from rnalign_core.metrics.follow import derange, follow_rate
from rnalign_core.metrics.match import (
    MatchResult,
    MatchSettings,
    match,
    paired_difference,
    permutation_chance,
)
from rnalign_core.metrics.neighbours import Neighbours, nearest

__all__ = [
    "MatchResult",
    "MatchSettings",
    "Neighbours",
    "derange",
    "distance_correlation_bc",
    "distance_correlation_within",
    "follow_rate",
    "match",
    "nearest",
    "paired_difference",
    "permutation_chance",
]
