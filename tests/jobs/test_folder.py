import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from rnalign_core import files
from rnalign_core.jobs.folder import STALE_SECONDS, JobFolder


@pytest.fixture
def folder(tmp_path):
    return JobFolder(tmp_path)


def age_heartbeat(folder, seconds):
    then = time.time() - seconds
    os.utime(folder.path / "heartbeat", (then, then))


def process_that_has_ended():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_later_submission_takes_the_run_over(folder):
    first = folder.begin(own_cluster=False)
    assert folder.wants(first.id)
    second = folder.begin(own_cluster=False)
    assert not folder.wants(first.id)
    assert folder.wants(second.id)
    assert folder.read() == second


def test_cancelled_or_failed_job_is_not_wanted(folder):
    cancelled = folder.begin(own_cluster=False)
    folder.cancel()
    assert not folder.wants(cancelled.id)
    failed = folder.begin(own_cluster=False)
    folder.fail(failed.id, ValueError("odd"))
    assert folder.error == "ValueError: odd"
    assert not folder.wants(failed.id)
    assert folder.wants(folder.begin(own_cluster=False).id)


def test_a_disk_that_takes_one_more_file_is_given_the_reason_of_a_failure(folder, monkeypatch):
    job = folder.begin(own_cluster=False)
    written = []

    def write_text(path, text):
        if written:
            raise OSError(28, "No space left on device")
        written.append(path)
        files.write_text(path, text)

    monkeypatch.setattr("rnalign_core.jobs.folder.write_text", write_text)
    folder.fail(job.id, ValueError("odd"))
    assert folder.error == "ValueError: odd"


def test_replaced_job_cannot_fail_the_one_that_replaced_it(folder):
    first = folder.begin(own_cluster=False)
    folder.begin(own_cluster=False)
    folder.fail(first.id, ValueError("odd"))
    assert folder.error is None


def test_job_lives_while_its_heart_beats(folder):
    job = folder.begin(own_cluster=False)
    assert folder.alive(job)
    age_heartbeat(folder, STALE_SECONDS + 1)
    assert not folder.alive(job)
    with folder.beating(job.id):
        assert folder.alive(job)


def test_beating_goes_on_by_itself_and_ends(folder, monkeypatch):
    monkeypatch.setattr("rnalign_core.jobs.folder.BEAT_SECONDS", 0.05)
    job = folder.begin(own_cluster=False)
    with folder.beating(job.id):
        age_heartbeat(folder, 1000)
        time.sleep(0.5)
        assert folder.alive(job)
    age_heartbeat(folder, 1000)
    time.sleep(0.2)
    assert not folder.alive(job)


def test_replaced_job_does_not_keep_the_next_alive(folder):
    first = folder.begin(own_cluster=False)
    second = folder.begin(own_cluster=False)
    age_heartbeat(folder, 1000)
    folder.beat(first.id)
    assert not folder.alive(second)


@pytest.mark.parametrize("own_cluster", [True, False])
def test_death_of_the_submitter_is_seen_at_once_if_the_workers_were_its_own(folder, own_cluster):
    job = folder.begin(own_cluster=own_cluster)
    assert job.from_here
    orphan = type(job)(job.id, job.submitted, job.host, process_that_has_ended(), own_cluster)
    assert folder.alive(orphan) is not own_cluster
    assert not orphan.from_here


@contextmanager
def held_by_another_thread(folder, part):
    held, over = threading.Event(), threading.Event()

    def hold():
        with folder.working_on(part, lambda: False):
            held.set()
            over.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(30)
    try:
        yield
    finally:
        over.set()
        thread.join()


def can_work_on(folder, part):
    with folder.working_on(part, give_up=lambda: True) as alone:
        return alone


def test_part_is_worked_on_by_one_at_a_time(folder):
    folder.begin(own_cluster=False)
    with held_by_another_thread(folder, "fold-0"):
        assert not can_work_on(folder, "fold-0")
        assert can_work_on(folder, "fold-1")
        assert not folder.wait_until_idle(0.1)
    assert folder.wait_until_idle(0.1)
    assert can_work_on(folder, "fold-0")


def test_part_is_taken_up_when_it_becomes_free(folder):
    folder.begin(own_cluster=False)

    def wait_and_work():
        with folder.working_on("fold-0", give_up=lambda: False) as alone:
            return alone

    with ThreadPoolExecutor() as pool:
        with held_by_another_thread(folder, "fold-0"):
            waiting = pool.submit(wait_and_work)
            time.sleep(0.3)
            assert not waiting.done()
        assert waiting.result(timeout=5) is True


def test_lock_of_a_killed_process_is_free(folder, tmp_path):
    folder.begin(own_cluster=False)
    code = (
        "import sys; from rnalign_core.jobs.folder import JobFolder\n"
        "with JobFolder(sys.argv[1]).working_on('fold-0', lambda: False): print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        assert not folder.wait_until_idle(0.1)
        holder.kill()
    assert folder.wait_until_idle(1)


def test_new_submission_keeps_the_locks_of_the_old(folder):
    folder.begin(own_cluster=False)
    with held_by_another_thread(folder, "fold-0"):
        folder.started("fold-0").touch()
        folder.begin(own_cluster=False)
        assert not folder.started("fold-0").exists()
        assert not can_work_on(folder, "fold-0")


def test_removed_folder_is_not_made_again_by_a_late_heartbeat(folder):
    job = folder.begin(own_cluster=False)
    with folder.beating(job.id):
        folder.remove()
        folder.beat(job.id)
    assert list(folder.path.parent.iterdir()) == []
    assert folder.read() is None
    assert not folder.wants(job.id)
    assert not folder.alive(job)
