import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from rnalign_core.plots.explore import (
    MAX_NAMED,
    explore_map,
    expression_coloring,
    own_share_coloring,
    type_bars,
    type_counts,
)
from rnalign_core.plots.maps import COLOR_BY, color_samples
from rnalign_core.plots.palette import type_color


@pytest.fixture(scope="module")
def samples(make_samples):
    return make_samples()


def draw(samples, *sides, color="cancer_type", **extra):
    return explore_map(samples, {side: color_samples(samples, color, side) for side in sides}, **extra)


def drawn(figure, axis="x"):
    """The points of one panel by row number: x, y, colour."""
    points = pd.DataFrame(
        [
            (key, x, y, color)
            for trace in figure.data
            if trace.xaxis == axis
            for key, x, y, color in zip(
                trace.customdata,
                trace.x,
                trace.y,
                np.broadcast_to(trace.marker.color, len(trace.x)),
                strict=True,
            )
        ],
        columns=["row", "x", "y", "color"],
    )
    return points.set_index("row").sort_index()


@pytest.mark.parametrize("sides", [("before",), ("after",), ("before", "after")])
def test_every_sample_is_once_on_each_panel_and_where_it_belongs(samples, sides):
    figure = draw(samples, *sides)
    assert {trace.xaxis for trace in figure.data} == {"x", "x2"} if len(sides) == 2 else {"x"}
    for axis, side in zip(("x", "x2"), sides, strict=False):
        points = drawn(figure, axis)
        assert points.index.tolist() == list(range(len(samples)))
        for name in "xy":  # positions are rounded to a 32,000th of the map
            given = samples[f"{name}_{side}"].to_numpy(float)
            expected = (given - given.min()) / np.ptp(given) * 32_000
            np.testing.assert_allclose(points[name], expected, atol=0.51)


def test_symbols_are_sample_types(samples):
    for trace in draw(samples, "after").data:
        kinds = set(samples["sample_type"].iloc[list(trace.customdata)])
        assert kinds == {{"circle": "tumor", "diamond": "cell_line"}[trace.marker.symbol]}


def test_expression_is_that_of_each_sample_on_one_scale_with_the_highest_on_top(samples):
    expression = pd.Series(np.random.default_rng(1).gamma(2, 2, len(samples)), samples.index)[::-1]
    coloring = expression_coloring(expression, samples, "TP53, aligned")
    figure = explore_map(samples, {"before": coloring, "after": coloring})
    expected = expression[samples.index].to_numpy()
    for axis in ("x", "x2"):
        np.testing.assert_allclose(drawn(figure, axis)["color"].astype(float), expected, rtol=1e-6)
    for trace in figure.data:
        assert trace.marker.coloraxis == "coloraxis"
        assert np.all(np.diff(trace.marker.color) >= 0)
    scale = figure.layout.coloraxis
    assert (scale.cmin, scale.cmax) == pytest.approx(tuple(np.percentile(expected, [1, 99])))
    assert scale.colorbar.title.text == "<b>TP53</b><br>aligned<br>log2(TPM+1)"


def test_samples_without_expression_are_grey_and_a_constant_gene_is_drawn(samples):
    expression = pd.Series(3.0, samples.index[:50])
    figure = explore_map(samples, {"after": expression_coloring(expression, samples, "A")})
    grey = {key for t in figure.data if t.name == "no expression" for key in t.customdata}
    assert grey == set(range(50, 80))
    assert figure.layout.coloraxis.cmax > figure.layout.coloraxis.cmin


def test_own_type_shares_are_those_of_each_side_and_tumors_have_none(samples):
    figure = explore_map(samples, {side: own_share_coloring(samples, side) for side in ("before", "after")})
    for axis, side in (("x", "before"), ("x2", "after")):
        shares = drawn(figure, axis)["color"].iloc[60:].astype(float)
        np.testing.assert_array_equal(shares, np.round(100 * samples[f"own_share_{side}"].iloc[60:]))
    grey = {key for t in figure.data if t.name == "no share" for key in t.customdata}
    assert grey == set(range(60))


def test_titles_stand_between_the_mode_bar_and_their_maps_and_are_broken(samples):
    figure = draw(samples, "before", "after")
    titles = [a for a in figure.layout.annotations if a.yref == "paper"]
    assert [a.text for a in titles] == [
        "<b>Before alignment,<br>not standardised</b>",
        "<b>After alignment</b>",
    ]
    for title in titles:
        assert (title.y, title.yanchor) == (1, "bottom")
        one_line = title.yshift + 1.3 * title.font.size
        assert figure.layout.margin.t - one_line > 30  # pixels of the mode bar


def labels(figure, axis="x"):
    return [a for a in figure.layout.annotations if a.showarrow and a.xref == axis]


def test_selected_samples_are_brought_out_and_named_where_they_are(samples):
    chosen = ["s3", "s61", "s62", "unheard of"]
    figure = draw(samples, "before", "after", selected=chosen)
    for axis in ("x", "x2"):
        rows = [t.customdata[i] for t in figure.data if t.xaxis == axis for i in t.selectedpoints]
        assert sorted(rows) == [3, 61, 62]
        named = {a.text: (a.x, a.y) for a in labels(figure, axis)}
        points = drawn(figure, axis)
        assert set(named) == {"name 3", "name 61", "name 62"}
        for row in (3, 61, 62):
            assert named[f"name {row}"] == pytest.approx(tuple(points.loc[row, ["x", "y"]]), abs=1)


def test_many_selected_samples_are_not_named(samples):
    assert len(labels(draw(samples, "after", selected=samples.index[:MAX_NAMED]))) == MAX_NAMED
    assert labels(draw(samples, "after", selected=samples.index[: MAX_NAMED + 1])) == []


def test_the_marked_sample_is_ringed_and_named_on_both_sides_even_in_a_large_selection(samples):
    figure = draw(samples, "before", "after", marked="s7", selected=samples.index[:50])
    rings = [shape for shape in figure.layout.shapes if shape.type == "circle"]
    for axis, ring in zip(("x", "x2"), rings, strict=True):
        at = drawn(figure, axis).loc[7]
        assert (ring.xref, ring.xanchor, ring.yanchor) == (axis, at["x"], at["y"])
        assert [a.text for a in labels(figure, axis)] == ["name 7"]
    assert not any(shape.type == "circle" for shape in draw(samples, "after").layout.shapes)


def test_the_view_stays_while_colours_change_and_hidden_groups_do_not(samples):
    one, two = (draw(samples, "after", color=c, revision=c) for c in ("cancer_type", "purity"))
    assert one.layout.xaxis.uirevision == two.layout.xaxis.uirevision
    assert one.layout.uirevision != two.layout.uirevision
    assert draw(samples, "before").layout.xaxis.uirevision != one.layout.xaxis.uirevision


def test_text_of_users_is_not_read_as_html(samples):
    hostile = samples.assign(name="<b>bold</b>")
    expression = pd.Series(1.0, samples.index)
    coloring = expression_coloring(expression, hostile, "<i>gene</i>")
    sent = explore_map(hostile, {"after": coloring}, selected=["s70"], titles={"after": "<u>t</u>"}).to_json()
    for tag in ("\\u003cb\\u003ebold", "\\u003ci\\u003egene", "\\u003cu\\u003et"):
        assert tag not in sent
    assert "&lt;b&gt;bold" in sent.replace("\\u0026", "&")


def test_export_is_drawn_as_vectors(samples):
    assert {type(trace) for trace in draw(samples, "after").data} == {go.Scattergl}
    assert {type(trace) for trace in draw(samples, "after", vector=True).data} == {go.Scatter}


@pytest.mark.parametrize("color", [*COLOR_BY, "own_share", "gene"])
def test_a_large_cohort_stays_small_on_the_wire(color, make_samples):
    samples = make_samples(12236, 1249, [f"TYPE{i}" for i in range(33)])
    sides = ("before", "after")
    if color == "gene":
        gene = expression_coloring(
            pd.Series(np.random.default_rng(0).random(13485), samples.index), samples, "TP53"
        )
        colorings = dict.fromkeys(sides, gene)
    else:
        of = {"own_share": own_share_coloring}.get(color, lambda s, side: color_samples(s, color, side))
        colorings = {side: of(samples, side) for side in sides}
    assert len(explore_map(samples, colorings, selected=samples.index[:3000]).to_json(validate=False)) < 0.5e6


def test_bars_count_tumors_and_lines_of_each_type_the_commonest_first():
    groups = {"tumor": ["LUAD", "BRCA", "BRCA", None], "cell line": ["LUAD", "LUAD"]}
    table = type_counts(groups)
    assert table.to_dict("index") == {
        "LUAD": {"tumor": 1, "cell line": 2},
        "BRCA": {"tumor": 2, "cell line": 0},
        "not known": {"tumor": 1, "cell line": 0},
    }
    assert list(table.index) == ["LUAD", "BRCA", "not known"]
    tumors, lines = type_bars(groups).data
    assert (list(tumors.x), list(lines.x)) == ([1, 2, 1], [2, 0, 0])
    assert tumors.marker.color[:2] == (type_color("LUAD"), type_color("BRCA"))
    assert list(lines.text) == ["3", "2", "1"]


def test_rare_types_are_drawn_together_and_shares_are_of_all():
    groups = {"tumor": [f"T{i}" for i in range(20) for _ in range(20 - i)]}
    [bars] = type_bars(groups, share=True).data
    assert sum(bars.x) == 210
    assert bars.text[0] == f"{20 / 210:.0%}"
    assert len(bars.x) == 9
