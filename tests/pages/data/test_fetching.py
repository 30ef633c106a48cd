"""Public cohorts on the Data page: fetched, watched, cancelled, trained on."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from rnalign_core import jobs
from rnalign_core.jobs.fetching import downloads_folder, fetch_folder
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.model import PRESETS
from rnalign_core.problems import InputError, Problem
from rnalign_core.ui import data_cohorts, data_fetch

NOTE = Problem("no purity", "table.csv", "Nothing to do.", "warning")


def is_fetched(home, source):
    path = fetch_folder(source)
    path.mkdir(parents=True)
    result = {
        "cohort": str(home / "cohorts" / "structured.h5ad"),
        "finished": "2026-01-01T00:00:00+00:00",
        "warnings": [asdict(NOTE)],
    }
    (path / "result.json").write_text(json.dumps(result))


def is_being_fetched(source):
    path = fetch_folder(source)
    path.mkdir(parents=True)
    job = JobFolder(path).begin(own_cluster=True)
    now = {"fraction": 0.4, "message": "downloading x", "began": 0.0, "written": 40.0}
    (path / "progress.json").write_text(json.dumps(now))
    return JobFolder(path), job


def test_both_sources_can_be_fetched(home, open_page, started):
    at = open_page("data").press("Fetch the starter cohort")
    at.text_input(data_fetch.FOLDER).set_value(str(home / "mine"))
    at.checkbox(data_fetch.OFFLINE).check().run()
    at.press("Fetch TCGA + DepMap")
    assert started == [
        ("starter", {"folder": None}),
        ("tcga-ccle", {"folder": home / "mine", "offline": True}),
    ]


def test_without_a_folder_files_go_to_the_data_home(home, open_page, started):
    at = open_page("data")
    at.text_input(data_fetch.FOLDER).set_value(" ").run()
    at.press("Fetch TCGA + DepMap")
    assert started == [("tcga-ccle", {"folder": None, "offline": False})]


def test_a_home_folder_can_be_written_as_usual(home, open_page, started, monkeypatch):
    monkeypatch.setenv("HOME", str(home))
    at = open_page("data")
    at.text_input(data_fetch.FOLDER).set_value("~/mine").run()
    at.press("Fetch TCGA + DepMap")
    assert started[0][1]["folder"] == home / "mine"


def test_a_disk_that_refuses_is_said_in_words(home, open_page, monkeypatch, full):
    monkeypatch.setattr("rnalign_core.jobs.fetching.write_text", full)
    at = open_page("data").press("Fetch the starter cohort")
    assert at.error[0].value.startswith("It could not be started: No space left on device (")
    assert "Make room on that disk" in at.words
    assert jobs.fetch_progress("starter").state == "none"
    at.called("button", "Fetch the starter cohort")


def test_a_folder_that_cannot_be_made_is_named(home, open_page, monkeypatch):
    def mkdir(path, **options):
        raise OSError(30, "Read-only file system", str(path))

    at = open_page("data")
    monkeypatch.setattr(Path, "mkdir", mkdir)
    at.press("Fetch the starter cohort")
    message = f"It could not be started: Read-only file system ({home / 'fetching' / 'starter'})"
    assert message in at.words


@pytest.mark.parametrize("folder", ["~nosuch-user/x", "mine", "./mine"])
def test_what_is_no_whole_path_is_refused_in_words(home, open_page, started, folder):
    at = open_page("data")
    at.text_input(data_fetch.FOLDER).set_value(folder).run()
    assert not at.exception
    assert not at.error
    at.press("Fetch TCGA + DepMap")
    assert started == []
    assert f"Give the whole path of a folder: “{folder}” is not one." in at.words
    at.text_input(data_fetch.FOLDER).set_value(str(home)).run()
    at.press("Fetch TCGA + DepMap")
    assert started[0][1]["folder"] == home


def test_files_downloaded_by_hand_go_to_the_data_home_by_default(home, open_page, started):
    open_page("data").press("Fetch TCGA + DepMap")
    assert started[0][1]["folder"] == downloads_folder("tcga-ccle")


def test_progress_is_shown_and_can_be_cancelled(home, open_page):
    folder, _ = is_being_fetched("starter")
    at = open_page("data")
    bar = at.get("progress")[0].proto
    assert bar.value == 40
    assert "about 60 seconds left" in bar.text
    assert "downloading x" in bar.text
    at.press("Cancel")
    assert folder.read().cancelled
    assert "Cancelled; what was downloaded is kept." in at.words
    at.called("button", "Start again")


def test_a_failure_is_shown_in_full(home, open_page):
    folder, job = is_being_fetched("tcga-ccle")
    folder.fail(job.id, RuntimeError("the connection broke: [x](y)"))
    at = open_page("data")
    assert at.code[0].value == "RuntimeError: the connection broke: [x](y)"
    at.called("button", "Start again")


def test_what_is_wrong_with_files_is_a_table(home, open_page):
    folder, job = is_being_fetched("tcga-ccle")
    problem = Problem("Model.csv is not there", "/downloads", "Download it.")
    (folder.path.parent / "problems.json").write_text(json.dumps([asdict(problem)]))
    folder.fail(job.id, InputError([problem]))
    table = open_page("data").table[0].value
    assert table["What was found"][0].replace("\\", "") == "Model.csv is not there"


def test_what_was_fetched_can_be_trained_on_at_once(home, open_page, started, went):
    is_fetched(home, "starter")
    at = open_page("data")
    assert "105 tumors, 32 cell lines" in at.success[0].value
    assert "no purity" in at.table[0].value["What was found"][0]
    at.press("Train on it (quick)")
    assert [run.settings for run in started] == [PRESETS["quick"]]
    assert started[0].info["cohort_title"] == "structured"
    assert went == ["train"]


def test_a_training_for_which_there_is_no_room_leaves_no_run(
    home, open_page, started, went, monkeypatch, full
):
    is_fetched(home, "starter")
    at = open_page("data")
    monkeypatch.setattr("rnalign_core.model.runs.write_text", full)
    at.press("Train on it (quick)")
    assert at.error[0].value.startswith("This training cannot be started: No space left on device (")
    assert (started, went, list((home / "runs").iterdir())) == ([], [], [])


def test_a_fetched_cohort_that_is_damaged_can_be_fetched_again(home, open_page, started):
    is_fetched(home, "starter")
    (home / "cohorts" / "structured.h5ad").write_bytes(b"not HDF5")
    open_page("data").press("Fetch the starter cohort")
    assert started == [("starter", {"folder": None})]


def test_a_cohort_that_comes_while_the_page_is_open_is_chosen(home, open_page, monkeypatch):
    is_fetched(home, "tcga-ccle")
    running = jobs.FetchProgress("running", 0.5, "half")
    states = iter([running] * 4)  # of both sources, when the page begins
    real = jobs.fetch_progress
    monkeypatch.setattr("rnalign_core.jobs.fetch_progress", lambda source: next(states, None) or real(source))
    at = open_page("data")
    assert at.selectbox(data_cohorts.CHOICE).value == str(home / "cohorts" / "structured.h5ad")
    assert "is here" in at.success[0].value
