"""Shrinkage LDA: the supervised yardstick, with the same labels hidden as from the model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from rnalign_core.embed.pca import principal_components
from rnalign_core.methods.method import NO_FOLD, Fitted, Samples, cross_fitted
from rnalign_core.methods.unaligned import standardised


def lda(samples: Samples, *, n_components: int = 90) -> Fitted:
    """Project on linear discriminants of cancer types, fitted without the types of a line's own fold.

    Genes are standardised within sample type and reduced to principal components, without labels. Then one
    discriminant analysis a fold, its covariance shrunk (Ledoit & Wolf 2004), learns from all tumors and from the
    lines of the other folds. A line's row comes from the model of its fold, every other row is the mean over models.

    Parameters
    ----------
    samples
        Tumors and lines; `fold` of lines that share a cancer type with tumors.
    n_components
        Number of principal components.

    Returns
    -------
    Profiles of shape (n_samples, n_types - 1), discriminants of the types of at least 2 tumors.

    Raises
    ------
    ValueError
        If no line has a fold, or fewer than 2 cancer types have 2 tumors.
    """
    n_folds = samples.fold.max() + 1
    counts = pd.Series(samples.cancer_type[~samples.is_line]).value_counts()
    types = counts.index[counts >= 2]
    if n_folds == 0 or len(types) < 2:
        raise ValueError(
            "discriminant analysis needs folds of lines and at least 2 cancer types with 2 tumors"
        )
    has_label = pd.Series(samples.cancer_type).isin(types).to_numpy()
    has_label &= ~samples.is_line | (samples.fold != NO_FOLD)
    scores = principal_components(standardised(samples), n_components, samples.seed).astype(np.float64)
    latents = []
    for fold in range(n_folds):
        seen = has_label & (samples.fold != fold)
        model = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto")
        model.fit(scores[seen], samples.cancer_type[seen].astype(str))
        latents.append(model.transform(scores))

    return cross_fitted(np.stack(latents), samples)
