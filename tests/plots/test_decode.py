import numpy as np
import pandas as pd
import pytest

from rnalign_core.plots import linked_maps
from rnalign_core.plots.decode import COLORS, add_star, decode_bars, gene_bars, neighbour_types


@pytest.fixture
def decodes():
    return pd.DataFrame(
        {
            "name": ["Input, no model", "Homogenised", "These labels"],
            "role": ["input", "homogenised", "now"],
            "match": [0.5, 0.75, 0.7],
            "low": [0.45, 0.7, np.nan],
            "high": [0.55, 0.8, np.nan],
            "relative_delta_d": [0.4, -0.1, np.nan],
        }
    )


def test_bars_show_both_numbers_of_each_decode(decodes):
    match, distance = decode_bars(decodes, 0.1).data
    assert list(match.x) == [0.5, 0.75, 0.7]
    assert list(match.marker.color) == [COLORS[role] for role in decodes["role"]]
    assert list(match.text) == ["50.0%", "75.0%", "70.0%"]
    assert list(match.error_x.array)[:2] == pytest.approx([0.05, 0.05])
    assert np.isnan(match.error_x.array[2])
    assert list(distance.text) == ["40.0%", "\u221210.0%", "not defined"]


def test_the_axis_of_distances_holds_negative_ones(decodes):
    low, high = decode_bars(decodes, None).layout.xaxis2.range
    assert low < -0.1
    assert high > 0.4


def test_chance_is_drawn_where_it_is_known(decodes):
    [line] = decode_bars(decodes, 0.1).layout.shapes
    assert (line.x0, line.xref) == (0.1, "x")
    assert not decode_bars(decodes, None).layout.shapes


def test_company_of_a_sample_is_drawn_by_type():
    table = pd.DataFrame({"homogenised": [20, 5], "now": [10, 15]}, index=["BRCA", "<b>LUAD"])
    home, now = neighbour_types(table, "BRCA").data
    assert list(home.y) == ["BRCA (own type)", "&lt;b&gt;LUAD"]
    assert (list(home.x), list(now.x)) == ([20, 5], [10, 15])


def test_company_of_a_sample_is_as_high_whatever_it_is():
    many = pd.DataFrame({"homogenised": range(9, 0, -1), "now": range(9)}, index=[f"T{i}" for i in range(9)])
    figure, alone = neighbour_types(many, "T0"), neighbour_types(many[["homogenised"]][:1], "T0")
    home, now = figure.data
    assert list(home.y) == ["T0 (own type)", "T1", "T2", "T3", "T4", "4 other types"]
    assert (list(home.x), list(now.x)) == ([9, 8, 7, 6, 5, 4 + 3 + 2 + 1], [0, 1, 2, 3, 4, 5 + 6 + 7 + 8])
    assert [trace.name for trace in alone.data] == ["homogenised"]
    assert figure.layout.height == alone.layout.height
    assert figure.layout.yaxis.range == alone.layout.yaxis.range


def test_genes_that_rise_and_fall_most_are_drawn_the_highest_first():
    change = pd.Series({"A": 0.1, "B": -2.0, "C": 3.0, "D": 0.0, "E": -0.1, "F": 1.0})
    figure = gene_bars(change, n=2)
    assert list(figure.layout.yaxis.ticktext) == ["C", "F", "E", "B"]
    assert list(figure.data[0].x) == [3.0, 1.0, -0.1, -2.0]


def test_only_falling_genes_are_drawn_alone():
    assert list(gene_bars(pd.Series({"A": -1.0, "B": -2.0})).data[0].x) == [-1.0, -2.0]


def test_a_sample_is_marked_on_both_maps_at_its_places():
    samples = pd.DataFrame(
        {
            "sample_type": ["tumor"] * 3,
            "cancer_type": ["A", "A", "B"],
            "subtype": None,
            "purity": 0.5,
            "name": ["x", "y", "z"],
            **{f"{axis}_{side}": [0.0, 1.0, 2.0] for axis in "xy" for side in ("before", "after")},
        },
        index=["x", "y", "z"],
    )
    drawn = linked_maps(samples, "sample_type")
    figure = add_star(drawn, "<i>x", np.array([0.5, 1.5]), np.array([2.5, 3.5]))
    here, both = figure.data[-2:]
    assert (list(here.x), list(here.y), here.xaxis) == ([0.5], [1.5], "x")
    assert (list(both.x), list(both.y), both.xaxis) == ([0.5, 2.5], [1.5, 3.5], "x2")
    assert "&lt;i&gt;x" in both.hovertemplate
    assert len(drawn.data) == len(figure.data) - 2
    assert [len(trace.x) for trace in add_star(drawn, "x", np.array([0.5, 1.5])).data[-2:]] == [1, 1]
