"""Import on the Data page: files are checked, reported and saved as a cohort."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import rnalign_core
from rnalign_core.cohort import load_cohort
from rnalign_core.ui import data_cohorts

GENE_TABLE = Path(rnalign_core.__file__).parent / "cohort" / "gene_ids.tsv.gz"


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


def test_a_cohort_that_cannot_be_saved_is_kept_for_another_try(check, home, monkeypatch, full):
    at = check()
    at.called("text_input", "Name of the cohort").set_value("mine").run()
    with monkeypatch.context() as context:
        context.setattr("rnalign_core.ui.import_form.save_cohort", full)
        at.press("Save as cohort")
    assert at.error[0].value.startswith("The cohort could not be saved: No space left on device (")
    at.press("Save as cohort")
    assert load_cohort(home / "cohorts" / "mine.h5ad")


def test_a_disk_without_room_for_a_cohort_is_not_tried(check, home, monkeypatch):
    at = check()
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10_000))
    monkeypatch.setattr("anndata.AnnData.write_h5ad", None)  # on a full disk, HDF5 may crash
    at.called("text_input", "Name of the cohort").set_value("mine").run()
    at.press("Save as cohort")
    assert at.error[0].value.startswith("The cohort could not be saved: No space left on device (")
    assert str(home / "cohorts") in at.words


def test_files_that_cannot_be_put_down_to_be_checked_are_checked_at_the_next_try(check, monkeypatch, full):
    with monkeypatch.context() as context:
        context.setattr(Path, "write_bytes", full)
        at = check()
    assert at.error[0].value.startswith("The files could not be checked: No space left on device (")
    assert "the folder for temporary files" in at.words
    assert not at.press("Check files").error
    assert at.success


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
