"""The local cluster in real processes. Scripts here have no ``__main__`` guard, as users' scripts often have not."""

import json
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from dask.system import CPU_COUNT

import rnalign_core
from rnalign_core import jobs
from rnalign_core.jobs.local_cluster import LOW_PRIORITY

ABOUT_WORKERS = """
import json
from rnalign_core.jobs import cluster

def about():
    import os, torch
    threads = [os.environ[name] for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")]
    return os.getpid(), os.nice(0), threads, torch.get_num_threads()

client = cluster.client()
assert cluster.client() is client
workers = list(client.run(about).values())
print(json.dumps([client.scheduler.address, workers, list(client.nthreads().values())]), flush=True)
"""

TRAIN = """
import sys
from rnalign_core import jobs
from rnalign_core.model import Run
run = Run.open(sys.argv[1])
jobs.start(run)
print(jobs.wait(run, lambda progress: None).state)
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Return a function that makes a script and returns the command that runs it."""
    monkeypatch.setenv("PYTHONPATH", str(Path(rnalign_core.__file__).parents[1]))
    monkeypatch.delenv("RNALIGN_SCHEDULER", raising=False)

    def write(text):
        path = tmp_path / "script.py"
        path.write_text(text)
        return [sys.executable, str(path)]

    return write


@contextmanager
def running(command):
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def until(run, condition, seconds=240):
    deadline = time.monotonic() + seconds
    while not condition(progress := jobs.progress(run)):
        assert time.monotonic() < deadline, progress
        time.sleep(0.2)
    return progress


def test_workers_use_every_core_once_at_low_priority_and_leave_with_the_program(program):
    ended = subprocess.run(program(ABOUT_WORKERS), capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    address, workers, n_threads = json.loads(ended.stdout)
    assert address.startswith("tcp://127.0.0.1:")
    assert n_threads == [1] * CPU_COUNT
    for _, priority, thread_variables, torch_threads in workers:
        assert priority >= LOW_PRIORITY
        assert thread_variables == ["1", "1"]
        assert torch_threads == 1
    deadline = time.monotonic() + 5
    while any(psutil.pid_exists(pid) for pid, *_ in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_failing_start_says_why(run, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    monkeypatch.delenv("RNALIGN_SCHEDULER", raising=False)
    jobs.start(run)
    failed = jobs.wait(run, lambda progress: None)
    assert failed.state == "failed"
    assert "the worker processes did not start" in failed.error


@pytest.mark.slow
def test_killed_program_leaves_no_process_and_its_run_goes_on(new_run, program):
    run = new_run(n_epochs=400)
    command = [*program(TRAIN), str(run.path)]
    with running(command) as training:
        until(run, lambda progress: (run.path / "checkpoint" / "fold-0.safetensors").is_file())
        children = psutil.Process(training.pid).children(recursive=True)
        assert len(children) > CPU_COUNT
        training.kill()
        _, alive = psutil.wait_procs(children, timeout=20)
        assert alive == []
        assert training.stderr.read() == ""
    killed = jobs.progress(run)
    assert killed.state == "interrupted"
    assert killed.folds[0].epoch > 0

    with running(command) as training:
        assert training.communicate(timeout=300) == ("finished\n", "")
    for _, rows in run.history.groupby("fold"):
        assert rows["epoch"].tolist() == list(range(1, len(rows) + 1))


def kill_workers(program, at_most=None):
    with suppress(psutil.NoSuchProcess):
        workers = []
        for child in psutil.Process(program.pid).children(recursive=True):
            if "spawn_main" in " ".join(child.cmdline()):
                workers.append(child)
        for worker in workers[:at_most]:
            worker.kill()


def epochs(progress):
    return sum(fold.epoch for fold in progress.folds)


@pytest.mark.slow
def test_run_outlives_the_death_of_a_worker_but_not_of_ever_more(new_run, program):
    run = new_run(n_epochs=5000)
    with running([*program(TRAIN), str(run.path)]) as training:
        until(run, lambda progress: epochs(progress) > 50)
        kill_workers(training, at_most=1)
        reached = epochs(jobs.progress(run))
        assert until(run, lambda progress: epochs(progress) > reached + 50).state == "training"
        deadline = time.monotonic() + 240
        while training.poll() is None:
            assert time.monotonic() < deadline
            reached = epochs(jobs.progress(run))
            until(run, lambda progress: not progress.active or epochs(progress) > reached + 20)  # noqa: B023
            kill_workers(training)
        assert training.stdout.read() == "failed\n"
    assert "killed again and again" in jobs.progress(run).error


@pytest.mark.slow
def test_run_fails_if_workers_do_not_come_back(new_run, program):
    run = new_run(n_epochs=5000)
    with running([*program(TRAIN), str(run.path)]) as training:
        until(run, lambda progress: progress.state == "training")
        deadline = time.monotonic() + 240
        while training.poll() is None:
            assert time.monotonic() < deadline
            kill_workers(training)
            time.sleep(0.5)
        assert training.stdout.read() == "failed\n"
    assert "killed again and again" in jobs.progress(run).error
