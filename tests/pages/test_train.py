"""The Train page as Streamlit's own test harness sees it; training itself is left to the browser test."""

import json
import os
import shutil
from pathlib import Path

import pytest

from rnalign_core.cohort import save_cohort
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.model import PRESETS, Run, Settings, create_run, list_runs
from rnalign_core.ui import cohort_form, run_list
from rnalign_core.ui import runs as ui_runs
from rnalign_core.ui.live import time_left

START = "Start training"


@pytest.fixture
def page(open_page):
    """Return a function that opens the page."""
    return lambda: open_page("train")


@pytest.fixture
def started(monkeypatch):
    """Runs that the page started; none is trained."""
    runs = []
    monkeypatch.setattr("rnalign_core.jobs.start", runs.append)
    return runs


@pytest.fixture
def unfinished(home):
    """Return a function that makes a run that nobody has trained, its work in the state that `job` leaves."""

    def make(name="half", job=lambda folder, job_id: None):
        run = create_run(home / "runs" / name, home / "cohorts" / "structured.h5ad", Settings(n_folds=2))
        (run.path / "checkpoint").mkdir()
        row = {"fold": 0, "epoch": 20, "n_epochs": 80, "seconds": 40.0, "loss": 1.5}
        (run.path / "checkpoint" / "fold-0.jsonl").write_text(json.dumps(row) + "\n")
        folder = JobFolder(run.path)
        submission = folder.begin(own_cluster=True)
        folder.started("fold-0").touch()
        job(folder, submission.id)
        return run

    return make


def test_facts_of_the_cohort_are_counted(page, home):
    at = page()
    assert {metric.label: metric.value for metric in at.metric} == {
        "Tumors": "105",
        "Cell lines": "32",
        "Cancer types": "5",
        "Genes": "60",
    }
    types = at.dataframe[0].value
    assert types.loc["BRCA"].to_dict() == {"Tumors": 40, "Cell lines": 11}
    assert types.index[-1] == "not known"
    assert types.loc["not known", "Cell lines"] == 1
    assert "made for a test" in at.words


def test_facts_are_read_anew_when_the_file_changed_and_not_otherwise(home):
    path = home / "cohorts" / "structured.h5ad"
    first = cohort_form.facts(path)
    assert cohort_form.facts(path) is first
    os.utime(path, ns=(1, 1))
    assert cohort_form.facts(path) is not first


def test_a_damaged_cohort_is_named_and_the_others_can_be_used(page, home):
    (home / "cohorts" / "broken.h5ad").write_bytes(b"not HDF5")
    at = page()
    assert "broken.h5ad" in at.words
    assert at.called("selectbox", "Cohort").options == ["structured"]


def test_more_cohorts_are_a_click_away(page, home, monkeypatch):
    went = []
    monkeypatch.setattr(cohort_form, "go_to", went.append)
    page().press("Fetch or import another cohort")
    assert went == ["data"]


def test_the_cohort_that_another_page_chose_is_chosen(open_page, home):
    shutil.copy(home / "cohorts" / "structured.h5ad", home / "cohorts" / "another.h5ad")
    wanted = str(home / "cohorts" / "structured.h5ad")
    at = open_page("train", session={cohort_form.NEXT_CHOICE: wanted})
    assert at.called("selectbox", "Cohort").value == wanted


def test_without_cohorts_and_runs_the_page_says_what_to_do(page, home):
    (home / "cohorts" / "structured.h5ad").unlink()
    at = page()
    assert "There is no cohort yet" in at.words
    assert "There is no run yet" in at.words
    assert START not in [button.label for button in at.button]


@pytest.mark.parametrize("preset", PRESETS)
def test_an_unchanged_preset_is_what_gets_trained(page, home, started, preset):
    at = page()
    at.radio(key="train_preset").set_value(preset).run()
    at.press(START)
    assert [run.settings for run in started] == [PRESETS[preset]]
    assert started[0].path == home / "runs" / f"structured-{preset}"


@pytest.mark.parametrize("variant", ["no_grad", "no_cor", "full"])
def test_another_variant_of_the_poster_preset_has_its_own_losses(page, home, started, variant):
    at = page()
    at.radio(key="train_preset").set_value("poster").run()
    at.called("selectbox", "Variant").set_value(variant).run()
    at.press(START)
    assert started[0].settings == Settings(variant=variant, grad_form="elbo")


def test_changed_settings_and_the_name_are_taken(page, home, started):
    at = page()
    at.called("number_input", "Epochs, at most").set_value(7)
    at.called("number_input", "Folds").set_value(2)
    at.called("number_input", "weight decay").set_value(0.5)
    at.called("text_input", "Name of the run").set_value("../My run [1]").run()
    at.press(START)
    run = started[0]
    assert run.settings == Settings(n_epochs=7, n_folds=2, weight_decay=0.5)
    assert run.info["title"] == "../My run [1]"
    assert run.path == home / "runs" / "My-run-1"


def test_a_name_that_is_taken_gets_a_number(page, home, started):
    at = page()
    at.press(START)
    at.press(START)
    assert [run.run_id for run in started] == ["structured-full", "structured-full-2"]


def test_every_setting_has_one_widget_with_its_description(page, home):
    at = page()
    widgets = [w for w in [*at.number_input, *at.selectbox] if (w.key or "").startswith("setting-")]
    assert sorted(w.help for w in widgets) == sorted(f.description for f in Settings.model_fields.values())


def test_no_limit_on_genes_can_be_asked_for(page, home, started):
    at = page()
    at.called("number_input", "n genes").set_value(None).run()
    at.press(START)
    assert started[0].settings.n_genes is None


def test_a_setting_that_cannot_be_used_is_explained(page, home, started):
    at = page()
    at.called("number_input", "learning rate").set_value(0.0).run()
    assert at.called("button", START).disabled
    table = at.table[0].value
    assert list(table["Where"]) == ["setting learning rate"]
    assert table["What was found"][0].replace("\\", "") == "it should be greater than 0, and is 0.0"


def test_a_cohort_that_cannot_be_trained_on_is_explained(page, home, started, structured):
    tumors = structured[structured.obs["sample_type"] == "tumor"].copy()
    save_cohort(tumors, home / "cohorts" / "structured.h5ad")
    at = page().press(START)
    assert not started
    assert not list_runs()
    assert "This training cannot be started" in at.words
    assert at.table[0].value["What to do"].str.len().gt(0).all()


def test_a_disk_that_refuses_is_said_in_words_and_leaves_no_run(page, home, started, monkeypatch, full):
    at = page()
    monkeypatch.setattr("rnalign_core.model.runs.write_text", full)
    at.press(START)
    assert at.error[0].value.startswith("This training cannot be started: No space left on device (")
    assert "Make room on that disk" in at.words
    assert (started, list((home / "runs").iterdir())) == ([], [])


def test_a_run_that_cannot_be_deleted_stays_and_says_why(page, home, write_run, monkeypatch, full):
    run = write_run(home / "runs" / "old")
    at = page()
    monkeypatch.setattr(Path, "rename", full)
    at.press("Delete for good")
    assert at.error[0].value.startswith("It could not be deleted: No space left on device (")
    assert Run.open(run.path).finished


@pytest.mark.parametrize("name", ["metrics.json", "aligned.h5ad", "weights.safetensors"])
def test_a_damaged_run_is_named_and_can_be_deleted(page, home, write_run, name):
    for run_id in ("whole", "broken"):
        run = write_run(home / "runs" / run_id)
    (run.path / name).write_text("{}")
    at = page()
    at.selectbox(key=run_list.CHOICE).set_value(str(run.path)).run()
    assert "This run is damaged" in at.words
    assert at.table[-1].value["Where"][0].replace("\\", "") == str(run.path / name)
    assert at.called("button", "Open").disabled
    assert [popover.disabled for popover in at.popovers("Download")] == [True]
    rates = at.tables_with("State")[0].set_index("Run")[run_list.RATE]
    assert (rates["broken"] == run_list.DAMAGED) == (name == "metrics.json")
    at.press("Delete for good")
    assert [left.run_id for left in list_runs()] == ["whole"]
    assert "damaged" not in at.words


def test_progress_tells_how_far_and_how_long(page, home, unfinished):
    unfinished()
    at = page()
    bar = at.get("progress")[0].proto
    assert bar.value == 11  # 0.9 of a quarter of one of two folds
    assert "about 5 minutes left" in bar.text  # one fold at a time: 60 + 80 epochs at 2 s
    assert "fold 1 of 2 at epoch 20 of 80" in bar.text
    assert len(at.get("plotly_chart")) == 1


def test_cancel_stops_and_resume_takes_up(page, home, unfinished, started):
    run = unfinished()
    at = page().press("Cancel")
    assert JobFolder(run.path).read().cancelled
    assert list(at.tables_with("State")[0]["State"]) == ["cancelled"]
    at.press("Resume")
    assert [r.path for r in started] == [run.path]


def test_a_failure_is_shown_in_full_with_what_to_do(page, home, unfinished):
    message = "worker ran out of memory: <b>[x](y)</b>\nsecond line"
    unfinished(job=lambda folder, job_id: folder.fail(job_id, RuntimeError(message)))
    at = page()
    assert at.code[0].value == f"RuntimeError: {message}"
    assert "First put right what the message names" in at.words
    at.called("button", "Resume")


def test_runs_are_listed_with_rates_only_where_comparable(page, home, write_run):
    plain_run = write_run(home / "runs" / "gain")
    write_run(home / "runs" / "echo", variant="type_conditioned")
    table = page().tables_with("State")[0].set_index("Run")
    micro = plain_run.metrics["match"]["rnalign"]["micro"]
    expected = "{:.1f} % ({:.1f} to {:.1f} %)".format(*(100 * micro[key] for key in ("value", "low", "high")))
    assert table.loc["gain", run_list.RATE].replace("\u202f", " ") == expected
    assert table.loc["echo", run_list.RATE] == "label-conditioned, not comparable"
    assert table.loc["echo", "Cohort"] == "Fake cohort (simulated)"


def test_open_shows_a_run_on_all_pages(page, home, write_run):
    for name in ("first", "second"):
        write_run(home / "runs" / name)
    at = page()
    shown = at.tables_with("State")[0].set_index("Run")["Shown"]
    other = shown.index[shown == ""][0]
    at.selectbox(key=run_list.CHOICE).set_value(str(home / "runs" / other)).run()
    at.press("Open")
    assert at.tables_with("State")[0].set_index("Run").loc[other, "Shown"] == "✓"
    assert at.session_state["run"] == other


def test_delete_asks_first(page, home, write_run):
    run = write_run(home / "runs" / "old")
    at = page()
    assert run.path.is_dir()
    at.press("Delete for good")
    assert not run.path.exists()
    assert "There is no run yet" in at.words


def test_a_run_at_work_is_not_deleted(page, home, unfinished):
    run = unfinished()
    at = page().press("Delete for good")
    assert run.path.is_dir()
    assert at.table[0].value["What to do"][0].replace("\\", "") == "Cancel it first."


def test_the_bundled_demo_can_be_opened_and_trained_on_but_not_deleted(
    page, home, write_run, tmp_path, monkeypatch
):
    demo = write_run(tmp_path / "bundle" / "demo")
    for module in (cohort_form, run_list, ui_runs):
        monkeypatch.setattr(module, "demo_run_path", lambda: demo.path)
    at = page()
    assert at.called("selectbox", "Cohort").options == ["structured", "Fake cohort (bundled demo)"]
    assert at.selectbox(key=run_list.CHOICE).options == ["demo (bundled demo)"]
    assert not at.called("button", "Open").disabled
    assert [popover.disabled for popover in at.popovers("Delete")] == [True]


def test_importing_torch_is_left_to_the_training(home, loaded_by):
    assert loaded_by("train", after="assert at.metric").isdisjoint(
        {"torch", "distributed", "umap", "sklearn"}
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "a few seconds left"),
        (42, "about 40 seconds left"),
        (89, "about 90 seconds left"),
        (200, "about 3 minutes left"),
        (9000, "about 2.5 hours left"),
    ],
)
def test_times_in_words(seconds, said):
    assert time_left(seconds) == said
