"""What a worker process does: train one fold, or finish a run whose folds are trained.

Tasks take and return plain values and find everything else in the run folder, so that a worker on another
machine needs a shared file system only. A task that fails records why in the run folder and returns False: the
reason survives the cluster, and the other folds see it and stop.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from rnalign_core.files import write_text
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.model.runs import Run


def train_fold_task(run_path: str, job_id: str, fold: int) -> bool:
    """Train a fold from its last checkpoint; return whether it is trained to the end."""

    def work(run: Run, should_stop: Callable[[], bool]) -> bool:
        from rnalign_core.model.train import Stopped, train_fold

        try:
            train_fold(run, fold, on_event=lambda event: None, should_stop=should_stop)
        except Stopped:
            return False
        return True

    return _perform(run_path, job_id, f"fold-{fold}", work)


def finish_task(run_path: str, job_id: str, *trained: bool) -> bool:
    """Finish a run if all its folds are trained; return whether it is finished."""
    folder = JobFolder(run_path)

    def work(run: Run, should_stop: Callable[[], bool]) -> bool:
        from rnalign_core.jobs.finish import finish_run

        class Stop(Exception):
            pass

        began = time.time()

        def on_event(event: dict) -> None:
            if should_stop():
                raise Stop
            write_text(folder.path / "finishing.json", json.dumps({**event, "began": began}))

        try:
            finish_run(run, on_event=on_event)
        except Stop:
            return False
        return True

    finished = all(trained) and _perform(run_path, job_id, "finish", work)
    if finished:
        folder.remove()
    return finished


def _perform(run_path: str, job_id: str, part: str, work: Callable[[Run, Callable[[], bool]], bool]) -> bool:
    """Do `work` on a part of a run, alone, beating, while submission `job_id` is wanted."""
    folder = JobFolder(run_path)

    def should_stop() -> bool:
        return not folder.wants(job_id)

    if should_stop():  # before the lock, which would make the folder of a deleted run anew
        return False
    try:
        with folder.working_on(part, give_up=should_stop) as alone, folder.beating(job_id):
            if not alone or should_stop():
                return False
            folder.started(part).touch()
            return work(Run.open(run_path), should_stop)
    except Exception as error:  # whatever it is, it belongs to the run and must not be lost with the worker
        folder.fail(job_id, error)
        return False
