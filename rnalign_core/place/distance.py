"""How far samples lie from the types that a run knows: in the latent space of its models, and in expression itself.

The latent space keeps what tells the known types apart, and may put a sample of another type among one of them. What
it leaves out is still in the expression: in its principal components, and in what these do not explain. So all three
are looked at. Chosen from 129 sums of up to three out of nine measures: docs/decisions/012.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA

from rnalign_core.model.train import held_out_samples

if TYPE_CHECKING:
    from rnalign_core.rank.aligned_run import AlignedRun

N_COMPONENTS = 64
N_PARTS = 3
MAX_SAMPLES = 3000  # of the run that one set of components is fitted to


@dataclass(frozen=True)
class Types:
    """Types as normal distributions with one covariance (Lee et al., NeurIPS 2018).

    Parameters
    ----------
    means
        (n_types, n_features), turned by `root`.
    root
        Root of the precision, (n_features, n_features).
    """

    means: np.ndarray
    root: np.ndarray

    @classmethod
    def fit(cls, x: np.ndarray, codes: np.ndarray) -> Types:
        """Fit to samples, (n_samples, n_features), of types given by codes; the covariance is shrunk."""
        kinds, own = np.unique(codes, return_inverse=True)
        means = np.stack([x[own == kind].mean(axis=0, dtype=float) for kind in range(len(kinds))])
        root = np.linalg.cholesky(LedoitWolf(assume_centered=True).fit(x - means[own]).precision_)
        return cls(means @ root, root)

    def distance(self, x: np.ndarray) -> np.ndarray:
        """Return Mahalanobis distances to the nearest type, (n_samples,)."""
        x = x @ self.root
        squared = (x**2).sum(axis=1)[:, None] - 2 * x @ self.means.T + (self.means**2).sum(axis=1)
        return np.sqrt(np.maximum(squared.min(axis=1), 0))


def latent_distance(host: AlignedRun, latents: np.ndarray) -> np.ndarray:
    """Return distances to the run's tumors, (n_models, n_samples).

    Parameters
    ----------
    host
        The run. Tumors that a model was not trained on are left out of what that model knows.
    latents
        Positions in the latent space of each model, (n_models, n_samples, n_latent).
    """
    labels, own = host.inputs.labels, host.alignment.latents
    found = []
    for model, latent in enumerate(latents):
        known = ~labels.is_line & (labels.cancer_type >= 0)
        known &= ~held_out_samples(labels.is_line, host.run.settings, model)
        found.append(Types.fit(own[model][known], labels.cancer_type[known]).distance(latent))
    return np.stack(found)


def expression_distance(
    host: AlignedRun, line: bool, x: np.ndarray, genes: np.ndarray | None = None, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Compare samples with the run's samples of the same sample type, in principal components of their expression.

    The run's samples are dealt into three parts, and each is measured by what the others show.

    Parameters
    ----------
    host
        The run.
    line
        Whether the samples are cell lines.
    x
        Their standardised expression, (n_samples, n_genes).
    genes
        Which genes to look at, boolean, (n_genes,); by default all.
    seed
        Of the deal.

    Returns
    -------
    Two columns, the distance to the nearest type in the components, and the share of the variance over genes that the
    components leave: of all samples of the run, (n_run_samples, 2), NaN for those of the other sample type; and of the
    samples, (n_samples, 2), the mean over the parts.
    """
    labels, expression = host.inputs.labels, host.inputs.x
    if genes is not None and not genes.all():
        expression, x = expression[:, genes], x[:, genes]
    rng = np.random.default_rng(seed)
    rows = rng.permutation(np.flatnonzero(labels.is_line == line))
    own, others = np.full((len(expression), 2), np.nan), []
    for part in range(N_PARTS):
        measured = rows[part::N_PARTS]
        taught = np.setdiff1d(rows, measured, assume_unique=True)
        if len(taught) > MAX_SAMPLES:
            taught = rng.choice(taught, MAX_SAMPLES, replace=False)
        n = min(N_COMPONENTS, len(taught) - 1, x.shape[1])
        pca = PCA(n, svd_solver="randomized", random_state=seed).fit(expression[taught])
        typed = taught[labels.cancer_type[taught] >= 0]
        types = Types.fit(pca.transform(expression[typed]), labels.cancer_type[typed])
        own[measured] = _in_components(pca, types, expression[measured])
        others.append(_in_components(pca, types, x))
    return own, np.mean(others, axis=0)


def _in_components(pca: PCA, types: Types, x: np.ndarray) -> np.ndarray:
    scores = pca.transform(x)
    total = np.maximum(np.square(x - pca.mean_).sum(axis=1), np.finfo(np.float32).tiny)
    left = np.maximum(1 - np.square(scores).sum(axis=1) / total, 0)  # the components are orthonormal
    return np.stack([types.distance(scores), left], axis=1)
