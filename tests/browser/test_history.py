"""Back and Forward of the browser, on the bundled demo: a step for each thing that was done, and the view of then."""

import re

import pytest
from playwright.sync_api import expect

FIGURE = ".st-key-rnalign-explore-demo .js-plotly-plot"
LINE = "SIM-BRCA-CL-001"


@pytest.fixture
def tab(open_tab, demo_app):
    with open_tab(height=1900) as tab:
        tab.goto(demo_app)
        at(tab, "/?v=1&run=demo")
        tab.wait_for_selector(".js-plotly-plot .main-svg")
        yield tab
        assert tab.locator('[data-testid="stException"]').count() == 0


def at(tab, address):
    expect(tab).to_have_url(re.compile(f"{re.escape(address)}$"))


def choose(tab, name):
    tab.get_by_role("radio", name=name, exact=True).click()


def chosen(tab, name):
    expect(tab.get_by_role("radio", name=name, exact=True)).to_be_checked()


def menu(tab, page):
    tab.get_by_test_id("stSidebarNav").get_by_role("link", name=page).click()


def find(tab, sample):
    tab.get_by_role("textbox", name="Find a sample").fill(sample)
    tab.keyboard.press("Enter")


def test_back_and_forward_show_what_was_shown(tab):
    card = tab.get_by_role("heading", name=LINE)
    choose(tab, "Purity")
    at(tab, "/?v=1&run=demo&color=purity")
    menu(tab, "Explore")
    at(tab, "/explore?v=1&run=demo")
    tab.wait_for_selector(f"{FIGURE} .main-svg")
    choose(tab, "Both")
    at(tab, "/explore?v=1&run=demo&view=both")
    find(tab, LINE)
    at(tab, f"/explore?v=1&run=demo&view=both&sample={LINE}")
    expect(card).to_be_visible()
    menu(tab, "Subtypes")
    at(tab, "/subtypes?v=1&run=demo&disease=NSCLC")

    tab.go_back()
    at(tab, f"/explore?v=1&run=demo&view=both&sample={LINE}")
    expect(card).to_be_visible()
    chosen(tab, "Both")
    tab.go_back()
    at(tab, "/explore?v=1&run=demo&view=both")
    expect(card).to_have_count(0)
    chosen(tab, "Both")
    tab.go_back()
    at(tab, "/explore?v=1&run=demo")
    chosen(tab, "After")
    tab.go_back()
    at(tab, "/?v=1&run=demo&color=purity")
    chosen(tab, "Purity")
    tab.go_back()
    at(tab, "/?v=1&run=demo")
    chosen(tab, "Cancer type")

    tab.go_forward()
    at(tab, "/?v=1&run=demo&color=purity")
    chosen(tab, "Purity")
    tab.go_forward()
    tab.go_forward()
    at(tab, "/explore?v=1&run=demo&view=both")
    chosen(tab, "Both")
    tab.go_forward()
    at(tab, f"/explore?v=1&run=demo&view=both&sample={LINE}")
    expect(card).to_be_visible()

    menu(tab, "Overview")  # the menu leaves things as they are
    at(tab, "/?v=1&run=demo&color=purity")
    menu(tab, "Explore")
    at(tab, f"/explore?v=1&run=demo&view=both&sample={LINE}")
