"""Fetching a cohort as a job: goes through, is cancelled, fails and says why, never replaces another file."""

import shutil
import sys
import threading
import time
from types import ModuleType, SimpleNamespace

import anndata as ad
import pytest

from rnalign_core import jobs
from rnalign_core.cohort import Imported, load_cohort, make_cohort, save_cohort
from rnalign_core.jobs import cluster, fetching
from rnalign_core.jobs.fetching import downloads_folder, fetch_folder
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.problems import InputError, Problem

SECONDS = 30
NAME = "starter"
WARNING = Problem("12 samples left out", "table.csv", "Nothing to do.", "warning")


class Builder:
    """Stands in for a source: reports progress in steps, holds where told to, fails where told to."""

    def __init__(self, cohort):
        self.cohort = cohort
        self.calls = []
        self.hold = threading.Event()
        self.hold.set()
        self.error = None

    def __call__(self, folder, progress, **options):
        self.calls.append((folder, options))
        for step in range(4):
            progress(step / 4, f"step {step}")
        while not self.hold.is_set():
            progress(None, "downloading")
            time.sleep(0.01)
        if self.error:
            raise self.error
        return Imported(self.cohort, (WARNING,), ())


@pytest.fixture
def builder(thread_cluster, cohort, monkeypatch, tmp_path):
    builder = Builder(cohort)
    module = ModuleType("fake_source")
    module.build = builder
    monkeypatch.setitem(sys.modules, "fake_source", module)
    monkeypatch.setitem(fetching.SOURCES, NAME, fetching.Source("Fake", "fake_source:build"))
    monkeypatch.setattr(fetching, "WRITE_SECONDS", 0.0)
    monkeypatch.setattr("rnalign_core.jobs.folder.BEAT_SECONDS", 0.1)
    monkeypatch.setattr("rnalign_core.jobs.submission.WATCH_SECONDS", 0.05)
    monkeypatch.setenv("RNALIGN_HOME", str(tmp_path))
    monkeypatch.setenv(cluster.SCHEDULER_VARIABLE, thread_cluster.scheduler_address)
    yield builder
    builder.hold.set()
    cluster.close()


def until(condition):
    deadline = time.monotonic() + SECONDS
    while not condition(now := jobs.fetch_progress(NAME)):
        assert time.monotonic() < deadline, now
        time.sleep(0.01)
    return now


def finish():
    return until(lambda now: not now.active)


def test_a_cohort_is_built_and_saved_with_its_warnings(builder, tmp_path):
    assert jobs.fetch_progress(NAME).state == "none"
    assert jobs.fetched(NAME) is None
    jobs.start_fetch(NAME, offline=True)
    now = finish()
    assert (now.state, now.fraction, now.error) == ("finished", 1.0, None)
    assert builder.calls == [(downloads_folder(NAME), {"offline": True})]
    found = jobs.fetched(NAME)
    assert found.path == tmp_path / "cohorts" / "starter.h5ad"
    assert found.warnings == (WARNING,)
    assert load_cohort(found.path).uns["rnalign"]["cohort_id"] == builder.cohort.uns["rnalign"]["cohort_id"]
    assert not JobFolder(fetch_folder(NAME)).path.exists()


def test_progress_is_told_while_it_goes_on_and_it_is_started_once(builder, tmp_path):
    builder.hold.clear()
    jobs.start_fetch(NAME, tmp_path / "mine")
    now = until(lambda now: now.message == "downloading")
    assert (now.state, now.fraction) == ("running", 0.75)  # kept where the source cannot tell
    assert now.eta_seconds >= 0
    jobs.start_fetch(NAME)
    assert len(builder.calls) == 1
    builder.hold.set()
    assert finish().state == "finished"
    assert builder.calls == [(tmp_path / "mine", {})]


def test_cancelling_leaves_no_cohort_and_it_can_be_started_again(builder, tmp_path):
    builder.hold.clear()
    jobs.start_fetch(NAME)
    until(lambda now: now.message == "downloading")
    jobs.cancel_fetch(NAME)
    assert finish().state == "cancelled"
    assert JobFolder(fetch_folder(NAME)).wait_until_idle(SECONDS)
    assert not list((tmp_path / "cohorts").glob("*"))
    builder.hold.set()
    jobs.start_fetch(NAME)
    assert finish().state == "finished"


def test_what_is_wrong_with_a_download_is_told_in_full(builder):
    problems = [
        Problem("cut off", "expression.gz", "Fetch it again."),
        Problem("no column x", "a.tsv", "Add it."),
    ]
    builder.error = InputError(problems)
    jobs.start_fetch(NAME)
    now = finish()
    assert now.state == "failed"
    assert now.error == "\n".join(map(str, problems))
    assert now.problems == tuple(problems)
    assert jobs.fetched(NAME) is None
    builder.error = RuntimeError("no room")
    jobs.start_fetch(NAME)
    now = until(lambda now: now.state == "failed" and now.error != "\n".join(map(str, problems)))
    assert (now.error, now.problems) == ("RuntimeError: no room", ())


def test_a_disk_without_room_for_the_cohort_is_named_and_not_tried(builder, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10_000))
    monkeypatch.setattr(ad.AnnData, "write_h5ad", None)  # on a full disk, HDF5 may crash
    jobs.start_fetch(NAME)
    failed = until(lambda now: now.state == "failed")
    assert "No space left on device" in failed.error
    assert str(tmp_path) in failed.error


def test_a_fetch_whose_program_went_away_is_interrupted(builder):
    folder = fetch_folder(NAME)
    folder.mkdir(parents=True)
    JobFolder(folder).begin(own_cluster=True)
    assert jobs.fetch_progress(NAME).state == "queued"
    job = JobFolder(folder).path / "job.json"
    job.write_text(job.read_text().replace(f'"pid": {JobFolder(folder).read().pid}', '"pid": 999999999'))
    assert jobs.fetch_progress(NAME).state == "interrupted"


def test_a_fetch_that_ends_while_one_looks_is_finished(builder, monkeypatch):
    jobs.start_fetch(NAME)
    finish()
    JobFolder(fetch_folder(NAME)).begin(own_cluster=True)
    monkeypatch.setattr(JobFolder, "alive", lambda self, job: bool(shutil.rmtree(self.path)))
    assert jobs.fetch_progress(NAME).state == "finished"


def test_a_cohort_of_another_content_is_not_replaced(builder, tmp_path, cohort):
    other = make_cohort(cohort.X + 1, cohort.var_names, cohort.obs, title="mine", provenance=["test"])
    mine = tmp_path / "cohorts" / "starter.h5ad"
    save_cohort(other, mine)
    (tmp_path / "cohorts" / "starter-2.h5ad").write_bytes(b"damaged")
    before = mine.read_bytes()
    jobs.start_fetch(NAME)
    finish()
    assert jobs.fetched(NAME).path.name == "starter-3.h5ad"
    assert mine.read_bytes() == before
    jobs.start_fetch(NAME)  # the same content again
    finish()
    assert jobs.fetched(NAME).path.name == "starter-3.h5ad"


def test_a_deleted_cohort_counts_as_not_fetched(builder):
    jobs.start_fetch(NAME)
    finish()
    jobs.fetched(NAME).path.unlink()
    assert jobs.fetched(NAME) is None
    assert jobs.fetch_progress(NAME).state == "none"
