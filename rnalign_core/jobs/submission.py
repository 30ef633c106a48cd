"""What every kind of job has in common: submitted in the background, watched, waited for, its folder removed."""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from rnalign_core.jobs import cluster
from rnalign_core.jobs.folder import Job, JobFolder
from rnalign_core.problems import InputError, RNAlignError

if TYPE_CHECKING:
    from distributed import Future

WATCH_SECONDS = 1.0
STOPPING_SECONDS = 60.0  # an epoch of a large cohort, and its checkpoint


class HasActive(Protocol):
    """How far a job is."""

    @property
    def active(self) -> bool:
        """Whether somebody works on it or has it in a queue."""


Now = TypeVar("Now", bound=HasActive)


def submit_in_background(path: Path, submit: Callable[[Job], Future]) -> None:
    """Make this process's new submission the owner of the folder `path`, and see it through in a thread.

    Parameters
    ----------
    path
        Folder of a run or benchmark.
    submit
        Queues the tasks of a job on the cluster and returns the last one's future.
    """
    job = JobFolder(path).begin(own_cluster=cluster.is_local())
    arguments = (JobFolder(path), job, submit)
    threading.Thread(target=_see_through, args=arguments, name=f"job-{job.id}", daemon=True).start()


def _see_through(folder: JobFolder, job: Job, submit: Callable[[Job], Future]) -> None:
    """Submit a job, beat for it while it is queued or runs, and record a failure that no task could."""
    try:
        with folder.beating(job.id):
            future = submit(job)
            while not future.done():
                time.sleep(WATCH_SECONDS)
        if future.status == "error":  # neither where the job is done nor where the cluster went away
            raise _explained(future.exception())
    except Exception as error:
        folder.fail(job.id, error)


def _explained(error: BaseException) -> BaseException:
    from distributed.scheduler import KilledWorker, NoWorkerError

    if not isinstance(error, KilledWorker | NoWorkerError):
        return error
    return RNAlignError(
        "worker processes were killed again and again while they worked on it. Most often memory ran out: "
        "model fewer genes, or train fewer runs at a time."
    )


def wait_for(
    path: Path, look: Callable[[], Now], on_progress: Callable[[Now], None], poll_seconds: float
) -> Now:
    """Report a job's progress until nobody works on it any more, and return the last.

    Ctrl-C cancels a job that this process started, waits until its tasks have stopped, and is raised again.

    Parameters
    ----------
    path
        Folder of the run or benchmark.
    look
        Tells how far it is.
    on_progress
        Called with what `look` says.
    poll_seconds
        Time between looks.
    """
    folder = JobFolder(path)
    try:
        while True:
            now = look()
            on_progress(now)
            if not now.active:
                return now
            time.sleep(poll_seconds)
    except KeyboardInterrupt:
        job = folder.read()
        if job is not None and job.from_here:
            folder.cancel()
            on_progress(look())
            folder.wait_until_idle(STOPPING_SECONDS)
        raise


def remove_folder(path: Path) -> None:
    """Delete the folder of a run or benchmark that nobody works on.

    Raises
    ------
    InputError
        If a task that was asked to stop has not done so yet.
    """
    if not JobFolder(path).wait_until_idle(STOPPING_SECONDS):
        raise InputError.single("the work on it has not stopped yet", str(path), "Try again in a minute.")
    gone = path.with_name(f".deleted-{path.name}-{uuid.uuid4().hex[:8]}")
    path.rename(gone)  # in one step, so that no list shows half of it
    shutil.rmtree(gone)
