"""The tumors that lines are seen among: all of a cohort, or those of one disease; and who is near whom there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import TUMOR
from rnalign_core.rank.groups import tumors_of
from rnalign_core.rank.score import MIN_TUMORS, bootstrap_weights, typicality

if TYPE_CHECKING:
    from rnalign_core.rank.aligned_run import AlignedRun, Block, Space

K_ALL, K_DISEASE = 25, 15  # nearest tumors that are kept, among all tumors and within a disease


@dataclass(frozen=True)
class Surroundings:
    """Similarities of all lines to tumors, each line in the view of the model that never saw its type.

    Among all tumors they are taken in the latent space, which tells types apart best; among those of one disease in the
    decoded profiles with residuals, which keep what differs within a type.

    Parameters
    ----------
    cancer_type
        The disease, None for all tumors.
    tumor_ids
        The tumors.
    space
        Where similarities are Pearson correlations.
    blocks
        Of :meth:`AlignedRun.similarities`; those among the tumors only within a disease.
    nearest
        Ids of the nearest tumors of each line, nearest first; lines x k.
    """

    cancer_type: str | None
    tumor_ids: pd.Index
    space: Space
    blocks: tuple[Block, ...]
    nearest: pd.DataFrame

    def to_groups(self, groups: pd.Series) -> pd.DataFrame:
        """Return mean similarities of lines to groups, lines x groups.

        Parameters
        ----------
        groups
            Group of tumors by sample id, missing for none. Groups of fewer than :data:`MIN_TUMORS` are left out.
        """
        names, member = _members(groups.reindex(self.tumor_ids))
        share = member / member.sum(axis=0)
        return pd.concat(pd.DataFrame(b.to_tumors @ share, b.line_ids, names) for b in self.blocks)

    def neighbour_share(self, tumor_ids: pd.Index) -> pd.Series:
        """Return the share of each line's nearest tumors that are among `tumor_ids`."""
        return self.nearest.isin(set(tumor_ids)).mean(axis=1)

    def among(
        self, aligned: AlignedRun, tumor_ids: pd.Index
    ) -> Iterator[tuple[pd.Index, np.ndarray, np.ndarray]]:
        """Yield ids of lines, their similarities to some of the tumors, and those of these tumors with each other."""
        if self.cancer_type is None:
            for block in aligned.similarities(tumor_ids, self.space, among=True):
                yield block.line_ids, block.to_tumors, block.among_tumors
            return
        columns = self.tumor_ids.get_indexer(tumor_ids)
        for block in self.blocks:
            yield block.line_ids, block.to_tumors[:, columns], block.among_tumors[np.ix_(columns, columns)]


def surroundings(aligned: AlignedRun, cancer_type: str | None = None) -> Surroundings:
    """Compare all lines with all tumors, or with those of a cancer type."""
    tumor_ids = tumors_of(aligned.samples, cancer_type)
    within = cancer_type is not None
    space, k = ("residual", K_DISEASE) if within else ("latent", K_ALL)
    blocks = tuple(aligned.similarities(tumor_ids, space, among=within))
    k = min(k, len(tumor_ids))
    nearest = pd.concat(pd.DataFrame(_nearest(b.to_tumors, tumor_ids, k), b.line_ids) for b in blocks)
    return Surroundings(cancer_type, tumor_ids, space, blocks, nearest)


def resemblance(aligned: AlignedRun) -> pd.DataFrame:
    """Return how typical each line is of the cancer type that it is most typical of.

    Returns
    -------
    Table by sample id of ``score`` and ``z`` (:mod:`rnalign_core.rank.score`), the largest over all types with at least
    :data:`MIN_TUMORS` tumors.
    """
    types = aligned.samples.loc[aligned.samples["sample_type"] == TUMOR, "cancer_type"].astype(object)
    sizes = types.value_counts()
    found = []
    for name in sizes.index[sizes >= MIN_TUMORS]:
        ids = types.index[types == name]
        one_group = np.zeros(len(ids), dtype=int)
        weights = bootstrap_weights(one_group, 0, 0)
        for block in aligned.similarities(ids, "latent", among=True):
            typical = typicality(block.to_tumors, block.among_tumors, one_group, weights)
            found.append(pd.DataFrame({"score": typical.score[0], "z": typical.z[0]}, block.line_ids))
    return pd.concat(found).groupby(level=0, sort=False).max()


def unaligned_to_groups(aligned: AlignedRun, groups: pd.Series) -> pd.DataFrame:
    """Return mean Pearson correlations of lines with groups of tumors in the standardised expression, lines x groups.

    The mean of correlations is the product with the mean of the tumors' unit profiles, so no pair is ever compared.

    Parameters
    ----------
    aligned
        The run.
    groups
        Group of each tumor to look at, by sample id, none missing.
    """
    names, member = _members(groups)
    centres = (member / member.sum(axis=0)).T @ aligned.unit_expression(groups.index)
    lines = aligned.unit_lines
    return pd.DataFrame(lines.to_numpy() @ centres.T, lines.index, names)


def _members(groups: pd.Series) -> tuple[pd.Index, np.ndarray]:
    """Return names of groups that are large enough, sorted, and membership, (n_tumors, n_groups)."""
    sizes = groups.value_counts().sort_index()
    names = sizes.index[sizes >= MIN_TUMORS]
    return names, (groups.to_numpy()[:, None] == names.to_numpy()).astype(np.float32)


def _nearest(similarity: np.ndarray, tumor_ids: pd.Index, k: int) -> np.ndarray:
    first = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(similarity, first, axis=1), axis=1, kind="stable")
    return tumor_ids.to_numpy()[np.take_along_axis(first, order, axis=1)]
