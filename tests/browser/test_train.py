"""A training from start to open run in a browser, across a reload and a cancel."""

import re
import shutil

import pytest
from playwright.sync_api import expect

TRAINING_SECONDS = 240_000


@pytest.fixture
def home(tmp_path, cohort_file):
    (tmp_path / "cohorts").mkdir()
    (tmp_path / "runs").mkdir()
    shutil.copy(cohort_file, tmp_path / "cohorts")
    return tmp_path


@pytest.fixture
def train(open_tab, home, serve):
    """A tab on the page."""
    with serve(home) as address, open_tab(height=1800) as tab:
        tab.goto(f"{address}/train")
        expect(button(tab, "Start training")).to_be_enabled()
        yield tab


def button(tab, name):
    return tab.locator("button", has_text=re.compile(f"^{name}$"))  # by role, arrows of lists are "Open" too


def choose(tab, label, option):
    """Choose an option of a list by typing, as a user with a keyboard does."""
    tab.get_by_role("main").get_by_role("combobox", name=re.compile(label)).click()
    tab.get_by_role("option", name=option).click()


def fill(tab, label, value):
    field = tab.get_by_label(label, exact=True)
    expect(field).to_have_count(1)
    field.fill(value)
    field.press("Enter")


def test_a_training_outlives_a_reload_and_can_be_cancelled_resumed_and_opened(train, home):
    choose(train, "Cohort", re.compile("structured"))
    train.get_by_text("Quick", exact=True).click()
    expect(train.locator("input[aria-label='Epochs, at most'][value='40']")).to_have_count(1)
    fill(train, "Epochs, at most", "400")
    fill(train, "Folds", "2")
    train.get_by_text("Advanced settings").click()
    fill(train, "patience", "400")
    fill(train, "Name of the run", "First try")
    button(train, "Start training").click()
    expect(train.locator(".js-plotly-plot").first).to_be_visible(timeout=TRAINING_SECONDS)
    train.reload()
    expect(train.get_by_text(re.compile(r"fold \d of 2 at epoch \d+ of 400"))).to_be_visible()
    expect(train.locator(".js-plotly-plot").first).to_be_visible()
    button(train, "Cancel").click()
    expect(train.get_by_text(re.compile(r"Cancelled \("))).to_be_visible()
    button(train, "Resume").click()
    expect(button(train, "Cancel")).to_be_visible()
    expect(train.get_by_text("Progress", exact=True)).to_have_count(0, timeout=TRAINING_SECONDS)
    assert (home / "runs" / "First-try" / "metrics.json").is_file()
    expect(button(train, "Open")).to_have_count(1)  # while the page is drawn anew there are two
    button(train, "Open").click()
    expect(train).to_have_url(re.compile("run=First-try"))
