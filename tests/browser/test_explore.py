"""The Explore page in a browser, on the bundled demo: find a line, draw around tumors, tick rows."""

import csv
import re

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect
from scipy.stats import ttest_ind

from rnalign_core.model.runs import demo_run_path

MAP = "rnalign-explore-demo"
FIGURE = f".st-key-{MAP} .js-plotly-plot"
NAMED = f"""
() => (document.querySelector("{FIGURE}")?.layout.annotations ?? []).filter(a => a.showarrow).map(a => a.text)
"""
SELECTED = f"""
() => document.querySelector("{FIGURE}")._fullData.flatMap(t => (t.selectedpoints ?? []).map(i => t.customdata[i]))
"""
TICK_BOX = 22  # pixels from the left edge of a table to the middle of its tick boxes
HEADER, ROW = 35, 35


@pytest.fixture(scope="module")
def demo():
    return ad.read_h5ad(demo_run_path() / "cohort.h5ad")


@pytest.fixture
def explore(open_tab, demo_app):
    """A tab on the page."""
    with open_tab(height=1900) as tab:
        tab.goto(f"{demo_app}/explore")
        tab.wait_for_selector(f"{FIGURE} .main-svg")
        tab.wait_for_timeout(1500)  # Streamlit fits figures to the page after they are drawn
        yield tab
        assert tab.locator('[data-testid="stException"]').count() == 0


def download(tab, name, path):
    """Save the file behind a button; return its rows and the lines of provenance above them."""
    with tab.expect_download() as found:
        tab.get_by_role("button", name=name).click()
    found.value.save_as(path)
    lines = path.read_text().splitlines()
    head = [line for line in lines if line.startswith("#")]
    return pd.DataFrame(csv.DictReader(lines[len(head) :])), "\n".join(head)


def draw_around(tab, places, margin=4):
    """Draw a box around places on the page."""
    (left, top), (right, bottom) = np.min(places, axis=0) - margin, np.max(places, axis=0) + margin
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    tab.mouse.move(*corners[0])
    tab.mouse.down()
    for corner in corners[1:]:
        tab.mouse.move(*corner, steps=5)
    tab.mouse.up()


def click(tab, x, y):
    """Click as a hand does: figures and tables look at what is below the mouse before it is pressed."""
    tab.mouse.move(x - 3, y - 3)
    tab.mouse.move(x, y, steps=3)
    tab.wait_for_timeout(500)
    tab.mouse.down()
    tab.wait_for_timeout(80)
    tab.mouse.up()


def table_of_samples(tab):
    return tab.locator("[class*=st-key-rnalign-explore-table-]").get_by_test_id("stDataFrame")


def test_a_line_is_found_by_an_alias_and_its_nearest_tumors_are_shown(explore, demo, tmp_path):
    line = demo.obs.index[demo.obs["aliases"] == "SIMBRCA1"][0]
    explore.get_by_role("textbox", name="Find a sample").fill("sim-brca 1")
    explore.keyboard.press("Enter")
    expect(explore.get_by_text("Nearest 25 tumors")).to_be_visible()
    expect(explore.get_by_role("heading", name=line)).to_be_visible()
    expect(explore).to_have_url(re.compile(f"sample={line}"))
    explore.wait_for_function(f"name => ({NAMED})().includes(name)", arg=line)

    explore.get_by_test_id("stPopover").last.get_by_role("button").click()
    csv_button = explore.locator(".st-key-csv-rnalign-neighbours-demo")
    with explore.expect_download() as found:
        csv_button.get_by_role("button").click()
    found.value.save_as(tmp_path / "nearest.csv")
    nearest = pd.read_csv(tmp_path / "nearest.csv", comment="#")
    assert len(nearest) == 25
    assert nearest["distance"].is_monotonic_increasing
    assert (demo.obs.loc[nearest["sample_id"], "sample_type"] == "tumor").all()
    assert nearest["cancer_type"].tolist() == demo.obs.loc[nearest["sample_id"], "cancer_type"].tolist()

    explore.reload()  # the link opens the same card
    expect(explore.get_by_text("Nearest 25 tumors")).to_be_visible()
    expect(explore.get_by_role("heading", name=line)).to_be_visible()


def test_tumors_are_drawn_around_and_their_genes_read_and_saved(explore, demo, place_of, tmp_path):
    wanted = np.flatnonzero((demo.obs["cancer_type"] == "STAD") & (demo.obs["sample_type"] == "tumor"))
    draw_around(explore, [place_of(explore, MAP, row) for row in wanted[:40]])
    expect(explore.get_by_text(re.compile(r"\d+ selected:"))).to_be_visible()
    explore.wait_for_timeout(1500)
    rows = sorted(set(explore.evaluate(SELECTED)))
    assert set(wanted[:40]) <= set(rows)
    samples, _ = download(explore, "Selected samples, CSV", tmp_path / "samples.csv")
    assert set(samples["sample_id"]) == set(demo.obs_names[rows])

    explore.get_by_role("button", name="Find genes").click()
    expect(explore.get_by_text("with q below 0.05")).to_be_visible()
    expect(explore.get_by_text("p values are too small")).to_be_visible()
    genes, head = download(explore, "All genes, CSV", tmp_path / "genes.csv")
    assert "SIMULATED DATA" in head
    assert "Welch t test" in head
    assert set(genes["gene"]) == set(demo.var_names)
    kinds = demo.obs["sample_type"].iloc[rows].unique()
    rest = np.setdiff1d(np.flatnonzero(demo.obs["sample_type"].isin(kinds)), rows)
    expected = ttest_ind(demo.X[rows].astype(float), demo.X[rest].astype(float), equal_var=False)
    p = pd.Series(expected.pvalue, demo.var_names)[genes["gene"]]
    np.testing.assert_allclose(genes["p"].astype(float), p, rtol=1e-6)


def test_ticking_rows_names_their_samples_on_the_map_and_clearing_forgets_them(explore):
    table = table_of_samples(explore)
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    for row in (0, 2):
        click(explore, box["x"] + TICK_BOX, box["y"] + HEADER + (row + 0.5) * ROW)
        explore.wait_for_timeout(2000)
    expect(explore.get_by_text("2 selected:")).to_be_visible()
    rows = explore.evaluate(SELECTED)
    assert len(set(rows)) == 2
    names = explore.evaluate(NAMED)
    assert len(names) == 2
    asked = re.search(r"selected=([^&]*)", explore.url)[1].split("%2C")
    assert sorted(asked) == sorted(names)  # in the demo, names are ids
    explore.get_by_role("button", name="Clear selection", exact=True).click()
    expect(explore.get_by_text("2 selected:")).to_have_count(0)
    explore.wait_for_function(f"() => ({SELECTED})().length === 0")


def test_clicking_a_sample_opens_its_card_and_adding_keeps_the_first(explore, demo, place_of):
    rows = [int(np.flatnonzero(demo.obs["cancer_type"] == code)[-1]) for code in ("LIHC", "BRCA")]
    click(explore, *place_of(explore, MAP, rows[0]))
    expect(explore.get_by_text(re.compile(r"Nearest 25 (tumors|cell lines)"))).to_be_visible()
    explore.wait_for_function(f"() => ({SELECTED})().length === 1")  # the map is drawn last
    first = explore.evaluate(SELECTED)
    explore.get_by_text("Add to selection").click()
    explore.wait_for_timeout(1500)
    click(explore, *place_of(explore, MAP, rows[1]))
    explore.wait_for_function(f"() => ({SELECTED})().length === 2")
    assert first[0] in explore.evaluate(SELECTED)
