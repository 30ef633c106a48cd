import numpy as np
import pandas as pd
import pytest

from rnalign_core.metrics import MatchSettings, View, match, one_view, subtype_calls, views


def cohort(seed=0):
    rng = np.random.default_rng(seed)
    line_types = pd.Series(list("AAAABBBBCCCC"), [f"l{i}" for i in range(12)], dtype=object)
    tumor_types = pd.Series(list("ABC" * 20), [f"t{i}" for i in range(60)], dtype=object)
    return rng.normal(size=(12, 6)), rng.normal(size=(60, 6)), line_types, tumor_types


def test_a_line_is_called_by_the_tumors_of_its_view():
    lines, tumors, line_types, tumor_types = cohort()
    other = cohort(1)[1][:, :4]  # another model: other tumors' profiles, fewer features
    first = np.arange(12) % 2 == 0
    two = [View(first, lines[first], tumors), View(~first, lines[~first, :4], other)]
    settings = MatchSettings(k=5, min_tumors=1, min_lines=1)
    found = match(two, line_types, tumor_types, settings).lines
    alone = [
        match(one_view(x, y), line_types, tumor_types, settings).lines
        for x, y in ((lines, tumors), (lines[:, :4], other))
    ]
    pd.testing.assert_frame_equal(found[first], alone[0][first])
    pd.testing.assert_frame_equal(found[~first], alone[1][~first])
    assert not found["call"].equals(alone[0]["call"])


def test_margins_are_those_of_the_line_s_view():
    lines, tumors, line_types, tumor_types = cohort()
    line_groups, tumor_groups = line_types.replace("C", "A"), tumor_types.replace("C", "A")
    first = np.arange(12) < 5
    two = [View(first, lines[first], tumors), View(~first, lines[~first], -tumors)]
    margin = subtype_calls(two, line_groups, tumor_groups).lines["margin"]
    plus = subtype_calls(one_view(lines, tumors), line_groups, tumor_groups).lines["margin"]
    np.testing.assert_allclose(margin, np.where(first, plus, -plus))


def test_views_take_lines_from_their_model_and_all_tumors_of_it():
    fold = np.array([1, -1, 0, -1, 1, -1])
    is_line = np.array([True, False, True, True, True, False])
    found = list(views(lambda f: np.full((6, 2), f) + np.arange(6)[:, None] / 10, fold, is_line, ~is_line))
    assert [view.lines.tolist() for view in found] == [
        [False, False, True, False],
        [False, True, False, False],
        [True, False, False, True],
    ]
    np.testing.assert_allclose(found[2].line_profiles[:, 0], [1.0, 1.4])
    np.testing.assert_allclose(found[2].tumor_profiles[:, 0], [1.1, 1.5])
    np.testing.assert_allclose(found[0].line_profiles[:, 0], [-0.7])


def test_every_line_is_in_one_view():
    lines, tumors, line_types, tumor_types = cohort()
    half = np.arange(12) < 6
    part = View(half, lines[half], tumors)
    with pytest.raises(ValueError, match="6 of 12 lines are not in exactly one view"):
        match([part], line_types, tumor_types)
    with pytest.raises(ValueError, match="6 of 12 lines are not in exactly one view"):
        match([*one_view(lines, tumors), part], line_types, tumor_types)
    with pytest.raises(ValueError, match="line profiles have shape"):
        match([View(half, lines, tumors)], line_types, tumor_types)
