"""The Overview in a browser: its figures, and the link between the two maps."""

import re

import pytest

SELECTED_ROWS = """
([key, axis]) => {
  const figure = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  const rows = figure._fullData.filter(t => t.xaxis === axis).flatMap(t =>
    (t.selectedpoints ?? []).map(i => t.customdata[i]));
  return rows.sort((a, b) => a - b);
}
"""
MAPS, MATCH = "rnalign-maps-fake", "rnalign-match-fake"


@pytest.fixture(scope="module")
def home(tmp_path_factory, write_run):
    home = tmp_path_factory.mktemp("home")
    (home / "runs").mkdir()
    return home, write_run(home / "runs" / "fake")


@pytest.fixture(scope="module")
def address(home, serve):
    with serve(home[0], RNALIGN_RUN=str(home[1].path)) as address:
        yield address


@pytest.fixture(scope="module")
def opened(open_tab, address):
    with open_tab() as tab:
        tab.goto(address)
        for key in (MAPS, MATCH):
            tab.wait_for_selector(f".st-key-{key} .js-plotly-plot .main-svg")
        tab.wait_for_timeout(1000)  # Streamlit fits figures to the page after they are drawn
        yield tab


@pytest.fixture
def overview(opened):
    """The page, opened once, with nothing selected."""
    clear = opened.get_by_role("button", name="Clear selection")
    if clear.is_enabled():
        clear.click()
        opened.get_by_text("selected:").wait_for(state="detached")
        opened.wait_for_timeout(1000)
    return opened


def surface(overview, number):
    """Left, top, width and height of one map."""
    box = overview.locator(f".st-key-{MAPS} .nsewdrag").nth(number).bounding_box()
    return box["x"], box["y"], box["width"], box["height"]


def draw(overview, number, corners):
    """Draw around a part of a map; corners in shares of its width and height."""
    left, top, width, height = surface(overview, number)
    places = [(left + x * width, top + y * height) for x, y in [*corners, corners[0]]]
    overview.mouse.move(*places[0])
    overview.mouse.down()
    for place in places[1:]:
        overview.mouse.move(*place, steps=5)
    overview.mouse.up()


def n_selected(overview):
    text = overview.get_by_text("selected:").inner_text()
    return int(re.match(r"\d+", text)[0])


def test_both_maps_and_the_match_rates_are_drawn(overview, home):
    assert overview.get_by_text("Simulated data.").is_visible()
    assert overview.locator('[data-testid="stException"]').count() == 0
    assert overview.locator(f".st-key-{MAPS} .nsewdrag").count() == 2
    n_types = len(home[1].metrics["types"]["rnalign"])
    assert overview.locator(f".st-key-{MATCH} .errorbar").count() == 2 * n_types
    labels = [label.get_attribute("aria-label") for label in overview.locator(".stPlotlyChart").all()]
    assert "240 tumors and 71 cell lines" in labels[0]
    assert f"{n_types} cancer types" in labels[1]


def test_drawing_around_samples_on_a_map_selects_them_on_both_and_lists_them(overview, home, place_of):
    draw(overview, 0, [(0.02, 0.02), (0.6, 0.02), (0.6, 0.5), (0.02, 0.5)])
    overview.get_by_text("selected:").wait_for()
    overview.wait_for_timeout(1000)
    before, after = (overview.evaluate(SELECTED_ROWS, [MAPS, axis]) for axis in ("x", "x2"))
    assert before == after
    assert n_selected(overview) == len(before) > 0
    # What lies in that part of the map, from the run's own coordinates.
    places = {row: place_of(overview, MAPS, row, "x") for row in range(home[1].aligned.n_obs)}
    left, top, width, height = surface(overview, 0)
    inside = [
        row
        for row, (x, y) in places.items()
        if left + 0.02 * width < x < left + 0.6 * width and top + 0.02 * height < y < top + 0.5 * height
    ]
    assert len(set(inside) ^ set(before)) <= 2  # points on the edge, to a pixel


def test_a_second_selection_on_the_other_map_replaces_the_first_and_can_be_cleared(overview):
    draw(overview, 0, [(0.02, 0.02), (0.6, 0.02), (0.6, 0.5), (0.02, 0.5)])
    overview.get_by_text("selected:").wait_for()
    overview.wait_for_timeout(1000)
    first = overview.evaluate(SELECTED_ROWS, [MAPS, "x"])
    draw(overview, 1, [(0.1, 0.55), (0.95, 0.55), (0.95, 0.98), (0.1, 0.98)])
    overview.wait_for_function(
        f"rows => JSON.stringify(({SELECTED_ROWS})(['{MAPS}', 'x2'])) !== rows", arg=str(first)
    )
    overview.wait_for_timeout(2000)
    before, after = (overview.evaluate(SELECTED_ROWS, [MAPS, axis]) for axis in ("x", "x2"))
    assert before == after != first
    assert n_selected(overview) == len(after)
    overview.get_by_role("button", name="Clear selection").click()
    overview.get_by_text("selected:").wait_for(state="detached")
    overview.wait_for_timeout(1000)
    assert overview.evaluate(SELECTED_ROWS, [MAPS, "x"]) == []


def test_pointing_at_a_sample_rings_it_on_the_other_map(overview, home, place_of):
    row = home[1].aligned.n_obs - 1  # a line, drawn last and so on top
    overview.mouse.move(*place_of(overview, MAPS, row, "x"), steps=4)
    ring = overview.locator(".rnalign-ring")
    ring.wait_for()
    box = ring.bounding_box()
    x, y = place_of(overview, MAPS, row, "x2")
    assert box["x"] + box["width"] / 2 == pytest.approx(x, abs=2)
    assert box["y"] + box["height"] / 2 == pytest.approx(y, abs=2)
    left, top, _, _ = surface(overview, 0)
    overview.mouse.move(left + 3, top + 3)
    ring.wait_for(state="hidden")


def test_a_figure_is_downloaded_as_a_page_that_works_without_a_network(overview, tmp_path):
    overview.get_by_role("button", name="Download", exact=True).click()
    with overview.expect_download() as download:
        overview.get_by_role("button", name="Interactive HTML").click()
    download.value.save_as(tmp_path / "maps.html")
    page = overview.context.new_page()
    page.goto((tmp_path / "maps.html").as_uri())
    page.wait_for_selector(".main-svg")
    with page.expect_download() as image:
        page.get_by_role("button", name="Save as SVG").click()
    image.value.save_as(tmp_path / "maps.svg")
    page.close()
    overview.keyboard.press("Escape")
    drawn = (tmp_path / "maps.svg").read_text()
    assert drawn.count("<path") >= 2 * 311  # a vector shape for each sample, on both maps
    assert "<image" not in drawn
