"""Train a run in the background: start, resume, cancel, wait, delete."""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from rnalign_core.jobs import cluster
from rnalign_core.jobs.folder import Job, JobFolder
from rnalign_core.jobs.progress import Progress, progress
from rnalign_core.jobs.worker import finish_task, train_fold_task
from rnalign_core.model.runs import Run, demo_run_path
from rnalign_core.problems import InputError, RNAlignError

if TYPE_CHECKING:
    from distributed import Future

WATCH_SECONDS = 1.0
STOPPING_SECONDS = 60.0  # an epoch of a large cohort, and its checkpoint


def start(run: Run) -> None:
    """Train a run in the background, from its last checkpoints where there are some, and finish it.

    Returns at once; :func:`rnalign_core.jobs.progress` tells how it goes, failures included. Does nothing if the
    run is finished or if anybody is training it already.
    """
    now = progress(run)
    if now.active or now.state == "finished":
        return
    job = JobFolder(run.path).begin(own_cluster=cluster.is_local())
    threading.Thread(target=_see_through, args=(run, job), name=f"job-{job.id}", daemon=True).start()


def _see_through(run: Run, job: Job) -> None:
    """Submit a job, beat for it while it is queued or trains, and record a failure that no task could."""
    folder = JobFolder(run.path)
    try:
        with folder.beating(job.id):
            future = _submit(run, job)
            while not future.done():
                time.sleep(WATCH_SECONDS)
        if future.status == "error":  # neither where the job is done nor where the cluster went away
            raise _explained(future.exception())
    except Exception as error:
        folder.fail(job.id, error)


def _submit(run: Run, job: Job) -> Future:
    """Queue a task for each fold and one after them that finishes the run, whose future is returned."""
    from distributed import fire_and_forget

    client = cluster.client()
    path, name = str(run.path.resolve()), f"{run.run_id}-{job.id}"
    folds = [
        client.submit(train_fold_task, path, job.id, fold, key=f"train-{name}-{fold}")
        for fold in run.settings.fold_ids
    ]
    finish = client.submit(finish_task, path, job.id, *folds, key=f"finish-{name}")
    fire_and_forget(finish)  # where the cluster outlives this process, so does the work
    return finish


def _explained(error: BaseException) -> BaseException:
    from distributed.scheduler import KilledWorker, NoWorkerError

    if not isinstance(error, KilledWorker | NoWorkerError):
        return error
    return RNAlignError(
        "worker processes were killed again and again while they worked on it. Most often memory ran out: "
        "model fewer genes, or train fewer runs at a time."
    )


def cancel(run: Run) -> None:
    """Ask a run to stop. Folds write checkpoints after their present epoch; :func:`start` takes them up."""
    JobFolder(run.path).cancel()


def wait(run: Run, on_progress: Callable[[Progress], None], poll_seconds: float = 0.5) -> Progress:
    """Report a run's progress until nobody works on it any more, and return the last.

    Ctrl-C cancels a run that this process started, waits for its checkpoints, and is raised again.
    """
    folder = JobFolder(run.path)
    try:
        while True:
            now = progress(run)
            on_progress(now)
            if not now.active:
                return now
            time.sleep(poll_seconds)
    except KeyboardInterrupt:
        job = folder.read()
        if job is not None and job.from_here:
            cancel(run)
            on_progress(progress(run))
            folder.wait_until_idle(STOPPING_SECONDS)
        raise


def delete(run: Run) -> None:
    """Delete the folder of a run.

    Raises
    ------
    InputError
        If the run is being trained or is the bundled demo.
    """
    if run.path.resolve() == demo_run_path().resolve():
        fix = "Delete runs of your own only."
        raise InputError.single("the bundled demo cannot be deleted", str(run.path), fix)
    if progress(run).active:
        raise InputError.single("the run is being trained", str(run.path), "Cancel it first.")
    if not JobFolder(run.path).wait_until_idle(STOPPING_SECONDS):
        raise InputError.single("the run has not stopped yet", str(run.path), "Try again in a minute.")
    gone = run.path.with_name(f".deleted-{run.run_id}-{uuid.uuid4().hex[:8]}")
    run.path.rename(gone)  # in one step, so that no list shows half a run
    shutil.rmtree(gone)
