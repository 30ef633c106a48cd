"""When to mind what."""

import pandas as pd
import pytest

from rnalign_core.rank.cautions import FEW_TUMORS, GROUP, LINE, group_cautions, line_cautions

GOOD = {
    "cancer_type": "BRCA",
    "subtype": "Basal",
    "score": 0.0,
    "resemblance": 0.4,
    "margin": 0.1,
    "rank": 1,
    "rank_unaligned": 2,
    "type_call": "BRCA",
    "type_probability": 0.9,
}


def codes(group_type="BRCA", group_subtype=None, **changes):
    table = pd.DataFrame([GOOD | changes] + [GOOD | {"rank": i, "rank_unaligned": i} for i in range(2, 101)])
    return line_cautions(table, (group_type,) if group_type else (), group_subtype, ["Basal", "LumA"])[0]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ()),
        ({"resemblance": 0.009}, ("no_group",)),
        ({"resemblance": 0.0, "score": 0.02}, ()),  # a subtype's tumors may be like it all the same
        ({"margin": -0.01}, ("other_closer",)),
        ({"margin": None}, ()),
        ({"cancer_type": "LUSC"}, ("label_disagrees",)),
        ({"cancer_type": None}, ("label_missing",)),
        ({"rank_unaligned": 25}, ()),
        ({"rank_unaligned": 26}, ("only_aligned",)),
        ({"rank": 11, "rank_unaligned": 26}, ()),
        ({"cancer_type": "LUSC", "resemblance": 0.0}, ("no_group", "label_disagrees")),
        ({"type_call": "HNSC"}, ("called_other",)),
        ({"type_call": "HNSC", "type_probability": 0.49}, ()),
    ],
)
def test_of_a_line(changes, expected):
    assert codes(**changes) == expected
    assert set(expected) <= set(LINE)


def test_a_subtype_label_disagrees_only_where_it_is_one_of_the_tumors_names():
    assert codes(group_subtype="LumA") == ("subtype_disagrees",)
    assert codes(group_subtype="Basal") == ()
    table = pd.DataFrame([GOOD | {"subtype": "TNBC-A"}])
    assert line_cautions(table, ("BRCA",), "Basal", ["Basal", "LumA"])[0] == ()


def test_tumors_of_several_types_disagree_with_no_label():
    assert codes(group_type=None) == ()
    assert codes(group_type=None, type_call="HNSC") == ()


@pytest.mark.parametrize(
    ("n", "n_missing", "n_used", "expected"),
    [
        (FEW_TUMORS, 3, FEW_TUMORS, ()),
        (FEW_TUMORS - 1, 0, FEW_TUMORS - 1, ("few_tumors",)),
        (1, 0, 1, ("very_few",)),
        (4, 4, 4, ("very_few", "purity_unknown")),
        (5, 0, 5, ("few_tumors",)),
        (100, 26, 100, ("purity_missing",)),
        (100, 99, 100, ("purity_missing",)),
        (100, 100, 100, ("purity_unknown",)),
        (2000, 0, 1000, ("sampled",)),
    ],
)
def test_of_a_group(n, n_missing, n_used, expected):
    purity = pd.Series([None] * n_missing + [0.5] * (n - n_missing), dtype=float)
    assert group_cautions(purity, n_used, without_rivals=False) == expected
    assert group_cautions(purity, n_used, without_rivals=True) == (*expected, "no_rivals")
    assert set(expected) <= set(GROUP)
