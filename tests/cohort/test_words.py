import pytest

from rnalign_core.cohort.words import count, duration, if_simulated, some


def test_count_agrees_in_number():
    assert [count(n, "sample") for n in (0, 1, 1200)] == ["0 samples", "1 sample", "1,200 samples"]


def test_some_names_the_first_and_counts_the_rest():
    assert some("abc", 3) == "a, b, c"
    assert some(range(2000), 2) == "0, 1 and 1,998 more"
    assert some(["x" * 99, ""]) == "x" * 60 + ", (no name)"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1.2, "1 second"), (42, "42 seconds"), (200, "3 minutes"), (5399, "90 minutes"), (9000, "2.5 hours")],
)
def test_durations(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("title", "simulated", "said"),
    [("Breast", True, " (simulated)"), ("Breast", False, ""), ("Demo (Simulated)", True, "")],
)
def test_what_is_simulated_is_called_so_once(title, simulated, said):
    assert if_simulated(title, simulated) == said
