"""What the figures of rankings show."""

import numpy as np
import pandas as pd
import pytest

from rnalign_core.plots.ranking import (
    HOLLOW,
    OTHER,
    OWN,
    ranked_alt,
    ranked_lines,
)


@pytest.fixture
def lines():
    n = 40
    z = np.linspace(1, -6, n)
    table = pd.DataFrame(
        {
            "name": [f"<b>L{i}</b>" for i in range(n)],
            "cancer_type": ["BRCA", "LUSC", None, "BRCA"] * 10,
            "subtype": ["Basal", None] * 20,
            "rank": range(1, n + 1),
            "score": np.linspace(0.8, 0, n),
            "score_low": np.linspace(0.7, 0, n),
            "score_high": np.linspace(0.9, 0.1, n),
            "z": z,
            "z_low": z - 0.5,
            "z_high": z + 0.25,
            "cautions": [()] * 3 + [("no_group",)] + [()] * 36,
        },
        index=[f"S{i}" for i in range(n)],
    )
    return table


def shapes(figure, kind):
    return [shape for shape in figure.layout.shapes if shape.type == kind]


def test_the_first_lines_are_drawn_with_their_intervals(lines):
    figure = ranked_lines(lines, np.linspace(-2, 2, 101), ["BRCA"], 10)
    drawn = [trace for trace in figure.data if trace.error_x.array is not None]
    rows = {int(y): (x, up, down) for t in drawn for x, y, up, down in zip(
        t.x, t.y, t.error_x.array, t.error_x.arrayminus, strict=True)}  # fmt: skip
    assert sorted(rows) == list(range(10))
    for row, (x, up, down) in rows.items():
        assert x == lines["z"].iloc[row]
        assert (up, down) == (pytest.approx(0.25), pytest.approx(0.5))
    assert figure.layout.yaxis.ticktext[0] == "1.  &lt;b&gt;L0&lt;/b&gt;"
    assert figure.layout.annotations[0].text == "0.80  (0.70 to 0.90)"


def test_the_tumors_middle_half_and_middle_90_percent_are_shaded(lines):
    figure = ranked_lines(lines, np.linspace(-2, 2, 101), ["BRCA"])
    bands = [(shape.x0, shape.x1) for shape in shapes(figure, "rect")]
    assert [(pytest.approx(-1.8), pytest.approx(1.8)), (pytest.approx(-1), pytest.approx(1))] == bands
    assert [line.x0 for line in shapes(figure, "line")] == [pytest.approx(0)]
    axis = figure.layout.xaxis2
    assert dict(zip(axis.ticktext, axis.tickvals, strict=True))["50 %"] == pytest.approx(0)
    assert axis.range == figure.layout.xaxis.range


def test_percentiles_that_would_touch_are_left_out(lines):
    far = lines.assign(z_low=lines["z_low"] * 20)
    ticks = ranked_lines(far, np.linspace(-2, 2, 101), ["BRCA"]).layout.xaxis2
    low, high = ticks.range
    assert "50 %" in ticks.ticktext
    assert (np.diff(ticks.tickvals) > 0.05 * (high - low)).all()
    assert len(ticks.ticktext) < 6
    near = np.linspace(-0.8, 0.8, 101)  # in a small window, a tenth of the axis is as long as "75 %"
    axis = ranked_lines(lines, near, ["BRCA"]).layout.xaxis2
    assert (np.diff(axis.tickvals) > 0.1 * (axis.range[1] - axis.range[0])).all()


def test_marks_say_whose_type_it_is_and_hollow_ones_resemble_nothing(lines):
    figure = ranked_lines(lines, np.linspace(-2, 2, 101), ["BRCA"], 8)
    symbols = {}
    for trace in figure.data:
        if trace.error_x.array is not None:
            symbols |= {int(row): (symbol, trace.marker.color) for row, symbol in zip(
                trace.y, trace.marker.symbol, strict=True)}  # fmt: skip
    assert {row for row, (symbol, _) in symbols.items() if symbol == "diamond-open"} == {3}
    assert len({color for _, color in symbols.values()}) == 3
    assert symbols[0][1] == symbols[3][1] != symbols[1][1]
    assert {trace.name for trace in figure.data if trace.showlegend is not False} >= {OWN, OTHER, HOLLOW}
    none_hollow = ranked_lines(lines, np.linspace(-2, 2, 101), ["BRCA"], 3)
    assert HOLLOW not in {trace.name for trace in none_hollow.data}


def test_a_long_name_leaves_room_for_the_figure(lines):
    lines["name"] = ["L" * 94, *lines["name"][1:]]
    figure = ranked_lines(lines, np.linspace(-2, 2, 101), ["BRCA"])
    assert max(map(len, figure.layout.yaxis.ticktext)) < 40
    assert any("L" * 94 in text for trace in figure.data for text in trace.text or ())


def test_it_is_said_in_words(lines):
    assert ranked_alt(lines, "BRCA") == (
        "The 25 cell lines most typical of BRCA, with intervals. First, with score and interval: "
        "<b>L0</b>, 0.80  (0.70 to 0.90); <b>L1</b>, 0.78  (0.68 to 0.88); <b>L2</b>, 0.76  (0.66 to 0.86)."
    )
