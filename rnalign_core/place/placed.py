"""Samples placed among those of a run: calls, neighbours, a position on the map, and lines ranked for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import TUMOR
from rnalign_core.cohort.words import count, some
from rnalign_core.decode.ensemble import EVERYONE
from rnalign_core.place.calls import call_types
from rnalign_core.place.few import rank_for_few
from rnalign_core.place.guests import JoinedRun
from rnalign_core.place.known import known_samples, known_warnings
from rnalign_core.place.query import Query
from rnalign_core.place.standardise import standardise
from rnalign_core.problems import InputError, Problem
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.cautions import FEW_TUMORS
from rnalign_core.rank.groups import selection_group
from rnalign_core.rank.ranking import Ranking, RankSettings, rank_lines
from rnalign_core.rank.score import MIN_TUMORS
from rnalign_core.rank.surroundings import resemblance, surroundings

N_MAP = 5  # measured: docs/decisions/012
AT_A_TIME = 500


@dataclass(frozen=True)
class Placed:
    """Samples among those of a run.

    Parameters
    ----------
    aligned
        The run with the samples as guests; nothing about its own samples depends on them.
    query
        The samples.
    calls
        By sample id: ``call``, the cancer type; ``probability``, calibrated; ``margin``, the probability minus that
        of the second; ``unlike``, share of samples of known types that are less unlike every type, 0..1; ``abstained``,
        whether the call should not be used because of that; ``distance`` to the nearest type
        (:func:`rnalign_core.place.calls.call_types`); ``standardised``, a key of
        :data:`rnalign_core.place.standardise.HOW`.
    warnings
        What to know about how the samples were brought to the scale of the run, those of the query first.
    """

    aligned: JoinedRun
    query: Query
    calls: pd.DataFrame
    warnings: tuple[Problem, ...]

    def nearest(self, sample_id: str, kind: str = TUMOR, k: int = 25) -> pd.DataFrame:
        """Return the nearest samples of the run in the latent space.

        Parameters
        ----------
        sample_id
            One of the placed samples.
        kind
            ``tumor`` or ``cell_line``.
        k
            How many.

        Returns
        -------
        As of :meth:`rnalign_core.rank.aligned_run.AlignedRun.nearest`.
        """
        return self.aligned.nearest(sample_id, k, "latent", kind)

    def all_nearest(self, kind: str, k: int) -> pd.DataFrame:
        """Return the ids of the nearest samples of every placed sample, nearest first: samples x k.

        Parameters as of :meth:`nearest`.
        """
        samples, parts = self.aligned.samples, []
        others = samples.index[samples["sample_type"] == kind]
        for start in range(0, len(self.calls), AT_A_TIME):
            ids = self.calls.index[start : start + AT_A_TIME]
            if kind == TUMOR:
                [block] = self.aligned.similarities(others, "latent", line_ids=ids)
                similarity = pd.DataFrame(block.to_tumors.T, others, ids)
            else:
                blocks = self.aligned.similarities(ids, "latent", line_ids=others)
                similarity = pd.concat(pd.DataFrame(b.to_tumors, b.line_ids, ids) for b in blocks)
            order = np.argsort(-similarity.to_numpy().T, axis=1, kind="stable")[:, :k]
            parts.append(pd.DataFrame(similarity.index.to_numpy()[order], ids))
        return pd.concat(parts)

    @cached_property
    def coordinates(self) -> pd.DataFrame:
        """Positions on the run's map after alignment, which does not move: ``umap1, umap2`` by sample id.

        The mean of the :data:`N_MAP` most similar samples of the run in the space that the map shows, decoded profiles
        by Pearson correlation, weighted by 1 / (1 - correlation).
        """
        stored = np.asarray(self.aligned.run.aligned.obsm["X_umap_after"])
        rows = self.aligned.alignment.coordinates("pearson")
        unit = rows - rows.mean(axis=1, keepdims=True)
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        distance = 1 - unit[len(stored) :] @ unit[: len(stored)].T
        nearest = np.argsort(distance, axis=1)[:, :N_MAP]
        weight = 1 / np.maximum(np.take_along_axis(distance, nearest, axis=1), 1e-6)
        weight /= weight.sum(axis=1, keepdims=True)
        position = (stored[nearest] * weight[:, :, None]).sum(axis=1, dtype=float)
        return pd.DataFrame(position, self.query.samples.index, ["umap1", "umap2"])

    def rank(self, sample_ids: Sequence[str], settings: RankSettings | None = None) -> Ranking:
        """Rank the lines of the run for placed tumors, among those of their type if they are of one.

        That is the type given in the table of samples, else the call, unless it was abstained from. With fewer than
        :data:`rnalign_core.rank.score.MIN_TUMORS` tumors they are measured by the run's tumors of that type, or of all
        types where these are few (:class:`rnalign_core.place.few.FewRanking`). Placed cell lines are passed over.

        Raises
        ------
        InputError
            If none of the samples is a tumor.
        """
        settings = settings or RankSettings()
        is_tumor = self.query.samples.loc[list(sample_ids), "sample_type"] == TUMOR
        ids = list(is_tumor.index[is_tumor])
        if len(ids) < MIN_TUMORS:
            joined = self.aligned.admitting(ids, self._measurable(self.types.loc[ids]))
            return rank_for_few(joined, ids, self._resemblance, settings)
        joined = self.aligned.admitting(ids, self.types.loc[ids])
        group = selection_group(joined.samples, ids)
        around = surroundings(joined, group.within)
        return rank_lines(joined, group, around, self._resemblance, settings)

    def _measurable(self, types: pd.Series) -> pd.Series:
        """Return types without those that have too few tumors in the run to measure others by."""
        host = self.aligned.host.samples
        sizes = host.loc[host["sample_type"] == TUMOR, "cancer_type"].value_counts()
        return types.where(types.isin(sizes.index[sizes >= FEW_TUMORS]), None)

    @property
    def types(self) -> pd.Series:
        """Types of the run that samples are given or called as, missing for neither, by sample id."""
        given = self.query.samples["cancer_type"].astype(object)
        called = self.calls["call"].mask(self.calls["abstained"])
        return given.where(given.isin(self.aligned.ensemble.types), called)

    @cached_property
    def _resemblance(self) -> pd.DataFrame:
        return resemblance(self.aligned.host)


def place(aligned: AlignedRun, query: Query) -> Placed:
    """Place samples among those of a run, new ones by all models.

    A cell line that the run knows (:func:`rnalign_core.place.known.known_samples`) is placed by the one model that was
    not told its type; a warning names such lines, and tumors that the run was trained on.

    Parameters
    ----------
    aligned
        A finished run.
    query
        From :func:`rnalign_core.place.read_query`, with the genes of that run.

    Raises
    ------
    InputError
        If the run was told the cancer types of its samples, or learned to call none.
    """
    _check_run(aligned)
    known = known_samples(aligned, query)
    fold = pd.Series(aligned.fold, aligned.samples.index).reindex(known).fillna(EVERYONE).to_numpy(int)
    warnings = known_warnings(aligned, known, query.report.file)
    query, renamed = _with_own_ids(query, aligned.samples.index)
    found = standardise(aligned, query)
    joined = JoinedRun(aligned, query.samples, found.x, fold)
    calls = call_types(joined, ~query.missing).assign(standardised=found.how)
    return Placed(joined, query, calls, (*query.warnings, *renamed, *warnings, *found.warnings))


def _check_run(aligned: AlignedRun) -> None:
    settings = aligned.run.settings
    if settings.conditions_on_type or settings.w_type == 0:
        what = (
            f"a run of the variant {settings.variant} with w_type {settings.w_type:g} calls no cancer types"
        )
        raise InputError.single(what, aligned.run.run_id, "Choose a run of the variant full.")


def _with_own_ids(query: Query, taken: pd.Index) -> tuple[Query, tuple[Problem, ...]]:
    """Rename samples that have the id of one of the run."""
    same = query.samples.index[query.samples.index.isin(taken)]
    if not len(same):
        return query, ()
    names, used = {}, {*taken, *query.samples.index}
    for sample in same:
        names[sample] = f"{sample} (uploaded)"
        while names[sample] in used:
            names[sample] += "'"
        used.add(names[sample])
    samples = query.samples.rename(index=names)
    what = f"{count(len(same), 'sample')} with the id of a sample of the run: {some(same)}"
    fix = "Nothing to do: here they are named with '(uploaded)'."
    return replace(query, samples=samples), (Problem(what, query.report.file, fix, "warning"),)
