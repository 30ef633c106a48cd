"""Runs as files on the Train page: made when asked for, checked before anything is kept."""

import io
import shutil
import tempfile
import zipfile
from types import SimpleNamespace

import anndata as ad
import pandas as pd
import pytest

from rnalign_core.files import SPARE_BYTES
from rnalign_core.model import archive, list_runs
from rnalign_core.model.archive import export_run
from rnalign_core.model.received import check_received
from rnalign_core.ui import run_files, run_list


@pytest.fixture
def home(tmp_path, finished_run, use_home, monkeypatch):
    """A data home with one finished run; contents of zips are checked in this process, which is quicker."""
    use_home(tmp_path)
    monkeypatch.setattr(archive, "check_apart", check_received)
    shutil.copytree(finished_run("full").path, tmp_path / "runs" / "mine")
    return tmp_path


@pytest.fixture
def packed(finished_run, tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / "theirs.zip"
    export_run(finished_run("full"), path)
    return path.read_bytes()


def upload(at, data, name="theirs.zip"):
    at.file_uploader[-1].upload(name, data, "application/zip").run()
    return at.press("Check and import")


def labels(at):
    return [button.proto.label for button in at.get("download_button")]


def test_all_files_are_offered_and_none_is_made_before_a_click(home, open_page, monkeypatch):
    made = []
    monkeypatch.setattr(run_files, "made", lambda write, suffix: made.append(suffix))
    at = open_page("train")
    at.run()
    assert labels(at) == [
        "Whole run, .zip",
        "Aligned cohort, .h5ad",
        "Aligned table, .parquet",
        "Aligned table, .csv",
    ]
    assert [popover.disabled for popover in at.popovers("Download")] == [False]
    assert made == []


def test_files_are_what_the_commands_write_and_leave_nothing(
    home, packed, finished_run, tmp_path, monkeypatch
):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    run = finished_run("full")
    assert run_files.made(lambda path: export_run(run, path), ".zip") == packed
    aligned = ad.read_h5ad(io.BytesIO(run_files.aligned_file(run, ".h5ad", False)))
    for residual, layer in ((False, "rnalign"), (True, "rnalign_residual")):
        table = pd.read_parquet(io.BytesIO(run_files.aligned_file(run, ".parquet", residual)))
        pd.testing.assert_frame_equal(table, aligned.to_df(layer), check_names=False)
        text = run_files.aligned_file(run, ".csv", residual).decode()
        assert text.startswith(f"# {run.provenance[0]}\n")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_large_runs_are_left_to_the_command_line(home, open_page, monkeypatch):
    monkeypatch.setattr(run_files, "MAX_ZIP_BYTES", 1000)
    monkeypatch.setattr(run_files, "MAX_VALUES", 1000)
    at = open_page("train")
    assert labels(at) == []
    path = home / "runs" / "mine"
    assert [code.value for code in at.code] == [
        f"rnalign export --run {path} --out mine.zip",
        f"rnalign align --run {path} --out mine.h5ad",
    ]


def test_files_that_the_temporary_folder_has_no_room_for_are_not_offered(
    home, open_page, monkeypatch, finished_run
):
    """If making one failed after the click, the page could not say so."""
    size = archive.archive_size(finished_run("full"))
    for free in (SPARE_BYTES + size - 1, SPARE_BYTES + size):
        monkeypatch.setattr("shutil.disk_usage", lambda path, free=free: SimpleNamespace(free=free))
        at = open_page("train")
        assert ("Whole run, .zip" in labels(at)) == (free >= SPARE_BYTES + size)
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=0))
    at = open_page("train")
    assert labels(at) == []
    assert f"folder for temporary files {tempfile.gettempdir()} (No space left on device)" in at.words
    assert len(at.code) == 2  # the commands that write them elsewhere
    with pytest.raises(OSError, match="No space"):  # filled up since the page was drawn
        run_files.aligned_file(finished_run("full"), ".h5ad")


def test_an_unfinished_run_has_no_files(home, open_page):
    (home / "runs" / "mine" / "metrics.json").unlink()
    at = open_page("train")
    assert [popover.disabled for popover in at.popovers("Download")] == [True]
    assert labels(at) == ["CSV", "Interactive HTML, with SVG and PNG"]  # of its losses so far


def test_a_zip_becomes_a_run_that_is_chosen(home, packed, open_page):
    at = upload(open_page("train"), packed)
    assert {run.run_id for run in list_runs(home)} == {"mine", "theirs"}
    assert at.selectbox(key=run_list.CHOICE).value == str(home / "runs" / "theirs")
    assert at.called("button", "Check and import").disabled  # the uploader is empty again


def test_a_zip_can_be_imported_where_there_is_no_run(home, packed, open_page):
    shutil.rmtree(home / "runs" / "mine")
    at = open_page("train")
    assert "There is no run yet" in at.words
    upload(at, packed)
    assert [run.run_id for run in list_runs(home)] == ["theirs"]
    assert "There is no run yet" not in at.words


def test_a_refusal_lists_every_problem_and_keeps_nothing(home, packed, open_page):
    evil = io.BytesIO(packed)
    with zipfile.ZipFile(evil, "a") as target:
        target.writestr("../../<b>evil</b>", "x")
        target.writestr("truth.csv", "x")
    before = sorted(home.rglob("*"))
    at = upload(open_page("train"), evil.getvalue(), "<i>theirs</i>.zip")
    assert "nothing of it was kept" in at.words
    found = at.table[0].value
    assert found["What was found"].str.replace("\\", "").tolist() == [
        "it holds what is not part of a run: '../../<b>evil</b>', 'truth.csv'"
    ]
    assert found["Where"].str.replace("\\", "").tolist() == ["<i>theirs</i>.zip, list of files"]
    assert sorted(home.rglob("*")) == before


def test_a_disk_that_refuses_is_said_in_words_and_nothing_is_kept(home, packed, open_page, monkeypatch, full):
    at = open_page("train")
    monkeypatch.setattr(archive, "_unpack_one", full)
    before = sorted(home.rglob("*"))
    upload(at, packed)
    assert "and nothing of it was kept: No space left on device (" in at.words
    assert sorted(home.rglob("*")) == before
