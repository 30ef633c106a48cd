"""The Data page in a browser: one's own samples from the upload to a table of calls on disk."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from rnalign_core.model import Run
from rnalign_core.model.runs import demo_run_path

MAP = "rnalign-placed-demo"


@pytest.fixture(scope="module")
def patients():
    """Three tumors of the demo under other names, with noise, and their types."""
    cohort = Run.open(demo_run_path()).cohort
    obs = cohort.obs[cohort.obs["sample_type"] == "tumor"]
    ids = [obs.index[obs["cancer_type"] == name][3] for name in ("BRCA", "LUAD", "SKCM")]
    noise = np.random.default_rng(0).normal(0, 0.2, (3, cohort.n_vars))
    table = (cohort[ids].to_df() + noise).clip(lower=0).round(3).set_axis(["first", "second", "third"])
    return table.T.to_csv(index_label="gene").encode()


@pytest.fixture
def tab(open_tab, demo_app):
    with open_tab() as tab:
        tab.goto(f"{demo_app}/data")
        yield tab


def test_samples_are_uploaded_called_and_saved(tab, patients, place_of):
    tab.get_by_text("Place your own samples").click()
    expect(tab).to_have_url(re.compile("view=place"))
    expect(tab.get_by_role("button", name="An example file")).to_be_visible()  # what comes last on the page
    expect(tab.get_by_test_id("stStatusWidget")).to_have_count(
        0
    )  # a script that still runs draws the uploader anew
    upload = {"name": "patients.csv", "mimeType": "text/csv", "buffer": patients}
    tab.locator("input[type=file]").first.set_input_files(upload)
    expect(tab.get_by_text("3 samples read from patients.csv")).to_be_visible(timeout=90_000)
    tab.wait_for_selector(f".st-key-{MAP} .js-plotly-plot .main-svg", timeout=90_000)
    expect(tab.get_by_text("What the numbers mean")).to_be_visible(timeout=90_000)
    assert tab.locator('[data-testid="stException"]').count() == 0

    with tab.expect_download() as download:
        tab.get_by_role("button", name="CSV, all calls").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert "# cohort: Demo (simulated) (id" in text
    assert re.search(r"# placed: 3 samples from patients.csv \(SHA-256 [0-9a-f]{64}\)", text)
    calls = pd.read_csv(io.StringIO(text), comment="#", index_col="sample_id")
    assert calls["call"].to_dict() == {"first": "BRCA", "second": "LUAD", "third": "SKCM"}

    tab.wait_for_timeout(1000)
    tab.mouse.click(*place_of(tab, MAP, -2))
    expect(tab.get_by_text("Nearest 25 tumors of second")).to_be_visible()

    tab.get_by_role("link", name="Explore").click()
    expect(tab.get_by_role("heading", name="Explore")).to_be_visible()
    tab.get_by_role("link", name="Data").click()
    expect(tab.get_by_text("3 samples read from patients.csv")).to_be_visible(timeout=90_000)
    tab.get_by_role("button", name="Remove").click()
    expect(tab.get_by_text("3 samples read from patients.csv")).to_have_count(0)
