"""Background work on a dask cluster: train a run, run a benchmark, fetch a cohort; progress, cancelling, going on.

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
from rnalign_core.jobs.fetching import (
    Fetched,
    FetchProgress,
    cancel_fetch,
    fetch_progress,
    fetched,
    start_fetch,
)
from rnalign_core.jobs.progress import FoldProgress, Progress, progress
from rnalign_core.jobs.training import cancel, delete, start, wait

__all__ = [
    "BenchmarkProgress",
    "FetchProgress",
    "Fetched",
    "FoldProgress",
    "Progress",
    "benchmark_progress",
    "cancel",
    "cancel_benchmark",
    "cancel_fetch",
    "delete",
    "delete_benchmark",
    "fetch_progress",
    "fetched",
    "progress",
    "start",
    "start_benchmark",
    "start_fetch",
    "wait",
    "wait_benchmark",
]
