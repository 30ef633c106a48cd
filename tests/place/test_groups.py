"""Every placed tumor is in one group to rank lines for, of one type."""

from types import SimpleNamespace

import pandas as pd

from rnalign_core.place.groups import UNTYPED, cautions_for, groups_to_rank_for, single_tumors, untyped

SAMPLES = pd.DataFrame(
    {
        "sample_type": ["tumor"] * 7 + ["cell_line"],
        "name": ["A", "B", "C", "D", "D", "F", "G", "H"],
        "cancer_type": [None, "BRCA", None, None, None, None, None, None],
    },
    index=list("ABCDEFGH"),
)


def placed(types):
    return SimpleNamespace(
        query=SimpleNamespace(samples=SAMPLES), types=pd.Series(types, SAMPLES.index, dtype=object)
    )


MIXED = placed(["BRCA", "BRCA", "BRCA", "LUAD", "LUAD", None, None, "BRCA"])


def test_tumors_are_grouped_by_type_and_those_without_stand_last():
    assert groups_to_rank_for(MIXED) == {
        "3 BRCA tumors (type given or called)": ("A", "B", "C"),
        "2 LUAD tumors (type as called)": ("D", "E"),
        "2 tumors without a type": ("F", "G"),
    }
    assert list(single_tumors(MIXED)) == ["A", "B", "C", "D", "D (E)", "F", "G"]


def test_a_tumor_alone_of_its_type_is_called_by_its_name():
    alone = placed(["BRCA"] * 4 + ["LUAD"] + [None, "BRCA", "BRCA"])
    assert list(groups_to_rank_for(alone)) == ["5 BRCA tumors (type given or called)", "D (E)", "F"]


def test_that_tumors_may_be_of_several_types_is_said():
    assert untyped(MIXED, ["F", "G"]) == [UNTYPED]
    assert untyped(MIXED, ["F"]) == untyped(MIXED, ["A", "B"]) == []
    ranking = SimpleNamespace(cautions=("few_tumors",), group=SimpleNamespace(tumor_ids=pd.Index(["F", "G"])))
    few, several = cautions_for(MIXED, ranking)
    assert "fewer than 15" in few
    assert several == UNTYPED
