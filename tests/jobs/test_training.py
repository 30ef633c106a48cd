import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

import rnalign_core
from rnalign_core import jobs
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.jobs.worker import finish_task, train_fold_task
from rnalign_core.model import Run
from rnalign_core.model.runs import demo_run_path
from rnalign_core.problems import InputError

SECONDS = 30


def finish(run, on_progress=lambda progress: None):
    return jobs.wait(run, on_progress, poll_seconds=0.01)


def until(run, condition):
    deadline = time.monotonic() + SECONDS
    while not condition(progress := jobs.progress(run)):
        assert time.monotonic() < deadline, progress
        time.sleep(0.01)
    return progress


def some_epochs(progress):
    return sum(fold.epoch for fold in progress.folds) >= 4


def files_of(run):
    return {path.name for path in run.path.iterdir()}


def test_run_is_trained_and_finished(run, trainer):
    seen = []
    before = files_of(run)
    jobs.start(run)
    last = finish(run, seen.append)
    assert (last.state, last.fraction, last.error) == ("finished", 1.0, None)
    assert sorted(trainer.epochs) == trainer.all_epochs_of(run)
    assert trainer.finished == [run.run_id]
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    states = list(dict.fromkeys(progress.state for progress in seen))
    assert states == sorted(states, key=["queued", "training", "finishing", "finished"].index)
    assert {"training", "finishing"} <= set(states)
    deadline = time.monotonic() + SECONDS
    while files_of(run) != before | {"metrics.json"}:
        assert time.monotonic() < deadline, files_of(run)
        time.sleep(0.01)


def test_starting_a_run_from_many_places_trains_it_once(run, trainer):
    threads = [threading.Thread(target=jobs.start, args=(Run.open(run.path),)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    finish(run)
    assert sorted(trainer.epochs) == trainer.all_epochs_of(run)
    assert trainer.finished == [run.run_id]


def test_finished_run_is_not_started_again(run, trainer):
    (run.path / "metrics.json").write_text("{}")
    before = files_of(run)
    jobs.start(run)
    assert files_of(run) == before
    assert trainer.epochs == []


def test_task_that_comes_late_leaves_a_finished_run_alone(run, trainer):
    folder = JobFolder(run.path)
    job = folder.begin(own_cluster=True)
    (run.path / "metrics.json").write_text("{}")
    train_fold_task(str(run.path), job.id, 0)
    finish_task(str(run.path), job.id)
    assert (trainer.epochs, trainer.finished) == ([], [])
    assert not folder.path.exists()


def test_cancelled_run_goes_on_where_it_stopped(run, trainer):
    jobs.start(run)
    until(run, some_epochs)
    jobs.cancel(run)
    assert JobFolder(run.path).wait_until_idle(SECONDS)
    cancelled = jobs.progress(run)
    assert cancelled.state == "cancelled"
    assert len(trainer.epochs) < len(trainer.all_epochs_of(run))
    jobs.start(run)
    assert finish(run).state == "finished"
    assert sorted(trainer.epochs) == trainer.all_epochs_of(run)


def test_restart_while_the_cancelled_epoch_still_runs(run, trainer):
    trainer.epoch_seconds = 0.1
    jobs.start(run)
    for _ in range(3):
        until(run, lambda progress: any(fold.running for fold in progress.folds))
        jobs.cancel(run)
        jobs.start(run)
    assert finish(run).state == "finished"
    assert sorted(trainer.epochs) == trainer.all_epochs_of(run)


def test_two_runs_share_the_workers(new_run, trainer):
    runs = [new_run("one"), new_run("two")]
    for run in runs:
        jobs.start(run)
    assert [finish(run).state for run in runs] == ["finished", "finished"]
    assert sorted(trainer.epochs) == sorted(trainer.all_epochs_of(runs[0]) + trainer.all_epochs_of(runs[1]))


def test_run_goes_on_where_the_cluster_outlives_the_program_that_started_it(run, trainer, monkeypatch):
    trainer.epoch_seconds = 0.1
    monkeypatch.setattr("rnalign_core.jobs.folder.STALE_SECONDS", 0.5)
    monkeypatch.setenv("PYTHONPATH", str(Path(rnalign_core.__file__).parents[1]))
    code = (
        "import os, sys\n"
        "from rnalign_core import jobs\n"
        "from rnalign_core.model import Run\n"
        "run = Run.open(sys.argv[1])\n"
        "jobs.start(run)\n"
        "jobs.wait(run, lambda progress: os._exit(0) if progress.state == 'training' else None)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(run.path)], check=True)
    seen = []
    assert finish(run, seen.append).state == "finished"
    assert len(seen) > 10
    assert sorted(trainer.epochs) == trainer.all_epochs_of(run)


def test_run_that_hides_nothing_has_one_fold(new_run, trainer):
    run = new_run(variant="type_conditioned")
    jobs.start(run)
    assert len(finish(run).folds) == 1
    assert sorted(trainer.epochs) == trainer.all_epochs_of(run)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            InputError.single("no gene varies", "cohort.h5ad", "Use another."),
            "no gene varies -> Use another.",
        ),
        (ZeroDivisionError("by nought"), "ZeroDivisionError: by nought"),
    ],
)
def test_failed_fold_stops_the_run_and_says_why(run, trainer, error, message):
    trainer.fold_errors[1] = error
    usual, trainer.epoch_seconds = trainer.epoch_seconds, 0.5  # no other fold ends before the error comes
    jobs.start(run)
    failed = finish(run)
    assert failed.state == "failed"
    assert message in failed.error
    assert message in failed.message
    assert "Traceback" in (run.path / "job" / "traceback.txt").read_text()
    assert JobFolder(run.path).wait_until_idle(SECONDS)
    assert not any(fold.done for fold in jobs.progress(run).folds)
    assert trainer.finished == []
    trainer.fold_errors.clear()
    trainer.epoch_seconds = usual
    jobs.start(run)
    assert finish(run).state == "finished"
    assert sorted(trainer.epochs) == trainer.all_epochs_of(run)


def test_failure_while_finishing_keeps_the_trained_folds(run, trainer):
    trainer.finish_error = MemoryError("no room for the map")
    jobs.start(run)
    failed = finish(run)
    assert (failed.state, failed.error) == ("failed", "MemoryError: no room for the map")
    assert all(fold.done for fold in failed.folds)
    trainer.finish_error = None
    jobs.start(run)
    assert finish(run).state == "finished"
    assert sorted(trainer.epochs) == trainer.all_epochs_of(run)


def test_scheduler_that_does_not_answer_is_named(run, monkeypatch):
    monkeypatch.setenv("RNALIGN_SCHEDULER", "tcp://127.0.0.1:1")
    monkeypatch.setattr("rnalign_core.jobs.cluster.CONNECT_SECONDS", 0.5)
    jobs.start(run)
    failed = finish(run)
    assert failed.state == "failed"
    assert "RNALIGN_SCHEDULER: no dask scheduler answers at tcp://127.0.0.1:1" in failed.error


def press_ctrl_c(progress):
    if some_epochs(progress) and progress.active:
        raise KeyboardInterrupt


def test_ctrl_c_leaves_a_run_that_goes_on(run, trainer):
    jobs.start(run)
    with pytest.raises(KeyboardInterrupt):
        finish(run, press_ctrl_c)
    stopped = jobs.progress(run)
    assert stopped.state == "cancelled"
    n_epochs = len(trainer.epochs)
    time.sleep(5 * trainer.epoch_seconds)
    assert len(trainer.epochs) == n_epochs
    jobs.start(run)
    assert finish(run).state == "finished"
    assert sorted(trainer.epochs) == trainer.all_epochs_of(run)


def test_ctrl_c_does_not_stop_a_run_that_another_process_started(run, trainer):
    trainer.epoch_seconds = 0.15  # it goes on when Ctrl-C comes
    jobs.start(run)
    until(run, some_epochs)
    job = JobFolder(run.path).read()
    elsewhere = replace(job, host="another machine")
    (run.path / "job" / "job.json").write_text(json.dumps(asdict(elsewhere)))
    with pytest.raises(KeyboardInterrupt):
        finish(run, press_ctrl_c)
    assert finish(run).state == "finished"


def test_run_in_training_is_not_deleted(run, trainer):
    jobs.start(run)
    until(run, some_epochs)
    with pytest.raises(InputError, match="Cancel it first"):
        jobs.delete(run)
    assert finish(run).state == "finished"
    jobs.delete(run)
    assert list(run.path.parent.iterdir()) == []


def test_cancelled_run_is_deleted_once_it_has_stopped(run, trainer):
    trainer.epoch_seconds = 0.3
    jobs.start(run)
    until(run, lambda progress: any(fold.running for fold in progress.folds))
    jobs.cancel(run)
    jobs.delete(run)
    time.sleep(2 * trainer.epoch_seconds)
    assert list(run.path.parent.iterdir()) == []


def test_bundled_demo_is_not_deleted():
    with pytest.raises(InputError, match="demo cannot be deleted"):
        jobs.delete(Run(demo_run_path()))
