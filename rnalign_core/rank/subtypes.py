"""Subtypes of a disease: which there are, what cell lines are called, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import CELL_LINE, TUMOR
from rnalign_core.metrics import SubtypePreservation, subtype_preservation
from rnalign_core.metrics.vote import vote
from rnalign_core.rank.calibration import Reliability, fit_exponent, probabilities, reliability, vote_evidence
from rnalign_core.rank.groups import JOINED, of_disease
from rnalign_core.rank.score import MIN_TUMORS

if TYPE_CHECKING:
    from rnalign_core.rank.aligned_run import AlignedRun, Block, Space

FIRST = ("NSCLC", "BRCA")
K = 15
UNCLEAR_BELOW = 0.6  # probability
OUTSIDE_BELOW = 0.01  # closeness
N_FOLDS = 5


@dataclass(frozen=True)
class Disease:
    """A disease whose tumors are of several subtypes.

    Parameters
    ----------
    name
        Cancer type, or ``NSCLC``.
    groups
        Subtypes with enough tumors to call lines by, sorted.
    tumors
        Subtype of each tumor that is of one of `groups`, by sample id.
    lines
        Own label of each line of the disease, None where it has none, by sample id. Sources name subtypes of lines
        in their own ways, so it need not be one of `groups`.
    others
        Sample ids of the other tumors of the disease.
    too_few
        Tumors of each subtype that has too few.
    told
        Whether the groups are cancer types, which training was told of every tumor.
    """

    name: str
    groups: tuple[str, ...]
    tumors: pd.Series
    lines: pd.Series
    others: pd.Index
    too_few: dict[str, int]
    told: bool


def diseases(samples: pd.DataFrame, min_tumors: int = MIN_TUMORS) -> dict[str, Disease]:
    """Find the diseases of a cohort that have subtypes: NSCLC and BRCA first, then the others by name.

    NSCLC joins LUAD, LUSC and lines of unspecified non-small-cell lung cancer; its subtypes are the two cancer types
    (:data:`rnalign_core.rank.groups.JOINED`).

    Parameters
    ----------
    samples
        Table by sample id: `sample_type`, `cancer_type`, `subtype`.
    min_tumors
        A subtype counts if it has so many tumors; a disease does if it has two such subtypes.
    """
    types, subtypes = (
        samples[c].astype(object).where(samples[c].notna(), None) for c in ("cancer_type", "subtype")
    )
    found = {
        name: _disease(
            name, samples[of_disease(types, name)], types.where(types.isin(joined), None), min_tumors, True
        )
        for name, joined in JOINED.items()
    }
    for name in types.dropna().unique():
        found[name] = _disease(name, samples[types == name], subtypes, min_tumors, False)
    order = sorted(found, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    return {name: found[name] for name in order if len(found[name].groups) > 1}


def _disease(name: str, members: pd.DataFrame, labels: pd.Series, min_tumors: int, told: bool) -> Disease:
    labels = labels[members.index]
    of_tumors = labels[(members["sample_type"] == TUMOR).to_numpy()]
    sizes = of_tumors.value_counts()
    groups = tuple(sorted(sizes.index[sizes >= min_tumors]))
    callable_ = of_tumors.isin(groups)
    return Disease(
        name,
        groups,
        of_tumors[callable_],
        labels[(members["sample_type"] == CELL_LINE).to_numpy()],
        of_tumors.index[~callable_],
        sizes[sizes < min_tumors].sort_index().to_dict(),
        told,
    )


@dataclass(frozen=True)
class LineCalls:
    """The subtype of each line of a disease, by the tumors next to it.

    Parameters
    ----------
    k
        Number of tumors that voted.
    lines
        Table by sample id: ``own`` (its own label, or None), ``call``, ``runner_up``, ``confidence`` (probability of
        the call), ``clear`` (whether that is at least :data:`UNCLEAR_BELOW` and the line is not outside), ``outside``
        (whether it lies outside the tumors: its closeness is below :data:`OUTSIDE_BELOW`), ``similarity`` (mean
        correlation with its nearest tumors) and ``closeness`` (share of the disease's tumors that are less similar to
        theirs).
    probabilities
        Table of lines x subtypes; rows sum to 1.
    tumors
        Calls of tumors by the others, from a calibration that has not seen the tumor, a row a tumor and model, by
        sample id: ``own``, ``call``, ``confidence``, and ``weight``, which gives every subtype the same say.
    """

    k: int
    lines: pd.DataFrame
    probabilities: pd.DataFrame
    tumors: pd.DataFrame


def call_lines(
    aligned: AlignedRun, disease: Disease, space: Space = "residual", *, seed: int = 0
) -> LineCalls:
    """Call the lines of a disease by a class-balanced vote of their nearest tumors, with calibrated probabilities.

    Each line is compared with tumors as its own model sees them, which was never told its type. Probabilities are
    those of :func:`rnalign_core.rank.calibration.probabilities`, calibrated on tumors, each called by the others as
    each model sees them. They hold for lines as far as lines lie among tumors as tumors do.

    Parameters
    ----------
    aligned
        The run.
    disease
        A disease of the run's cohort, from :func:`diseases`.
    space
        Where similarity is measured.
    seed
        Seed of the folds over tumors that judge the calibration.

    Raises
    ------
    ValueError
        If the disease has no lines.
    """
    if disease.lines.empty:
        raise ValueError(f"there are no cell lines of {disease.name}")
    groups = np.array(disease.groups, dtype=object)
    own = pd.Categorical(disease.tumors, categories=disease.groups).codes.astype(int)
    k = min(K, len(own) - 1)
    blocks = aligned.similarities(disease.tumors.index, space, line_ids=disease.lines.index, among=True)
    votes = [_votes(block, own, len(groups), k) for block in blocks]
    of_tumors = np.stack([part.tumor_evidence for part in votes])
    exponent = fit_exponent(of_tumors, own)
    likely = [
        pd.DataFrame(probabilities(part.line_evidence, exponent), part.line_ids, disease.groups)
        for part in votes
    ]
    lines = pd.concat(
        [_called(part, table.to_numpy(), groups) for part, table in zip(votes, likely, strict=True)]
    )
    lines.insert(0, "own", disease.lines)
    order = disease.lines.index
    return LineCalls(
        k, lines.loc[order], pd.concat(likely).loc[order], _judged(of_tumors, own, disease, seed)
    )


@dataclass(frozen=True)
class _Votes:
    """Votes in the view of one model."""

    line_ids: pd.Index
    line_evidence: np.ndarray
    line_calls: np.ndarray
    similarity: np.ndarray  # of each line with each group, mean over the group's tumors; (n_lines, n_groups)
    nearest: np.ndarray  # of each line, mean over its k tumors
    closeness: np.ndarray
    tumor_evidence: np.ndarray


def _votes(block: Block, own: np.ndarray, n_groups: int, k: int) -> _Votes:
    sizes = np.bincount(own, minlength=n_groups)
    calls, votes, nearest = _vote(block.to_tumors, own, sizes, k)
    among = block.among_tumors.copy()
    np.fill_diagonal(among, -np.inf)
    voters = sizes - (own[:, None] == np.arange(n_groups))
    _, tumor_votes, tumor_nearest = _vote(among, own, voters, k)
    return _Votes(
        block.line_ids,
        vote_evidence(votes, sizes),
        calls,
        block.to_tumors @ np.eye(n_groups)[own] / sizes,
        nearest,
        np.searchsorted(np.sort(tumor_nearest), nearest) / len(own),
        vote_evidence(tumor_votes, voters),
    )


def _vote(similarity: np.ndarray, own: np.ndarray, sizes: np.ndarray, k: int) -> tuple[np.ndarray, ...]:
    """Return balanced calls, votes and the mean similarity to the `k` nearest."""
    indices = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    nearest = np.take_along_axis(similarity, indices, axis=1).astype(float)
    _, calls, votes = vote(own[indices], 1 - nearest, sizes)
    return calls, votes, nearest.mean(axis=1)


def _called(part: _Votes, likely: np.ndarray, groups: np.ndarray) -> pd.DataFrame:
    # Subtypes that got no vote are equally likely; of these the one with more similar tumors comes next.
    ranks = np.lexsort((part.similarity, likely), axis=1)
    runner_up = np.where(ranks[:, -1] == part.line_calls, ranks[:, -2], ranks[:, -1])
    confidence = likely[np.arange(len(likely)), part.line_calls]
    outside = part.closeness < OUTSIDE_BELOW
    table = {
        "call": groups[part.line_calls],
        "runner_up": groups[runner_up],
        "confidence": confidence,
        "clear": (confidence >= UNCLEAR_BELOW) & ~outside,
        "outside": outside,
        "similarity": part.nearest,
        "closeness": part.closeness,
    }
    return pd.DataFrame(table, index=part.line_ids)


def _judged(evidence: np.ndarray, own: np.ndarray, disease: Disease, seed: int) -> pd.DataFrame:
    """Return calls of tumors, (n_models, n_tumors, n_groups), by calibrations fitted without them."""
    n_models, n_tumors, n_groups = evidence.shape
    order = np.random.default_rng(seed).permutation(n_tumors)
    order = order[np.argsort(own[order], kind="stable")]
    fold = np.empty(n_tumors, dtype=int)
    fold[order] = np.arange(n_tumors) % N_FOLDS  # dealt out subtype by subtype
    likely = np.empty_like(evidence)
    for f in range(N_FOLDS):
        rest = fold != f
        exponent = fit_exponent(evidence[:, rest], own[rest])
        likely[:, ~rest] = probabilities(evidence[:, ~rest], exponent)
    flat = likely.reshape(-1, n_groups)
    labels = disease.tumors.to_numpy()
    return pd.DataFrame(
        {
            "own": np.tile(labels, n_models),
            "call": np.array(disease.groups, dtype=object)[flat.argmax(axis=1)],
            "confidence": flat.max(axis=1),
            "weight": np.tile(1 / np.bincount(own)[own], n_models) / n_models / n_groups,
        },
        index=pd.Index(np.tile(disease.tumors.index, n_models), name="sample_id"),
    )


def reliability_on_tumors(calls: LineCalls) -> Reliability:
    """Judge probabilities on the tumors, every subtype weighing the same."""
    tumors = calls.tumors
    return reliability(tumors["confidence"], tumors["call"] == tumors["own"], tumors["weight"])


def reliability_on_lines(
    calls: LineCalls, label_of: Callable[[str], str | None] = lambda subtype: subtype
) -> Reliability | None:
    """Judge probabilities on the lines whose own label can be compared; None if there are none.

    Parameters
    ----------
    calls
        Calls of the lines.
    label_of
        What is compared: gives the label of a subtype of tumors and of a line's own label, such as basal or luminal,
        None where it says neither. Probabilities of subtypes with one label are added up.
    """
    of_groups = pd.Series([label_of(group) for group in calls.probabilities], calls.probabilities.columns)
    own = calls.lines["own"].map(lambda label: None if label is None else label_of(label))
    known = own.isin(of_groups.dropna().unique())
    if not known.any():
        return None
    likely = calls.probabilities[known].T.groupby(of_groups.fillna("").to_numpy()).sum().T
    return reliability(
        likely.max(axis=1), likely.idxmax(axis=1) == own[known], pd.Series(1 / known.sum(), likely.index)
    )


def preservation(aligned: AlignedRun, disease: Disease) -> dict[Space, SubtypePreservation]:
    """Say how well the subtypes of a disease's tumors are kept apart: in the input, with residual, and decoded."""
    return {
        space: subtype_preservation(
            aligned.profiles(disease.tumors.index, space),
            disease.tumors,
            k=min(K, len(disease.tumors) - 1),
            min_tumors=MIN_TUMORS,
        )
        for space in ("input", "residual", "decoded")
    }
