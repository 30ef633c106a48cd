import pytest

from rnalign_core.evidence.published import COHORT, MATCH, published_table


def test_the_posters_numbers(results):
    table = published_table(results)
    methods = table[table["table"] == "methods"].set_index("name")[["dD", "PVCA", "dkBET"]]
    assert methods.loc["Input"].tolist() == [22.56, 0.27, 0.90]
    assert methods.loc["Linear projection"].tolist() == [10.57, 0.16, 0.91]
    assert methods.loc["Celligner"].tolist() == [8.59, 0.10, 0.86]
    assert methods.loc["RNAlign"].tolist() == [4.75, 0.13, 0.65]
    ablations = table[table["table"] == "ablations"].set_index("name")["dD"]
    assert ablations.to_dict() == {
        "RNAlign": 4.75,
        "without L_grad": 6.12,
        "without L_cor": 10.70,
        "without purity labels": 17.34,
    }
    assert (COHORT["n_tumors"], COHORT["n_lines"]) == (12236, 1249)
    assert (MATCH["before"], MATCH["after"]) == (0.365, 0.551)


def test_rows_of_ours_are_named_without_their_numbers(results):
    table = published_table(results).set_index(["table", "name"])
    same = table["corresponds_to"]
    assert same["methods", "Input"] == "Input, raw or Input, standardised"
    assert same["methods", "Linear projection"] == "not run here"
    assert same["ablations", "without L_cor"] == "RNAlign without L_cor, decoded"
    assert not set(table.columns) & set(results["metrics"])


@pytest.mark.parametrize("change", [0.1, 0.9])
def test_nothing_of_ours_enters_the_posters_columns(results, change):
    before = published_table(results)
    for row in results["rows"]:
        for value in row["values"].values():
            value["value"] = change
    assert published_table(results).equals(before)
