"""Fetch a public cohort in the background: download, build, save into the data home.

Each source has a folder ``fetching/<source>/`` in the data home, so that any process can tell how far it is.

=================  ======================================================================================
``request.json``   folder of the files to read or download, options, and where the cohort goes
``progress.json``  fraction and message of the present work
``problems.json``  what is wrong with its files, if that is why it failed
``result.json``    the cohort file that was saved, when, and what the user should know about it
``job/``           the work on it (:mod:`rnalign_core.jobs.folder`); gone when it is finished
=================  ======================================================================================
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import anndata as ad
import h5py

from rnalign_core.cohort import Imported, save_cohort
from rnalign_core.files import data_home, write_text
from rnalign_core.jobs import cluster
from rnalign_core.jobs.folder import Job, JobFolder
from rnalign_core.jobs.submission import submit_in_background
from rnalign_core.problems import InputError, Problem, RNAlignError

if TYPE_CHECKING:
    from distributed import Future

State = Literal["queued", "running", "finished", "failed", "cancelled", "interrupted", "none"]
WRITE_SECONDS = 0.5  # between two writes of progress
LEAST_FRACTION = 0.05  # from which the time left can be told


@dataclass(frozen=True)
class Source:
    """Where a cohort comes from.

    Parameters
    ----------
    title
        Name shown to users.
    builder
        ``module:function`` that builds it from a folder of files, called with the folder, a callback for progress
        and the options of the request.
    """

    title: str
    builder: str


SOURCES = {
    "starter": Source("Starter cohort", "rnalign_core.sources.starter:build_starter"),
    "tcga-ccle": Source("TCGA + DepMap", "rnalign_core.sources.tcga_ccle:build_tcga_ccle"),
}


@dataclass(frozen=True)
class FetchProgress:
    """How far the fetching of a cohort is.

    Parameters
    ----------
    state
        ``none``: never asked for, or its cohort is gone again. ``interrupted``: its program went away.
        What was downloaded stays, so that a new start goes on from there.
    fraction
        Of the whole work, 0..1.
    message
        The same in words.
    eta_seconds
        Time left, where it can be told.
    error
        Why it failed.
    problems
        The same as findings about files, where it is about these.
    """

    state: State
    fraction: float
    message: str
    eta_seconds: float | None = None
    error: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def active(self) -> bool:
        """Whether somebody works on it or has it in a queue."""
        return self.state in ("queued", "running")


@dataclass(frozen=True)
class Fetched:
    """A cohort that was fetched.

    Parameters
    ----------
    path
        Cohort file.
    finished
        When, in ISO 8601, UTC.
    warnings
        What the user should know about it.
    """

    path: Path
    finished: str
    warnings: tuple[Problem, ...]


def fetch_folder(source: str) -> Path:
    """Return the folder with the state of a source, which may not exist."""
    return data_home() / "fetching" / source


def downloads_folder(source: str) -> Path:
    """Return the folder that files of a source are downloaded to by default."""
    return data_home() / "downloads" / source


def fetched(source: str) -> Fetched | None:
    """Return the cohort that was fetched last, None if there is none or it was deleted or damaged."""
    result = _read_json(fetch_folder(source) / "result.json")
    if result is None or _cohort_id(path := Path(result["cohort"])) is None:
        return None
    return Fetched(path, result["finished"], _problems(result["warnings"]))


def _problems(stored: list[dict]) -> tuple[Problem, ...]:
    return tuple(Problem(**problem) for problem in stored)


def fetch_progress(source: str) -> FetchProgress:
    """Return how far the fetching of a source is, from its folder alone."""
    folder = JobFolder(fetch_folder(source))
    job, error = folder.read(), folder.error
    now = _read_json(fetch_folder(source) / "progress.json")
    if job is None:
        return (
            FetchProgress("finished", 1.0, "finished") if fetched(source) else FetchProgress("none", 0.0, "")
        )
    fraction, message = (now["fraction"], now["message"]) if now else (0.0, "starting")
    if error is not None:
        problems = _problems(_read_json(fetch_folder(source) / "problems.json") or [])
        return FetchProgress("failed", fraction, f"failed: {error}", error=error, problems=problems)
    if job.cancelled:
        return FetchProgress("cancelled", fraction, "cancelled; what was downloaded is kept")
    if not folder.alive(job):
        if folder.read() != job:  # it ended since, or another began
            return fetch_progress(source)
        return FetchProgress("interrupted", fraction, "interrupted; what was downloaded is kept")
    if now is None:
        return FetchProgress("queued", 0.0, "waiting for a free worker")
    left = (now["written"] - now["began"]) * (1 - fraction) / fraction if fraction > LEAST_FRACTION else None
    return FetchProgress("running", fraction, message, left)


def start_fetch(source: str, folder: Path | None = None, **options: object) -> None:
    """Fetch a cohort in the background.

    Returns at once; :func:`fetch_progress` tells how it goes, failures included. Does nothing while anybody is fetching
    it.

    Parameters
    ----------
    source
        One of :data:`SOURCES`.
    folder
        Where its files are or go; by default a folder in the data home.
    options
        Further arguments of its builder, as JSON can hold them.
    """
    if fetch_progress(source).active:
        return
    path = fetch_folder(source)
    path.mkdir(parents=True, exist_ok=True)
    for name in ("progress.json", "problems.json"):
        (path / name).unlink(missing_ok=True)
    request = {
        "source": source,
        "folder": str((folder or downloads_folder(source)).resolve()),
        "cohorts": str((data_home() / "cohorts").resolve()),
        "options": options,
    }
    write_text(path / "request.json", json.dumps(request))
    submit_in_background(path, lambda job: _submit(path, job))


def _submit(path: Path, job: Job) -> Future:
    from distributed import fire_and_forget

    from rnalign_core.jobs.worker import fetch_task

    future = cluster.client().submit(
        fetch_task, str(path.resolve()), job.id, key=f"fetch-{path.name}-{job.id}"
    )
    fire_and_forget(future)  # where the cluster outlives this process, so does the work
    return future


def cancel_fetch(source: str) -> None:
    """Ask the fetching of a source to stop; what was downloaded is kept."""
    JobFolder(fetch_folder(source)).cancel()


def fetch(path: Path, should_stop: Callable[[], bool]) -> None:
    """Build the cohort that a folder's request asks for, and save it: what a worker does."""
    request = json.loads((path / "request.json").read_text(encoding="utf-8"))
    module, _, function = SOURCES[request["source"]].builder.partition(":")
    build: Callable[..., Imported] = getattr(import_module(module), function)
    note = _Note(path / "progress.json", should_stop)
    note(0.0, "starting")
    try:
        imported = build(Path(request["folder"]), note, **request["options"])
    except InputError as error:
        write_text(path / "problems.json", json.dumps([asdict(problem) for problem in error.problems]))
        raise
    note(None, "saving the cohort")
    cohort = _save(imported, Path(request["cohorts"]), request["source"])
    result = {
        "cohort": str(cohort),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "warnings": [asdict(problem) for problem in imported.warnings],
    }
    write_text(path / "result.json", json.dumps(result))


class _Note:
    """The callback that builders report their progress to; it stops them by raising."""

    def __init__(self, file: Path, should_stop: Callable[[], bool]):
        self._file, self._should_stop = file, should_stop
        self._began, self._written, self._fraction, self._message = time.time(), 0.0, 0.0, ""

    def __call__(self, fraction: float | None, message: str) -> None:
        """Note the fraction of the work that is done, None where it cannot be told, and what is being done."""
        now = time.time()
        if now - self._written < WRITE_SECONDS and message == self._message:
            return
        if self._should_stop():
            raise RNAlignError("stopped while fetching")
        self._fraction = self._fraction if fraction is None else fraction
        self._written, self._message = now, message
        state = {"fraction": self._fraction, "message": message, "began": self._began, "written": now}
        write_text(self._file, json.dumps(state))


def _save(imported: Imported, folder: Path, name: str) -> Path:
    """Save a cohort under its source's name, or with a number after it where a file of that name is another one."""
    for number in count(1):
        path = folder / (f"{name}.h5ad" if number == 1 else f"{name}-{number}.h5ad")
        if not path.exists():
            save_cohort(imported.cohort, path)
            return path
        if _cohort_id(path) == imported.cohort.uns["rnalign"]["cohort_id"]:
            return path


def _cohort_id(path: Path) -> str | None:
    """Return the id in a cohort file without reading the rest, None where there is none."""
    try:
        with h5py.File(path) as file:
            return str(ad.io.read_elem(file["uns/rnalign/cohort_id"]))
    except (OSError, KeyError):  # damaged, and not ours to replace
        return None


def _read_json(file: Path) -> dict | list | None:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
