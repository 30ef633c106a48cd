"""The folder ``job/`` inside a run that is being trained: what any process must know about the work on it.

==================  ===================================================================================
``job.json``        :class:`Job`: which submission owns the run; written when one starts or is cancelled
``heartbeat``       empty; its modification time says when somebody last worked on the job
``<part>.started``  empty; ``fold-0``, ``fold-1``, ... and ``finish`` have begun
``<part>.lock``     held by the one process that works on that part
``finishing.json``  stage and fraction of what follows the training
``error.txt``       why the job failed, in words, and ``traceback.txt`` for a developer
==================  ===================================================================================

The folder is gone when the run is finished. Every file has one kind of writer, so none is read to be changed.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from rnalign_core.files import write_text
from rnalign_core.problems import RNAlignError

BEAT_SECONDS = 5.0
STALE_SECONDS = 30.0  # six missed beats, more than a shared file system takes to show one


@dataclass(frozen=True)
class Job:
    """One submission of a run. A later one takes the run over: tasks of an earlier one step down.

    Parameters
    ----------
    id
        Unique to the submission.
    submitted
        Seconds since 1970.
    host, pid
        Machine and process that submitted it.
    own_cluster
        Whether the workers belong to that process and end with it.
    cancelled
        Whether a user asked it to stop.
    """

    id: str
    submitted: float
    host: str
    pid: int
    own_cluster: bool
    cancelled: bool = False

    @property
    def from_here(self) -> bool:
        """Whether this process submitted it."""
        return self.host == socket.gethostname() and self.pid == os.getpid()


class JobFolder:
    """The ``job/`` folder of a run."""

    def __init__(self, run_path: str | os.PathLike[str]):
        self.path = Path(run_path) / "job"

    def begin(self, *, own_cluster: bool) -> Job:
        """Make this process's new submission the owner of the run."""
        job = Job(uuid.uuid4().hex[:12], time.time(), socket.gethostname(), os.getpid(), own_cluster)
        self.path.mkdir(exist_ok=True)
        for file in self.path.iterdir():
            if file.suffix in (".started", ".txt") or file.name == "finishing.json":
                file.unlink(missing_ok=True)  # of an earlier submission; its locks may still be held
        (self.path / "heartbeat").touch()
        self._write(job)
        return job

    def read(self) -> Job | None:
        """Return the submission that owns the run, None if there is none."""
        try:
            return Job(**json.loads((self.path / "job.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def cancel(self) -> None:
        """Ask the tasks of the present submission to stop."""
        job = self.read()
        if job is not None:
            self._write(replace(job, cancelled=True))

    def _write(self, job: Job) -> None:
        write_text(self.path / "job.json", json.dumps(asdict(job)))

    def wants(self, job_id: str) -> bool:
        """Whether a task of submission `job_id` should go on: owner, not cancelled, nothing failed."""
        job = self.read()
        return job is not None and job.id == job_id and not job.cancelled and self.error is None

    @property
    def error(self) -> str | None:
        """Why the job failed."""
        try:
            return (self.path / "error.txt").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def fail(self, job_id: str, error: BaseException) -> None:
        """Record that submission `job_id` failed, unless it was cancelled, replaced or deleted meanwhile."""
        if not self.wants(job_id):
            return
        message = str(error) if isinstance(error, RNAlignError) else f"{type(error).__name__}: {error}"
        write_text(self.path / "error.txt", message)
        with suppress(OSError):  # a full disk, which may just have taken the reason
            write_text(self.path / "traceback.txt", "".join(traceback.format_exception(error)))

    def beat(self, job_id: str) -> None:
        """Say that submission `job_id` is being worked on."""
        if self.wants(job_id):
            with suppress(FileNotFoundError):
                os.utime(self.path / "heartbeat")

    @contextmanager
    def beating(self, job_id: str) -> Iterator[None]:
        """Beat every few seconds, from a thread, while the body runs."""
        over = threading.Event()

        def keep_beating() -> None:
            while not over.wait(BEAT_SECONDS):
                self.beat(job_id)

        self.beat(job_id)
        thread = threading.Thread(target=keep_beating, name=f"beat-{job_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def alive(self, job: Job) -> bool:
        """Whether somebody works on `job` or has it in a queue.

        The heartbeat decides. A job on the submitting process's own workers is known to be dead as soon as
        that process is, so that a restarted program need not wait for the heartbeat to go stale.
        """
        if job.own_cluster and job.host == socket.gethostname() and not psutil.pid_exists(job.pid):
            return False
        try:
            return time.time() - (self.path / "heartbeat").stat().st_mtime < STALE_SECONDS
        except FileNotFoundError:
            return False

    @contextmanager
    def working_on(self, part: str, give_up: Callable[[], bool]) -> Iterator[bool]:
        """Hold the lock of `part`; yield False, without it, if `give_up` comes true while waiting."""
        lock = FileLock(self.path / f"{part}.lock")
        try:
            lock.acquire(poll_interval=0.2, cancel_check=give_up)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def wait_until_idle(self, timeout: float) -> bool:
        """Wait until no task works on any part; return whether that came about within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        for path in sorted(self.path.glob("*.lock")):
            left = max(0.0, deadline - time.monotonic())
            try:
                FileLock(path).acquire(timeout=left, poll_interval=0.1).lock.release()
            except Timeout:
                return False
            except FileNotFoundError:  # the run has just been finished
                return True
        return True

    def started(self, part: str) -> Path:
        """Path of the mark that `part` has begun."""
        return self.path / f"{part}.started"

    def remove(self) -> None:
        """Remove the folder. It is renamed first, so that a late heartbeat cannot keep it."""
        gone = self.path.with_name(f".job-{uuid.uuid4().hex[:8]}")
        with suppress(FileNotFoundError):  # the whole run has just been deleted
            self.path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
