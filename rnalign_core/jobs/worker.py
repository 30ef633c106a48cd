"""What a worker process does: parts of a training and of a benchmark, what follows them, the fetching of a cohort.

Tasks take plain values, return none and find everything else in the folder of the run or the like, so that a worker on
another machine needs a shared file system only. A task that fails records why in that folder instead of raising: the
reason outlives the cluster, and the other tasks of the job see it and stop.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from rnalign_core.evidence.benchmark import Benchmark
from rnalign_core.files import write_text
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.model.runs import Run
from rnalign_core.problems import RNAlignError


def train_fold_task(run_path: str, job_id: str, fold: int) -> None:
    """Train a fold from its last checkpoint."""

    def work(should_stop: Callable[[], bool]) -> None:
        from rnalign_core.model.train import train_fold

        run = Run.open(run_path)
        if not run.finished:
            train_fold(run, fold, on_event=lambda event: None, should_stop=should_stop)

    _perform(run_path, job_id, f"fold-{fold}", work)


def finish_task(run_path: str, job_id: str, *folds: None) -> None:
    """Finish a run when all its folds are trained; `folds` make dask wait for them."""
    folder = JobFolder(run_path)
    began = time.time()

    def work(should_stop: Callable[[], bool]) -> None:
        from rnalign_core.jobs.finish import finish_run

        def on_event(event: dict) -> None:
            if should_stop():
                raise RNAlignError("stopped while finishing")
            write_text(folder.path / "finishing.json", json.dumps({**event, "began": began}))

        run = Run.open(run_path)
        if not run.finished:
            finish_run(run, on_event=on_event)

    if _perform(run_path, job_id, "finish", work):
        folder.remove()


def benchmark_part_task(path: str, job_id: str, part: str) -> None:
    """Compute one part of a benchmark, unless it is done."""

    def work(should_stop: Callable[[], bool]) -> None:
        from rnalign_core.evidence.work import compute_apart

        benchmark = Benchmark.open(path)
        wanted = next(p for p in benchmark.parts if p.name == part)
        if not benchmark.done(wanted):
            compute_apart(benchmark, wanted)

    _perform(path, job_id, part, work)


def assemble_task(path: str, job_id: str, *parts: None) -> None:
    """Put the parts of a benchmark together when all are done; `parts` make dask wait for them."""

    def work(should_stop: Callable[[], bool]) -> None:
        from rnalign_core.evidence.assemble import assemble

        assemble(Benchmark.open(path))

    if _perform(path, job_id, "assemble", work):
        JobFolder(path).remove()


def fetch_task(path: str, job_id: str) -> None:
    """Download and build a cohort."""

    def work(should_stop: Callable[[], bool]) -> None:
        from rnalign_core.jobs.fetching import fetch

        fetch(Path(path), should_stop)

    if _perform(path, job_id, "fetch", work):
        JobFolder(path).remove()


def _perform(path: str, job_id: str, part: str, work: Callable[[Callable[[], bool]], None]) -> bool:
    """Do a part of a job, alone and beating, while submission `job_id` is wanted; return whether it is done."""
    folder = JobFolder(path)

    def should_stop() -> bool:
        return not folder.wants(job_id)

    if should_stop():  # before the lock, which would make the folder of a deleted run anew
        return False
    try:
        with folder.working_on(part, give_up=should_stop) as alone, folder.beating(job_id):
            if not alone or should_stop():
                return False
            folder.started(part).touch()
            work(should_stop)
    except Exception as error:  # of any kind; one that is raised because the job was to stop is not recorded
        folder.fail(job_id, error)
        return False
    return True
