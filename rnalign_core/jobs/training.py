"""Train a run in the background: start, resume, cancel, wait, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rnalign_core.jobs import cluster
from rnalign_core.jobs.folder import Job, JobFolder
from rnalign_core.jobs.progress import Progress, progress
from rnalign_core.jobs.submission import remove_folder, submit_in_background, wait_for
from rnalign_core.jobs.worker import finish_task, train_fold_task
from rnalign_core.model.runs import Run, demo_run_path
from rnalign_core.problems import InputError

if TYPE_CHECKING:
    from distributed import Future


def start(run: Run) -> None:
    """Train a run in the background, from its last checkpoints where there are some, and finish it.

    Returns at once; :func:`rnalign_core.jobs.progress` tells how it goes, failures included. Does nothing if the
    run is finished or if anybody is training it already.
    """
    now = progress(run)
    if now.active or now.state == "finished":
        return
    submit_in_background(run.path, lambda job: _submit(run, job))


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


def cancel(run: Run) -> None:
    """Ask a run to stop. Folds write checkpoints after their present epoch; :func:`start` takes them up."""
    JobFolder(run.path).cancel()


def wait(run: Run, on_progress: Callable[[Progress], None], poll_seconds: float = 0.5) -> Progress:
    """Report a run's progress until nobody works on it any more, and return the last.

    Ctrl-C cancels a run that this process started, waits for its checkpoints, and is raised again.
    """
    return wait_for(run.path, lambda: progress(run), on_progress, poll_seconds)


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
    remove_folder(run.path)
