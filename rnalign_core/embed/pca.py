"""Principal components."""

from __future__ import annotations

import numpy as np
from sklearn.decomposition import PCA


def principal_components(x: np.ndarray, n_components: int = 50, seed: int = 0) -> np.ndarray:
    """Return the scores of samples on the first principal components, features centred but not scaled.

    Exact for small tables, by randomised SVD (Halko, Martinsson & Tropp, SIAM Rev 2011) for large ones.

    Parameters
    ----------
    x
        Array of shape (n_samples, n_features).
    n_components
        Components wanted; no more than n_samples - 1 or n_features exist, and then those are returned.
    seed
        Seed of the randomised SVD.

    Returns
    -------
    Array of shape (n_samples, n_components), in the precision of `x`.

    Raises
    ------
    ValueError
        If there are fewer than 2 samples or a value is NaN or infinite.
    """
    x = np.asarray(x)
    n_components = min(n_components, x.shape[0] - 1, x.shape[1])
    if n_components < 1:
        raise ValueError(
            f"principal components need at least 2 samples and 1 feature, the table is {x.shape}"
        )
    return PCA(n_components, random_state=seed).fit_transform(x)
