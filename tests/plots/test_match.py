import numpy as np
import pandas as pd
import pytest

from rnalign_core.plots.match import match_by_type, match_table
from rnalign_core.plots.palette import AFTER, BEFORE


def rates(values, **extra):
    table = pd.DataFrame({"cancer_type": list(values), "rate": list(values.values())})
    table["n_lines"], table["n_tumors"] = 10, 1200
    table["low"], table["high"] = table["rate"] - 0.1, table["rate"] + 0.2
    table["chance"] = 0.05
    return table.assign(**extra)


@pytest.fixture
def table():
    before = rates({"BRCA": 0.5, "LUAD": 0.3, "SKCM": 0.4})
    after = rates({"SKCM": 0.6, "LUAD": 0.7, "BRCA": 0.2}, chance=0.1)
    return match_table(before, after)


def test_the_table_joins_types_and_starts_with_the_best(table):
    assert table["cancer_type"].tolist() == ["LUAD", "SKCM", "BRCA"]
    np.testing.assert_allclose(table["rate_before"], [0.3, 0.4, 0.5])
    np.testing.assert_allclose(table["rate_after"], [0.7, 0.6, 0.2])
    np.testing.assert_allclose(table["change"], [0.4, 0.2, -0.3])
    np.testing.assert_allclose(table["chance_after"], 0.1)


def test_rates_have_their_intervals_on_the_row_of_their_type(table):
    figure = match_by_type(table)
    chance, before, after = figure.data
    for trace, side in ((before, "before"), (after, "after")):
        np.testing.assert_allclose(trace.x, table[f"rate_{side}"])
        np.testing.assert_allclose(trace.error_x.array, 0.2)
        np.testing.assert_allclose(trace.error_x.arrayminus, 0.1)
        assert np.round(trace.y).tolist() == [0, 1, 2]
        assert list(trace.text) == ["LUAD", "SKCM", "BRCA"]
    np.testing.assert_allclose(chance.x, 0.1)
    assert "<b>BRCA</b>  10 · 1,200" in figure.layout.yaxis.ticktext


def test_medians_over_types_are_drawn_and_written(table):
    figure = match_by_type(table)
    assert {line.line.color: line.x0 for line in figure.layout.shapes} == {BEFORE: 0.4, AFTER: 0.6}
    (note,) = [a.text for a in figure.layout.annotations if "median" in a.text]
    assert "<b>40%</b>" in note
    assert "<b>60%</b>" in note
