"""Subtypes: are those of tumors kept apart, and what are cell lines called by the tumors next to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from rnalign_core.metrics.intervals import percentile_interval, stratified_resamples
from rnalign_core.metrics.match import MatchSettings, match, permutation_chance
from rnalign_core.metrics.neighbours import Metric, nearest
from rnalign_core.metrics.samples import check_profiles
from rnalign_core.metrics.views import View, checked
from rnalign_core.metrics.vote import vote

Estimate = dict[str, float | None]


@dataclass(frozen=True)
class SubtypePreservation:
    """How often a tumor's nearest tumors tell its subtype.

    Parameters
    ----------
    estimates
        ``micro, macro, balanced_micro, balanced_macro``, each ``{"value", "low", "high"}``, None if no subtype
        counts: the share of tumors called right (micro) and the mean over subtypes of that share (macro), by
        majority and by class-balanced vote.
    chance
        Expected micro if the subtypes were permuted among these tumors, None if no subtype counts.
    subtypes
        Table of counted subtypes: ``n_tumors``, and the shares called right ``rate`` and ``balanced_rate``.
    tumors
        Table of all tumors that have a subtype, by id: ``subtype``, ``scored``, ``call``, ``balanced_call``.
    definition
        What the numbers mean, in words.
    """

    estimates: dict[str, Estimate]
    chance: float | None
    subtypes: pd.DataFrame
    tumors: pd.DataFrame
    definition: str

    def summary(self) -> dict:
        """Return the headline numbers and what they mean, as plain JSON values."""
        return {
            **self.estimates,
            "chance": self.chance,
            "n_tumors": int(self.subtypes["n_tumors"].sum()),
            "n_subtypes": len(self.subtypes),
            "definition": self.definition,
        }


def subtype_preservation(
    tumor_profiles: np.ndarray,
    tumor_subtypes: pd.Series,
    *,
    k: int = 15,
    metric: Metric = "pearson",
    min_tumors: int = 10,
    n_bootstrap: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> SubtypePreservation:
    """Call each tumor of a disease by its `k` nearest other tumors and compare with its own subtype.

    Leave-one-out k-nearest-neighbour accuracy (Fix & Hodges 1951), for example of PAM50 among breast tumors
    (Parker et al., J Clin Oncol 2009), or of LUAD and LUSC among lung tumors. Whether alignment keeps subtypes
    apart shows in the difference to the input.

    Parameters
    ----------
    tumor_profiles
        Array of shape (n_tumors, n_features), tumors of one disease.
    tumor_subtypes
        Subtypes in the order of `tumor_profiles`, indexed by sample id; tumors without one are left out.
    k
        Number of nearest tumors that vote.
    metric
        Distance between profiles.
    min_tumors
        A subtype counts if it has at least so many tumors; smaller ones vote, but are not judged.
    n_bootstrap, confidence, seed
        Resamples, coverage and seed of the intervals; tumors are resampled within their subtypes.

    Raises
    ------
    ValueError
        If subtypes and profiles differ in number, or :func:`rnalign_core.metrics.neighbours.nearest` cannot
        use the profiles (for example, fewer than k + 1 tumors have a subtype).
    """
    known = tumor_subtypes.notna().to_numpy()
    profiles = check_profiles(tumor_profiles, tumor_subtypes, "tumor")[known]
    own = tumor_subtypes[known].astype(object)
    n_tumors = own.value_counts().sort_index()
    codes = n_tumors.index.get_indexer(own)
    indices, distances = _nearest_others(profiles, k, metric)
    # The tumor itself does not vote, so its subtype has one voter less.
    voters = n_tumors.to_numpy() - (codes[:, None] == np.arange(len(n_tumors)))
    call, balanced_call, _ = vote(codes[indices], distances, voters)
    tumors = pd.DataFrame(
        {
            "subtype": own,
            "scored": own.map(n_tumors).to_numpy() >= min_tumors,
            "call": n_tumors.index.to_numpy()[call],
            "balanced_call": n_tumors.index.to_numpy()[balanced_call],
        },
        index=own.index,
    )
    definition = (
        f"Each tumor is called the majority subtype of its {k} nearest other tumors of the disease ({metric} "
        "distance); of equally frequent ones, the one that is nearer on average. micro: share of tumors that "
        "are called their own subtype; macro: mean over subtypes of this share. balanced: each vote weighs "
        "1 / number of tumors of its subtype. chance: expected micro if the subtypes were permuted. "
        f"Counted are subtypes with at least {min_tumors} tumors. low, high: {confidence:.0%} percentile "
        f"interval over {n_bootstrap} bootstrap resamples of the tumors within their subtypes."
    )
    scored = tumors[tumors["scored"]].sort_values("subtype", kind="stable")
    right = pd.DataFrame({"rate": scored["call"], "balanced_rate": scored["balanced_call"]})
    right = right.eq(scored["subtype"], axis=0)
    by_subtype = right.groupby(scored["subtype"])
    subtypes = pd.concat([by_subtype.size().rename("n_tumors"), by_subtype.mean()], axis=1)
    if scored.empty:
        nothing = {"value": None, "low": None, "high": None}
        names = ("micro", "macro", "balanced_micro", "balanced_macro")
        return SubtypePreservation(dict.fromkeys(names, nothing), None, subtypes, tumors, definition)
    sizes = subtypes["n_tumors"].to_numpy()
    rows = stratified_resamples(sizes, n_bootstrap, seed)
    estimates = {}
    for prefix, column in (("", "rate"), ("balanced_", "balanced_rate")):
        drawn = right[column].to_numpy(float)[rows]
        rates = np.add.reduceat(drawn, np.cumsum(sizes) - sizes, axis=1) / sizes
        estimates[prefix + "micro"] = percentile_interval(drawn.mean(axis=1), confidence)
        estimates[prefix + "macro"] = percentile_interval(rates.mean(axis=1), confidence)
    chance = permutation_chance(scored["call"], scored["subtype"])
    return SubtypePreservation(estimates, chance, subtypes, tumors, definition)


@dataclass(frozen=True)
class SubtypeCalls:
    """Calls of cell lines as one of two groups of tumors.

    Parameters
    ----------
    majority, balanced
        Share of lines called right by majority and by class-balanced vote, ``{"value", "low", "high"}``, None
        if no line is of either group.
    auroc
        Area under the ROC curve of the margin, ``{"value", "low", "high"}``, None unless there are lines of
        both groups. 1: some threshold tells all lines apart, though perhaps not the threshold 0.
    groups
        The two groups. A positive margin is nearer to the first.
    lines
        Table of all lines by id: ``group``, ``call``, ``balanced_call`` and ``margin``, the mean distance to
        the tumors of the second group minus that to the first.
    definition
        What the numbers mean, in words.
    """

    majority: Estimate
    balanced: Estimate
    auroc: Estimate
    groups: tuple[str, str]
    lines: pd.DataFrame
    definition: str

    def summary(self) -> dict:
        """Return the headline numbers and what they mean, as plain JSON values."""
        return {
            "majority": self.majority,
            "balanced": self.balanced,
            "auroc": self.auroc,
            "groups": list(self.groups),
            "n_lines": int(self.lines["group"].isin(self.groups).sum()),
            "definition": self.definition,
        }


def subtype_calls(
    views: Iterable[View],
    line_groups: pd.Series,
    tumor_groups: pd.Series,
    *,
    k: int = 15,
    metric: Metric = "pearson",
    n_bootstrap: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> SubtypeCalls:
    """Call the lines of a disease by its tumors as one of two groups, such as basal or luminal.

    Groups are rarely of one size, and a majority follows the larger; so the vote is also taken balanced, and
    the margin of mean distances is judged without a threshold (area under the ROC curve as the Mann-Whitney
    statistic; Hanley & McNeil, Radiology 1982).

    Parameters
    ----------
    views
        Profiles of lines and tumors of one disease, as each line's model sees them.
    line_groups
        Groups in the order of the lines, indexed by sample id. Lines of neither group or without one are
        called, but not judged.
    tumor_groups
        Groups in the order of the tumors; tumors without one are left out.
    k
        Number of nearest tumors that vote.
    metric
        Distance between profiles.
    n_bootstrap, confidence, seed
        Resamples, coverage and seed of the intervals; lines are resampled within their groups.

    Raises
    ------
    ValueError
        If there are not exactly two groups of tumors, or :func:`rnalign_core.metrics.match.match` cannot use
        the input (for example, fewer than k tumors have a group).
    """
    names = sorted(tumor_groups.dropna().unique())
    if len(names) != 2:
        raise ValueError(f"tumors must be of two groups, but are of {len(names)}: {', '.join(names[:5])}")
    settings = MatchSettings(
        k, metric, min_tumors=1, min_lines=1, n_bootstrap=n_bootstrap, confidence=confidence, seed=seed
    )
    views = list(checked(views, line_groups, tumor_groups))
    result = match(views, line_groups, tumor_groups, settings)
    rates = result.summary()
    lines = result.lines.rename(columns={"cancer_type": "group"})[["group", "call", "balanced_call"]]
    margin = np.empty(len(lines))
    members = [(tumor_groups == name).to_numpy() for name in names]
    for view in views:
        first, second = (
            _mean_distance(view.line_profiles, view.tumor_profiles[group], metric) for group in members
        )
        margin[view.lines] = second - first
    lines["margin"] = margin
    margins = [lines.loc[lines["group"] == name, "margin"].to_numpy() for name in names]
    area = {"value": None, "low": None, "high": None}
    if all(map(len, margins)):
        area = _auroc(*margins, n_bootstrap, confidence, seed)
    definition = (
        f"Each line is called {names[0]} or {names[1]} by its {k} nearest tumors of the disease ({metric} "
        "distance). majority: share of lines that most of them call right; balanced: the same with each vote "
        "weighing 1 / number of tumors of its group. auroc: area under the ROC curve of the margin, the mean "
        f"distance to all {names[1]} minus that to all {names[0]} tumors. low, high: {confidence:.0%} "
        f"percentile interval over {n_bootstrap} bootstrap resamples of the lines within their groups."
    )
    return SubtypeCalls(rates["micro"], rates["balanced_micro"], area, tuple(names), lines, definition)


def _nearest_others(x: np.ndarray, k: int, metric: Metric) -> tuple[np.ndarray, np.ndarray]:
    """Return indices and distances of the `k` nearest other rows of each row."""
    found = nearest(x, x, k + 1, metric)
    itself = found.indices == np.arange(len(x))[:, None]
    # Among many equal rows a row may not be its own neighbour; then the last one goes.
    itself[~itself.any(axis=1), -1] = True
    return found.indices[~itself].reshape(-1, k), found.distances[~itself].reshape(-1, k)


def _mean_distance(queries: np.ndarray, references: np.ndarray, metric: Metric) -> np.ndarray:
    distances = cdist(queries, references, "correlation" if metric == "pearson" else metric)
    # As among nearest neighbours, a constant profile correlates 0 with every other.
    return np.nan_to_num(distances, nan=1.0).mean(axis=1)


def _auroc(above: np.ndarray, below: np.ndarray, n_bootstrap: int, confidence: float, seed: int) -> Estimate:
    """Return the share of pairs in which `above` has the larger value, ties counting half, with its interval."""
    wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
    rows = stratified_resamples(np.array(wins.shape), n_bootstrap, seed)
    n = len(above)
    areas = np.array([wins[np.ix_(row[:n], row[n:] - n)].mean() for row in rows])
    return percentile_interval(areas, confidence)
