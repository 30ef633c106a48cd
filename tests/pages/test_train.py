"""The Train page as Streamlit's own test harness sees it; training itself is left to the browser test."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import rnalign_core
from rnalign_core.cohort import load_cohort, save_cohort
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.model import PRESETS, Settings, create_run, list_runs
from rnalign_core.ui import cohort_form, run_list
from rnalign_core.ui import runs as ui_runs
from rnalign_core.ui.live import time_left

PAGE = Path(__file__).parents[2] / "pages" / "train.py"
GENE_TABLE = Path(rnalign_core.__file__).parent / "cohort" / "gene_ids.tsv.gz"
NOWHERE = Path("/nowhere")
START = "Start training"


@pytest.fixture
def home(tmp_path, cohort_file, monkeypatch):
    """A data home with one cohort, and no bundled demo."""
    monkeypatch.setenv("RNALIGN_HOME", str(tmp_path))
    monkeypatch.delenv("RNALIGN_RUN", raising=False)
    for module in (cohort_form, run_list, ui_runs):
        monkeypatch.setattr(module, "demo_run_path", lambda: NOWHERE)
    (tmp_path / "cohorts").mkdir()
    (tmp_path / "runs").mkdir()
    shutil.copy(cohort_file, tmp_path / "cohorts")
    return tmp_path


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


def open_page():
    at = AppTest.from_file(PAGE, default_timeout=30).run()
    assert not at.exception
    return at


def by_label(elements, label):
    found = [element for element in elements if element.label == label]
    assert len(found) == 1, [element.label for element in elements]
    return found[0]


def words(at):
    kinds = ("markdown", "caption", "warning", "info", "error", "code")
    return "\n".join(str(element.value) for kind in kinds for element in at.get(kind)).replace("\\", "")


def click(at, label):
    by_label(at.button, label).click().run()
    assert not at.exception
    return at


def runs_shown(at):
    return next(frame.value for frame in at.dataframe if "State" in frame.value)


def test_facts_of_the_cohort_are_counted(home):
    at = open_page()
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
    assert "made for a test" in words(at)


def test_facts_are_read_anew_when_the_file_changed_and_not_otherwise(home):
    path = home / "cohorts" / "structured.h5ad"
    first = cohort_form.facts(path)
    assert cohort_form.facts(path) is first
    os.utime(path, ns=(1, 1))
    assert cohort_form.facts(path) is not first


def test_a_damaged_cohort_is_named_and_the_others_can_be_used(home):
    (home / "cohorts" / "broken.h5ad").write_bytes(b"not HDF5")
    at = open_page()
    assert "broken.h5ad" in words(at)
    assert by_label(at.selectbox, "Cohort").options == ["structured"]


def test_without_cohorts_and_runs_the_page_says_what_to_do(home):
    (home / "cohorts" / "structured.h5ad").unlink()
    at = open_page()
    assert "There is no cohort yet" in words(at)
    assert "There is no run yet" in words(at)
    assert START not in [button.label for button in at.button]


@pytest.mark.parametrize("preset", PRESETS)
def test_an_unchanged_preset_is_what_gets_trained(home, started, preset):
    at = open_page()
    at.radio(key="train_preset").set_value(preset).run()
    click(at, START)
    assert [run.settings for run in started] == [PRESETS[preset]]
    assert started[0].path == home / "runs" / f"structured-{preset}"


@pytest.mark.parametrize("variant", ["no_grad", "no_cor", "full"])
def test_another_variant_of_the_poster_preset_has_its_own_losses(home, started, variant):
    at = open_page()
    at.radio(key="train_preset").set_value("poster").run()
    by_label(at.selectbox, "Variant").set_value(variant).run()
    click(at, START)
    assert started[0].settings == Settings(variant=variant, grad_form="elbo")


def test_changed_settings_and_the_name_are_taken(home, started):
    at = open_page()
    by_label(at.number_input, "Epochs, at most").set_value(7)
    by_label(at.number_input, "Folds").set_value(2)
    by_label(at.number_input, "weight decay").set_value(0.5)
    by_label(at.text_input, "Name of the run").set_value("../My run [1]").run()
    click(at, START)
    run = started[0]
    assert run.settings == Settings(n_epochs=7, n_folds=2, weight_decay=0.5)
    assert run.info["title"] == "../My run [1]"
    assert run.path == home / "runs" / "My-run-1"


def test_a_name_that_is_taken_gets_a_number(home, started):
    at = open_page()
    click(at, START)
    click(at, START)
    assert [run.run_id for run in started] == ["structured-full", "structured-full-2"]


def test_every_setting_has_one_widget_with_its_description(home):
    at = open_page()
    widgets = [w for w in [*at.number_input, *at.selectbox] if (w.key or "").startswith("setting-")]
    assert sorted(w.help for w in widgets) == sorted(f.description for f in Settings.model_fields.values())


def test_no_limit_on_genes_can_be_asked_for(home, started):
    at = open_page()
    by_label(at.number_input, "n genes").set_value(None).run()
    click(at, START)
    assert started[0].settings.n_genes is None


def test_a_setting_that_cannot_be_used_is_explained(home, started):
    at = open_page()
    by_label(at.number_input, "learning rate").set_value(0.0).run()
    assert by_label(at.button, START).disabled
    table = at.table[0].value
    assert list(table["Where"]) == ["setting learning rate"]
    assert table["What was found"][0].replace("\\", "") == "it should be greater than 0, and is 0.0"


def test_a_cohort_that_cannot_be_trained_on_is_explained(home, started, structured):
    tumors = structured[structured.obs["sample_type"] == "tumor"].copy()
    save_cohort(tumors, home / "cohorts" / "structured.h5ad")
    at = click(open_page(), START)
    assert not started
    assert not list_runs()
    assert "This training cannot be started" in words(at)
    assert at.table[0].value["What to do"].str.len().gt(0).all()


def test_progress_tells_how_far_and_how_long(home, unfinished):
    unfinished()
    at = open_page()
    bar = at.get("progress")[0].proto
    assert bar.value == 11  # 0.9 of a quarter of one of two folds
    assert "about 5 minutes left" in bar.text  # one fold at a time: 60 + 80 epochs at 2 s
    assert "fold 1 of 2 at epoch 20 of 80" in bar.text
    assert len(at.get("plotly_chart")) == 1


def test_cancel_stops_and_resume_takes_up(home, unfinished, started):
    run = unfinished()
    at = click(open_page(), "Cancel")
    assert JobFolder(run.path).read().cancelled
    assert list(runs_shown(at)["State"]) == ["cancelled"]
    click(at, "Resume")
    assert [r.path for r in started] == [run.path]


def test_a_failure_is_shown_in_full_with_what_to_do(home, unfinished):
    message = "worker ran out of memory: <b>[x](y)</b>\nsecond line"
    unfinished(job=lambda folder, job_id: folder.fail(job_id, RuntimeError(message)))
    at = open_page()
    assert at.code[0].value == f"RuntimeError: {message}"
    assert "First put right what the message names" in words(at)
    by_label(at.button, "Resume")


def test_runs_are_listed_with_rates_only_where_comparable(home, write_run):
    plain_run = write_run(home / "runs" / "gain")
    write_run(home / "runs" / "echo", variant="type_conditioned")
    table = runs_shown(open_page()).set_index("Run")
    micro = plain_run.metrics["match"]["rnalign"]["micro"]
    expected = "{:.1f} % ({:.1f} to {:.1f} %)".format(*(100 * micro[key] for key in ("value", "low", "high")))
    assert table.loc["gain", run_list.RATE].replace("\u202f", " ") == expected
    assert table.loc["echo", run_list.RATE] == "label-conditioned, not comparable"
    assert table.loc["echo", "Cohort"] == "Fake cohort (simulated)"


def test_open_shows_a_run_on_all_pages(home, write_run):
    for name in ("first", "second"):
        write_run(home / "runs" / name)
    at = open_page()
    shown = runs_shown(at).set_index("Run")["Shown"]
    other = shown.index[shown == ""][0]
    at.selectbox(key=run_list.CHOICE).set_value(str(home / "runs" / other)).run()
    click(at, "Open")
    assert runs_shown(at).set_index("Run").loc[other, "Shown"] == "✓"
    assert at.session_state["run"] == other


def test_delete_asks_first(home, write_run):
    run = write_run(home / "runs" / "old")
    at = open_page()
    assert run.path.is_dir()
    click(at, "Delete for good")
    assert not run.path.exists()
    assert "There is no run yet" in words(at)


def test_a_run_at_work_is_not_deleted(home, unfinished):
    run = unfinished()
    at = click(open_page(), "Delete for good")
    assert run.path.is_dir()
    assert at.table[0].value["What to do"][0].replace("\\", "") == "Cancel it first."


def test_the_bundled_demo_can_be_opened_and_trained_on_but_not_deleted(
    home, write_run, tmp_path, monkeypatch
):
    demo = write_run(tmp_path / "bundle" / "demo")
    for module in (cohort_form, run_list, ui_runs):
        monkeypatch.setattr(module, "demo_run_path", lambda: demo.path)
    at = open_page()
    assert by_label(at.selectbox, "Cohort").options == ["structured", "Fake cohort (bundled demo)"]
    assert at.selectbox(key=run_list.CHOICE).options == ["demo (bundled demo)"]
    assert not by_label(at.button, "Open").disabled
    assert [p.proto.popover.disabled for p in at.get("popover")] == [True]


@pytest.fixture
def check(home, structured):
    """Return a function that uploads a cohort's tables, changed by a function, and has them checked."""
    symbols = pd.read_csv(GENE_TABLE, sep="\t", comment="#", usecols=["symbol"], nrows=structured.n_vars)

    def go(change=lambda expression, samples: None):
        expression = structured.to_df().T.set_axis(symbols["symbol"])  # genes by samples
        samples = structured.obs[["sample_type", "cancer_type", "purity"]].astype({"sample_type": object})
        change(expression, samples)
        at = open_page()
        at.file_uploader[0].upload("my.tsv", expression.to_csv(sep="\t").encode(), "text/plain")
        at.file_uploader[1].upload("samples.csv", samples.to_csv().encode(), "text/csv").run()
        return click(at, "Check files")

    return go


def test_files_are_checked_reported_and_saved_as_a_cohort(check, home, structured):
    at = check()
    report = at.table[0].value
    assert report.loc["Rows x columns"].item() == "genes x samples"
    assert report.loc["Unit"].item().replace("\\", "") == "log2(TPM+1)"
    assert report.loc["Samples"].item() == "137"
    by_label(at.text_input, "Name of the cohort").set_value("Breast & lung").run()
    click(at, "Save as cohort")
    saved = load_cohort(home / "cohorts" / "Breast-lung.h5ad")
    assert saved.uns["rnalign"]["title"] == "Breast & lung"
    assert set(saved.obs_names) == set(structured.obs_names)
    assert by_label(at.selectbox, "Cohort").value == str(home / "cohorts" / "Breast-lung.h5ad")
    assert "The files can be used" not in words(at)


def test_a_cohort_is_never_overwritten(check, home):
    before = (home / "cohorts" / "structured.h5ad").read_bytes()
    at = check()
    by_label(at.text_input, "Name of the cohort").set_value("structured").run()
    click(at, "Save as cohort")
    assert "There is a cohort of this name already" in words(at)
    assert (home / "cohorts" / "structured.h5ad").read_bytes() == before


def test_all_problems_of_files_are_listed_and_no_upload_stays(check, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def spoil(expression, samples):
        expression.iloc[3, 5] = -7.5
        samples.iloc[0, samples.columns.get_loc("sample_type")] = "xenograft"

    at = check(spoil)
    table = at.table[0].value
    errors = table[table[""].str.contains("error")]
    found = " ".join(errors["What was found"])
    assert "xenograft" in found
    assert "impossible in log2" in found
    assert errors["What to do"].str.len().gt(0).all()
    assert "Save as cohort" not in [button.label for button in at.button]
    assert list(tmp_path.glob("rnalign-import-*")) == []


def test_the_unit_can_be_given_and_the_old_report_goes(check):
    at = check()
    by_label(at.selectbox, "Unit of my\\.tsv").set_value("TPM").run()
    assert "The files can be used" not in words(at)
    click(at, "Check files")
    assert at.table[0].value.loc["Unit"].item() == "TPM"
    assert at.table[0].value.loc["Why this unit"].item() == "as given"


def test_importing_torch_is_left_to_the_training(home):
    code = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        f"at = AppTest.from_file({str(PAGE)!r}, default_timeout=60).run(); assert not at.exception;"
        "assert at.metric;"
        "print([m for m in ('torch', 'distributed', 'umap', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr


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
