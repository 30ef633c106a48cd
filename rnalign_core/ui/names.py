"""Names that users give, as names of files and folders."""

from rnalign_core.model.names import free_folder, slug

__all__ = ["free_folder", "slug"]
