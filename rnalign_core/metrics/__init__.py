"""Metrics: how well cell lines and tumors align, one per module."""

from rnalign_core.metrics.dcor import distance_correlation_bc, distance_correlation_within, latent_dependence
from rnalign_core.metrics.delta_d import DeltaD, delta_d
from rnalign_core.metrics.follow import derange, follow_rate
from rnalign_core.metrics.intervals import percentile_interval, wilson
from rnalign_core.metrics.kbet import Kbet, kbet
from rnalign_core.metrics.lisi import Lisi, lisi
from rnalign_core.metrics.match import (
    MatchResult,
    MatchSettings,
    match,
    paired_difference,
    permutation_chance,
    resampled_rates,
)
from rnalign_core.metrics.neighbours import Neighbours, nearest
from rnalign_core.metrics.pvca import Pvca, pvca
from rnalign_core.metrics.samples import scored_types
from rnalign_core.metrics.subtypes import (
    SubtypeCalls,
    SubtypePreservation,
    subtype_calls,
    subtype_preservation,
)
from rnalign_core.metrics.variance import variance_kept
from rnalign_core.metrics.views import View, one_view, views

__all__ = [
    "DeltaD",
    "Kbet",
    "Lisi",
    "MatchResult",
    "MatchSettings",
    "Neighbours",
    "Pvca",
    "SubtypeCalls",
    "SubtypePreservation",
    "View",
    "delta_d",
    "derange",
    "distance_correlation_bc",
    "distance_correlation_within",
    "follow_rate",
    "kbet",
    "latent_dependence",
    "lisi",
    "match",
    "nearest",
    "one_view",
    "paired_difference",
    "percentile_interval",
    "permutation_chance",
    "pvca",
    "resampled_rates",
    "scored_types",
    "subtype_calls",
    "subtype_preservation",
    "variance_kept",
    "views",
    "wilson",
]
