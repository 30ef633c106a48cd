"""Pairwise quantities of decoded profiles without decoding a single gene.

The decoder's last layer is linear, and so is averaging over models: every aligned profile is a row of coefficients
times one dictionary of gene profiles (the stacked last layers). With G the Gram matrix of that dictionary and R a root
of it (R R^T = G), the rows ``coefficients @ R`` have exactly the distances and inner products of the profiles in gene
space. Centring each dictionary row over genes first gives Pearson correlation. The cost of a new set of labels is that
of the small hidden layers: it does not depend on the number of genes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import helmert

Metric = Literal["pearson", "euclidean"]


def coefficients(hidden: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Return the coefficients of the cross-fitted aligned profiles on the dictionary.

    Parameters
    ----------
    hidden
        Decoder hidden layers, (n_models, n_samples, width).
    fold
        Model of each sample, (n_samples,): a fold, or a negative number for the mean over all models.

    Returns
    -------
    Array of shape (n_samples, n_models * (width + 1)), float32.
    """
    n_models, n_samples, width = hidden.shape
    share = np.where(fold[None, :] < 0, 1 / n_models, fold[None, :] == np.arange(n_models)[:, None])
    out = np.empty((n_samples, n_models, width + 1), np.float32)
    for model in range(n_models):
        np.multiply(hidden[model], share[model, :, None], out=out[:, model, :width], casting="same_kind")
        out[:, model, width] = share[model]
    return out.reshape(n_samples, n_models * (width + 1))


@dataclass(frozen=True)
class ExactForm:
    """Roots of the dictionary's Gram matrices; computed once a model.

    Parameters
    ----------
    euclidean, pearson
        Roots of the plain and of the gene-centred Gram matrix, each (n_dictionary, rank or rank + 1), float32.
    """

    euclidean: np.ndarray
    pearson: np.ndarray

    @classmethod
    def of(cls, dictionary: np.ndarray) -> ExactForm:
        """Compute the roots for a dictionary of shape (n_dictionary, n_genes)."""
        rows = dictionary.astype(np.float64)
        centred = rows - rows.mean(axis=1, keepdims=True)
        root = _root(centred @ centred.T)
        # Turned so that every row has mean 0: then the mean that Pearson takes off over coordinates is no change.
        return cls(
            _root(rows @ rows.T).astype(np.float32), (root @ helmert(root.shape[1] + 1)).astype(np.float32)
        )

    def coordinates(self, coefficients: np.ndarray, metric: Metric) -> np.ndarray:
        """Return a short row a sample that stands for its decoded profile over all genes.

        Parameters
        ----------
        coefficients
            As from :func:`coefficients`, (n_samples, n_dictionary).
        metric
            ``euclidean``: distances between rows, inner products and principal components are those in gene space.
            ``pearson``: Pearson correlations between rows are those over genes.

        Returns
        -------
        Array of shape (n_samples, n_coordinates), float32.
        """
        return coefficients @ (self.euclidean if metric == "euclidean" else self.pearson)


def _root(gram: np.ndarray) -> np.ndarray:
    """Root R of a positive semi-definite matrix, R R^T = gram, without the directions of no variance; float64."""
    values, vectors = np.linalg.eigh(gram)
    keep = values > values[-1] * 1e-12
    return vectors[:, keep] * np.sqrt(values[keep])
