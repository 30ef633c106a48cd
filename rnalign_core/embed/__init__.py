"""Embeddings: principal components and UMAP layouts."""

from rnalign_core.embed.pca import principal_components
from rnalign_core.embed.umap import layout

__all__ = ["layout", "principal_components"]
