import numpy as np
import pandas as pd
import pytest

from rnalign_core.plots.subtype_quality import SPACES, preservation_chart, reliability_chart


def test_preservation_shows_every_subtype_in_every_space_with_its_interval():
    rows = [
        (subtype, space, n, rate, rate - 0.1, rate + 0.05)
        for subtype, n, rates in (("mean of subtypes", 40, (0.8, 0.85, 0.6)), ("<LumA>", 30, (0.9, 0.9, 0.7)))
        for space, rate in zip(("input", "residual", "decoded"), rates, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["subtype", "space", "n_tumors", "rate", "low", "high"])
    figure = preservation_chart(table)
    assert [trace.name for trace in figure.data] == [label for label, _ in SPACES.values()]
    for trace, space in zip(figure.data, SPACES, strict=True):
        part = table[table["space"] == space]
        assert list(trace.x) == part["rate"].tolist()
        assert list(trace.error_x.array) == pytest.approx([0.05, 0.05])
        assert list(trace.error_x.arrayminus) == pytest.approx([0.1, 0.1])
        assert [round(y) for y in trace.y] == [0, 1]
    assert list(figure.layout.yaxis.ticktext) == ["<b>mean of subtypes</b>  40", "<b>&lt;LumA&gt;</b>  30"]


def test_long_names_leave_room_for_the_figure():
    names = [
        "mean of subtypes",
        "a subtype of a great many letters, 1",
        "a subtype of a great many letters, 2",
    ]
    rows = [(name, "input", 9, 0.5, 0.4, 0.6) for name in names]
    figure = preservation_chart(
        pd.DataFrame(rows, columns=["subtype", "space", "n_tumors", "rate", "low", "high"])
    )
    first, *others = figure.layout.yaxis.ticktext
    assert first == "<b>mean of subtypes</b>  9"
    assert len(set(others)) == 2
    assert max(map(len, others)) < 30


def test_reliability_leaves_out_empty_bins_and_larger_points_are_more_calls():
    share, stated, true = (
        np.array([0.0, 0.2, 0.8]),
        np.array([np.nan, 0.5, 0.9]),
        np.array([np.nan, 0.4, 0.95]),
    )
    figure = reliability_chart([("tumors", "#123456", share, stated, true)])
    [trace] = figure.data
    assert list(trace.x) == [0.5, 0.9]
    assert list(trace.y) == [0.4, 0.95]
    assert trace.marker.size[1] > trace.marker.size[0]
    [diagonal] = figure.layout.shapes
    assert (diagonal.x0, diagonal.y0, diagonal.x1, diagonal.y1) == (0, 0, 1, 1)
