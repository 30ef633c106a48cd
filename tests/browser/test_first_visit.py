"""The first session of a fresh server: a clone as it is, on the bundled demo."""

import json

from playwright.sync_api import expect

from rnalign_core.model.runs import demo_run_path

PAGES = ["Overview", "Explore", "Subtypes", "Pick a line", "Decode", "Evidence", "Data", "Train", "About"]


def test_the_first_visitor_sees_the_dashboards_own_menu_and_the_demo(serve, open_tab, tmp_path):
    metrics = json.loads((demo_run_path() / "metrics.json").read_text())
    with serve(tmp_path) as address, open_tab() as tab:
        tab.goto(address)
        tab.get_by_text("Simulated data.").wait_for(timeout=30_000)
        menu = tab.get_by_test_id("stSidebarNav").get_by_role("link").all_inner_texts()
        assert [text.split("\n")[-1].strip() for text in menu] == PAGES
        rate = f"{metrics['match']['rnalign']['micro']['value']:.1%}".removesuffix("%")
        expect(tab.get_by_test_id("stMetricValue").nth(1)).to_contain_text(rate, timeout=30_000)
        tab.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=30_000)
