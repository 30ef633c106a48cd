"""Background work: train a run on a dask cluster, tell how far it is, cancel it, take it up again.

Neither dask nor torch is imported here, so that a page that only shows progress stays quick.
"""

from rnalign_core.jobs.progress import FoldProgress, Progress, progress
from rnalign_core.jobs.training import cancel, delete, start, wait

__all__ = ["FoldProgress", "Progress", "cancel", "delete", "progress", "start", "wait"]
