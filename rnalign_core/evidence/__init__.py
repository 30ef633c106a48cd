"""Evidence: every method and every metric on one cohort, in one run, with intervals and controls.

Nothing here imports torch, dask or streamlit when it is imported, so that a page reads results quickly.
"""

from rnalign_core.evidence.benchmark import Benchmark, create_benchmark, list_benchmarks
from rnalign_core.evidence.metrics import METRICS

__all__ = ["METRICS", "Benchmark", "create_benchmark", "list_benchmarks"]
