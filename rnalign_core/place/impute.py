"""Values of genes that an upload does not have, from those that it has and how genes go together in the run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

N_COMPONENTS = 64


@dataclass(frozen=True)
class GeneModel:
    """Probabilistic principal components of genes (Tipping & Bishop, J. R. Statist. Soc. B 1999).

    Parameters
    ----------
    mean
        (n_genes,).
    loadings
        (n_genes, n_components), scaled by the square root of the variance above the noise.
    noise
        Variance of what the components leave, the same for all genes.
    """

    mean: np.ndarray
    loadings: np.ndarray
    noise: float

    @classmethod
    def fit(cls, x: np.ndarray, seed: int = 0) -> GeneModel:
        """Fit to standardised expression, (n_samples, n_genes)."""
        n = min(N_COMPONENTS, len(x) - 1, x.shape[1] - 1)
        found = PCA(n, svd_solver="randomized", random_state=seed).fit(x)
        above = np.sqrt(np.maximum(found.explained_variance_ - found.noise_variance_, 0))
        noise = max(float(found.noise_variance_), 1e-6)  # 0 where all variance is in the components
        return cls(found.mean_, found.components_.T * above, noise)

    def fill(self, x: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Return `x` with the expectation of the missing genes given the others.

        Parameters
        ----------
        x
            (n_samples, n_genes).
        missing
            Which genes, boolean, (n_genes,).
        """
        known, wanted = self.loadings[~missing], self.loadings[missing]
        inner = known.T @ known + self.noise * np.eye(known.shape[1])
        scores = np.linalg.solve(inner, known.T @ (x[:, ~missing] - self.mean[~missing]).T)
        filled = x.copy()
        filled[:, missing] = self.mean[missing] + (wanted @ scores).T
        return filled
