"""Lines ranked for one tumor, or for too few to tell how much they vary."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from rnalign_core.place.guests import JoinedRun
from rnalign_core.rank.cautions import group_cautions, line_cautions
from rnalign_core.rank.groups import Group, selection_group
from rnalign_core.rank.ranking import ABOUT_CALLS, LABELS, Ranking, RankSettings
from rnalign_core.rank.score import Typicality, bootstrap_weights, weighted_percentile
from rnalign_core.rank.surroundings import surroundings


@dataclass(frozen=True)
class FewRanking(Ranking):
    """Lines in the order of their similarity to a few tumors, measured by other tumors.

    As :class:`rnalign_core.rank.ranking.Ranking`, but for `tumor_z`, which is that of the tumors to compare with.
    """

    @property
    def measured_by(self) -> str:
        """Which tumors the score is a percentile of, in words."""
        return " ".join(filter(None, ("the run's", self.group.within, "tumors")))

    def definition(self) -> str:
        """Say in words what the numbers mean."""
        disease, settings = self.group.within, self.settings
        space = "Decoded profiles with the sample's own residual" if disease else "Latent space of the models"
        others = f"{disease} tumors" if disease else "tumors of all types"
        return (
            f"{space}; a line is seen by the model that was never told its cancer type. Similarity: mean Pearson "
            "correlation with the placed tumors. score: percentile of a line's similarity among that of the run's "
            f"{others} (0.5: as similar as the median tumor). z: the same in standard deviations from their mean; "
            f"lines are ordered by it. low, high: {settings.confidence:.0%} interval over {settings.n_resamples} "
            "bootstrap resamples of the run's tumors. It does not say how another sample of the same patient would "
            "rank the lines: that takes more samples, and models cannot stand in for them, since only one of them "
            f"never saw a line's type. neighbour_share: {self.about_neighbours} margin: "
            "similarity minus mean correlation with the competitor, the most similar group of the run's tumors. "
            "rank_unaligned: rank by the mean correlation in the standardised expression, without a model. "
            f"{ABOUT_CALLS}" + (f" Only {self.listed} are shown." if self.only_own else "")
        )


def rank_for_few(
    joined: JoinedRun, sample_ids: Collection[str], resemblance: pd.DataFrame, settings: RankSettings
) -> FewRanking:
    """Rank the lines of a run for fewer tumors than :func:`rnalign_core.rank.ranking.rank_lines` takes.

    Parameters
    ----------
    joined
        The run with the tumors among its samples (:meth:`JoinedRun.admitting`).
    sample_ids
        The tumors.
    resemblance
        Of the run (:func:`rnalign_core.rank.surroundings.resemblance`).
    settings
        Resamples and limits.

    Raises
    ------
    InputError
        If none of the samples is a tumor.
    """
    group = selection_group(joined.samples, sample_ids, least=1)
    around = surroundings(joined, group.within)
    scores, tumor_z = _scores(joined, group, settings)
    lines = scores.sort_values("z", ascending=False, kind="stable")
    lines.insert(0, "rank", np.arange(1, len(lines) + 1))
    labels = joined.samples.loc[lines.index, list(LABELS)].astype(object)
    lines = labels.where(labels.notna(), None).join(lines)
    lines["neighbour_share"] = around.neighbour_share(group.tumor_ids)
    others = around.to_groups(group.among.mask(group.among == group.name))
    lines["competitor"] = others.idxmax(axis=1) if len(others.columns) else None
    lines["margin"] = lines.pop("similarity") - others.max(axis=1)
    own = joined.unit_expression(group.tumor_ids).mean(axis=0)
    unaligned = pd.Series(joined.unit_lines.to_numpy() @ own, joined.unit_lines.index)
    lines["rank_unaligned"] = unaligned.rank(ascending=False, method="first").astype(int)
    lines[["type_call", "type_probability"]] = joined.calls()[["call_head", "probability_head"]]
    lines["resemblance"] = resemblance["score"]
    lines["cautions"] = line_cautions(lines, group.cancer_types, None, [])
    purity = joined.samples.loc[group.tumor_ids, "purity"].astype(float)
    return FewRanking(
        group,
        lines.rename_axis("sample_id"),
        tumor_z,
        float(spearmanr(lines["rank"], lines["rank_unaligned"]).statistic),
        group_cautions(purity, len(purity), without_rivals=False),
        purity,
        settings,
    )


def _scores(joined: JoinedRun, group: Group, settings: RankSettings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores and z with intervals, and the similarity, of every line; and z, by model, of other tumors."""
    rng = np.random.default_rng(settings.seed)
    others = group.among.index[group.among.notna() & (group.among != group.name)]
    if len(others) > settings.max_tumors:
        others = others[np.sort(rng.choice(len(others), settings.max_tumors, replace=False))]
    own, n = group.tumor_ids, len(group.tumor_ids)
    weights = bootstrap_weights(np.zeros(len(others), dtype=int), settings.n_resamples, settings.seed)
    space = "residual" if group.within else "latent"
    found, tumor_z = [], {}
    for model, block in enumerate(joined.similarities([*own, *others], space, among=True)):
        of_lines, of_tumors = block.to_tumors[:, :n].mean(axis=1), block.among_tumors[n:, :n].mean(axis=1)
        typical = _against(of_lines, of_tumors, weights)
        scores = typical.intervals(settings.confidence) | {"similarity": of_lines}
        found.append(pd.DataFrame(scores, block.line_ids))
        tumor_z[model] = typical.tumor_z
    return pd.concat(found), pd.DataFrame(tumor_z, others)


def _against(of_lines: np.ndarray, of_tumors: np.ndarray, weights: np.ndarray) -> Typicality:
    """Measure lines by tumors, for every set of weights of the tumors."""
    tumors, lines = (np.broadcast_to(u, (len(weights), len(u))) for u in (of_tumors, of_lines))
    mean = weights @ of_tumors
    sd = np.sqrt(np.maximum(weights @ of_tumors**2 - mean**2, np.finfo(np.float32).tiny))
    z = (of_lines - mean[:, None]) / sd[:, None]
    return Typicality(weighted_percentile(tumors, weights, lines), z, (of_tumors - mean[0]) / sd[0])
