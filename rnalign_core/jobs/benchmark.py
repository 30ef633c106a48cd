"""Run a benchmark in the background: every method and seed is a task of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rnalign_core.evidence.benchmark import Benchmark, Part, demo_benchmark_path
from rnalign_core.jobs import cluster
from rnalign_core.jobs.folder import Job, JobFolder
from rnalign_core.jobs.submission import remove_folder, submit_in_background, wait_for
from rnalign_core.jobs.worker import assemble_task, benchmark_part_task
from rnalign_core.problems import InputError

if TYPE_CHECKING:
    from distributed import Future

State = Literal["queued", "running", "finishing", "finished", "failed", "cancelled", "interrupted"]
PartState = Literal["waiting", "running", "done"]


@dataclass(frozen=True)
class BenchmarkProgress:
    """How far a benchmark is.

    Parameters
    ----------
    state
        As of :class:`rnalign_core.jobs.progress.Progress`, with ``running`` in place of ``training``.
    fraction
        Share of the parts that are done, 0..1.
    message
        The same in words.
    eta_seconds
        Time left, where it can be told.
    error
        Why it failed.
    parts
        Name and state of each part.
    """

    state: State
    fraction: float
    message: str
    eta_seconds: float | None
    error: str | None
    parts: tuple[tuple[str, PartState], ...]

    @property
    def active(self) -> bool:
        """Whether somebody works on it or has it in a queue."""
        return self.state in ("queued", "running", "finishing")


def benchmark_progress(benchmark: Benchmark) -> BenchmarkProgress:
    """Return how far a benchmark is, from its folder alone."""
    folder = JobFolder(benchmark.path)
    job = folder.read()
    alive = job is not None and folder.alive(job)
    error = folder.error
    parts = tuple((part.name, _part_state(benchmark, part, folder, alive)) for part in benchmark.parts)
    n_done = sum(state == "done" for _, state in parts)
    running = [name for name, state in parts if state == "running"]
    where = f"{n_done} of {len(parts)} parts done"

    def is_(state: State, message: str, eta: float | None = None) -> BenchmarkProgress:
        fraction = 1.0 if state == "finished" else n_done / (len(parts) + 1)
        return BenchmarkProgress(state, fraction, message, eta, error if state == "failed" else None, parts)

    if benchmark.finished:
        return is_("finished", "finished")
    if job is None:
        return is_("interrupted", "not started")
    if error is not None:
        return is_("failed", f"failed: {error}")
    if job.cancelled:
        return is_("cancelled", f"cancelled ({where}); start it again to go on from there")
    if not alive:
        return is_("interrupted", f"interrupted ({where}); start it again to go on from there")
    if n_done == len(parts):
        return is_("finishing", "putting the parts together")
    if not running:
        return is_("queued", f"{where}, waiting for a free worker")
    return is_("running", f"{where}, now {', '.join(running)}", _seconds_left(benchmark, job))


def _part_state(benchmark: Benchmark, part: Part, folder: JobFolder, alive: bool) -> PartState:
    if benchmark.finished or benchmark.done(part):
        return "done"
    return "running" if alive and folder.started(part.name).is_file() else "waiting"


def _seconds_left(benchmark: Benchmark, job: Job) -> float | None:
    """Seconds that are left if the other parts go as those that were computed in this submission."""
    files = {part: benchmark.path / "parts" / f"{part.name}.json" for part in benchmark.parts}
    times = [file.stat().st_mtime for file in files.values() if file.is_file()]
    now_done = sum(t >= job.submitted for t in times)
    if not now_done:
        return None
    return (time.time() - job.submitted) / now_done * (len(files) - len(times))


def start_benchmark(benchmark: Benchmark) -> None:
    """Run a benchmark in the background; parts that are done are kept.

    Returns at once; :func:`benchmark_progress` tells how it goes. Does nothing if it is finished or if anybody is
    running it already.
    """
    now = benchmark_progress(benchmark)
    if now.active or now.state == "finished":
        return
    submit_in_background(benchmark.path, lambda job: _submit(benchmark, job))


def _submit(benchmark: Benchmark, job: Job) -> Future:
    """Queue a task for each part that is not done and one after them, whose future is returned."""
    from distributed import fire_and_forget

    client = cluster.client()
    path, name = str(benchmark.path.resolve()), f"{benchmark.path.name}-{job.id}"
    parts = [
        client.submit(benchmark_part_task, path, job.id, part.name, key=f"benchmark-{name}-{part.name}")
        for part in benchmark.parts
        if not benchmark.done(part)
    ]
    last = client.submit(assemble_task, path, job.id, *parts, key=f"assemble-{name}")
    fire_and_forget(last)  # where the cluster outlives this process, so does the work
    return last


def cancel_benchmark(benchmark: Benchmark) -> None:
    """Ask a benchmark to stop after the parts that are being computed."""
    JobFolder(benchmark.path).cancel()


def wait_benchmark(
    benchmark: Benchmark, on_progress: Callable[[BenchmarkProgress], None], poll_seconds: float = 0.5
) -> BenchmarkProgress:
    """Report progress until nobody works on the benchmark any more, and return the last.

    Ctrl-C cancels a benchmark that this process started, and is raised again.
    """
    return wait_for(benchmark.path, lambda: benchmark_progress(benchmark), on_progress, poll_seconds)


def delete_benchmark(benchmark: Benchmark) -> None:
    """Delete the folder of a benchmark.

    Raises
    ------
    InputError
        If it is running or is the bundled one.
    """
    if benchmark.path.resolve() == demo_benchmark_path().resolve():
        fix = "Delete benchmarks of your own only."
        raise InputError.single("the bundled benchmark cannot be deleted", str(benchmark.path), fix)
    if benchmark_progress(benchmark).active:
        raise InputError.single("the benchmark is running", str(benchmark.path), "Cancel it first.")
    remove_folder(benchmark.path)
