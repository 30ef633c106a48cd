"""Groups of tumors that lines can be ranked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from rnalign_core.cohort.schema import TUMOR
from rnalign_core.problems import InputError
from rnalign_core.rank.score import MIN_TUMORS

SELECTION = "selected tumors"


@dataclass(frozen=True)
class Group:
    """Tumors to rank lines for, and the tumors they are seen among.

    A whole type, or tumors of several types, are seen among all tumors. A subtype, or some tumors of one disease, are
    seen among the tumors of the disease, where the other groups of the disease are rivals.

    Parameters
    ----------
    name
        What the group is called; its value in `among`.
    title
        What users read.
    cancer_type
        Type of its tumors, None if they are of several.
    among
        Group of each tumor that it is seen among, missing for none, by sample id.
    within
        The disease that these tumors are of, None for all tumors.
    """

    name: str
    title: str
    cancer_type: str | None
    among: pd.Series
    within: str | None

    @property
    def tumor_ids(self) -> pd.Index:
        """Ids of the tumors of the group."""
        return self.among.index[self.among == self.name]


def cancer_types(samples: pd.DataFrame) -> pd.Series:
    """Return the number of tumors of each cancer type that lines can be ranked for, sorted by name."""
    return _large_enough(_tumors(samples)["cancer_type"])


def subtypes(samples: pd.DataFrame, cancer_type: str) -> pd.Series:
    """Return the number of tumors of each subtype of a type that lines can be ranked for; none where there is one."""
    tumors = _tumors(samples)
    found = _large_enough(tumors.loc[tumors["cancer_type"] == cancer_type, "subtype"])
    return found if len(found) > 1 else found.iloc[:0]


def type_group(samples: pd.DataFrame, cancer_type: str) -> Group:
    """Return all tumors of a type, among all tumors.

    Raises
    ------
    InputError
        If it has fewer than :data:`MIN_TUMORS` tumors.
    """
    types = _tumors(samples)["cancer_type"]
    return _checked(Group(cancer_type, cancer_type, cancer_type, types, within=None))


def subtype_group(samples: pd.DataFrame, cancer_type: str, subtype: str) -> Group:
    """Return the tumors of a subtype, among those of its type.

    Raises
    ------
    InputError
        If it has fewer than :data:`MIN_TUMORS` tumors.
    """
    tumors = _tumors(samples)
    among = tumors.loc[tumors["cancer_type"] == cancer_type, "subtype"]
    return _checked(Group(subtype, f"{cancer_type} {subtype}", cancer_type, among, within=cancer_type))


def selection_group(samples: pd.DataFrame, sample_ids: Collection[str]) -> Group:
    """Return chosen tumors: among those of their type if they are of one, else among all. Lines are passed over.

    Raises
    ------
    InputError
        If fewer than :data:`MIN_TUMORS` of the samples are tumors.
    """
    tumors = _tumors(samples)
    chosen = tumors.index.isin(list(sample_ids))
    types = tumors.loc[chosen, "cancer_type"].unique()
    disease = types[0] if len(types) == 1 and pd.notna(types[0]) else None
    among = tumors["cancer_type"]
    if disease:
        among = among[among == disease].map("other {}".format)
    among = among.mask(among.index.isin(tumors.index[chosen]), SELECTION)
    title = " ".join(filter(None, (f"{chosen.sum()} selected", disease, "tumors")))
    return _checked(Group(SELECTION, title, disease, among, disease))


def _tumors(samples: pd.DataFrame) -> pd.DataFrame:
    tumors = samples.loc[samples["sample_type"] == TUMOR, ["cancer_type", "subtype"]].astype(object)
    return tumors.where(tumors.notna(), None)


def _large_enough(labels: pd.Series) -> pd.Series:
    sizes = labels.value_counts().sort_index()
    return sizes[sizes >= MIN_TUMORS]


def _checked(group: Group) -> Group:
    n = len(group.tumor_ids)
    if n < MIN_TUMORS:
        raise InputError.single(
            f"{n} tumors", group.title, f"Choose a group of at least {MIN_TUMORS} tumors to rank lines for."
        )
    return group
