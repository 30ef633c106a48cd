import pytest

from rnalign_core.ui.selection import in_link


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        ([], None),
        (["a", "b"], "a,b"),
        ([f"s{i}" for i in range(20)], ",".join(f"s{i}" for i in range(20))),
        ([f"s{i}" for i in range(21)], None),
        (["a", "b,c"], r"a,b\,c"),
    ],
)
def test_a_link_names_a_few_samples(ids, text):
    assert in_link(ids) == text
