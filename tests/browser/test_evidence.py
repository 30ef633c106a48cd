"""The Evidence page in a browser: a benchmark from the empty page to its tables, figures and files."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from rnalign_core.evidence import Benchmark

BENCHMARK_MILLISECONDS = 240_000


@pytest.fixture
def home(tmp_path, write_run):
    (tmp_path / "runs").mkdir()
    write_run(tmp_path / "runs" / "fake")
    return tmp_path


@pytest.fixture
def evidence(open_tab, home, serve):
    """A tab on the page."""
    with serve(home, RNALIGN_RUN=str(home / "runs" / "fake")) as address, open_tab(height=1800) as tab:
        tab.goto(f"{address}/evidence")
        expect(tab.get_by_text("There is no finished benchmark of this cohort yet")).to_be_visible()
        yield tab


def test_a_benchmark_runs_on_through_a_reload_and_shows_what_it_found(evidence, home, tmp_path):
    main = evidence.get_by_role("main")
    main.get_by_role("button", name="Clear all").click()
    main.get_by_role("combobox", name="Methods").click()
    for title in ("Linear projection", "ComBat, told types"):
        option = evidence.get_by_role("option", name=title, exact=True)
        option.click()
        expect(option).to_have_count(0)
    evidence.keyboard.press("Escape")
    main.get_by_role("button", name="Run the benchmark on this cohort").click()
    expect(evidence.get_by_text("Progress", exact=True)).to_be_visible()
    expect(evidence.get_by_text(re.compile(r"\d of 7 parts done")).first).to_be_visible()
    evidence.reload()
    expect(evidence.get_by_text("What can be concluded")).to_be_visible(timeout=BENCHMARK_MILLISECONDS)
    benchmark = Benchmark.open(home / "benchmarks" / "Fake-cohort")
    assert benchmark.plan["methods"] == ["input_raw", "input_standardised", "linear", "combat_types"]

    expect(evidence.get_by_text("RNAlign is not among the methods that ran")).to_be_visible()
    for kind in ("types", "overall", "echo"):
        figure = evidence.locator(f".st-key-rnalign-evidence-Fake-cohort-{kind} .js-plotly-plot .main-svg")
        expect(figure.first).to_be_visible()
    expect(evidence).to_have_url(re.compile("benchmark=Fake-cohort"))
    assert evidence.locator('[data-testid="stException"]').count() == 0

    with evidence.expect_download() as download:
        evidence.locator(".st-key-csv-rnalign-evidence-Fake-cohort-methods").get_by_role("button").click()
    download.value.save_as(tmp_path / "methods.csv")
    lines = (tmp_path / "methods.csv").read_text().splitlines()
    assert "SIMULATED DATA" in lines[0]
    table = pd.read_csv(tmp_path / "methods.csv", comment="#")
    assert {"row", "match_micro", "match_micro_low", "kbet"} <= set(table)
    assert set(table["row"]) == {"input_raw", "input_standardised", "linear"}
    with evidence.expect_download() as download:
        evidence.get_by_role("button", name="Report", exact=True).click()
    download.value.save_as(tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert report.startswith("<!doctype html>")
    assert "Table 1" in report
