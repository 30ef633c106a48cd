"""The process that keeps the local cluster: a scheduler and one single-threaded worker process a usable core.

It is a process of its own for three reasons. Worker processes import the main module of the process that starts
them, which under ``streamlit run`` is the app itself, and in a script may start the whole work again. Scheduler and
pages do not share an interpreter. And everything in it is of low priority, so that pages stay quick.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
# Batches are allocated and freed at every step; given back to the system each time, as dask has it, they cost twice
# the time. See benchmarks/training_step.py.
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": 2**30, "MALLOC_MMAP_THRESHOLD_": 2**30}
LOW_PRIORITY = 10  # of Unix's 19
ALLOWED_DEATHS = 2  # of workers on a task, before the task is given up


def main() -> None:
    """Print the scheduler's address, then serve until standard input ends."""
    os.environ |= dict.fromkeys(THREAD_VARIABLES, "1")  # before anything imports numpy

    import dask
    import psutil
    from dask.system import CPU_COUNT
    from distributed import LocalCluster

    psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if psutil.WINDOWS else LOW_PRIORITY)
    with suppress(OSError):  # Linux shares time between sessions first, each at a priority of its own
        Path("/proc/self/autogroup").write_text(str(LOW_PRIORITY))
    settings = {
        "distributed.scheduler.allowed-failures": ALLOWED_DEATHS,
        "distributed.scheduler.no-workers-timeout": "60s",  # a worker killed while it starts does not come back
        "distributed.scheduler.worker-ttl": None,  # a laptop that slept has not lost its workers
        "distributed.worker.profile.enabled": False,
        **{f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in KEEP_MEMORY.items()},
    }
    scratch = tempfile.TemporaryDirectory(prefix="rnalign-workers-", ignore_cleanup_errors=True)
    with dask.config.set(settings):
        cluster = LocalCluster(
            n_workers=CPU_COUNT,
            threads_per_worker=1,
            host="127.0.0.1",
            # On a free port: left out, it would take 8787, the dashboard of the user's own dask.
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            memory_limit=0,  # a training that does not fit is the machine's to judge, not a fraction's
            local_directory=scratch.name,
        )
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()  # ends when the process that holds the other end does, whatever ends it
    # Not closed politely, which takes seconds: what workers do is resumed from checkpoints. Were this process
    # killed too, they would notice and exit.
    for child in psutil.Process().children(recursive=True):
        child.kill()
    scratch.cleanup()
    os._exit(0)


if __name__ == "__main__":
    main()
