"""Cohorts on the Data page: listed, opened, trained on, deleted."""

import shutil
from pathlib import Path

from rnalign_core.cohort import load_cohort
from rnalign_core.ui import cohort_form, data_cohorts


def test_cohorts_are_listed_with_what_is_in_them(home, open_page):
    at = open_page("data")
    row = at.tables[0].iloc[0].to_dict()
    assert (row["Cohort"], row["Tumors"], row["Cell lines"], row["Genes"]) == ("structured", 105, 32, 60)
    assert (row["Cancer types"], row["Finished runs"]) == (5, 0)
    assert "made for a test" in at.words
    assert at.called("button", "Open its run").disabled


def test_training_on_a_cohort_leads_to_the_train_page_with_it_chosen(home, open_page, went):
    at = open_page("data").press("Train on it")
    assert went == ["train"]
    assert at.session_state[cohort_form.NEXT_CHOICE] == str(home / "cohorts" / "structured.h5ad")


def test_the_run_of_a_cohort_can_be_opened(home, open_page, write_run):
    run = write_run(home / "runs" / "mine")
    shutil.copy(run.path / "cohort.h5ad", home / "cohorts" / "fake.h5ad")
    write_run(home / "runs" / "other", seed=1)
    at = open_page("data")
    at.selectbox(data_cohorts.CHOICE).set_value(str(home / "cohorts" / "fake.h5ad")).run()
    at.press("Open its run")
    assert at.session_state["run"] == "mine"


def test_deleting_asks_first_and_leaves_runs_alone(home, open_page, write_run):
    run = write_run(home / "runs" / "mine")
    path = home / "cohorts" / "fake.h5ad"
    shutil.copy(run.path / "cohort.h5ad", path)
    at = open_page("data")
    at.selectbox(data_cohorts.CHOICE).set_value(str(path)).run()
    assert path.is_file()
    at.press("Delete for good")
    assert not path.exists()
    assert load_cohort(run.path / "cohort.h5ad")
    assert at.selectbox(data_cohorts.CHOICE).value == str(home / "cohorts" / "structured.h5ad")


def test_a_cohort_that_cannot_be_deleted_stays_and_says_why(home, open_page, monkeypatch, full):
    at = open_page("data")
    monkeypatch.setattr(Path, "unlink", full)
    at.press("Delete for good")
    assert at.error[0].value.startswith("It could not be deleted: No space left on device (")
    assert at.tables[0]["Cohort"].tolist() == ["structured"]


def test_the_bundled_demo_is_listed_and_cannot_be_deleted(tmp_path, open_page, use_home):
    use_home(tmp_path, bundled=True)
    at = open_page("data")
    assert at.tables[0]["Cohort"].tolist() == ["Demo (simulated) (bundled demo)"]
    assert at.tables[0]["Finished runs"].tolist() == [1]
    assert [p.proto.popover.disabled for p in at.get("popover")] == [True]


def test_without_cohorts_the_page_says_what_to_do(home, open_page):
    (home / "cohorts" / "structured.h5ad").unlink()
    assert "There is no cohort yet" in open_page("data").words


def test_a_damaged_cohort_is_named(home, open_page):
    (home / "cohorts" / "broken.h5ad").write_bytes(b"not HDF5")
    at = open_page("data")
    assert "broken.h5ad" in at.words
    assert at.tables[0]["Cohort"].tolist() == ["structured"]
