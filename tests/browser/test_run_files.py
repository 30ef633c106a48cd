"""A run goes out of the dashboard as a file and comes back in a browser."""

import re
import zipfile

import anndata as ad
import pytest
from playwright.sync_api import expect

from rnalign_core.model import Run
from rnalign_core.model.runs import demo_run_path

SECONDS = 120_000


@pytest.fixture
def train(open_tab, serve, tmp_path):
    """A tab on the Train page, over an empty data home."""
    with serve(tmp_path) as address, open_tab() as tab:
        tab.goto(f"{address}/train")
        yield tab


def download(tab, label, path):
    tab.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    with tab.expect_download(timeout=SECONDS) as found:
        tab.get_by_role("button", name=label).click()
    found.value.save_as(path)
    tab.keyboard.press("Escape")
    return found.value.suggested_filename


def test_a_run_is_downloaded_and_imported_again(train, tmp_path):
    demo = Run.open(demo_run_path())
    assert download(train, "Whole run, .zip", tmp_path / "again.zip") == "demo.zip"
    with zipfile.ZipFile(tmp_path / "again.zip") as packed:
        assert packed.read("matches.parquet") == (demo.path / "matches.parquet").read_bytes()
    assert download(train, "Aligned cohort, .h5ad", tmp_path / "a.h5ad") == "rnalign-aligned-demo.h5ad"
    assert ad.read_h5ad(tmp_path / "a.h5ad").shape == (3450, 2000)

    train.get_by_text("Import a run").click()
    train.locator("input[type=file]").set_input_files(tmp_path / "again.zip")
    train.get_by_role("button", name="Check and import").click()
    chosen = train.get_by_role("main").get_by_role("combobox", name=re.compile("^Run"))
    expect(chosen).to_have_value("demo (again)", timeout=SECONDS)
    assert Run.open(tmp_path / "runs" / "again").matches.equals(demo.matches)
