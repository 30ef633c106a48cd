"""Which groups of tumors lines can be ranked for."""

import pandas as pd
import pytest

from rnalign_core.problems import InputError
from rnalign_core.rank.groups import (
    SELECTION,
    cancer_types,
    selection_group,
    subtype_group,
    subtypes,
    tumors_of,
    type_group,
)


@pytest.fixture
def samples():
    rows = [("BRCA", "Basal")] * 6 + [("BRCA", "LumA")] * 7 + [("BRCA", "Her2")] * 2 + [("BRCA", None)] * 3
    rows += [("UVM", None)] * 5 + [("ACC", None)] * 4 + [(None, None)]
    tumors = pd.DataFrame(rows, columns=["cancer_type", "subtype"]).assign(sample_type="tumor")
    lines = pd.DataFrame({"cancer_type": ["BRCA", "ACC"], "subtype": "Basal", "sample_type": "cell_line"})
    table = pd.concat([tumors, lines], ignore_index=True)
    return table.set_axis([f"S{i}" for i in range(len(table))]).astype("category")


def test_types_and_subtypes_with_enough_tumors_are_offered(samples):
    assert cancer_types(samples).to_dict() == {"BRCA": 18, "UVM": 5}
    assert subtypes(samples, "BRCA").to_dict() == {"Basal": 6, "LumA": 7}
    assert subtypes(samples, "UVM").empty


def test_a_type_is_seen_among_all_tumors_a_subtype_among_those_of_its_type(samples):
    group = type_group(samples, "BRCA")
    assert len(group.tumor_ids) == 18
    assert len(group.among) == 28
    assert group.within is None
    group = subtype_group(samples, "BRCA", "Basal")
    assert group.tumor_ids.tolist() == [f"S{i}" for i in range(6)]
    assert len(group.among) == 18
    assert group.within == "BRCA"


def test_selected_tumors_of_one_type_are_seen_within_it_and_lines_are_passed_over(samples):
    group = selection_group(samples, ["S0", "S1", "S2", "S6", "S7", samples.index[-1]])
    assert group.tumor_ids.tolist() == ["S0", "S1", "S2", "S6", "S7"]
    assert group.within == "BRCA"
    assert group.among.value_counts().to_dict() == {"other BRCA": 13, SELECTION: 5}
    group = selection_group(samples, ["S0", "S1", "S2", "S18", "S19"])
    assert group.within is None
    assert group.among.value_counts().to_dict() == {"BRCA": 15, SELECTION: 5, "ACC": 4, "UVM": 3}


def test_fewer_tumors_may_be_selected_where_that_is_asked_for(samples):
    group = selection_group(samples, ["S0"], least=1)
    assert group.tumor_ids.tolist() == ["S0"]
    assert group.title == "1 selected BRCA tumor"
    with pytest.raises(InputError, match="at least 1 tumor"):
        selection_group(samples, [samples.index[-1]], least=1)


def test_luad_and_lusc_are_subtypes_of_one_disease(samples):
    rows = [("LUAD", "x")] * 5 + [("LUSC", None)] * 6
    lung = pd.DataFrame(rows, columns=["cancer_type", "subtype"]).assign(sample_type="tumor")
    lung = lung.set_axis([f"L{i}" for i in range(11)])
    unspecified = pd.DataFrame({"cancer_type": "NSCLC_NOS", "sample_type": "cell_line"}, index=["N0"])
    both = pd.concat([samples.astype(object), lung, unspecified]).astype("category")
    assert cancer_types(both).to_dict() == {"BRCA": 18, "LUAD": 5, "LUSC": 6, "NSCLC": 11, "UVM": 5}
    assert subtypes(both, "NSCLC").to_dict() == {"LUAD": 5, "LUSC": 6}
    assert list(tumors_of(both, "NSCLC")) == list(lung.index)
    group = subtype_group(both, "NSCLC", "LUSC")
    assert (group.within, group.title) == ("NSCLC", "NSCLC LUSC")
    assert group.cancer_types == ("LUSC", "NSCLC_NOS")
    assert group.among.value_counts().to_dict() == {"LUSC": 6, "LUAD": 5}
    whole = type_group(both, "NSCLC")
    assert len(whole.tumor_ids) == 11
    assert {"LUAD", "LUSC"}.isdisjoint(whole.among.dropna())
    assert whole.cancer_types == ("LUAD", "LUSC", "NSCLC_NOS")
    assert type_group(both, "LUAD").cancer_types == ("LUAD", "NSCLC_NOS")
    assert type_group(both, "BRCA").cancer_types == ("BRCA",)
    assert selection_group(both, lung.index[:5]).cancer_types == ("LUAD", "NSCLC_NOS")
    assert "NSCLC" not in cancer_types(both[both["cancer_type"] != "LUSC"])


def test_too_few_tumors_are_refused(samples):
    for make in (
        lambda: type_group(samples, "ACC"),
        lambda: subtype_group(samples, "BRCA", "Her2"),
        lambda: selection_group(samples, ["S0"]),
        lambda: type_group(samples, "no such type"),
    ):
        with pytest.raises(InputError, match="at least 5 tumors"):
            make()
