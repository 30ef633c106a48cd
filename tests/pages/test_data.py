"""The Data page as Streamlit's own test harness sees it."""

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rnalign_core
from rnalign_core import jobs
from rnalign_core.cohort import load_cohort
from rnalign_core.jobs.fetching import downloads_folder, fetch_folder
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.model import PRESETS, Run
from rnalign_core.model.runs import demo_run_path
from rnalign_core.problems import InputError, Problem
from rnalign_core.ui import cohort_form, data_cohorts, data_fetch, place_state
from rnalign_core.ui.data_view import PLACE

GENE_TABLE = Path(rnalign_core.__file__).parent / "cohort" / "gene_ids.tsv.gz"
NOTE = Problem("no purity", "table.csv", "Nothing to do.", "warning")


@pytest.fixture
def went(monkeypatch):
    """Pages that the user was led to."""
    pages = []
    for module in (cohort_form, data_cohorts, data_fetch):
        monkeypatch.setattr(module, "go_to", pages.append)
    return pages


@pytest.fixture
def started(monkeypatch):
    """What the page started; none of it is done."""
    calls = []
    monkeypatch.setattr("rnalign_core.jobs.start", calls.append)
    monkeypatch.setattr(
        "rnalign_core.jobs.start_fetch", lambda source, **options: calls.append((source, options))
    )
    return calls


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


def full(*args, **kwargs):
    """Stand in for what writes, where the disk does not let it."""
    raise OSError(28, "No space left on device")


def test_a_cohort_that_cannot_be_deleted_stays_and_says_why(home, open_page, monkeypatch):
    at = open_page("data")
    monkeypatch.setattr(Path, "unlink", full)
    at.press("Delete for good")
    assert at.error[0].value == "It could not be deleted: No space left on device."
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


# Fetching


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


def test_a_cohort_that_comes_while_the_page_is_open_is_chosen(home, open_page, monkeypatch):
    is_fetched(home, "tcga-ccle")
    running = jobs.FetchProgress("running", 0.5, "half")
    states = iter([running] * 4)  # of both sources, when the page begins
    real = jobs.fetch_progress
    monkeypatch.setattr("rnalign_core.jobs.fetch_progress", lambda source: next(states, None) or real(source))
    at = open_page("data")
    assert at.selectbox(data_cohorts.CHOICE).value == str(home / "cohorts" / "structured.h5ad")
    assert "is here" in at.success[0].value


# Importing


@pytest.fixture
def check(home, open_page, structured):
    """Return a function that uploads a cohort's tables, changed by a function, and has them checked.

    With two files of expression, the second has the samples from the 101st on.
    """
    symbols = pd.read_csv(GENE_TABLE, sep="\t", comment="#", usecols=["symbol"], nrows=structured.n_vars)

    def go(change=lambda expression, samples: None, n_files=1):
        expression = structured.to_df().T.set_axis(symbols["symbol"])  # genes by samples
        samples = structured.obs[["sample_type", "cancer_type", "purity"]].astype({"sample_type": object})
        change(expression, samples)
        at = open_page("data")
        parts = [expression] if n_files == 1 else [expression.iloc[:, :100], expression.iloc[:, 100:]]
        files = [("my.tsv", part.to_csv(sep="\t").encode(), "text/plain") for part in parts]
        at.file_uploader[0].set_value(files)
        at.file_uploader[1].upload("samples.csv", samples.to_csv().encode(), "text/csv").run()
        return at.press("Check files")

    return go


def test_files_are_checked_reported_and_saved_as_a_cohort(check, home, structured):
    at = check()
    report = at.table[0].value
    assert report.loc["Rows x columns"].item() == "genes x samples"
    assert report.loc["Unit"].item().replace("\\", "") == "log2(TPM+1)"
    assert report.loc["Samples"].item() == "137"
    at.called("text_input", "Name of the cohort").set_value("Breast & lung").run()
    at.press("Save as cohort")
    saved = load_cohort(home / "cohorts" / "Breast-lung.h5ad")
    assert saved.uns["rnalign"]["title"] == "Breast & lung"
    assert set(saved.obs_names) == set(structured.obs_names)
    assert at.selectbox(data_cohorts.CHOICE).value == str(home / "cohorts" / "Breast-lung.h5ad")
    assert not at.success


def test_a_cohort_that_cannot_be_saved_is_kept_for_another_try(check, home, monkeypatch):
    at = check()
    at.called("text_input", "Name of the cohort").set_value("mine").run()
    with monkeypatch.context() as context:
        context.setattr("rnalign_core.ui.import_form.save_cohort", full)
        at.press("Save as cohort")
    assert at.error[0].value == "The cohort could not be saved: No space left on device."
    at.press("Save as cohort")
    assert load_cohort(home / "cohorts" / "mine.h5ad")


def test_two_files_of_the_same_name_are_told_apart(check, home):
    at = check(n_files=2)
    report = at.table[0].value
    assert [name.replace("\\", "") for name in report.columns] == ["my.tsv", "my.tsv (2)"]
    assert report.loc["Samples"].tolist() == ["100", "37"]
    groups = [group.label.replace("\\", "") for group in at.segmented_control]
    assert {"Unit of my.tsv", "Unit of my.tsv (2)"} <= set(groups)


def test_a_cohort_is_never_overwritten(check, home):
    before = (home / "cohorts" / "structured.h5ad").read_bytes()
    at = check()
    at.called("text_input", "Name of the cohort").set_value("structured").run()
    at.press("Save as cohort")
    assert "There is a cohort of this name already" in at.words
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
    assert list(tmp_path.glob("rnalign-upload-*")) == []


def test_another_unit_reads_the_same_upload_again(check):
    at = check()
    unit = next(group for group in at.segmented_control if group.label == "Unit of my\\.tsv")
    unit.set_value("TPM").run()
    assert not at.exception
    assert at.table[0].value.loc["Unit"].item() == "TPM"
    assert at.table[0].value.loc["Why this unit"].item() == "as given"


def test_the_report_goes_when_the_files_change(check):
    at = check()
    at.file_uploader[0].upload("other.tsv", b"gene\ts1\nTP53\t1.5\n", "text/plain").run()
    assert not at.success


# Placing one's own samples


@pytest.fixture(scope="module")
def demo():
    return Run.open(demo_run_path())


@pytest.fixture(scope="module")
def patients(demo):
    """Expression of some tumors and a line of the demo, with noise, under other names; and their types."""
    obs = demo.cohort.obs
    is_tumor = obs["sample_type"] == "tumor"
    ids = [
        *obs.index[is_tumor & (obs["cancer_type"] == "BRCA")][:6],
        *obs.index[is_tumor & (obs["cancer_type"] == "LUAD")][:3],
        obs.index[~is_tumor & (obs["cancer_type"] == "SKCM")][0],
    ]
    noise = np.random.default_rng(0).normal(0, 0.2, (len(ids), demo.cohort.n_vars))
    expression = (demo.cohort[ids].to_df() + noise).clip(lower=0).round(3)
    names = [f"P{i}" for i in range(len(ids))]
    return expression.set_axis(names), obs.loc[ids, "cancer_type"].astype(str).set_axis(names)


@pytest.fixture
def place(use_home, tmp_path, open_page, patients):
    """Return a function that uploads expression, genes x samples unless said otherwise, and, if given, a table."""
    use_home(tmp_path, bundled=True)

    def go(expression=None, samples=None, name="mine.csv", turn=True):
        expression = patients[0] if expression is None else expression
        at = open_page("data", {"view": PLACE}, timeout=120)
        text = (expression.T if turn else expression).to_csv(index_label="gene")
        at.file_uploader(place_state.EXPRESSION).upload(name, text.encode(), "text/csv")
        if samples is not None:
            at.file_uploader(place_state.SAMPLES).upload("samples.csv", samples.to_csv().encode(), "text/csv")
        at.run()
        assert not at.exception
        return at

    return go


def calls(at):
    return next(table for table in at.tables if "verdict" in table)


def test_limits_and_privacy_are_stated_before_anything_is_uploaded(use_home, tmp_path, open_page):
    use_home(tmp_path, bundled=True)
    at = open_page("data", {"view": PLACE})
    assert "Up to 200 MB and 5,000 samples" in at.words
    assert "never written to a shared place" in at.words
    assert at.file_uploader(place_state.EXPRESSION).proto.max_upload_size_mb == 200
    assert "Simulated data" in at.warning[0].value
    assert not at.dataframe


def test_samples_are_called_with_their_neighbours_and_lines_for_them(place, patients, demo):
    at = place(
        samples=pd.DataFrame({"sample_type": ["tumor"] * 9 + ["cell line"], "cancer_type": patients[1]})
    )
    table = calls(at)
    assert table["sample"].tolist() == patients[0].index.tolist()
    assert table["kind"].tolist() == ["tumor"] * 9 + ["cell line"]
    assert (table["closest"] == patients[1].to_numpy()).sum() >= 8
    assert table["probability"].between(0, 1).all()
    tumors, lines = at.tables[1:3]
    kinds = demo.cohort.obs["sample_type"]
    assert (len(tumors), set(kinds[tumors.index])) == (25, {"tumor"})
    assert (len(lines), set(kinds[lines.index])) == (25, {"cell_line"})
    assert tumors["distance"].is_monotonic_increasing
    assert tumors["cancer_type"].iloc[0] == "BRCA"
    ranking = at.tables[3]
    assert ranking["rank"].tolist() == list(range(1, 451))
    assert (ranking["cancer_type"].head(5) == "BRCA").sum() >= 4
    assert at.selectbox("place_rank_for").value == "6 BRCA tumors (type as given)"
    n_called = (table["verdict"] == table["closest"]).sum()
    assert f"Of {n_called} with a call and a given type that the run knows" in at.words


def test_tumors_are_grouped_by_the_types_that_their_lines_are_ranked_within(place, patients):
    """P0 is called BRCA and given as LUAD, which counts; the type that P1 is given as is none of the run."""
    given = patients[1].to_frame("cancer_type").assign(sample_type=["tumor"] * 9 + ["cell line"])
    given["cancer_type"] = None
    given.loc[["P0", "P1"], "cancer_type"] = ["LUAD", "GIST"]
    at = place(samples=given)
    verdicts = calls(at).set_index("sample")["verdict"]
    assert verdicts[["P0", "P1"]].tolist() == ["BRCA", "BRCA"]
    n_brca, n_luad = (verdicts.iloc[1:9] == "BRCA").sum(), 1 + (verdicts.iloc[1:9] == "LUAD").sum()
    assert n_brca > n_luad > 1
    options = at.selectbox("place_rank_for").options
    assert options[:3] == [
        f"{n_brca} BRCA tumors (type as called)",
        f"{n_luad} LUAD tumors (type given or called)",
        "all 9 tumors",
    ]
    assert "Of 1 with a call and a given type that the run knows, 0 are called that type." in at.words


def test_another_sample_and_another_group_can_be_chosen(place):
    at = place()
    at.selectbox(place_state.CHOSEN).set_value("P7").run()
    assert not at.exception
    assert "tumors of P7" in at.words
    assert at.tables[1]["cancer_type"].iloc[0] == "LUAD"
    before = at.tables[3]["name"].tolist()
    at.selectbox("place_rank_for").set_value("all 10 tumors").run()
    assert not at.exception
    assert at.tables[3]["name"].tolist() != before


def test_a_correction_reads_the_same_upload_again(place):
    at = place()
    assert "in log2(TPM+1)" in at.success[0].value.replace("\\", "")
    assert calls(at)["kind"].eq("tumor").all()
    at.segmented_control("place_sample_type").set_value("cell_line").run()
    assert calls(at)["kind"].eq("cell line").all()
    assert "None of the samples is a tumor" in at.words
    at.segmented_control("place_orientation").set_value("samples x genes").run()
    assert "cannot be placed yet" in at.words
    assert at.table[0].value["What to do"].str.len().gt(0).all()
    at.segmented_control("place_orientation").set_value("genes x samples").run()
    assert not at.exception
    assert len(calls(at)) == 10


def test_all_that_is_wrong_with_an_upload_is_listed(place, patients):
    spoilt = patients[0].astype(object)
    spoilt.iloc[2, 4] = "high"
    spoilt.iloc[3, 5] = -7.5
    at = place(spoilt)
    found = " ".join(at.table[0].value["What was found"]).replace("\\", "")
    assert "sample P2" in found
    assert "sample P3" in found
    assert not at.dataframe


def test_a_file_of_other_genes_is_refused(place, patients):
    at = place(patients[0].iloc[:, :200])
    assert "cannot be placed yet" in at.words
    assert "1,800 of the model's 2,000 genes" in " ".join(at.table[0].value["What was found"]).replace(
        "\\", ""
    )


def test_no_upload_is_left_on_disk(place, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    at = place()
    assert len(calls(at)) == 10
    assert list((tmp_path / "temporary").iterdir()) == []


def test_an_upload_stays_while_another_view_is_shown_and_goes_when_it_is_removed(place):
    at = place()
    at.segmented_control("data_view").set_value("cohorts").run()
    assert not any("verdict" in table for table in at.tables)
    at.segmented_control("data_view").set_value(PLACE).run()
    assert not at.exception
    assert len(calls(at)) == 10
    assert "mine.csv (0.1 MB), from before" in at.words
    at.press("Remove")
    assert not at.dataframe
    assert not [key for key in ("query", "placed", "ranking") if place_state.RESULT + key in at.session_state]


def test_results_are_kept_by_what_is_in_the_files(place, monkeypatch):
    read = []
    real = place_state.read_query
    monkeypatch.setattr(place_state, "read_query", lambda *a, **k: read.append(a) or real(*a, **k))
    at = place()
    at.selectbox(place_state.CHOSEN).set_value("P3").run()
    assert len(read) == 1
    at.segmented_control("place_unit").set_value("log2(TPM+1)").run()
    assert len(read) == 2


def test_a_sample_that_no_type_resembles_is_not_called(place, patients):
    shuffled = patients[0].copy()
    shuffled.iloc[0] = np.random.default_rng(1).permutation(shuffled.iloc[0].to_numpy())
    table = calls(place(shuffled))
    assert table["verdict"].iloc[0] == "resembles no tumor type of this cohort"
    assert (table["verdict"].iloc[1:6] == "BRCA").all()


def test_where_there_is_no_run_nothing_can_be_placed(home, open_page):
    at = open_page("data", {"view": PLACE})
    assert "there is none yet" in at.words
    assert not at.file_uploader


def test_a_run_that_was_told_the_types_places_nothing(use_home, tmp_path, open_page, write_run):
    use_home(tmp_path, bundled=True)
    at = open_page("data", {"view": PLACE}, run=write_run(tmp_path / "echo", variant="type_conditioned"))
    assert "told the cancer type of every cell line" in at.words
    assert not at.file_uploader


def test_the_view_is_in_the_link(place, open_page):
    at = open_page("data")
    at.segmented_control("data_view").set_value(PLACE).run()
    assert at.url["view"] == PLACE
    assert any("ignored" in message.value for message in open_page("data", {"view": "nothing"}).info)


def test_no_heavy_library_is_loaded_until_it_is_needed(loaded_by, tmp_path):
    assert loaded_by("data", RNALIGN_HOME=tmp_path) == set()
    assert loaded_by("data", {"view": PLACE}, RNALIGN_HOME=tmp_path) == set()
