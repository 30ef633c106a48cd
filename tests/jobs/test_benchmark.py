"""A benchmark as a job: goes through, is cancelled and goes on, fails and says why."""

import json
import time

import pytest

from rnalign_core import jobs
from rnalign_core.cohort import save_cohort
from rnalign_core.evidence import Benchmark, create_benchmark
from rnalign_core.jobs import cluster
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.problems import InputError

SECONDS = 60


class Worker:
    """Stands in for the computation: writes a part's file, counts, and fails or takes its time where told to."""

    def __init__(self):
        self.computed: list[str] = []
        self.assembled = 0
        self.seconds = 0.02
        self.error: Exception | None = None

    def compute(self, benchmark, part):
        time.sleep(self.seconds)
        if self.error and part.method == "linear":
            raise self.error
        self.computed.append(part.name)
        (benchmark.path / "parts" / f"{part.name}.json").write_text("{}")

    def assemble(self, benchmark):
        self.assembled += 1
        (benchmark.path / "results.json").write_text(json.dumps({"n": len(self.computed)}))


@pytest.fixture
def worker(thread_cluster, monkeypatch):
    worker = Worker()
    monkeypatch.setattr("rnalign_core.evidence.work.compute_apart", worker.compute)
    monkeypatch.setattr("rnalign_core.evidence.assemble.assemble", worker.assemble)
    monkeypatch.setattr("rnalign_core.jobs.submission.WATCH_SECONDS", 0.05)
    monkeypatch.setenv(cluster.SCHEDULER_VARIABLE, thread_cluster.scheduler_address)
    yield worker
    cluster.close()


@pytest.fixture
def benchmark(tmp_path, cohort):
    save_cohort(cohort, tmp_path / "cohort.h5ad")
    methods = ["linear", "coral", "combat", "lda"]
    return create_benchmark(tmp_path / "benchmark", tmp_path / "cohort.h5ad", methods=methods, seeds=3)


def finish(benchmark):
    deadline = time.monotonic() + SECONDS
    while (now := jobs.benchmark_progress(benchmark)).active:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return now


def names(benchmark):
    return sorted(part.name for part in benchmark.parts)


def test_every_part_is_computed_once(benchmark, worker):
    assert jobs.benchmark_progress(benchmark).message == "not started"
    # Two inputs, linear and ComBat once; CORAL and LDA thrice; an echo control of three deals.
    assert len(benchmark.parts) == 2 + 1 + 1 + 3 + 3 + 3
    jobs.start_benchmark(benchmark)
    now = finish(benchmark)
    assert (now.state, now.fraction) == ("finished", 1.0)
    assert sorted(worker.computed) == names(benchmark)
    assert worker.assembled == 1
    assert not JobFolder(benchmark.path).path.exists()
    jobs.start_benchmark(benchmark)  # does nothing
    assert worker.assembled == 1
    assert Benchmark.open(benchmark.path).results == {"n": 13}


def test_a_cancelled_benchmark_keeps_its_parts_and_goes_on(benchmark, worker):
    worker.seconds = 0.2
    jobs.start_benchmark(benchmark)
    seen = set()
    while len(worker.computed) < 3:
        now = jobs.benchmark_progress(benchmark)
        seen |= {state for _, state in now.parts}
        time.sleep(0.02)
    jobs.cancel_benchmark(benchmark)
    assert JobFolder(benchmark.path).wait_until_idle(SECONDS)
    cancelled = jobs.benchmark_progress(benchmark)
    assert cancelled.state == "cancelled"
    assert 0 < cancelled.fraction < 1
    assert {"waiting", "running"} <= seen
    before = list(worker.computed)
    assert len(before) < len(benchmark.parts)
    worker.seconds = 0.01
    jobs.start_benchmark(benchmark)
    assert finish(benchmark).state == "finished"
    assert worker.computed[: len(before)] == before
    assert sorted(worker.computed) == names(benchmark)


def test_a_failed_part_stops_the_benchmark_and_says_why(benchmark, worker):
    worker.error = MemoryError("no room")
    jobs.start_benchmark(benchmark)
    now = finish(benchmark)
    assert now.state == "failed"
    assert now.error == "MemoryError: no room"
    assert worker.assembled == 0
    worker.error = None
    jobs.start_benchmark(benchmark)
    assert finish(benchmark).state == "finished"
    assert sorted(worker.computed) == names(benchmark)


def test_a_running_benchmark_is_not_deleted(benchmark, worker):
    worker.seconds = 0.3
    jobs.start_benchmark(benchmark)
    with pytest.raises(InputError, match="running"):
        jobs.delete_benchmark(benchmark)
    jobs.cancel_benchmark(benchmark)
    jobs.delete_benchmark(benchmark)
    assert not benchmark.path.exists()
