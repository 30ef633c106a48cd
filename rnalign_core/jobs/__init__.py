"""Background work: train a run or run a benchmark on a dask cluster, tell how far it is, cancel it, take it up again.

Neither dask nor torch is imported here, so that a page that only shows progress stays quick.
"""

from rnalign_core.jobs.benchmark import (
    BenchmarkProgress,
    benchmark_progress,
    cancel_benchmark,
    delete_benchmark,
    start_benchmark,
    wait_benchmark,
)
from rnalign_core.jobs.progress import FoldProgress, Progress, progress
from rnalign_core.jobs.training import cancel, delete, start, wait

__all__ = [
    "BenchmarkProgress",
    "FoldProgress",
    "Progress",
    "benchmark_progress",
    "cancel",
    "cancel_benchmark",
    "delete",
    "delete_benchmark",
    "progress",
    "start",
    "start_benchmark",
    "wait",
    "wait_benchmark",
]
