"""How far a run is, from its folder alone: any process can ask, on any machine that sees the folder."""

from __future__ import annotations

import heapq
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rnalign_core.jobs.folder import JobFolder
from rnalign_core.model.runs import Run

State = Literal["queued", "training", "finishing", "finished", "failed", "cancelled", "interrupted"]

TRAINING_SHARE = 0.9  # of the whole work; layouts and metrics are the rest
TAIL_BYTES = 4096  # holds the last line of a history


@dataclass(frozen=True)
class FoldProgress:
    """How far the model of one fold is.

    Parameters
    ----------
    fold
        Number of the fold, from 0.
    epoch, n_epochs
        Epochs trained, and at most to train; held-out loss may end a fold earlier.
    running, done
        Whether it has been taken up in the present job and is not done; whether it is done.
    seconds
        Time it has trained, in all.
    """

    fold: int
    epoch: int
    n_epochs: int
    running: bool
    done: bool
    seconds: float


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    state
        ``interrupted`` means that nobody works on it: never started, or its program or machine went away.
        Interrupted, cancelled and failed runs go on from their last checkpoints when started again.
    fraction
        Of the whole work, 0..1.
    message
        The same in words.
    eta_seconds
        Time left of the present stage, training or finishing, where it can be told.
    error
        Why it failed.
    folds
        One a fold.
    """

    state: State
    fraction: float
    message: str
    eta_seconds: float | None
    error: str | None
    folds: tuple[FoldProgress, ...]

    @property
    def active(self) -> bool:
        """Whether somebody works on it or has it in a queue."""
        return self.state in ("queued", "training", "finishing")


def progress(run: Run) -> Progress:
    """Return how far a run is."""
    folder = JobFolder(run.path)
    job = folder.read()
    alive = job is not None and folder.alive(job)
    error = folder.error
    finishing = _read_finishing(folder)
    folds = tuple(_fold_progress(run, folder, fold) for fold in run.settings.fold_ids)
    trained = sum(1.0 if f.done else f.epoch / f.n_epochs for f in folds) / len(folds)
    fraction = TRAINING_SHARE * trained

    def is_(state: State, message: str, eta: float | None = None, fraction: float = fraction) -> Progress:
        return Progress(state, fraction, message, eta, error if state == "failed" else None, folds)

    if run.finished:  # asked after everything was read: the job folder goes away when a run gets finished
        return is_("finished", "finished", fraction=1.0)
    if job is None:
        return is_("interrupted", "not started")
    if error is not None:
        return is_("failed", f"failed: {error}")
    if job.cancelled:
        return is_("cancelled", f"cancelled ({_where(folds)}); start it again to go on from there")
    if not alive:
        return is_("interrupted", f"interrupted ({_where(folds)}); start it again to go on from there")
    if finishing is not None:
        done = float(finishing["fraction"])
        left = (time.time() - finishing["began"]) * (1 - done) / done if done > 0 else None
        return is_("finishing", str(finishing["stage"]), left, TRAINING_SHARE + (1 - TRAINING_SHARE) * done)
    if trained == 1:
        return is_("finishing", "all folds are trained")
    if not any(f.running for f in folds):
        return is_("queued", "waiting for a free worker")
    return is_("training", _where(folds), _training_seconds_left(folds))


def _read_finishing(folder: JobFolder) -> dict | None:
    try:
        return json.loads((folder.path / "finishing.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _fold_progress(run: Run, folder: JobFolder, fold: int) -> FoldProgress:
    checkpoint = run.path / "checkpoint"
    row = _last_row(checkpoint / f"fold-{fold}.jsonl")
    done = run.finished or (checkpoint / f"fold-{fold}.done.safetensors").is_file()
    return FoldProgress(
        fold=fold,
        epoch=row.get("epoch", 0),
        n_epochs=run.settings.n_epochs,
        running=not done and folder.started(f"fold-{fold}").is_file(),
        done=done,
        seconds=row.get("seconds", 0.0),
    )


def _last_row(history: Path) -> dict:
    """Return the last whole line of a history that may be growing."""
    try:
        with history.open("rb") as file:
            file.seek(max(0, history.stat().st_size - TAIL_BYTES))
            lines = file.read().decode("utf-8", errors="replace").split("\n")[:-1]
    except FileNotFoundError:
        return {}
    return json.loads(lines[-1]) if lines else {}


def _where(folds: tuple[FoldProgress, ...]) -> str:
    """Say how many folds are trained and where those at work are."""
    n_done = sum(f.done for f in folds)
    running = [f for f in folds if f.running]
    parts = [f"{n_done} of {len(folds)} folds done"] if n_done or not running else []
    parts += [f"fold {f.fold + 1} of {len(folds)} at epoch {f.epoch} of {f.n_epochs}" for f in running]
    return ", ".join(parts)


def _training_seconds_left(folds: tuple[FoldProgress, ...]) -> float | None:
    """Seconds until all folds are trained, if as many train at a time as do now and none stops early."""
    epochs = sum(f.epoch for f in folds)
    if epochs == 0:
        return None
    a_epoch = sum(f.seconds for f in folds) / epochs
    workers = [0.0] * sum(f.running for f in folds)
    for f in sorted(folds, key=lambda f: not f.running):
        if not f.done:
            heapq.heappush(workers, heapq.heappop(workers) + (f.n_epochs - f.epoch) * a_epoch)
    return max(workers)
