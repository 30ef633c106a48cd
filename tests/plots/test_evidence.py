import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from rnalign_core.plots.evidence import (
    COLORS,
    echo_alt,
    echo_figure,
    method_colors,
    overall_alt,
    overall_rates,
    rates_alt,
    rates_by_type,
    rates_by_type_panels,
)
from rnalign_core.plots.palette import ACCENT, BEFORE

TITLES = {"input_standardised": "Input", "celligner": "Celligner", "rnalign": "RNAlign"}
SIZES = {"LUAD": (40, 300), "BRCA": (60, 900), "SKCM": (100, 400)}
RATES = {
    "input_standardised": {"LUAD": 0.3, "BRCA": 0.4, "SKCM": 0.5},
    "celligner": {"LUAD": 0.35, "BRCA": 0.45, "SKCM": 0.55},
    "rnalign": {"LUAD": 0.6, "BRCA": 0.7, "SKCM": 0.8},
}
EVIL = "<a href='javascript:alert(1)'>x</a>"

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB: as seen normally, deuteranopia, protanopia.
SIGHT = [
    np.eye(3),
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
]


@pytest.fixture
def types():
    return pd.DataFrame(
        [
            {"row": row, "cancer_type": code, "n_lines": SIZES[code][0], "n_tumors": SIZES[code][1]}
            | {"rate": rate, "low": rate - 0.1, "high": rate + 0.15}
            for row, rates in RATES.items()
            for code, rate in rates.items()
        ]
    )


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "title": ["Input", "Celligner", "LDA", "RNAlign", "Broken"],
            "labels": ["none", "none", "of other folds", "of other folds", "none"],
            "match_micro": [0.5, 0.45, 0.75, 0.7, np.nan],
            "match_micro_low": [0.45, 0.4, 0.7, 0.65, np.nan],
            "match_micro_high": [0.6, 0.55, 0.85, 0.8, np.nan],
        },
        index=["input_standardised", "celligner", "lda", "rnalign", "broken"],
    )


@pytest.fixture
def echo():
    def entry(title, told, own, follow):
        return {
            "title": title, "label_conditioned": told, "chance": 0.1, "problem": None,
            "own": {"value": own, "low": own - 0.05, "high": own},
            "follow": {"value": follow, "low": follow - 0.03, "high": follow + 0.03},
        }  # fmt: skip

    broken = {"title": "Broken", "label_conditioned": False, "own": None, "follow": None, "chance": None}
    return [entry("A told", True, 1.0, 0.95), broken, entry("RNAlign", False, 0.75, 0.09)]


def test_types_with_many_lines_come_first_for_every_method(types):
    figure = rates_by_type(types.sample(frac=1, random_state=1), list(TITLES), TITLES)
    assert [label.split("</b>")[0] for label in figure.layout.yaxis.ticktext] == [
        "<b>SKCM",
        "<b>BRCA",
        "<b>LUAD",
    ]
    assert "40 · 300" in figure.layout.yaxis.ticktext[2]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first row is on top
    for trace, row in zip(figure.data, RATES, strict=True):
        assert list(trace.text) == ["SKCM", "BRCA", "LUAD"]
        np.testing.assert_allclose(trace.x, [RATES[row][code] for code in trace.text])
        np.testing.assert_allclose(trace.error_x.array, 0.15)
        np.testing.assert_allclose(trace.error_x.arrayminus, 0.1)
        assert np.round(trace.y).tolist() == [0, 1, 2]


@pytest.mark.parametrize("n", [1, 2, 6])
def test_methods_side_by_side_do_not_touch_the_next_type(types, n):
    rows = [f"method{i}" for i in range(n)]
    table = pd.concat([types[types["row"] == "rnalign"].assign(row=row) for row in rows])
    figure = rates_by_type(table, rows, {row: row for row in rows})
    offsets = [trace.y[0] for trace in figure.data]
    assert offsets == sorted(offsets)
    assert len(set(np.round(offsets, 6))) == n
    assert np.abs(offsets).max() < 0.45
    pixels = figure.layout.height / len(SIZES) * np.diff(offsets)
    assert (pixels > 8).all()


def test_only_chosen_methods_are_drawn(types):
    figure = rates_by_type(types, ["rnalign"], TITLES)
    assert [trace.name for trace in figure.data] == ["RNAlign"]
    assert figure.layout.showlegend


def test_a_type_that_one_method_lacks_keeps_its_row(types):
    types = types[~((types["row"] == "rnalign") & (types["cancer_type"] == "BRCA"))]
    figure = rates_by_type(types, ["input_standardised", "rnalign"], TITLES)
    assert list(figure.data[1].text) == ["SKCM", "LUAD"]
    assert np.round(figure.data[1].y).tolist() == [0, 2]


def test_input_and_rnalign_have_their_usual_colours():
    colors = method_colors(["celligner", "rnalign", "input_standardised", "lda"])
    assert colors["rnalign"] == ACCENT
    assert colors["input_standardised"] == BEFORE
    assert len(set(colors.values())) == 4


def linear(color):
    channels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    cone = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ np.clip(rgb, 0, 1)
    )
    return (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ cone
    )


@pytest.mark.parametrize("sight", SIGHT, ids=["normal", "deuteranopia", "protanopia"])
def test_six_methods_stay_apart_without_full_colour_vision(sight):
    seen = {color: oklab(np.array(sight) @ linear(color)) for color in (*COLORS[:4], BEFORE, ACCENT)}
    pairs = [
        pair for pair in combinations(seen, 2) if pair != (BEFORE, ACCENT)
    ]  # which are what they always were
    assert min(np.linalg.norm(seen[a] - seen[b]) for a, b in pairs) > 0.13


@pytest.mark.parametrize("page", ["#ffffff", "#11161d"])
def test_methods_show_on_light_and_dark_pages(page):
    weights = [0.2126, 0.7152, 0.0722]
    for color in COLORS:
        low, high = sorted((linear(color) @ weights, linear(page) @ weights))
        assert (high + 0.05) / (low + 0.05) > 2.4


def test_a_panel_for_every_method_with_the_reference_in_it(types):
    figure = rates_by_type_panels(types, list(TITLES), TITLES, "input_standardised")
    dots = {trace.name: trace for trace in figure.data if trace.error_x.array is not None}
    ticks = [trace for trace in figure.data if trace.error_x.array is None]
    assert list(dots) == ["Input", "Celligner", "RNAlign"]
    assert len({trace.xaxis for trace in dots.values()}) == 3
    assert {trace.xaxis for trace in ticks} == {dots["Celligner"].xaxis, dots["RNAlign"].xaxis}
    for trace in ticks:
        assert sorted(trace.x) == [0.3, 0.4, 0.5]
    assert [a.text for a in figure.layout.annotations] == ["Input", "Celligner", "RNAlign"]


def test_overall_rates_are_in_order_with_chance(table):
    figure = overall_rates(table, 0.05)
    assert list(figure.layout.yaxis.ticktext) == ["LDA", "RNAlign", "Input", "Celligner"]
    marks = {trace.name: trace for trace in figure.data}
    assert list(marks["RNAlign"].x) == [0.7]
    assert list(marks["RNAlign"].y) == [1]
    assert list(marks["others that learn from types of other lines"].x) == [0.75]
    assert list(marks["label-free methods"].y) == [2, 3]
    np.testing.assert_allclose(marks["label-free methods"].error_x.array, 0.1)
    np.testing.assert_allclose(marks["label-free methods"].error_x.arrayminus, 0.05)
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (0.05, 0.05)


def test_without_chance_there_is_no_line(table):
    assert not overall_rates(table).layout.shapes


def test_the_control_has_three_marks_a_method_and_the_told_last(echo):
    own, follow, chance = echo_figure(echo).data
    assert list(own.x) == [0.75, 1.0]
    assert list(follow.x) == [0.09, 0.95]
    assert list(chance.x) == [0.1, 0.1]
    np.testing.assert_allclose(follow.error_x.array, 0.03)
    np.testing.assert_allclose(own.error_x.array, 0, atol=1e-12)


def test_the_control_says_in_words_who_follows(echo):
    figure = echo_figure(echo)
    assert figure.layout.title.text == (
        "Given wrong cancer types, lines follow the wrong label in 1 of 2 alignments"
    )
    notes = [a.text for a in figure.layout.annotations]
    assert notes == ["9% follow,<br>no more than chance", "95% follow,<br><b>more than</b> chance"]
    assert "told the type" in figure.layout.yaxis.ticktext[1]
    assert "told the type" not in figure.layout.yaxis.ticktext[0]


def test_the_words_change_with_the_numbers(echo):
    echo[2]["follow"] = {"value": 0.2, "low": 0.15, "high": 0.25}
    assert "in 2 of 2 alignments" in echo_figure(echo).layout.title.text


def test_more_than_chance_by_accident_is_not_following(echo):
    echo[2]["follow"] = {"value": 0.12, "low": 0.08, "high": 0.16}
    assert "in 1 of 2 alignments" in echo_figure(echo).layout.title.text


def test_every_figure_can_be_described(types, table, echo):
    assert rates_alt(types, ["celligner", "rnalign"], TITLES) == (
        "Match rate of 3 cancer types by method, with intervals. Median over types: Celligner 45.0%, RNAlign 70.0%."
    )
    assert overall_alt(table).endswith("LDA 75.0%, RNAlign 70.0%, Input 50.0%, Celligner 45.0%.")
    assert (
        "RNAlign: 75.0% match their own type, 9.0% a wrong type that they were given, chance 10.0%"
        in echo_alt(echo)
    )


def test_names_are_shown_letter_by_letter(types, table, echo):
    types["cancer_type"] = EVIL
    types = types.drop_duplicates(["row", "cancer_type"])
    titles = dict.fromkeys(TITLES, EVIL)
    table["title"] = EVIL
    for entry in echo:
        entry["title"] = EVIL
    figures = (
        rates_by_type(types, list(TITLES), titles),
        rates_by_type_panels(types, list(TITLES), titles, "input_standardised"),
        overall_rates(table, 0.1),
        echo_figure(echo),
    )
    for figure in figures:
        text = json.dumps(figure.to_plotly_json(), default=lambda x: np.asarray(x).tolist())
        assert "&lt;a href" in text
        assert "<a href" not in text
