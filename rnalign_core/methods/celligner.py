"""Celligner: contrastive principal components, then mutual nearest neighbours."""

from __future__ import annotations

import numpy as np

from rnalign_core.methods.clusters import cluster
from rnalign_core.methods.contrastive import contrastive_components, remove_components
from rnalign_core.methods.method import Samples
from rnalign_core.methods.mnn import correct
from rnalign_core.methods.moderated_f import centre_clusters, moderated_f


def celligner(
    samples: Samples,
    *,
    n_components: int = 70,
    n_neighbors: int = 20,
    resolution: float = 5.0,
    n_top_genes: int = 1000,
    n_contrastive: int = 4,
    k_lines: int = 5,
    k_tumors: int = 50,
) -> np.ndarray:
    """Align tumors to lines by Celligner (Warren et al., Nat Commun 2021; defaults as published).

    Each side is clustered. Contrastive principal components, which vary more within clusters of tumors than within
    clusters of lines, are removed from both. Tumors then move onto lines by mutual nearest neighbours, found by the
    genes that differ most between clusters.

    Parameters
    ----------
    samples
        Tumors and lines.
    n_components, n_neighbors, resolution
        Of the clustering; see :func:`rnalign_core.methods.clusters.cluster`.
    n_top_genes
        Genes of each side with the highest moderated F that neighbours are found by.
    n_contrastive
        Number of contrastive components removed; 0 leaves this step out.
    k_lines, k_tumors
        Number of lines near a tumor, and of tumors near a line.

    Returns
    -------
    Array of shape (n_samples, n_genes), log2 units centred on the lines.
    """
    sides = [_centred(samples.expression[rows]) for rows in (samples.is_line, ~samples.is_line)]
    clusters = [
        cluster(
            x, n_components=n_components, n_neighbors=n_neighbors, resolution=resolution, seed=samples.seed
        )
        for x in sides
    ]
    lines, tumors = align_clustered(
        *sides,
        *clusters,
        n_top_genes=n_top_genes,
        n_contrastive=n_contrastive,
        k_lines=k_lines,
        k_tumors=k_tumors,
        seed=samples.seed,
    )
    aligned = np.empty(samples.expression.shape, dtype=np.float32)
    aligned[samples.is_line], aligned[~samples.is_line] = lines, tumors
    return aligned


def align_clustered(
    lines: np.ndarray,
    tumors: np.ndarray,
    line_clusters: np.ndarray,
    tumor_clusters: np.ndarray,
    *,
    n_top_genes: int = 1000,
    n_contrastive: int = 4,
    k_lines: int = 5,
    k_tumors: int = 50,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Do all steps of Celligner that follow the clustering.

    Parameters
    ----------
    lines, tumors
        Arrays of shape (n_samples, n_genes), centred on 0 per gene.
    line_clusters, tumor_clusters
        Clusters from 0 of the samples of each side.
    n_top_genes, n_contrastive, k_lines, k_tumors, seed
        As in :func:`celligner`; `seed` of the contrastive components.

    Returns
    -------
    Aligned lines and aligned tumors, in the shapes of `lines` and `tumors`.
    """
    n_genes = lines.shape[1]
    markers = np.zeros(n_genes, dtype=bool)
    residuals = []
    for x, clusters in ((lines, line_clusters), (tumors, tumor_clusters)):
        within, means = centre_clusters(x, clusters)
        f = moderated_f(within, means, clusters)
        markers[np.argsort(-f, kind="stable")[:n_top_genes]] = True
        residuals.append(within)
    within_lines, within_tumors = residuals
    if n_contrastive:
        axes = contrastive_components(within_tumors, within_lines, min(n_contrastive, n_genes - 1), seed=seed)
        lines, tumors = remove_components(lines, axes), remove_components(tumors, axes)
    return lines, correct(lines, tumors, markers, k_reference=k_lines, k_target=k_tumors)


def _centred(x: np.ndarray) -> np.ndarray:
    return x - x.mean(axis=0, dtype=np.float64).astype(x.dtype)
