import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnalign_core.plots.labels import place

WHOLE = st.integers(-20, 20).map(float)


def overlapping(a, size_a, b, size_b):
    """Share inside of two boxes, by the corners."""
    inner = np.minimum(a + size_a / 2, b + size_b / 2) - np.maximum(a - size_a / 2, b - size_b / 2)
    return (inner > 1e-6).all()


def test_a_name_with_room_stands_where_it_belongs():
    anchors = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    assert place(anchors, np.full((3, 2), [4.0, 1.0])).tolist() == anchors.tolist()


def test_of_two_that_coincide_the_first_stays_and_the_second_moves_next_to_it():
    first, second = place(np.zeros((2, 2)), np.full((2, 2), [4.0, 1.0]))
    assert first.tolist() == [0, 0]
    assert second.tolist() == [0, 1]


def test_a_name_without_a_free_place_is_left_out():
    centres = place(np.zeros((30, 2)), np.full((30, 2), [4.0, 1.0]))
    assert 1 < np.isfinite(centres[:, 0]).sum() < 30


@given(arrays(float, (12, 2), elements=WHOLE), arrays(float, (12, 2), elements=st.integers(1, 9).map(float)))
def test_no_two_names_overlap(anchors, sizes):
    centres = place(anchors, sizes)
    shown = np.flatnonzero(np.isfinite(centres[:, 0]))
    for n, i in enumerate(shown):
        for j in shown[:n]:
            assert not overlapping(centres[i], sizes[i], centres[j], sizes[j])
