import pytest

from rnalign_core.evidence import words


@pytest.mark.parametrize(
    ("found", "form", "text"),
    [
        ({"value": 0.755, "low": 0.711, "high": 0.799}, "percent", "75.5\u202f% (71.1 to 79.9)"),
        ({"value": 0.15, "low": None, "high": None, "seed_sd": 0.012}, "percent", "15.0\u202f% ± 1.2"),
        ({"value": 22.56, "low": 20.1, "high": 25.0}, "number", "22.6 (20.1 to 25.0)"),
        ({"value": 0.0412, "low": -0.01, "high": 0.09}, "number", "0.041 (\u22120.010 to 0.090)"),
        ({"value": 4.75}, "number", "4.75"),
        ({"value": 1.0, "low": 0.933, "high": 1.0}, "number", "1.000 (0.933 to 1.000)"),
        ({"value": 0.0}, "percent", "0.0\u202f%"),
        ({"value": None, "problem": "none"}, "percent", "\u2013"),
        (None, "number", "\u2013"),
    ],
)
def test_estimates_as_a_reader_sees_them(found, form, text):
    assert words.estimate(found, form) == text


@pytest.mark.parametrize(
    ("found", "form", "text"),
    [
        ({"value": 0.031, "low": 0.008, "high": 0.054}, "percent", "+3.1 points (0.8 to 5.4)"),
        ({"value": -0.03, "low": -0.06, "high": -0.0001}, "percent", "\u22123.0 points (\u22126.0 to 0.0)"),
        ({"value": -1.5, "low": -2.0, "high": -1.0}, "number", "\u22121.50 (\u22122.00 to \u22121.00)"),
        ({"value": 4.0, "low": None, "high": None}, "number", "+4.00"),
    ],
)
def test_differences_have_a_sign(found, form, text):
    assert words.difference(found, form) == text


def test_headings_say_which_way_is_better():
    heads = [words.heading({"short": "x", "better": better}) for better in ("higher", "lower", None)]
    assert heads == ["x\u00a0↑", "x\u00a0↓", "x"]


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")]
)
def test_lists_of_names(names, text):
    assert words.listed(names) == text
