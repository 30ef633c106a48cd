"""The Subtypes page in a browser: calls of a disease, a line's genes, another run in between, and the file."""

import io
import re

import pandas as pd
import pytest

from rnalign_core.model import Run
from rnalign_core.model.runs import demo_run_path
from rnalign_core.rank.subtypes import diseases

LINE = "SIM-BRCA-CL-002"
N_POINTS = """
key => document.querySelector(`.st-key-${key} .js-plotly-plot`)._fullData
  .filter(trace => trace.customdata).reduce((n, trace) => n + trace.customdata.length, 0)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory, write_run, serve):
    """A server with the bundled demo, and with a run whose cohort has no subtypes."""
    home = tmp_path_factory.mktemp("home")
    (home / "runs").mkdir()
    write_run(home / "runs" / "plain", {"SKCM": (40, 8, 0.8), "PRAD": (30, 6, 0.8)})
    with serve(home) as address:
        yield address


@pytest.fixture
def tab(open_tab):
    with open_tab(height=1800) as tab:
        yield tab


@pytest.fixture(scope="module")
def found():
    return diseases(Run.open(demo_run_path()).aligned.obs)


def choose(tab, label, option):
    tab.get_by_role("combobox", name=label).first.click()
    tab.get_by_role("option", name=option).first.click()


def wait_for_calls(tab, n):
    tab.get_by_text(f"{n} lines:").wait_for(timeout=120_000)
    tab.get_by_text("Do the probabilities hold?").wait_for(timeout=120_000)
    tab.wait_for_selector("[data-stale=false]")
    assert tab.locator('[data-testid="stException"]').count() == 0


def test_from_breast_to_lung_cancer_by_way_of_a_run_without_subtypes(tab, address, found):
    tab.goto(f"{address}/subtypes?v=1&disease=BRCA&line={LINE}")
    wait_for_calls(tab, len(found["BRCA"].lines))
    assert tab.get_by_text("Simulated data.", exact=False).first.is_visible()
    maps = "rnalign-subtype-maps-BRCA-demo"
    tab.wait_for_selector(f".st-key-{maps} .js-plotly-plot .main-svg")
    n_samples = sum(map(len, (found["BRCA"].tumors, found["BRCA"].others, found["BRCA"].lines)))
    assert tab.evaluate(N_POINTS, maps) == 2 * n_samples
    axes = tab.locator(f".st-key-{maps} .xtitle, .st-key-{maps} .x2title").all_text_contents()
    assert all(re.fullmatch(r"PC 1 \(\d+ % of variance\)", axis) for axis in axes)
    assert len(axes) == 2
    assert tab.get_by_text("modelled genes that differ most").is_visible()

    # Another run, asked for while the page is still computing what was asked for last.
    tab.get_by_text("Latent space", exact=True).click()
    choose(tab, "Run", "plain")
    tab.get_by_text("has no two subtypes of it").wait_for()
    assert "run=plain" in tab.url
    assert tab.locator('[data-testid="stException"]').count() == 0
    tab.get_by_role("button", name=re.compile("Open .*demo")).click()
    wait_for_calls(tab, len(found["BRCA"].lines))
    assert "run=demo" in tab.url
    assert "disease=BRCA" in tab.url

    choose(tab, "Disease", re.compile("^NSCLC"))
    lung = found["NSCLC"]
    wait_for_calls(tab, len(lung.lines))
    assert "disease=NSCLC" in tab.url
    tab.get_by_text("Aligned, with residual", exact=True).click()
    tab.wait_for_url(lambda url: "space=" not in url)
    wait_for_calls(tab, len(lung.lines))
    with tab.expect_download() as download:
        tab.locator('[class*="st-key-csv-rnalign-subtype-calls-residual-NSCLC"] button').click()
    check_file(download.value.path().read_text(), lung)


def check_file(text, lung):
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert any("SIMULATED" in line for line in comments)
    assert any("class-balanced vote of the 15 nearest tumors" in line for line in comments)
    table = pd.read_csv(io.StringIO(text), comment="#", index_col="sample_id")
    assert set(table.index) == set(lung.lines.index)
    likely = table[["probability_LUAD", "probability_LUSC"]]
    assert likely.sum(axis=1).to_numpy() == pytest.approx(1)
    called = likely.idxmax(axis=1).str.removeprefix("probability_")
    assert (called == table["call"]).all()
    assert (table["outside"] == (table["closeness"] < 0.01)).all()
    assert (table["clear"] == ((table["confidence"] >= 0.6) & ~table["outside"])).all()
    known = table["own_label"].notna()
    assert known.sum() == lung.lines.notna().sum()
    assert (table.loc[known, "own_label"] == table.loc[known, "call"]).mean() > 0.8
