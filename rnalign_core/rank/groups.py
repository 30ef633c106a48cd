"""Groups of tumors that lines can be ranked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from rnalign_core.cohort.schema import TUMOR
from rnalign_core.cohort.words import count
from rnalign_core.problems import InputError
from rnalign_core.rank.score import MIN_TUMORS

SELECTION = "selected tumors"
JOINED = {"NSCLC": ("LUAD", "LUSC")}  # diseases whose subtypes are cancer types


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
    cancer_types
        Types of which a line of this group would be; none where that is open.
    among
        Group of each tumor that it is seen among, missing for none, by sample id.
    within
        The disease that these tumors are of, None for all tumors.
    """

    name: str
    title: str
    cancer_types: tuple[str, ...]
    among: pd.Series
    within: str | None

    @property
    def tumor_ids(self) -> pd.Index:
        """Ids of the tumors of the group."""
        return self.among.index[self.among == self.name]


def cancer_types(samples: pd.DataFrame) -> pd.Series:
    """Return the number of tumors of each cancer type or joined disease to rank lines for, sorted by name."""
    found = _large_enough(_tumors(samples)["cancer_type"])
    joined = {
        name: found[list(types)].sum() for name, types in JOINED.items() if set(types) <= set(found.index)
    }
    return pd.concat([found, pd.Series(joined, dtype=int)]).sort_index()


def subtypes(samples: pd.DataFrame, cancer_type: str) -> pd.Series:
    """Return the number of tumors of each subtype of a type that lines can be ranked for; none where there is one."""
    found = _large_enough(_labels_within(samples, cancer_type))
    return found if len(found) > 1 else found.iloc[:0]


def type_group(samples: pd.DataFrame, cancer_type: str) -> Group:
    """Return all tumors of a type, among all tumors.

    Raises
    ------
    InputError
        If it has fewer than :data:`MIN_TUMORS` tumors.
    """
    types, members = _tumors(samples)["cancer_type"], JOINED.get(cancer_type, (cancer_type,))
    among = types.mask(types.isin(members), cancer_type)
    return _checked(
        Group(cancer_type, cancer_type, _of_lines(samples, cancer_type, members), among, within=None)
    )


def subtype_group(samples: pd.DataFrame, cancer_type: str, subtype: str) -> Group:
    """Return the tumors of a subtype, among those of its type.

    Raises
    ------
    InputError
        If it has fewer than :data:`MIN_TUMORS` tumors.
    """
    among = _labels_within(samples, cancer_type)
    own = _of_lines(samples, cancer_type, (subtype if cancer_type in JOINED else cancer_type,))
    return _checked(Group(subtype, f"{cancer_type} {subtype}", own, among, within=cancer_type))


def selection_group(samples: pd.DataFrame, sample_ids: Collection[str], least: int = MIN_TUMORS) -> Group:
    """Return chosen tumors: among those of their type if they are of one, else among all. Lines are passed over.

    Raises
    ------
    InputError
        If fewer than `least` of the samples are tumors.
    """
    tumors = _tumors(samples)
    chosen = tumors.index.isin(list(sample_ids))
    types = tumors.loc[chosen, "cancer_type"].unique()
    disease = types[0] if len(types) == 1 and pd.notna(types[0]) else None
    among = tumors["cancer_type"]
    if disease:
        among = among[among == disease].map("other {}".format)
    among = among.mask(among.index.isin(tumors.index[chosen]), SELECTION)
    title = count(int(chosen.sum()), " ".join(filter(None, ("selected", disease, "tumor"))))
    own = _of_lines(samples, disease, (disease,)) if disease else ()
    return _checked(Group(SELECTION, title, own, among, disease), least)


def of_disease(types: pd.Series, disease: str) -> pd.Series:
    """Return whether samples of `types` are of a cancer type or joined disease.

    Codes that begin with the name of a joined disease, such as NSCLC_NOS, are unspecified samples of it.
    """
    if disease not in JOINED:
        return types == disease
    return types.isin(JOINED[disease]) | types.astype(str).str.startswith(disease)


def _of_lines(samples: pd.DataFrame, disease: str, types: tuple[str, ...]) -> tuple[str, ...]:
    """Return the types of lines: unspecified ones of a joined disease may be of any of its types."""
    known = samples["cancer_type"].astype(object).dropna().drop_duplicates()
    joined = [name for name, members in JOINED.items() if disease == name or disease in members]
    unspecified = [
        code for name in joined for code in known[of_disease(known, name)] if code not in JOINED[name]
    ]
    return (*types, *sorted(unspecified))


def tumors_of(samples: pd.DataFrame, disease: str | None) -> pd.Index:
    """Return the ids of the tumors of a cancer type or joined disease; of all tumors for None."""
    return _tumors(samples).index if disease is None else _labels_within(samples, disease).index


def _labels_within(samples: pd.DataFrame, disease: str) -> pd.Series:
    """Return the subtype of each tumor of a disease: its cancer type where the disease joins some."""
    tumors = _tumors(samples)
    types = tumors["cancer_type"]
    labels = types.where(types.isin(JOINED[disease]), None) if disease in JOINED else tumors["subtype"]
    return labels[of_disease(types, disease)]


def _tumors(samples: pd.DataFrame) -> pd.DataFrame:
    tumors = samples.loc[samples["sample_type"] == TUMOR, ["cancer_type", "subtype"]].astype(object)
    return tumors.where(tumors.notna(), None)


def _large_enough(labels: pd.Series) -> pd.Series:
    sizes = labels.value_counts().sort_index()
    return sizes[sizes >= MIN_TUMORS]


def _checked(group: Group, least: int = MIN_TUMORS) -> Group:
    n = len(group.tumor_ids)
    if n < least:
        fix = f"Choose a group of at least {count(least, 'tumor')} to rank lines for."
        raise InputError.single(count(n, "tumor"), group.title, fix)
    return group
