"""The Decode page in a browser: numbers follow a slider, go back on reset, and the map's points move."""

import re

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import expect

MOVE_MILLISECONDS = 300_000  # worker processes start, and compile the layout
PLACES = """
key => {
  const figure = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  return figure._fullData.filter(t => t.xaxis === "x2").flatMap(t => Array.from(t.x)).join(" ");
}
"""
MAP = "rnalign-decode-map-full"


@pytest.fixture(scope="module")
def address(tmp_path_factory, serve, finished_run):
    with serve(tmp_path_factory.mktemp("home"), RNALIGN_RUN=str(finished_run().path)) as address:
        yield address


@pytest.fixture
def decode(open_tab, address):
    """A tab on the page."""
    with open_tab(height=1800) as tab:
        tab.goto(f"{address}/decode")
        expect(tab.locator(f".st-key-{MAP} .main-svg").first).to_be_visible(timeout=60_000)
        yield tab


def number(decode, label):
    metric = decode.locator('[data-testid="stMetric"]').filter(has_text=label)
    return metric.locator('[data-testid="stMetricValue"]').first


def slide(decode, name, keys):
    slider = decode.get_by_role("slider", name=name)
    slider.focus()
    for key in keys:
        decode.keyboard.press(key)


def test_numbers_follow_the_sliders_and_reset_takes_them_back(decode):
    distance = number(decode, "Distance").inner_text()
    expect(number(decode, "Moved")).to_have_text("0\u202f%")
    expect(decode.get_by_text("Homogenised: the labels")).to_be_visible()
    slide(decode, "Purity", ["Home"])
    expect(number(decode, "Moved")).not_to_have_text("0\u202f%")
    expect(decode).to_have_url(re.compile("purity=0"))
    expect(decode.get_by_text("Beyond what training saw")).to_be_visible()
    slide(decode, "From tumor to cell line", ["Home"])
    expect(decode).to_have_url(re.compile("line=0"))
    expect(number(decode, "Distance")).not_to_have_text(distance)
    decode.reload()
    expect(number(decode, "Distance")).not_to_have_text(distance)
    decode.get_by_role("button", name="Reset to homogenised").click()
    expect(number(decode, "Distance")).to_have_text(distance)
    expect(decode).not_to_have_url(re.compile("purity|line="))


def test_the_map_keeps_its_place_when_a_slider_moves(decode):
    figure = decode.locator(f".st-key-{MAP} .js-plotly-plot")
    before = figure.bounding_box()["y"]
    slide(decode, "Purity", ["Home"])
    expect(
        decode.get_by_text("Decoded expression of")
    ).to_be_visible()  # below the map, so all above is new too
    assert figure.bounding_box()["y"] == pytest.approx(before, abs=1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_png_has_the_paper_of_the_page(decode, tmp_path, theme):
    decode.emulate_media(color_scheme=theme)
    decode.reload()
    figure = decode.locator(f".st-key-{MAP} .js-plotly-plot")
    with decode.expect_download() as download:
        figure.locator('[data-title^="Download plot"]').click()
    download.value.save_as(tmp_path / "map.png")
    image = Image.open(tmp_path / "map.png").convert("RGBA")
    assert image.getchannel("A").getextrema() == (255, 255)
    assert image.getpixel((3, 3))[:3] == {"light": (255, 255, 255), "dark": (0x11, 0x16, 0x1D)}[theme]


def test_a_csv_of_all_genes_says_where_it_comes_from(decode, tmp_path):
    slide(decode, "Purity", ["Home"])
    with decode.expect_download() as download:
        decode.get_by_role("button", name=re.compile("CSV, all .* genes")).click()
    download.value.save_as(tmp_path / "genes.csv")
    lines = (tmp_path / "genes.csv").read_text().splitlines()
    assert any("cell line, purity 0 % minus homogenised" in line for line in lines if line.startswith("#"))
    table = pd.read_csv(tmp_path / "genes.csv", comment="#")
    assert list(table) == ["gene", "change"]
    assert len(table) == 60


def test_the_points_move_on_demand_and_go_back(decode):
    before = decode.evaluate(PLACES, MAP)
    slide(decode, "From tumor to cell line", ["Home"])
    decode.get_by_role("button", name="Lay out at these labels").click()
    expect(decode.get_by_role("progressbar")).to_be_visible()
    moved = decode.get_by_text("have moved by less than")
    expect(moved).to_be_visible(timeout=MOVE_MILLISECONDS)
    decode.wait_for_function(f"before => ({PLACES})('{MAP}') !== before", arg=before)
    assert decode.locator('[data-testid="stException"]').count() == 0
    decode.get_by_role("button", name="Back to the homogenised map").click()
    decode.wait_for_function(f"before => ({PLACES})('{MAP}') === before", arg=before)
