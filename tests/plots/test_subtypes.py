from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from rnalign_core.plots.palette import type_color
from rnalign_core.plots.subtypes import (
    OUTSIDE,
    PAM50,
    UNCLEAR,
    call_heatmap,
    gene_chart,
    short_names,
    subtype_colors,
    subtype_maps,
)

AXES = {"before": ("PC 1 (10 % of variance)", "PC 2"), "after": ("PC 1 (20 % of variance)", "PC 2")}
TITLES = ("Before", "After")


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(30, 4)), columns=["x_before", "y_before", "x_after", "y_after"])
    table.index = [f"S{i}" for i in range(30)]
    table["sample_type"] = ["tumor"] * 20 + ["cell_line"] * 10
    table["name"] = [f"<b>line {i}</b>" for i in range(30)]
    table["group"] = ["LumA"] * 12 + ["Basal"] * 6 + [None] * 2 + ["LumA"] * 5 + ["Basal"] * 2 + [None] * 3
    table["outside"] = False
    return table


def draw(samples, **extra):
    return subtype_maps(samples, subtype_colors(["Basal", "LumA"]), AXES, titles=TITLES, **extra)


def test_colours_are_fixed_for_pam50_and_cancer_types_and_distinct_for_others():
    assert subtype_colors(["LumA", "Basal"]) == {"LumA": PAM50["LumA"], "Basal": PAM50["Basal"]}
    assert subtype_colors(["LUAD", "LUSC"]) == {name: type_color(name) for name in ("LUAD", "LUSC")}
    for n in (2, 6, 7, 20):
        names = [f"group {i}" for i in range(n)]
        found = subtype_colors(names[::-1])
        assert found == subtype_colors(names)
        assert set(found) == set(names)
        assert len(set(found.values())) == n


# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


@pytest.mark.parametrize("sight", SIGHT)
def test_pam50_stays_apart_for_the_colour_blind(sight):
    points = []
    for color in PAM50.values():
        rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        x, y, z = np.cbrt(TO_XYZ @ np.clip(SIGHT[sight] @ linear, 0, 1) / [0.9505, 1, 1.089])
        points.append([116 * y - 16, 500 * (x - y), 200 * (y - z)])  # CIELAB
    assert min(np.linalg.norm(np.subtract(a, b)) for a, b in combinations(points, 2)) > 20


def test_long_names_are_cut_but_stay_different():
    assert short_names(["LumA", "LumB"]) == {"LumA": "LumA", "LumB": "LumB"}
    assert list(short_names(["mRNA.Cluster 1", "mRNA.Cluster 2"]).values()) == ["…Cluster 1", "…Cluster 2"]
    steroid = ["steroid-phenotype-high", "steroid-phenotype-high+proliferation", "steroid-phenotype-low"]
    assert list(short_names(steroid).values()) == ["…high", "…high+proli…", "…low"]
    alike = ["a very long name, one", "a very long name, once", "a very long name, ones"]
    for names in (
        alike,
        [name[:-1] + "x" + name[-1] for name in alike],
        ["quiteunbroken" + c for c in "abc"],
    ):
        found = list(short_names(names).values())
        assert len(set(found)) == 3
        assert max(map(len, found)) <= 12


def test_tumors_and_lines_are_on_both_maps_in_the_colour_of_their_subtype(samples):
    figure = draw(samples)
    for axis, side in (("x", "before"), ("x2", "after")):
        traces = [trace for trace in figure.data if trace.xaxis == axis]
        shown = {(trace.legendgroup, trace.marker.symbol): len(trace.x) for trace in traces}
        assert shown == {
            ("LumA", "circle"): 12, ("Basal", "circle"): 6, ("not known", "circle"): 2,
            ("LumA", "diamond"): 5, ("Basal", "diamond"): 2, (UNCLEAR, "diamond"): 3,
        }  # fmt: skip
        for trace in traces:
            assert list(trace.x) == list(samples[f"x_{side}"].iloc[list(trace.customdata)])
            if trace.legendgroup in PAM50:
                assert trace.marker.color == PAM50[trace.legendgroup]
    in_legend = [trace.legendgroup for trace in figure.data if trace.showlegend]
    assert sorted(in_legend) == sorted(["LumA", "Basal", "not known", UNCLEAR])


def test_lines_outside_the_tumors_are_hollow(samples):
    samples.loc[["S28", "S29"], "outside"] = True
    figure = draw(samples)
    hollow = [trace for trace in figure.data if trace.marker.symbol == "diamond-open"]
    assert [(trace.xaxis, trace.legendgroup, len(trace.x)) for trace in hollow] == [
        ("x", OUTSIDE, 2),
        ("x2", OUTSIDE, 2),
    ]
    assert sum(len(trace.x) for trace in figure.data if trace.legendgroup == UNCLEAR) == 2


def test_titles_are_below_the_buttons(samples):
    figure = draw(samples)
    assert figure.layout.margin.t - figure.layout.annotations[1].yshift - 10 > 30


def test_a_subtype_that_has_no_colour_is_another_one_not_an_unknown_one(samples):
    samples.loc[["S12", "S13"], "group"] = "Normal"  # were basal
    figure = draw(samples)
    shown = {
        trace.legendgroup: (len(trace.x), trace.marker.color) for trace in figure.data if trace.xaxis == "x"
    }
    assert shown["other subtype"][0] == shown["not known"][0] == 2
    assert shown["other subtype"][1] != shown["not known"][1]
    assert "other subtype" in [trace.name for trace in figure.data if trace.showlegend]
    assert "<b>Normal</b>" not in {annotation.text for annotation in figure.layout.annotations}


def test_long_names_are_short_on_the_maps_and_whole_where_pointed_at(samples):
    names = {"LumA": "a subtype of many letters, 1", "Basal": "a subtype of many letters, 2"}
    renamed = samples.assign(group=samples["group"].map(names))
    figure = subtype_maps(renamed, subtype_colors(list(names.values())), AXES, titles=TITLES)
    short = set(short_names(list(names.values())).values())
    assert {trace.name for trace in figure.data} == short | {"not known", UNCLEAR}
    on_maps = {annotation.text for annotation in figure.layout.annotations}
    assert {f"<b>{name}</b>" for name in short} <= on_maps
    assert any(trace.hovertemplate.startswith(names["LumA"]) for trace in figure.data)


def test_axes_say_how_much_of_the_variance_they_show(samples):
    figure = draw(samples)
    assert figure.layout.xaxis.title.text == "PC 1 (10 % of variance)"
    assert figure.layout.xaxis2.title.text == "PC 1 (20 % of variance)"
    assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]
    assert [shape.x1 for shape in figure.layout.shapes] == [
        figure.layout[a].domain[1] for a in ("xaxis", "xaxis2")
    ]


def test_a_line_is_ringed_on_both_maps(samples):
    figure = draw(samples, marked="S25", vector=True)
    rings = [trace for trace in figure.data if trace.marker.symbol == "circle-open"]
    assert [(ring.xaxis, ring.x[0]) for ring in rings] == [
        ("x", samples.loc["S25", "x_before"]),
        ("x2", samples.loc["S25", "x_after"]),
    ]
    assert {trace.type for trace in figure.data} == {"scatter"}


def test_names_are_shown_letter_by_letter(samples):
    figure = draw(samples)
    texts = [text for trace in figure.data if trace.text is not None for text in trace.text]
    assert texts
    assert all(text.startswith("&lt;b&gt;line") for text in texts)


def test_the_heatmap_has_a_column_a_line_in_order():
    likely = pd.DataFrame({"Basal": [0.9, 0.2, 0.1], "LumA": [0.1, 0.8, 0.9]}, index=["c", "a", "b"])
    outside = pd.Series({"a": True, "b": False, "c": False})
    figure = call_heatmap(
        likely, pd.Series({"a": "<i>A", "b": "B", "c": "a very long name of a line"}), outside
    )
    heatmap, grey = figure.data
    np.testing.assert_equal(np.array(heatmap.z), [[0.9, np.nan, 0.1], [0.1, np.nan, 0.9]])
    np.testing.assert_equal(np.array(grey.z), [[np.nan, 0.2, np.nan], [np.nan, 0.8, np.nan]])
    assert heatmap.colorscale != grey.colorscale
    assert OUTSIDE in grey.hovertemplate
    assert list(figure.layout.xaxis.ticktext) == ["a very long name …", "&lt;i&gt;A", "B"]
    assert heatmap.customdata[1][2] == ["B", "LumA"]
    assert list(figure.layout.yaxis.ticktext) == ["Basal", "LumA"]
    many = pd.DataFrame({"Basal": np.linspace(0, 1, 300), "LumA": np.linspace(1, 0, 300)})
    figure = call_heatmap(many, pd.Series(map(str, range(300))), pd.Series([False] * 300))
    assert not figure.layout.xaxis.ticktext


def test_genes_show_the_line_between_the_subtypes():
    rows = [("ESR1", 8.0, 7.0, 7.5, 2.0), ("<KRT5>", 1.0, 1.5, 1.0, 6.0)]
    genes = pd.DataFrame(rows, columns=["gene", "observed", "aligned", "mean_call", "mean_runner_up"])
    figure = gene_chart(genes, "LumA", "Basal", PAM50, "MCF7")
    shown = {trace.name: (list(trace.x), trace.marker.color) for trace in figure.data}
    assert shown["LumA tumors, mean"] == ([7.5, 1.0], PAM50["LumA"])
    assert shown["Basal tumors, mean"] == ([2.0, 6.0], PAM50["Basal"])
    assert shown["MCF7 observed"][0] == [8.0, 1.0]
    assert shown["MCF7 aligned"][0] == [7.0, 1.5]
    unaligned = gene_chart(genes.drop(columns="aligned"), "LumA", "Basal", PAM50, "MCF7")
    assert {trace.name for trace in unaligned.data} == set(shown) - {"MCF7 aligned"}
    assert list(figure.layout.yaxis.ticktext) == ["ESR1", "&lt;KRT5&gt;"]
    assert [(s.x0, s.x1) for s in figure.layout.shapes] == [(7.5, 2.0), (1.0, 6.0)]
