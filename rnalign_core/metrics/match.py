"""Match rate: the share of cell lines whose nearest tumors are of the line's own cancer type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnalign_core.metrics.intervals import percentile_interval, stratified_resamples, wilson
from rnalign_core.metrics.neighbours import Metric, nearest
from rnalign_core.metrics.views import View, checked
from rnalign_core.metrics.vote import vote

REPORTED_K = (5, 25, 50)
_ESTIMATES = ("micro", "macro", "median_types", "own_share", "balanced_micro")


@dataclass(frozen=True)
class MatchSettings:
    """What a match rate depends on.

    Parameters
    ----------
    k
        Number of nearest tumors that vote.
    metric
        Distance between profiles: ``pearson`` or ``euclidean``.
    min_tumors, min_lines
        A cancer type counts if it has at least so many tumors and lines.
    n_bootstrap, confidence, seed
        Resamples, coverage and seed of the bootstrap intervals.
    """

    k: int = 25
    metric: Metric = "pearson"
    min_tumors: int = 15
    min_lines: int = 5
    n_bootstrap: int = 2000
    confidence: float = 0.95
    seed: int = 0

    def __post_init__(self):
        if self.k < 1:
            raise ValueError(f"k is {self.k}, but at least 1 nearest tumor must vote")

    def definition(self) -> str:
        """Say in words what the numbers mean."""
        return (
            f"Each cell line is called the majority cancer type of its {self.k} nearest tumors "
            f"({self.metric} distance); of equally frequent types, the one that is nearer on average. "
            "A line matches if its call is its own type. "
            f"Counted are all lines whose type has at least {self.min_tumors} tumors and "
            f"{self.min_lines} lines. "
            "micro: share of these lines that match. "
            "macro, median_types: mean and median over cancer types of the share within the type. "
            "own_share: mean share of a line's nearest tumors that are of its own type. "
            "balanced_micro: micro where each vote weighs 1 / number of tumors of its type. "
            "chance: expected micro if the types were permuted among these lines. "
            "by_k: micro at other numbers of nearest tumors. "
            f"low, high: {self.confidence:.0%} percentile interval over {self.n_bootstrap} bootstrap "
            "resamples of the lines within their types."
        )


@dataclass(frozen=True)
class MatchResult:
    """Calls of cell lines and how often they are right.

    Parameters
    ----------
    lines
        Table of all lines by id: ``cancer_type``; ``scored``, whether the line counts; ``call`` and
        ``match`` by majority; ``own_share``, the share of its k nearest tumors that are of its own type;
        ``balanced_call`` and ``balanced_match``, where votes weigh 1 / number of tumors of the type. A line
        without a type has calls, but no matches and no share.
    types
        Table of scored cancer types: ``n_lines``, ``n_tumors``, ``matched``, ``rate`` with its Wilson
        interval ``low``, ``high``, mean ``own_share``, and ``chance``, the share of all scored lines called
        this type, which is the expected rate if types were permuted among them.
    by_k
        Micro match rate at other numbers of neighbours, None if no line is scored.
    settings
        What was asked for.
    """

    lines: pd.DataFrame
    types: pd.DataFrame
    by_k: dict[str, float | None]
    settings: MatchSettings

    def summary(self) -> dict:
        """Return all headline numbers with their intervals and definition, as plain JSON values.

        Estimates are ``{"value", "low", "high"}``, all None if no line is scored.
        """
        settings, lines = self.settings, _scored_by_type(self)
        if lines.empty:
            estimates = {name: {"value": None, "low": None, "high": None} for name in _ESTIMATES}
        else:
            resampled = resampled_rates(lines, settings)
            estimates = {
                name: percentile_interval(values, settings.confidence) for name, values in resampled.items()
            }
        return {
            **estimates,
            "by_k": dict(self.by_k),
            "chance": permutation_chance(lines["call"], lines["cancer_type"]) if len(lines) else None,
            "n_lines": len(lines),
            "n_types": len(self.types),
            "k": settings.k,
            "metric": settings.metric,
            "min_tumors": settings.min_tumors,
            "min_lines": settings.min_lines,
            "definition": settings.definition(),
        }


def match(
    views: Iterable[View],
    line_types: pd.Series,
    tumor_types: pd.Series,
    settings: MatchSettings | None = None,
) -> MatchResult:
    """Call every cell line by its nearest tumors and compare the calls with the lines' own types.

    Parameters
    ----------
    views
        Profiles of lines and tumors, as each line's model sees them; see :mod:`rnalign_core.metrics.views`.
    line_types
        Cancer types in the order of the lines, indexed by sample id; may be missing.
    tumor_types
        Cancer types in the order of the tumors; tumors without one do not vote.
    settings
        Neighbours, denominators and intervals; by default those of :class:`MatchSettings`.

    Raises
    ------
    ValueError
        If views are not those of these lines and tumors, no tumor has a type, line ids repeat, or :func:`nearest`
        cannot use the profiles (for example, fewer than k tumors have a type).
    """
    settings = settings or MatchSettings()
    _check(line_types, tumor_types)
    voters = tumor_types.notna().to_numpy()
    voter_types = tumor_types[voters].astype(object)
    n_tumors = voter_types.value_counts().sort_index()
    ks = [k for k in REPORTED_K if k <= len(voter_types)]
    shape = (len(line_types), max([settings.k, *ks]))
    indices, distances = np.empty(shape, dtype=int), np.empty(shape)
    for lines, line_profiles, tumor_profiles in checked(views, line_types, tumor_types):
        found = nearest(line_profiles, tumor_profiles[voters], shape[1], settings.metric)
        indices[lines], distances[lines] = found.indices, found.distances
    codes = n_tumors.index.get_indexer(voter_types)[indices]
    votes = {k: vote(codes[:, :k], distances[:, :k], n_tumors.to_numpy()) for k in (settings.k, *ks)}

    own = line_types.astype(object).where(line_types.notna(), None)
    lines = _lines_table(own, n_tumors, *votes[settings.k], settings)
    scored, own_codes = lines["scored"].to_numpy(), n_tumors.index.get_indexer(own)
    by_k = {str(k): float((votes[k][0] == own_codes)[scored].mean()) if scored.any() else None for k in ks}
    return MatchResult(lines, _types_table(lines, n_tumors, settings), by_k, settings)


def paired_difference(a: MatchResult, b: MatchResult) -> dict[str, dict[str, float]]:
    """Compare two results on the same lines: `a` minus `b`, with paired bootstrap intervals.

    Both are evaluated on the same resamples (number, coverage and seed from `a.settings`), so what makes
    lines easy or hard in both cancels out.

    Returns
    -------
    ``micro, macro, median_types``, each ``{"value", "low", "high"}``.

    Raises
    ------
    ValueError
        If the scored lines or their types differ, or there are none.
    """
    lines_a, lines_b = _scored_by_type(a), _scored_by_type(b)
    if lines_a["cancer_type"].to_dict() != lines_b["cancer_type"].to_dict():
        raise ValueError("the two results do not score the same lines with the same cancer types")
    if lines_a.empty:
        raise ValueError("no line is scored, so there is nothing to compare")
    settings = a.settings
    rates_a, rates_b = (resampled_rates(lines, settings) for lines in (lines_a, lines_b.loc[lines_a.index]))
    return {
        name: percentile_interval(rates_a[name] - rates_b[name], settings.confidence)
        for name in ("micro", "macro", "median_types")
    }


def resampled_rates(lines: pd.DataFrame, settings: MatchSettings) -> dict[str, np.ndarray]:
    """Evaluate the rates of scored lines on these lines and on their bootstrap resamples.

    The resamples depend on the number of lines of each type and on the settings alone, so that rates of two methods on
    the same lines in the same order can be subtracted, and rates over seeds averaged, resample by resample.

    Parameters
    ----------
    lines
        Scored lines, at least one: ``cancer_type``, ``match``, ``own_share``, ``balanced_match``; laid out by type.
    settings
        Number and seed of the resamples.

    Returns
    -------
    ``micro, macro, median_types, own_share, balanced_micro``, each an array of shape (1 + n_bootstrap,), for
    :func:`rnalign_core.metrics.intervals.percentile_interval`.
    """
    sizes = lines["cancer_type"].value_counts(sort=False).to_numpy()
    rows = stratified_resamples(sizes, settings.n_bootstrap, settings.seed)
    matched = lines["match"].to_numpy(float)[rows]
    by_type = np.add.reduceat(matched, np.cumsum(sizes) - sizes, axis=1) / sizes
    return {
        "micro": matched.mean(axis=1),
        "macro": by_type.mean(axis=1),
        "median_types": np.median(by_type, axis=1),
        "own_share": lines["own_share"].to_numpy(float)[rows].mean(axis=1),
        "balanced_micro": lines["balanced_match"].to_numpy(float)[rows].mean(axis=1),
    }


def permutation_chance(calls: pd.Series, types: pd.Series) -> float:
    """Return the share of agreement expected if `types` were permuted at random among the samples.

    Each of the n_t samples of type t then meets each call equally often, so the expectation is exactly
    ``sum over t of n_t * c_t / n**2``, with c_t calls of type t among n samples.
    """
    return float(calls.value_counts().mul(types.value_counts(), fill_value=0).sum() / len(calls) ** 2)


def _check(line_types: pd.Series, tumor_types: pd.Series) -> None:
    if tumor_types.isna().all():
        raise ValueError("no tumor has a cancer type")
    repeated = line_types.index[line_types.index.duplicated()].unique()
    if len(repeated):
        raise ValueError(f"line ids repeat: {', '.join(map(str, repeated[:5]))}")


def _lines_table(
    own: pd.Series,
    n_tumors: pd.Series,
    call: np.ndarray,
    balanced_call: np.ndarray,
    counts: np.ndarray,
    settings: MatchSettings,
) -> pd.DataFrame:
    names, own_codes, unknown = (
        n_tumors.index.to_numpy(),
        n_tumors.index.get_indexer(own),
        own.isna().to_numpy(),
    )
    enough_tumors = own.map(n_tumors).astype(float) >= settings.min_tumors
    enough_lines = own.map(own.value_counts()).astype(float) >= settings.min_lines
    own_votes = np.where(own_codes < 0, 0, counts[np.arange(len(own)), own_codes])
    return pd.DataFrame(
        {
            "cancer_type": own,
            "scored": enough_tumors & enough_lines,
            "call": names[call],
            "match": pd.arrays.BooleanArray(call == own_codes, unknown.copy()),
            "own_share": np.where(unknown, np.nan, own_votes / settings.k),
            "balanced_call": names[balanced_call],
            "balanced_match": pd.arrays.BooleanArray(balanced_call == own_codes, unknown.copy()),
        },
        index=own.index,
    )


def _types_table(lines: pd.DataFrame, n_tumors: pd.Series, settings: MatchSettings) -> pd.DataFrame:
    scored = lines[lines["scored"]]
    by_type = scored.groupby("cancer_type")
    types = pd.DataFrame({"n_lines": by_type.size()})
    types["n_tumors"] = n_tumors.reindex(types.index)
    types["matched"] = by_type["match"].sum().astype(int)
    types["rate"] = types["matched"] / types["n_lines"]
    types["low"], types["high"] = wilson(types["matched"], types["n_lines"], settings.confidence)
    types["own_share"] = by_type["own_share"].mean()
    types["chance"] = scored["call"].value_counts().reindex(types.index, fill_value=0) / len(scored)
    return types


def _scored_by_type(result: MatchResult) -> pd.DataFrame:
    return result.lines[result.lines["scored"]].sort_values("cancer_type", kind="stable")
