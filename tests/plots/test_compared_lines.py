"""What the figures of lines side by side show."""

import numpy as np
import pandas as pd
import pytest

from rnalign_core.plots.compared_lines import MAP_SIZE, lines_on_map, marker_heatmap, neighbour_bars


def markers_of(genes, group, **lines):
    """The table of genes of lines, each given with its values, the medians of its tumors and its percentiles."""
    columns = {"group": group}
    for name, (values, medians, percentiles) in lines.items():
        columns |= {name: values, f"{name}_group": medians, f"{name}_percentile": percentiles}
    return pd.DataFrame(columns, genes)


@pytest.fixture
def samples():
    return pd.DataFrame(
        {
            "sample_type": ["tumor"] * 4 + ["cell_line"] * 3,
            "name": [*list("abcd"), "<i>X</i>", "Y", "Z"],
            "x_after": np.arange(7.0),
            "y_after": -np.arange(7.0),
        },
        index=list("abcdXYZ"),
    )


def test_lines_and_their_group_are_brought_out_on_the_map(samples):
    figure = lines_on_map(samples, pd.Index(["b", "c"]), "BRCA", ["X", "Z"])
    others, group, x, z = figure.data
    assert list(others.x) == [0, 3]
    assert list(group.x) == [1, 2]
    assert (x.name, list(x.x), list(x.y)) == ("&lt;i&gt;X&lt;/i&gt;", [4], [-4])
    assert list(z.x) == [6]
    assert x.marker.color != z.marker.color


def test_lines_are_drawn_above_tumors_in_a_browser_as_in_a_file(samples):
    traces = lines_on_map(samples, pd.Index(["b", "c"]), "BRCA", ["X", "Z"]).data
    assert len({trace.type for trace in traces}) == 1  # WebGL lies above SVG, whatever the order


def test_a_map_that_stands_alone_is_not_stretched(samples):
    layout = lines_on_map(samples, pd.Index(["b", "c"]), "BRCA", ["X"], **MAP_SIZE).layout
    assert 1 <= layout.width / layout.height < 1.3


def test_neighbours_are_stacked_to_the_whole():
    shares = pd.DataFrame({"Basal": [0.6, 0.2], "LumA": [0.4, 0.8]}, ["X", "Y"])
    figure = neighbour_bars(shares, ["x", "y"], {"Basal": "#111111", "LumA": "#222222"})
    assert [(bar.name, list(bar.x), bar.marker.color) for bar in figure.data] == [
        ("Basal", [0.6, 0.2], "#111111"),
        ("LumA", [0.4, 0.8], "#222222"),
    ]
    assert figure.layout.barmode == "stack"
    assert list(figure.layout.yaxis.ticktext) == ["x", "y"]


def test_lines_of_one_name_have_a_bar_each():
    shares = pd.DataFrame({"Basal": [0.6, 0.2]}, ["X", "Y"])
    [bar] = neighbour_bars(shares, ["same", "same"], {"Basal": "#111111"}).data
    assert len(set(bar.y)) == 2
    markers = markers_of(["KRT5"], [5.0], X=(6.0, 5.0, 0.9), Y=(7.0, 5.0, 1.0))
    [heatmap] = marker_heatmap(markers, ["same", "same"], "BRCA").data
    assert len(set(heatmap.x)) == 3


def test_genes_are_written_as_expression_and_coloured_by_percentile():
    markers = markers_of(["KRT5", "ESR1"], [5.0, 2.0], X=([6.25, -0.01], [4.8, 2.1], [0.9, 0.0]))
    figure = marker_heatmap(markers, ["x"], "BRCA")
    [heatmap] = figure.data
    np.testing.assert_allclose(heatmap.z, [[50, 90], [50, 0]])
    assert [list(row) for row in heatmap.text] == [["5.0", "6.2"], ["2.0", "0.0"]]
    assert [list(row) for row in heatmap.hovertext] == [["5.0", "4.8"], ["2.0", "2.1"]]
    assert list(heatmap.y) == ["KRT5", "ESR1"]
    assert list(figure.layout.xaxis.ticktext) == ["BRCA, median", "x"]
    assert list(figure.layout.xaxis.tickvals) == list(heatmap.x)


def test_long_names_are_cut_in_legends_and_whole_where_one_points():
    long = "S" * 94
    samples = pd.DataFrame(
        {"sample_type": ["tumor", "cell_line"], "name": ["t", long], "x_after": 0.0, "y_after": 1.0},
        ["t", "x"],
    )
    on_map = lines_on_map(samples, pd.Index(["t"]), long, ["x"])
    bars = neighbour_bars(pd.DataFrame({long: [1.0]}, ["x"]), [long], {long: "#111111"})
    markers = markers_of(["KRT5"], [5.0], x=(6.0, 5.0, 0.9))
    heatmap = marker_heatmap(markers, [long], long)
    shown = [trace.name for trace in (*on_map.data, *bars.data)]
    shown += [*bars.layout.yaxis.ticktext, *heatmap.layout.xaxis.ticktext]
    assert max(map(len, shown)) < 40
    assert sum("SSS…" in name for name in shown) == 6
    assert long in on_map.data[-1].hovertemplate
    assert long in bars.data[0].hovertemplate
    assert list(bars.data[0].customdata) == [long]
    assert list(heatmap.data[0].customdata[0]) == [f"{long}, median", long]
