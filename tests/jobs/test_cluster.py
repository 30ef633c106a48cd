"""The local cluster in real processes. Scripts here have no ``__main__`` guard, as users' scripts often have not."""

import json
import subprocess
import sys
import time
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


def test_workers_use_every_core_once_at_low_priority_and_leave_with_the_program(program):
    ended = subprocess.run(program(ABOUT_WORKERS), capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    address, workers, n_threads = json.loads(ended.stdout)
    assert address.startswith("tcp://127.0.0.1:")
    assert n_threads == [1] * CPU_COUNT
    for pid, priority, thread_variables, torch_threads in workers:
        assert priority >= LOW_PRIORITY
        assert thread_variables == ["1", "1"]
        assert torch_threads == 1
        assert not psutil.pid_exists(pid)


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
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as killed:
        deadline = time.monotonic() + 120
        while not (run.path / "checkpoint" / "fold-0.safetensors").is_file():
            assert time.monotonic() < deadline, jobs.progress(run)
            time.sleep(0.2)
        children = psutil.Process(killed.pid).children(recursive=True)
        assert len(children) > CPU_COUNT
        killed.kill()
        _, alive = psutil.wait_procs(children, timeout=20)
        assert alive == []
        assert killed.stderr.read() == ""
    now = jobs.progress(run)
    assert now.state == "interrupted"
    assert now.folds[0].epoch > 0

    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (ended.stdout, ended.stderr) == ("finished\n", "")
    for _, rows in run.history.groupby("fold"):
        assert rows["epoch"].tolist() == list(range(1, len(rows) + 1))


@pytest.mark.slow
def test_run_whose_workers_are_killed_again_and_again_fails(new_run, program):
    run = new_run(n_epochs=5000)
    with subprocess.Popen([*program(TRAIN), str(run.path)], stdout=subprocess.PIPE, text=True) as training:
        deadline = time.monotonic() + 240
        while (now := jobs.progress(run)).state != "failed":
            assert time.monotonic() < deadline, now
            for child in psutil.Process(training.pid).children(recursive=True):
                if "spawn_main" in " ".join(child.cmdline()) and any(fold.running for fold in now.folds):
                    child.kill()
            time.sleep(3)
        assert training.communicate(timeout=60)[0] == "failed\n"
    assert "killed again and again" in now.error
