"""The map with placed samples: it stays as it is, and they are marked by what they are called."""

import numpy as np
import pandas as pd
import pytest

from rnalign_core.plots.palette import type_color
from rnalign_core.plots.placed import FEW, MAX_NAMED, placed_map


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    n = 60
    return pd.DataFrame(
        {
            "sample_type": np.where(np.arange(n) % 3 == 0, "cell_line", "tumor"),
            "cancer_type": np.array(["BRCA", "LUAD"])[np.arange(n) % 2],
            "name": [f"s{i}" for i in range(n)],
            "x_after": rng.normal(0, 5, n),
            "y_after": rng.normal(0, 5, n),
        },
        index=[f"s{i}" for i in range(n)],
    )


def make_placed(n=4):
    return pd.DataFrame(
        {
            "sample_type": ["tumor", "tumor", "cell_line", "tumor"] * (n // 4),
            "name": [f"<b>mine {i}" for i in range(n)],
            "call": ["BRCA", "LUAD", "BRCA", "LUAD"] * (n // 4),
            "probability": 0.9,
            "abstained": [False, False, False, True] * (n // 4),
            "x_after": np.linspace(-3, 3, n),
            "y_after": np.linspace(2, -2, n),
        },
        index=[f"p{i}" for i in range(n)],
    )


def marks_of(figure):
    return [trace for trace in figure.data if trace.name.startswith("your")]


def places(figure, own):
    """Return x and y of the run's samples (`own`) or of the placed ones, by row number."""
    found = {}
    for trace in figure.data:
        for key, x, y in zip(trace.customdata, trace.x, trace.y, strict=True):
            if (key >= 0) == own:
                found[int(key)] = (float(x), float(y))
    return found


def test_the_map_does_not_move(samples):
    placed = make_placed()
    inside = places(placed_map(samples, placed), own=True)
    outside = places(placed_map(samples, placed.assign(x_after=-placed["x_after"])), own=True)
    assert inside == outside
    assert sorted(inside) == list(range(len(samples)))
    x = np.array([inside[row][0] for row in range(len(samples))])
    assert np.corrcoef(x, samples["x_after"])[0, 1] == pytest.approx(1, abs=1e-6)


def test_placed_samples_lie_where_they_belong_on_the_same_scale(samples):
    placed = make_placed()
    placed.loc["p0", ["x_after", "y_after"]] = samples.loc["s7", ["x_after", "y_after"]].to_numpy(float)
    figure = placed_map(samples, placed)
    assert places(figure, own=False)[-1] == places(figure, own=True)[7]
    assert sorted(places(figure, own=False)) == [-4, -3, -2, -1]


def test_marks_say_kind_call_and_abstention(samples):
    tumors, abstained, lines = marks_of(placed_map(samples, make_placed()))
    assert list(tumors.marker.color) == [type_color("BRCA"), type_color("LUAD")]
    assert tumors.marker.symbol != lines.marker.symbol
    assert list(abstained.customdata) == [-4]
    assert type_color("LUAD") not in abstained.marker.color
    assert "resembling no type" in abstained.hovertext[0]
    assert "called BRCA, probability 0.90" in lines.hovertext[0]
    assert "&lt;b&gt;mine 2" in lines.hovertext[0]


def test_the_chosen_sample_is_larger_and_few_are_named(samples):
    figure = placed_map(samples, make_placed(), chosen="p1")
    usual, chosen = marks_of(figure)[0].marker.size
    assert chosen > usual
    named = [a.text for a in figure.layout.annotations if "mine" in a.text]
    assert sorted(named) == [f"&lt;b&gt;mine {i}" for i in range(4)]
    many = placed_map(samples, make_placed(4 * (MAX_NAMED // 4 + 1)))
    assert not [a for a in many.layout.annotations if "mine" in a.text]


def test_many_are_drawn_smaller(samples):
    few, many = (marks_of(placed_map(samples, make_placed(n)))[0] for n in (4, 4 * FEW))
    assert max(many.marker.size) < min(few.marker.size)
