"""Cell lines ranked for a group of tumors, with intervals, competitors, the unaligned ranking and cautions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from rnalign_core.rank.cautions import OUTSIDE, group_cautions, line_cautions
from rnalign_core.rank.groups import Group, subtypes
from rnalign_core.rank.score import MIN_TUMORS, RIVAL_WEIGHT, bootstrap_weights, relative, typicality
from rnalign_core.rank.surroundings import K_ALL, K_DISEASE, Surroundings, surroundings, unaligned_to_groups
from rnalign_core.rank.surroundings import resemblance as resemblance_of

if TYPE_CHECKING:
    from rnalign_core.rank.aligned_run import AlignedRun

LABELS = ("name", "cancer_type", "subtype")
ABOUT_CALLS = (
    "type_call, type_probability: the cancer type that the model which was never told it finds most likely, and how "
    "likely. resemblance: the largest score of the line for any whole cancer type; if it and the score are below "
    f"{OUTSIDE}, no tumor group of this cohort resembles the line."
)


@dataclass(frozen=True)
class RankSettings:
    """What a ranking depends on, besides the run.

    Parameters
    ----------
    n_resamples, confidence, seed
        Resamples, coverage and seed of the intervals.
    max_tumors
        Scores are computed from at most so many tumors of a group, drawn at random.
    """

    n_resamples: int = 200
    confidence: float = 0.9
    seed: int = 0
    max_tumors: int = 1000


@dataclass(frozen=True)
class Ranking:
    """Lines in the order of their typicality for a group.

    Parameters
    ----------
    group
        The tumors.
    lines
        By sample id, the most typical first: ``rank``; ``name, cancer_type, subtype`` as annotated; ``score`` and
        ``z``, each with ``_low`` and ``_high`` (:mod:`rnalign_core.rank.score`); ``neighbour_share``, share of the
        nearest tumors that are of the group; ``competitor``, the most similar other group, and ``margin``, mean
        correlation with the group minus that with the competitor; ``rank_unaligned``, rank by the standardised
        expression; ``type_call`` and ``type_probability`` of the run; ``resemblance``, the largest score of the line
        for any cancer type; ``cautions``, codes of :data:`rnalign_core.rank.cautions.LINE`.
    tumor_z
        z of the group's tumors, tumors x models: as each model sees them, that ranks lines.
    agreement
        Spearman correlation of the ranking with the unaligned one over all lines.
    cautions
        Codes of :data:`rnalign_core.rank.cautions.GROUP`.
    purity
        Measured purities of the group's tumors.
    settings
        What was asked for.
    only_own
        Whether `lines` are only those of :meth:`of_own_type`.
    """

    group: Group
    lines: pd.DataFrame
    tumor_z: pd.DataFrame
    agreement: float
    cautions: tuple[str, ...]
    purity: pd.Series
    settings: RankSettings
    only_own: bool = False

    @property
    def measured_by(self) -> str:
        """Which tumors the score is a percentile of, in words."""
        return "the group's own tumors"

    @property
    def n_neighbours(self) -> int:
        """Number of nearest tumors that ``neighbour_share`` is a share of."""
        return min(K_DISEASE if self.group.within else K_ALL, len(self.group.among))

    @property
    def neighbours(self) -> str:
        """Of which tumors ``neighbour_share`` is a share, in words."""
        return " ".join(filter(None, (f"{self.n_neighbours} nearest", self.group.within, "tumors")))

    @property
    def has_others(self) -> bool:
        """Whether there are other tumors beside the group; else all nearest tumors are of it."""
        return bool((self.group.among != self.group.name).any())

    @property
    def about_neighbours(self) -> str:
        """What ``neighbour_share`` means, in words."""
        share = f"Share of the {self.neighbours} that are of the group."
        if not self.group.within:
            return share
        return (
            f"{share} Tumors of other cancers are not candidates, so a line that is nothing like {self.group.within} "
            "has its nearest tumors here too."
        )

    @property
    def own_types(self) -> str:
        """As what a line of the group is annotated, in words; empty where that is open."""
        return " or ".join(self.group.cancer_types)

    def of_own_type(self) -> pd.Series:
        """Return whether lines are annotated as of the group's types, or not annotated; all where that is open."""
        types = self.lines["cancer_type"]
        return types.isna() | types.isin(self.group.cancer_types) | (not self.group.cancer_types)

    def among_own_type(self) -> Self:
        """Return the ranking without lines of other cancer types. Ranks stay those among all lines."""
        return replace(self, lines=self.lines[self.of_own_type()], only_own=True)

    @property
    def listed(self) -> str:
        """Which lines these are, in words."""
        which = f"annotated as {self.own_types} or of unknown type, with their ranks among all"
        return f"lines {which}" if self.only_own else "lines"

    def definition(self) -> str:
        """Say in words what the numbers mean."""
        group, settings = self.group, self.settings
        space = (
            "Decoded profiles with the sample's own residual"
            if group.within
            else "Latent space of the models"
        )
        rivals = (
            f" plus {RIVAL_WEIGHT} times its lead over the closest other group of the disease"
            if group.within
            else ""
        )
        return (
            f"{space}; a line is seen by the model that was never told its cancer type. Typicality: mean Pearson "
            f"correlation with the tumors of the group{rivals}. score: percentile of a line's typicality among that of "
            "the group's own tumors, each compared with the others (0.5: as typical as the median tumor; 0: less "
            "than any). z: the same in standard deviations from the tumors' mean; lines are ordered by it. Both are "
            "relative to the tumors as the line's own model sees them, so that of two lines that different models see "
            "the one with the larger z may have a slightly smaller score. low, high: "
            f"{settings.confidence:.0%} percentile interval over {settings.n_resamples} bootstrap resamples of the "
            "tumors within their groups, for scores at least Wilson's. Models are not resampled, since only one of "
            f"them never saw a line's type. neighbour_share: {self.about_neighbours} margin: mean "
            "correlation with the group minus that with the competitor, the most similar other group. rank_unaligned: "
            f"rank by the same typicality in the standardised expression, without a model. {ABOUT_CALLS}"
            + (f" Only {self.listed} are shown." if self.only_own else "")
        )


def rank_lines(
    aligned: AlignedRun,
    group: Group,
    around: Surroundings | None = None,
    resemblance: pd.DataFrame | None = None,
    settings: RankSettings | None = None,
) -> Ranking:
    """Rank all cell lines of a run for a group of tumors.

    Models are not resampled for the intervals: only one of them never saw a line's type, and the others would put it
    where its label says.

    Parameters
    ----------
    aligned
        The run.
    group
        The tumors.
    around
        ``surroundings(aligned, group.within)``, to be kept when many groups of a disease are ranked for.
    resemblance
        ``resemblance(aligned)``, the same for all groups of a run.
    settings
        Resamples and limits.
    """
    settings = settings or RankSettings()
    around = surroundings(aligned, group.within) if around is None else around
    resemblance = resemblance_of(aligned) if resemblance is None else resemblance
    used = sampled(group, settings)
    scores, tumor_z = _scores(aligned, around, used, settings)
    lines = scores.sort_values("z", ascending=False, kind="stable")
    lines.insert(0, "rank", np.arange(1, len(lines) + 1))
    labels = aligned.samples.loc[lines.index, list(LABELS)].astype(object)
    lines = labels.where(labels.notna(), None).join(lines)
    lines["neighbour_share"] = around.neighbour_share(group.tumor_ids)
    lines[["competitor", "margin"]] = _competitor(around.to_groups(group.among), group.name)
    lines["rank_unaligned"] = _unaligned_ranks(aligned, group, used)
    lines[["type_call", "type_probability"]] = aligned.calls()[["call_head", "probability_head"]]
    lines["resemblance"] = resemblance["score"]
    known = subtypes(aligned.samples, group.within).index.tolist() if group.within else []
    own = group.name if group.name in known else None
    lines["cautions"] = line_cautions(lines, group.cancer_types, own, known)
    purity = aligned.samples.loc[group.tumor_ids, "purity"].astype(float)
    n_used, n_groups = int((used == group.name).sum()), used.nunique()
    return Ranking(
        group,
        lines.rename_axis("sample_id"),
        tumor_z,
        float(spearmanr(lines["rank"], lines["rank_unaligned"]).statistic),
        group_cautions(purity, n_used, without_rivals=group.within is not None and n_groups == 1),
        purity,
        settings,
    )


def sampled(group: Group, settings: RankSettings) -> pd.Series:
    """Return the groups of the tumors that scores are computed from: of the group (first) and of its rivals, if any.

    At most ``settings.max_tumors`` of each, by sample id.
    """
    rng = np.random.default_rng(settings.seed)
    sizes = group.among.value_counts().sort_index()
    rivals = [name for name in sizes.index[sizes >= MIN_TUMORS] if name != group.name] if group.within else []
    parts = [group.among[group.among == name] for name in (group.name, *rivals)]
    most = settings.max_tumors
    return pd.concat(
        part if len(part) <= most else part.iloc[np.sort(rng.choice(len(part), most, replace=False))]
        for part in parts
    )


def _scores(
    aligned: AlignedRun, around: Surroundings, used: pd.Series, settings: RankSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores and z with intervals of every line, and z of the group's tumors in the view of each model."""
    codes = pd.factorize(used)[0]
    weights = bootstrap_weights(codes, settings.n_resamples, settings.seed)
    lines, tumor_z = [], {}
    for model, (line_ids, to_tumors, among_tumors) in enumerate(around.among(aligned, used.index)):
        found = typicality(to_tumors, among_tumors, codes, weights)
        lines.append(pd.DataFrame(found.intervals(settings.confidence), line_ids))
        tumor_z[model] = found.tumor_z
    return pd.concat(lines), pd.DataFrame(tumor_z, used.index[codes == 0])


def _competitor(similarity: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return the most similar other group of each line and its margin."""
    others = similarity.drop(columns=group)
    if others.empty:
        return pd.DataFrame({"competitor": None, "margin": np.nan}, index=similarity.index)
    return pd.DataFrame(
        {"competitor": others.idxmax(axis=1), "margin": similarity[group] - others.max(axis=1)}
    )


def _unaligned_ranks(aligned: AlignedRun, group: Group, used: pd.Series) -> pd.Series:
    """Return the ranks of lines by their typicality in the standardised expression, which one view shows of all."""
    similarity = unaligned_to_groups(aligned, used)
    rivals = similarity.drop(columns=group.name).to_numpy()
    u = relative(similarity[group.name].to_numpy(), rivals.max(axis=1) if rivals.size else None)
    return pd.Series(u, similarity.index).rank(ascending=False, method="first").astype(int)
