"""The first session of a fresh server: a clone as it is, on the bundled demo."""

import json

from rnalign_core.model.runs import demo_run_path


def test_the_first_visitor_sees_the_dashboards_own_menu_and_the_demo(serve, browser, tmp_path):
    metrics = json.loads((demo_run_path() / "metrics.json").read_text())
    with serve(tmp_path) as address:
        tab = browser.new_context().new_page()
        tab.goto(address)
        tab.get_by_text("Simulated demo data").wait_for(timeout=30_000)
        menu = tab.get_by_test_id("stSidebarNav").get_by_role("link").all_inner_texts()
        assert [text.split("\n")[-1].strip() for text in menu] == ["Overview", "Train"]
        shown = tab.get_by_test_id("stMain").inner_text().replace("\u2009", "").replace("\u00a0", "")
        assert f"{100 * metrics['match']['rnalign']['micro']['value']:.1f}" in shown
        tab.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=30_000)
        tab.context.close()
