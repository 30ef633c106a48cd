import json
import os
import subprocess
import sys
import time

import pytest

from rnalign_core.jobs import progress
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.model import Run

N_EPOCHS = 10


@pytest.fixture
def run(new_run):
    return new_run(n_folds=5, n_epochs=N_EPOCHS)


@pytest.fixture
def folder(run):
    folder = JobFolder(run.path)
    folder.begin(own_cluster=True)
    return folder


def write_history(run, fold, epoch, seconds, *, done=False, torn=""):
    checkpoint = run.path / "checkpoint"
    checkpoint.mkdir(exist_ok=True)
    rows = [
        {"fold": fold, "epoch": e, "n_epochs": N_EPOCHS, "seconds": seconds * e / epoch}
        for e in range(1, epoch + 1)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (checkpoint / f"fold-{fold}.jsonl").write_text(text + torn)
    if done:
        (checkpoint / f"fold-{fold}.done.safetensors").touch()


def test_run_that_was_never_started(run):
    now = progress(run)
    assert (now.state, now.fraction, now.message) == ("interrupted", 0.0, "not started")
    assert not now.active


def test_job_that_waits_for_workers(run, folder):
    now = progress(run)
    assert (now.state, now.message, now.eta_seconds) == ("queued", "waiting for a free worker", None)
    assert now.active


def test_training_is_told_fold_by_fold(run, folder):
    write_history(run, 0, 6, 12.0, done=True)  # stopped early
    write_history(run, 1, 5, 10.0, torn='{"fold": 1, "epoch": 6, "n_ep')
    write_history(run, 2, 3, 6.0)
    for fold in (0, 1, 2):
        folder.started(f"fold-{fold}").touch()
    now = progress(run)
    assert now.state == "training"
    assert now.message == "1 of 5 folds done, fold 2 of 5 at epoch 5 of 10, fold 3 of 5 at epoch 3 of 10"
    assert [fold.epoch for fold in now.folds] == [6, 5, 3, 0, 0]
    assert [fold.running for fold in now.folds] == [False, True, True, False, False]
    assert now.fraction == pytest.approx(0.9 * (1 + 0.5 + 0.3) / 5)
    # 2 s an epoch; fold 1 needs 10 s and fold 2 14 s; fold 3 follows at 10 s and fold 4 at 14 s, 20 s each
    assert now.eta_seconds == pytest.approx(34)


def test_time_left_is_not_guessed_before_the_first_epoch(run, folder):
    folder.started("fold-0").touch()
    now = progress(run)
    assert (now.state, now.eta_seconds) == ("training", None)


def test_long_history_is_read_from_its_end(run, folder):
    write_history(run, 0, 2000, 10.0)
    assert (run.path / "checkpoint" / "fold-0.jsonl").stat().st_size > 20_000
    assert progress(run).folds[0].epoch == 2000


def test_finishing(run, folder):
    for fold in range(5):
        write_history(run, fold, N_EPOCHS, 20.0, done=True)
    now = progress(run)
    assert (now.state, now.eta_seconds) == ("finishing", None)
    stage = {"stage": "drawing the map", "fraction": 0.25, "began": time.time() - 30}
    (folder.path / "finishing.json").write_text(json.dumps(stage))
    now = progress(run)
    assert (now.state, now.message) == ("finishing", "drawing the map")
    assert now.fraction == pytest.approx(0.9 + 0.1 * 0.25)
    assert now.eta_seconds == pytest.approx(90, abs=2)


def test_silent_job_is_interrupted_whatever_it_was_doing(run, folder):
    write_history(run, 0, 5, 10.0)
    folder.started("fold-0").touch()
    then = time.time() - 1000
    os.utime(folder.path / "heartbeat", (then, then))
    now = progress(run)
    assert now.state == "interrupted"
    assert "fold 1 of 5 at epoch 5 of 10" in now.message
    (folder.path / "finishing.json").write_text('{"stage": "x", "fraction": 0.5, "began": 0}')
    assert progress(run).state == "interrupted"


def test_finished_run_needs_no_job(run):
    (run.path / "metrics.json").write_text("{}")
    now = progress(run)
    assert (now.state, now.fraction) == ("finished", 1.0)
    assert all(fold.done for fold in now.folds)


def test_run_that_finishes_while_it_is_asked_is_not_called_interrupted(run, folder, monkeypatch):
    read = JobFolder.read

    def read_then_finish(self):
        job = read(self)
        (run.path / "metrics.json").write_text("{}")
        if self.path.exists():
            self.remove()
        return job

    monkeypatch.setattr(JobFolder, "read", read_then_finish)
    assert progress(Run.open(run.path)).state == "finished"


def test_showing_progress_loads_neither_torch_nor_dask_distributed():
    code = (
        "import sys, rnalign_core.jobs\n"
        "print(*(name for name in ('torch', 'distributed', 'umap', 'streamlit') if name in sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == ""
