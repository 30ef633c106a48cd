"""Contrastive principal components: directions that vary in one set of samples and not in the other."""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import LinearOperator, svds


def contrastive_components(
    target: np.ndarray, background: np.ndarray, n_components: int, *, seed: int = 0
) -> np.ndarray:
    """Find the leading axes of the difference of two covariance matrices, as Celligner does.

    Celligner (Warren et al., Nat Commun 2021) hands the difference of covariances (Abid et al. 2018) to a PCA, which
    centres its columns: the axes are the right singular vectors of the centred difference, by absolute size. They
    are found from products with the samples, so the genes x genes matrix is never formed.

    Parameters
    ----------
    target, background
        Arrays of shape (n_samples, n_genes) of the same genes, each centred on 0 per gene.
    n_components
        Number of axes; less than n_genes.
    seed
        Seed of the start vector.

    Returns
    -------
    Orthonormal rows, shape (n_components, n_genes), by falling singular value; in the precision of `target`.
    """
    n_genes, dtype = target.shape[1], target.dtype

    def difference(v: np.ndarray) -> np.ndarray:
        v = np.ravel(v).astype(dtype, copy=False)
        sides = [x.T @ (x @ v) / dtype.type(len(x) - 1) for x in (target, background)]
        return sides[0] - sides[1]

    def centred(v: np.ndarray) -> np.ndarray:
        return v - v.mean()

    operator = LinearOperator(
        (n_genes, n_genes),
        matvec=lambda v: centred(difference(v)),
        rmatvec=lambda v: difference(centred(np.ravel(v))),
        dtype=dtype,
    )
    _, values, axes = svds(
        operator, n_components, return_singular_vectors="vh", rng=np.random.default_rng(seed)
    )
    return axes[np.argsort(-values)]


def remove_components(x: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Regress orthonormal axes, shape (n_components, n_genes), out of samples, shape (n_samples, n_genes)."""
    return x - (x @ axes.T) @ axes
