from rnalign_core.cohort.words import count, some


def test_count_agrees_in_number():
    assert [count(n, "sample") for n in (0, 1, 1200)] == ["0 samples", "1 sample", "1,200 samples"]


def test_some_names_the_first_and_counts_the_rest():
    assert some("abc", 3) == "a, b, c"
    assert some(range(2000), 2) == "0, 1 and 1,998 more"
    assert some(["x" * 99, ""]) == "x" * 60 + ", (no name)"
