"""A small run, a dask cluster of threads in this process, and a stand-in for the training itself."""

import json
import shutil
import time

import numpy as np
import pandas as pd
import pytest
from distributed import LocalCluster

from rnalign_core.cohort.schema import make_cohort, save_cohort
from rnalign_core.jobs import cluster
from rnalign_core.model import Settings, create_run

SMALL = {
    "n_folds": 3,
    "n_epochs": 12,
    "patience": 5000,
    "batch_size": 16,
    "n_latent": 4,
    "encoder_width": 16,
    "decoder_width": 8,
}


@pytest.fixture(scope="session")
def cohort():
    rng = np.random.default_rng(0)
    n_samples, n_genes = 80, 20
    is_line = np.arange(n_samples) % 4 == 0
    cancer_type = np.array(["AAA", "BBB"])[np.arange(n_samples) // 4 % 2]
    samples = pd.DataFrame(
        {
            "sample_type": np.where(is_line, "cell_line", "tumor"),
            "cancer_type": cancer_type,
            "purity": rng.uniform(0.3, 0.9, n_samples),
        },
        index=[f"sample{i}" for i in range(n_samples)],
    )
    centres = {name: rng.normal(4, 1, n_genes) for name in ("AAA", "BBB")}
    expression = np.stack([centres[name] for name in cancer_type]) + rng.normal(0, 0.5, (n_samples, n_genes))
    genes = [f"GENE{i}" for i in range(n_genes)]
    return make_cohort(expression.clip(0), genes, samples, title="small", provenance=["test"], simulated=True)


@pytest.fixture
def new_run(tmp_path, cohort):
    """Return a function that creates an untrained run in ``tmp_path/runs``."""
    path = tmp_path / "cohort.h5ad"
    save_cohort(cohort, path)

    def make(name="run", **changes):
        return create_run(tmp_path / "runs" / name, path, Settings(**{**SMALL, **changes}))

    return make


@pytest.fixture
def run(new_run):
    return new_run()


@pytest.fixture(scope="session")
def thread_cluster():
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        protocol="tcp://",
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
    ) as cluster:
        yield cluster


class Trainer:
    """Keeps the contract of ``train_fold`` and ``finish_run`` in files, counts epochs and fails where told to."""

    def __init__(self):
        self.epochs: list[tuple[str, int, int]] = []
        self.finished: list[str] = []
        self.fold_errors: dict[int, Exception] = {}
        self.finish_error: Exception | None = None
        self.epoch_seconds = 0.02

    def train_fold(self, run, fold, *, on_event, should_stop):
        from rnalign_core.model.train import Stopped

        folder = run.path / "checkpoint"
        folder.mkdir(exist_ok=True)
        done, history = folder / f"fold-{fold}.done.safetensors", folder / f"fold-{fold}.jsonl"
        if done.is_file():
            return
        history.touch()
        epoch = len(history.read_text().splitlines())
        while epoch < run.settings.n_epochs:
            time.sleep(self.epoch_seconds)
            epoch += 1
            if fold in self.fold_errors and epoch == 3:
                raise self.fold_errors[fold]
            self.epochs.append((run.run_id, fold, epoch))
            event = {"fold": fold, "epoch": epoch, "n_epochs": run.settings.n_epochs, "seconds": epoch * 2.0}
            with history.open("a") as file:
                file.write(json.dumps(event) + "\n")
            on_event(event)
            if should_stop():
                raise Stopped("stopped")
        done.touch()

    def finish_run(self, run, *, on_event):
        for quarter in range(4):
            on_event({"stage": "aligning", "fraction": quarter / 4})
            time.sleep(self.epoch_seconds)
        if self.finish_error is not None:
            raise self.finish_error
        self.finished.append(run.run_id)
        (run.path / "metrics.json").write_text("{}")
        shutil.rmtree(run.path / "checkpoint")

    def all_epochs_of(self, run):
        """What `epochs` holds, sorted, if each was trained once."""
        epochs = range(1, run.settings.n_epochs + 1)
        return sorted((run.run_id, fold, epoch) for fold in run.settings.fold_ids for epoch in epochs)


@pytest.fixture
def trainer(thread_cluster, monkeypatch):
    """Train with a stand-in, on the thread cluster, which is found as a lab's would be."""
    trainer = Trainer()
    monkeypatch.setattr("rnalign_core.model.train.train_fold", trainer.train_fold)
    monkeypatch.setattr("rnalign_core.jobs.finish.finish_run", trainer.finish_run)
    monkeypatch.setattr("rnalign_core.jobs.folder.BEAT_SECONDS", 0.1)
    monkeypatch.setattr("rnalign_core.jobs.submission.WATCH_SECONDS", 0.05)
    monkeypatch.setenv(cluster.SCHEDULER_VARIABLE, thread_cluster.scheduler_address)
    yield trainer
    cluster.close()
