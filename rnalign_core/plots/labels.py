"""Names on a map that do not cover each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Where a name may go, in boxes of its own size from where it belongs: there, above, below, aside.
OFFSETS = (
    (0, 0),
    (0, 1),
    (0, -1),
    (0.6, 0.9),
    (-0.6, 0.9),
    (0.6, -0.9),
    (-0.6, -0.9),
    (1, 0),
    (-1, 0),
    (0, 2),
    (0, -2),
)


def place(
    anchors: np.ndarray, sizes: np.ndarray, offsets: Sequence[tuple[float, float]] = OFFSETS
) -> np.ndarray:
    """Place labels one after another, each where it belongs or close by, so that no two boxes overlap.

    Parameters
    ----------
    anchors
        Array of shape (n_labels, 2): where the labels belong, the most important first.
    sizes
        Array of shape (n_labels, 2): widths and heights of their boxes, in the units of `anchors`.
    offsets
        Where a label may go, in boxes of its own size from where it belongs, the best place first.

    Returns
    -------
    Array of shape (n_labels, 2): centres of the labels, NaN for those without a free place.
    """
    centres = np.full(anchors.shape, np.nan)
    for i, size in enumerate(sizes):
        candidates = anchors[i] + np.array(offsets) * size
        apart = np.abs(candidates[:, None] - centres[None, :i])
        needed = (size + sizes[:i]) / 2
        overlaps = (apart < needed * (1 - 1e-9)).all(axis=2).any(axis=1)  # NaN overlaps nothing
        if not overlaps.all():
            centres[i] = candidates[np.argmin(overlaps)]
    return centres
