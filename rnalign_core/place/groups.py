"""Groups of placed tumors that lines are ranked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from rnalign_core.cohort.schema import TUMOR
from rnalign_core.rank.cautions import GROUP

if TYPE_CHECKING:
    import pandas as pd

    from rnalign_core.place.placed import Placed
    from rnalign_core.rank.ranking import Ranking

Groups = dict[str, tuple[str, ...]]  # what users read, and the ids of the tumors
UNTYPED = "The type of these tumors is neither given nor called: they may be of several types."


def groups_to_rank_for(placed: Placed) -> Groups:
    """Return groups of which every placed tumor is in one: those of a type, the largest first; last, those of none."""
    samples, single = placed.query.samples, single_tumors(placed)
    tumors = samples.index[samples["sample_type"] == TUMOR]
    types = placed.types.loc[tumors]
    groups = {}
    for name in types.value_counts().index:
        ids = types.index[types == name]
        groups[f"{len(ids):,} {name} tumors ({_by(samples.loc[ids, 'cancer_type'] == name)})"] = tuple(ids)
    if types.isna().any():
        ids = types.index[types.isna()]
        groups[f"{len(ids):,} tumors without a type"] = tuple(ids)
    names = {ids: title for title, ids in single.items()}
    return {names.get(ids, title): ids for title, ids in groups.items()}


def single_tumors(placed: Placed) -> Groups:
    """Return the placed tumors, each by itself, in their order."""
    samples = placed.query.samples
    names = samples.loc[samples["sample_type"] == TUMOR, "name"]
    return {name if name == sample else f"{name} ({sample})": (sample,) for sample, name in names.items()}


def cautions_for(placed: Placed, ranking: Ranking) -> list[str]:
    """Say what to mind before trusting a ranking for a group of placed tumors."""
    return [*(GROUP[code] for code in ranking.cautions), *untyped(placed, ranking.group.tumor_ids)]


def untyped(placed: Placed, sample_ids: Collection[str]) -> list[str]:
    """Say that tumors may be of several types, where the type of none is known."""
    return [UNTYPED] if len(sample_ids) > 1 and placed.types.loc[list(sample_ids)].isna().all() else []


def _by(is_given: pd.Series) -> str:
    """Say how tumors come to be of a type."""
    if is_given.all():
        return "type as given"
    return "type given or called" if is_given.any() else "type as called"
