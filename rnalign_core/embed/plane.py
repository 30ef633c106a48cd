"""The plane in which samples vary most, with the share of variance of each axis."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Plane(NamedTuple):
    """Samples on their first two principal components.

    Parameters
    ----------
    positions
        Array of shape (n_samples, 2).
    variance
        Share of the total variance on each of the two axes.
    """

    positions: np.ndarray
    variance: tuple[float, float]


def principal_plane(x: np.ndarray, like: np.ndarray | None = None) -> Plane:
    """Return the first two principal components, exactly; features are centred, not scaled.

    Parameters
    ----------
    x
        Array of shape (n_samples, n_features).
    like
        Positions of shape (n_samples, 2) to which the axes, whose signs are arbitrary, are turned.

    Raises
    ------
    ValueError
        If there are fewer than 3 samples or 2 features, or all samples coincide.
    """
    n_samples, n_features = x.shape
    if n_samples < 3 or n_features < 2:
        raise ValueError(f"a plane needs at least 3 samples and 2 features, the table is {x.shape}")
    centred = x - x.mean(axis=0, dtype=np.float64)
    if n_samples <= n_features:  # the smaller of the two Gram matrices has the same spectrum
        values, vectors = np.linalg.eigh(centred @ centred.T)
        positions = vectors[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0))
    else:
        values, vectors = np.linalg.eigh(centred.T @ centred)
        positions = centred @ vectors[:, [-1, -2]]
    total = np.square(centred).sum()
    if total == 0:
        raise ValueError("all samples coincide")
    reference = np.abs(positions).argmax(axis=0)
    signs = np.sign(positions[reference, [0, 1]])
    if like is not None:
        signs = np.sign((positions * (like - like.mean(axis=0))).sum(axis=0))
    first, second = np.maximum(values[[-1, -2]], 0) / total
    return Plane(positions * np.where(signs == 0, 1, signs), (float(first), float(second)))
