"""Picking a line in a browser: a ranking, its report, and the link that shows it again."""

import re
from contextlib import ExitStack

import pandas as pd
import pytest

from rnalign_core.model.runs import demo_run_path

TRUTH = pd.read_csv(demo_run_path() / "truth.csv", index_col="sample_id")
FIRST_ROWS = (
    "key => document.querySelector(`.st-key-${key} .js-plotly-plot`)._fullLayout.yaxis.ticktext.slice(0, 10)"
)
FIGURE = "rnalign-ranking-demo"


@pytest.fixture
def pick(open_tab, demo_app):
    """A function that opens the page, or a link to it, in a fresh session."""
    with ExitStack() as tabs:

        def show(query=""):
            tab = tabs.enter_context(open_tab())
            tab.goto(query if query.startswith(demo_app) else f"{demo_app}/pick{query}")
            ranked(tab)
            return tab

        yield show


def ranked(tab):
    """Wait for a ranking and return its first lines."""
    tab.wait_for_selector(f".st-key-{FIGURE} .js-plotly-plot .main-svg", timeout=90_000)
    tab.get_by_text("What the numbers mean").wait_for(timeout=90_000)
    tab.wait_for_timeout(1000)
    return tab.evaluate(FIRST_ROWS, FIGURE)


def choose(tab, label, option, parameter):
    tab.get_by_label(label, exact=True).click()
    tab.keyboard.type(option)  # only some of a long list are on the page
    tab.get_by_role("option", name=re.compile(rf"^{option}\b")).click()
    tab.wait_for_url(
        re.compile(rf"[?&]{parameter}={option}(&|$)"), timeout=90_000
    )  # written when all is drawn
    return ranked(tab)


@pytest.mark.parametrize(("cancer_type", "subtype"), [("BRCA", "Basal"), ("LUSC", None)])
def test_a_ranking_its_report_and_its_link(pick, tmp_path, cancer_type, subtype):
    tab = pick()
    rows_before = choose(tab, "Tumor type", "UVM", "type")
    rows = choose(tab, "Tumor type", cancer_type, "type")
    if subtype:
        rows = choose(tab, "Subtype", subtype, "subtype")
    title = " ".join(filter(None, (cancer_type, subtype)))
    assert rows != rows_before
    assert set(TRUTH.loc[[row.split()[1] for row in rows[:3]], "true_cancer_type"]) == {cancer_type}

    with tab.expect_download() as download:
        tab.get_by_role("button", name="Report", exact=True).click()
    download.value.save_as(tmp_path / "report.html")
    url = tab.url

    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.get_by_role("button", name="Copy link to this view").click()
    tab.get_by_text("Copied", exact=True).wait_for()
    link = tab.evaluate("navigator.clipboard.readText()")
    assert link == url
    assert ranked(pick(link)) == rows

    page = tab.context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_selector("#figure-ranking .main-svg")
    page.wait_for_selector("#figure-map .main-svg")
    assert page.locator("h1").inner_text() == f"Cell lines for {title}"
    assert page.locator("tbody tr").count() == 25
    first = page.locator("tbody tr").first.inner_text()
    assert first.split()[0] == rows[0].split()[1]
    assert page.locator("a").first.get_attribute("href") == url
    assert page.locator(".banner").is_visible()
    page.close()


def test_lines_are_compared_and_a_smallest_set_is_found(pick):
    tab = pick("?v=1&type=BRCA&subtype=Basal&cover=Basal,Her2")
    for key in ("neighbours", "map", "genes-residual"):
        tab.wait_for_selector(f".st-key-rnalign-compared-{key}-demo .js-plotly-plot .main-svg")
    assert re.search(r"[12] lines? covers? 2 of 2", tab.locator("body").inner_text())
    assert tab.locator('[data-testid="stException"]').count() == 0
