"""What the figures of lines side by side show."""

import numpy as np
import pandas as pd

from rnalign_core.plots.compared_lines import lines_on_map, marker_heatmap, neighbour_bars


def test_lines_and_their_group_are_brought_out_on_the_map():
    samples = pd.DataFrame(
        {
            "sample_type": ["tumor"] * 4 + ["cell_line"] * 3,
            "name": [*list("abcd"), "<i>X</i>", "Y", "Z"],
            "x_after": np.arange(7.0),
            "y_after": -np.arange(7.0),
        },
        index=list("abcdXYZ"),
    )
    figure = lines_on_map(samples, pd.Index(["b", "c"]), "BRCA", ["X", "Z"])
    others, group, x, z = figure.data
    assert list(others.x) == [0, 3]
    assert list(group.x) == [1, 2]
    assert (x.name, list(x.x), list(x.y)) == ("&lt;i&gt;X&lt;/i&gt;", [4], [-4])
    assert list(z.x) == [6]
    assert x.marker.color != z.marker.color


def test_neighbours_are_stacked_to_the_whole():
    shares = pd.DataFrame({"Basal": [0.6, 0.2], "LumA": [0.4, 0.8]}, ["X", "Y"])
    figure = neighbour_bars(shares, ["x", "y"], {"Basal": "#111111", "LumA": "#222222"})
    assert [(bar.name, list(bar.x), bar.marker.color) for bar in figure.data] == [
        ("Basal", [0.6, 0.2], "#111111"),
        ("LumA", [0.4, 0.8], "#222222"),
    ]
    assert figure.layout.barmode == "stack"


def test_genes_are_written_as_expression_and_coloured_by_percentile():
    markers = pd.DataFrame(
        {"group": [5.0, 2.0], "X": [6.25, 0.0], "X_percentile": [0.9, 0.0]}, index=["KRT5", "ESR1"]
    )
    [heatmap] = marker_heatmap(markers, ["x"], "BRCA").data
    np.testing.assert_allclose(heatmap.z, [[50, 90], [50, 0]])
    assert [list(row) for row in heatmap.text] == [["5.0", "6.2"], ["2.0", "0.0"]]
    assert list(heatmap.y) == ["KRT5", "ESR1"]
    assert list(heatmap.x) == ["BRCA, median", "x"]
