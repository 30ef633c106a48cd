"""PVCA: how much of the variance in expression is due to sample type, cancer type and their interaction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse.linalg import svds

from rnalign_core.metrics.reml import variance_components
from rnalign_core.metrics.samples import typed_samples

EFFECTS = ("sample_type", "cancer_type", "interaction", "residual")

_FIRST_GUESS = 32


@dataclass(frozen=True)
class Pvca:
    """Shares of variance.

    Parameters
    ----------
    shares
        Share of each of :data:`EFFECTS`; they add up to 1.
    components
        Table by principal component, from 1: ``eigenvalue``, ``cumulative`` share of the total, the variances
        of :data:`EFFECTS` and ``log_likelihood``.
    definition
        What the numbers mean, in words.
    """

    shares: dict[str, float]
    components: pd.DataFrame
    definition: str

    def summary(self) -> dict:
        """Return the shares and what they mean, as plain JSON values."""
        return {**self.shares, "n_components": len(self.components), "definition": self.definition}


def pvca(
    line_profiles: np.ndarray,
    tumor_profiles: np.ndarray,
    line_types: pd.Series,
    tumor_types: pd.Series,
    *,
    threshold: float = 0.6,
    min_components: int = 3,
) -> Pvca:
    """Run a principal variance component analysis with sample type, cancer type and their interaction.

    As Bioconductor's ``pvcaBatchAssess`` (Bushel; after Boedigheimer et al., BMC Genomics 2008; Li, Bushel,
    Chu & Wolfinger 2009), except for its vsn2 normalisation, as expression is in logarithms here: genes are
    centred, the correlation matrix of the samples is decomposed, each of its leading eigenvectors is split
    into variances by REML, and their shares are averaged with the eigenvalues as weights.

    Parameters
    ----------
    line_profiles
        Array of shape (n_lines, n_features).
    tumor_profiles
        Array of shape (n_tumors, n_features).
    line_types, tumor_types
        Cancer types in the order of the profiles; samples without one are left out.
    threshold
        Components are taken until their share of the total exceeds this, strictly between 0 and 1.
    min_components
        Take at least so many components.

    Raises
    ------
    ValueError
        If types and profiles differ in number; a value is NaN or infinite; a profile does not differ from the
        mean of all, or only by a constant; there are fewer samples or features than components; or effects
        cannot be told apart (see :func:`rnalign_core.metrics.reml.variance_components`).
    """
    if not 0 < threshold < 1:
        raise ValueError(f"threshold is {threshold}, but must be between 0 and 1")
    profiles, samples = typed_samples(line_profiles, tumor_profiles, line_types, tumor_types)
    if min(profiles.shape) < min_components:
        raise ValueError(f"{min_components} components need as many samples and features: {profiles.shape}")
    eigenvalues, eigenvectors = _correlation_eigenvectors(profiles, threshold, min_components)
    variances = variance_components(
        eigenvectors, samples["sample_type"].to_numpy(), samples["cancer_type"].to_numpy()
    ).rename(columns={"first": "sample_type", "second": "cancer_type"})
    effects = variances[list(EFFECTS)]
    shares = np.average(effects.div(effects.sum(axis=1), axis=0), axis=0, weights=eigenvalues)
    components = variances.set_index(pd.RangeIndex(1, len(variances) + 1, name="component"))
    components.insert(0, "eigenvalue", eigenvalues)
    components.insert(1, "cumulative", np.cumsum(eigenvalues) / len(profiles))
    definition = (
        "Share of variance by effect: random-effects REML on each of the first "
        f"{len(components)} eigenvectors of the samples' correlation matrix, which are those up to a "
        f"cumulative share of {threshold:g} and at least {min_components}, averaged with the eigenvalues as "
        f"weights. {len(samples)} samples of {samples['cancer_type'].nunique()} cancer types."
    )
    return Pvca(dict(zip(EFFECTS, map(float, shares), strict=True)), components, definition)


def _correlation_eigenvectors(
    profiles: np.ndarray, threshold: float, min_components: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the leading eigenvalues and eigenvectors of the correlation matrix of samples.

    The matrix is z z' for centred rows z of norm 1, so its eigenvectors are the left singular vectors of z,
    of which only as many are computed as it takes.
    """
    z = profiles - profiles.mean(axis=0, dtype=np.float64)
    scale = np.linalg.norm(z, axis=1, keepdims=True)
    z -= z.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(z, axis=1, keepdims=True)
    if np.any(norms <= 1e-12 * np.maximum(scale, scale.max())):
        raise ValueError("a profile equals the mean of all up to a constant, so it has no correlations")
    z /= norms
    n_computed = max(_FIRST_GUESS, min_components)
    while True:
        eigenvalues, eigenvectors = _leading(z, n_computed)
        cumulative = np.cumsum(eigenvalues) / len(z)
        # A component is taken if those before it do not exceed the threshold.
        n = max(min_components, 1 + int((cumulative <= threshold).sum()))
        if n <= len(eigenvalues) or n_computed >= min(z.shape):
            return eigenvalues[:n], eigenvectors[:, :n]
        n_computed *= 2


def _leading(z: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return at least `n` leading eigenvalues and eigenvectors of z z'; all where that costs no more."""
    if n < min(z.shape) // 8:
        left, singular, _ = svds(z, n, rng=0)
        order = np.argsort(singular)[::-1]
        return np.square(singular[order]), left[:, order]
    by_samples = z.shape[0] <= z.shape[1]
    eigenvalues, eigenvectors = np.linalg.eigh(z @ z.T if by_samples else z.T @ z)
    positive = np.flatnonzero(eigenvalues > 1e-12 * eigenvalues[-1])[::-1]
    eigenvalues, eigenvectors = eigenvalues[positive], eigenvectors[:, positive]
    return eigenvalues, eigenvectors if by_samples else z @ eigenvectors / np.sqrt(eigenvalues)
