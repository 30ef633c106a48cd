"""Correlations of decoded profiles that keep each sample's own residual, without making these profiles.

With x the standardised expression of a sample, D the dictionary, c the coefficients of its decoded profile and r those
of its reconstruction, the profile with its residual, scaled by s, is ``c D + s (x - r D) = s x + g D``, where
``g = c - s r``. All inner products follow from ``x x'``, which is the same for every model and set of labels, and from
the short rows ``P = x D'``; so a new set of labels costs nothing that grows with the number of genes.
"""

from __future__ import annotations

import numpy as np

from rnalign_core.decode.aligned import Alignment


class ResidualForm:
    """What correlations of profiles with residual need, computed once for an alignment or one model's view of it.

    Parameters
    ----------
    alignment
        The alignment, or the view of one model.
    centred
        Standardised expression, each row centred over genes, (n_samples, n_genes).
    scale
        What each sample's residual is multiplied by, from :meth:`Alignment.residual_scale`, (n_samples,).
    """

    def __init__(self, alignment: Alignment, centred: np.ndarray, scale: np.ndarray):
        dictionary = alignment.dictionary - alignment.dictionary.mean(axis=1, keepdims=True)
        self.scale = scale
        self._projected = centred @ dictionary.T * self.scale[:, None]
        self._gram = (dictionary.astype(np.float64) @ dictionary.T.astype(np.float64)).astype(np.float32)
        self._reconstruction = alignment.reconstruction * self.scale[:, None]
        self._own = np.einsum("ij,ij->i", centred, centred) * self.scale**2
        self.decode(alignment.coefficients)

    def decode(self, coefficients: np.ndarray) -> None:
        """Take the coefficients of decoded profiles at other labels, (n_samples, n_dictionary)."""
        self._g = coefficients - self._reconstruction
        self._g_gram = self._g @ self._gram
        squared = self._own + np.einsum("ij,ij->i", 2 * self._projected + self._g_gram, self._g)
        self._norm = np.sqrt(np.maximum(squared, np.finfo(np.float32).tiny))

    def correlation(self, rows: np.ndarray, columns: np.ndarray, inner: np.ndarray) -> np.ndarray:
        """Return Pearson correlations over genes between profiles of two lists of samples.

        Parameters
        ----------
        rows, columns
            Positions of samples.
        inner
            Inner products of their centred expression, (n_rows, n_columns).

        Returns
        -------
        Array of shape (n_rows, n_columns), float32.
        """
        found = inner * self.scale[rows, None]
        found *= self.scale[columns]
        found += (self._projected[rows] + self._g_gram[rows]) @ self._g[columns].T
        found += self._g[rows] @ self._projected[columns].T
        found /= self._norm[rows, None]
        found /= self._norm[columns]
        return found
