import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from rnalign_core.plots.maps import COLOR_BY, linked_maps
from rnalign_core.plots.palette import MATCH_COLORS, type_color


@pytest.fixture(scope="module")
def samples(make_samples):
    table = make_samples()
    table.loc[table.index[60:70], ["match_before", "match_after"]] = [False, True]
    return table


def points(figure, side):
    """All points of one map: row, x, y, trace."""
    axis = {"before": "x", "after": "x2"}[side]
    return pd.DataFrame(
        [
            (key, x, y, number)
            for number, trace in enumerate(figure.data)
            if trace.xaxis == axis
            for key, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)
        ],
        columns=["row", "x", "y", "trace"],
    ).set_index("row")


@pytest.mark.parametrize("color_by", COLOR_BY)
@pytest.mark.parametrize("side", ["before", "after"])
def test_every_sample_is_once_on_each_map_where_it_belongs(samples, color_by, side):
    drawn = points(linked_maps(samples, color_by), side)
    assert sorted(drawn.index) == list(range(len(samples)))
    at = drawn.sort_index()[["x", "y"]].to_numpy(np.float32)
    np.testing.assert_array_equal(at, samples[[f"x_{side}", f"y_{side}"]].to_numpy())


@pytest.mark.parametrize("color_by", COLOR_BY)
def test_symbol_is_sample_type_and_lines_are_larger_and_above(samples, color_by):
    figure = linked_maps(samples, color_by)
    for side in ("before", "after"):
        drawn = points(figure, side).sort_index()
        markers = [figure.data[number].marker for number in drawn["trace"]]
        is_line = samples["sample_type"].eq("cell_line").tolist()
        assert [m.symbol for m in markers] == ["diamond" if line else "circle" for line in is_line]
        sizes = np.array([m.size for m in markers])
        assert sizes[is_line].min() > sizes[np.invert(is_line)].max()
        assert drawn.loc[is_line, "trace"].min() > drawn.loc[np.invert(is_line), "trace"].max()


def test_cancer_types_have_their_colour_on_both_maps_and_one_legend(samples):
    figure = linked_maps(samples, "cancer_type")
    for trace in figure.data:
        assert trace.marker.color == type_color(trace.legendgroup)
        assert set(samples["cancer_type"].iloc[list(trace.customdata)]) == {trace.legendgroup}
    shown = [trace.legendgroup for trace in figure.data if trace.showlegend]
    assert sorted(shown) == ["BRCA", "LUAD", "SCLC"]


def test_match_is_that_of_each_map(samples):
    figure = linked_maps(samples, "match")
    own, other, unscored, tumor = MATCH_COLORS.values()
    for side, color in (("before", other), ("after", own)):
        drawn = points(figure, side).sort_index()
        colors = [figure.data[number].marker.color for number in drawn["trace"]]
        assert colors == [tumor] * 60 + [color] * 10 + [unscored] * 10


def test_purity_is_drawn_in_percent_and_unknown_apart(samples):
    figure = linked_maps(samples, "purity")
    drawn = points(figure, "after").sort_index()
    unknown = [figure.data[number].name == "purity not known" for number in drawn["trace"]]
    assert unknown == [True] * 5 + [False] * 75
    for trace in figure.data:
        if trace.name == "purity":
            expected = np.round(100 * samples["purity"].iloc[list(trace.customdata)])
            np.testing.assert_array_equal(trace.marker.color, expected)


def test_a_selection_shows_the_same_samples_on_both_maps(samples):
    chosen = ["s3", "s61", "s62", "unheard of"]
    figure = linked_maps(samples, "cancer_type", selected=chosen)
    for axis in ("x", "x2"):
        rows = [
            trace.customdata[i] for trace in figure.data if trace.xaxis == axis for i in trace.selectedpoints
        ]
        assert sorted(rows) == [3, 61, 62]


def test_without_a_selection_nothing_fades(samples):
    assert all(trace.selectedpoints is None for trace in linked_maps(samples).data)


def test_names_stand_at_the_median_of_the_tumors(make_samples):
    samples = make_samples(n_tumors=300, n_lines=9)
    samples["cancer_type"] = np.where(samples["sample_type"] == "tumor", "BRCA", "SCLC")
    samples.loc[samples["sample_type"] == "cell_line", ["x_after", "y_after"]] += 60
    notes = {a.text: a for a in linked_maps(samples).layout.annotations if a.xref == "x2"}
    tumors = samples[samples["sample_type"] == "tumor"]
    assert set(notes) == {"<b>BRCA</b>", "<b>SCLC</b>"}
    assert notes["<b>BRCA</b>"].x == pytest.approx(tumors["x_after"].median(), abs=1e-5)
    lines = samples[samples["sample_type"] == "cell_line"]
    assert notes["<b>SCLC</b>"].x == pytest.approx(lines["x_after"].median(), abs=1e-5)


def test_text_of_users_is_not_read_as_html(make_samples):
    samples = make_samples(types=("<a href='x'>BR</a>",))
    samples["name"] = "<b>bold</b>"
    sent = linked_maps(samples).to_json()
    assert "<a href" not in sent
    assert "<b>bold" not in sent
    assert "\\u003ca href" not in sent  # as Plotly writes it into JSON
    assert "\\u003cb\\u003ebold" not in sent


def test_export_is_drawn_as_vectors(samples):
    assert {type(trace) for trace in linked_maps(samples).data} == {go.Scattergl}
    assert {type(trace) for trace in linked_maps(samples, vector=True).data} == {go.Scatter}


@pytest.mark.parametrize("color_by", COLOR_BY)
def test_a_large_cohort_stays_small_on_the_wire(color_by, make_samples):
    types = [f"TYPE{i}" for i in range(33)]
    figure = linked_maps(make_samples(12236, 1249, types), color_by)
    assert len(figure.to_json(validate=False)) < 0.55e6
