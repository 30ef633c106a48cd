"""Names on a map, moved apart where they would cover each other."""

from __future__ import annotations

import numpy as np


def spread(anchors: np.ndarray, sizes: np.ndarray, n_steps: int = 200) -> np.ndarray:
    """Move label centres apart until no two boxes overlap, or `n_steps` are over.

    Overlapping pairs are pushed away from each other, each by half of what is missing, along the axis on which
    less is missing.

    Parameters
    ----------
    anchors
        Array of shape (n_labels, 2): where the labels belong.
    sizes
        Array of shape (n_labels, 2): widths and heights of their boxes, in the units of `anchors`.

    Returns
    -------
    Array of shape (n_labels, 2): centres of the labels.
    """
    centres = np.array(anchors, dtype=float)
    first, second = np.triu_indices(len(centres), 1)
    needed = (sizes[first] + sizes[second]) / 2
    for _ in range(n_steps):
        apart = centres[second] - centres[first]
        missing = needed - np.abs(apart)
        overlapping = np.flatnonzero((missing > 1e-9).all(axis=1))
        if not len(overlapping):
            break
        axis = missing[overlapping].argmin(axis=1)
        sign = np.where(apart[overlapping, axis] >= 0, 1.0, -1.0)
        push = 0.5 * missing[overlapping, axis] * sign
        np.add.at(centres, (second[overlapping], axis), push)
        np.add.at(centres, (first[overlapping], axis), -push)
    return centres
