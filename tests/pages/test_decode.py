"""The Decode page as Streamlit's own test harness sees it: no browser, so no figures are drawn."""

import json
import re

import pytest

from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.at_labels import HOMOGENISED, DecodeLabels
from rnalign_core.rank.live import LiveDecode
from rnalign_core.rank.live_sample import sample_numbers
from rnalign_core.ui.decode_numbers import or_no_change, signed_percent
from rnalign_core.ui.decode_relay import LaidOut
from rnalign_core.ui.decode_state import DecodeKeys

LINE, TUMOR = "BRCA-cell_line-3", "LUAD-tumor-4"


@pytest.fixture
def page(finished_run, use_home, open_page, tmp_path):
    """Return a function that opens the page with the run of a variant, and with parameters in its URL."""
    use_home(tmp_path)
    return lambda variant="full", **parameters: open_page(
        "decode", parameters, run=finished_run(variant), timeout=120
    )


@pytest.fixture(scope="module")
def live(finished_run):
    return LiveDecode.of(AlignedRun(finished_run()))


def in_percent(value):
    return f"{100 * value:.1f}\u202f%"


def set_sliders(at, line, purity):
    at.slider(DecodeKeys.LINE).set_value(line)
    at.slider(DecodeKeys.PURITY).set_value(purity).run()
    assert not at.exception
    return at


def test_it_opens_homogenised_with_the_numbers_of_the_run(page, finished_run):
    at = page()
    stored = finished_run().metrics["match"]["rnalign"]
    shown = at.numbers
    assert shown["Match rate"] == (in_percent(stored["micro"]["value"]), "no change")
    assert shown["Median type"][0] == in_percent(stored["median_types"]["value"])
    assert shown["Moved"][0] == "0\u202f%"
    assert {below for _, below in shown.values()} == {"no change", ""}
    assert "Homogenised: the labels" in at.words
    assert "no gene changes" in at.words
    assert "not a measurement" in at.words
    assert at.url == {"v": "1", "run": "full"}


def test_numbers_follow_the_sliders_and_go_back(page, live):
    at = page()
    before = at.numbers
    set_sliders(at, 0, 50)
    expected, home = live.numbers(DecodeLabels(0.0, 0.5)), live.numbers(HOMOGENISED)
    shown = at.numbers
    assert shown["Match rate"][0] == in_percent(expected.match)
    assert shown["Distance"][0] == f"{expected.distance:.1f}"
    assert shown["Moved"][0] == f"{expected.moved / home.distance:.0%}".replace("%", "\u202f%")
    assert shown != before
    assert shown["Relative ΔD"][0] == in_percent(expected.relative_delta_d).replace("-", "\u2212")
    assert at.url == {"v": "1", "run": "full", "line": "0", "purity": "0.5"}
    at.press("Reset to homogenised")
    assert at.numbers == before
    assert at.url == {"v": "1", "run": "full"}


@pytest.mark.parametrize("parameters", [{}, {"sample": LINE}])
def test_what_is_above_the_map_stays_as_high_when_labels_change(page, parameters):
    def above():
        [below_the_map] = [i for i, text in enumerate(at.caption) if "gaps on a UMAP" in text.value]
        figure = json.loads(at.get("plotly_chart")[0].proto.spec)
        return [bool(card.delta) for card in at.metric], below_the_map, figure["layout"]["height"]

    at = page(**parameters)
    before = above()
    set_sliders(at, 100, 60)
    assert "Beyond" in at.words
    assert above() == before


def test_genes_are_listed_by_how_much_they_change(page, live):
    at = set_sliders(page(), 20, 100)
    expected = live.genes(DecodeLabels(0.2, 1.0)).sort_values(key=abs, ascending=False)
    table = at.dataframe[-1].value
    assert table["gene"].tolist() == expected.index[: len(table)].tolist()
    assert table["change"].to_numpy() == pytest.approx(expected.to_numpy()[: len(table)])


@pytest.mark.parametrize(
    ("line", "purity", "badge"),
    [(0, 60, "Within what training saw"), (30, 60, "Beyond"), (100, 60, "Beyond"), (0, 100, "Beyond")],
)
def test_labels_that_training_did_not_see_are_marked(page, line, purity, badge):
    at = set_sliders(page(), line, purity)
    assert badge in at.words
    assert ("the model extrapolates" in at.words) == (badge == "Beyond")


@pytest.mark.parametrize("sample", [LINE, TUMOR])
def test_one_sample_alone_is_decoded(page, live, sample):
    at = page(sample=sample, line="0", purity="0.4")
    now, home = (sample_numbers(live, sample, y) for y in (DecodeLabels(0.0, 0.4), HOMOGENISED))
    shown = at.numbers
    assert shown["Call"] == (now.call, f"was {home.call}")
    assert shown["Own type"][0] == in_percent(now.own_share)
    kept = len(now.neighbours.index.intersection(home.neighbours.index))
    assert shown["Kept"][0] == f"{kept} of 25"
    assert shown["Moved"][0] == f"{now.moved:.1f}"
    assert at.dataframe[0].value["name"].tolist() == now.neighbours.index.tolist()
    assert at.dataframe[0].value["rank_homogenised"].notna().sum() == kept
    genes = live.genes(DecodeLabels(0.0, 0.4), sample)
    assert at.dataframe[-1].value["gene"].iloc[0] == genes.abs().idxmax()
    assert at.url == {"v": "1", "run": "full", "line": "0", "purity": "0.4", "sample": sample}


def test_a_sample_is_chosen_and_left(page):
    at = page()
    at.segmented_control(DecodeKeys.SCOPE).set_value("sample").run()
    at.selectbox(DecodeKeys.SAMPLE).set_value(TUMOR).run()
    assert any(r"**LUAD\-tumor\-4**, a tumor of type LUAD" in text.value for text in at.markdown)
    assert at.url["sample"] == TUMOR
    at.segmented_control(DecodeKeys.SCOPE).set_value("cohort").run()
    assert "sample" not in at.url
    assert "Match rate" in at.numbers


def test_a_sample_of_another_run_is_left_and_named(page, open_page, finished_run):
    session = {DecodeKeys.SCOPE: "sample", DecodeKeys.SAMPLE: "<b>theirs"}
    at = open_page("decode", run=finished_run(), session=session, timeout=120)
    assert "“<b>theirs” is not in this run: the whole cohort is shown" in at.words
    assert at.url == {"v": "1", "run": "full"}
    assert "Match rate" in at.numbers
    assert "is not in this run" not in at.run().words


@pytest.mark.parametrize(("change", "said"), [("+0.0 points", "no change"), ("+0.1 points", "+0.1 points")])
def test_a_change_whose_digits_are_all_zero_is_none(change, said):
    assert or_no_change(change) == said


def test_a_relative_change_has_no_negative_zero():
    assert [signed_percent(share) for share in (-0.004, -0.006)] == ["+0\u202f%", "\u22121\u202f%"]


def test_what_colours_the_map_is_in_the_url(page):
    at = page(color="subtype")
    assert at.segmented_control(DecodeKeys.COLOR).value == "subtype"
    assert at.url == {"v": "1", "run": "full", "color": "subtype"}
    at.segmented_control(DecodeKeys.COLOR).set_value("cancer_type").run()
    assert at.url == {"v": "1", "run": "full"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"line": "1.2"},
        {"line": "x"},
        {"purity": "nan"},
        {"sample": "<b>nobody"},
        {"type": "BRCA"},
        {"color": "match"},
    ],
)
def test_what_a_link_gets_wrong_is_dropped_and_said(page, parameters):
    at = page(**parameters)
    assert len([info.value for info in at.info if "was ignored" in info.value]) == 1
    assert at.url == {"v": "1", "run": "full"}


def test_a_type_cannot_be_told_where_models_take_none(page):
    at = page()
    [control] = [s for s in at.selectbox if "Cancer type told" in s.label]
    assert control.disabled
    assert "do not take a cancer type" in at.words


def test_a_type_can_be_told_where_it_is_a_label_and_the_rate_is_called_what_it_is(page, finished_run):
    at = page("type_conditioned")
    told = finished_run("type_conditioned").metrics["label_conditioned"]
    shown = at.numbers
    assert "Match rate" not in shown
    assert shown["Label-conditioned match"][0] == in_percent(told["match"]["micro"]["value"])
    assert "not evidence of similarity" in at.words
    assert in_percent(told["follow"]["value"]) in at.words
    [card] = [card for card in at.metric if card.label == "Label-conditioned match"]
    assert card.help.endswith("Here the model is told the answer: the line's own type.")
    at.selectbox(DecodeKeys.TYPE).set_value("LUSC").run()
    [card] = [card for card in at.metric if card.label == "Label-conditioned match"]
    assert card.help.endswith("Here the model is told LUSC of every sample, whatever it is.")
    assert "Counterfactual: told LUSC" in at.words
    assert at.url["type"] == "LUSC"
    assert at.numbers["Label-conditioned match"] != shown["Label-conditioned match"]


def test_purity_is_fixed_where_it_is_no_label(page):
    at = page("no_purity", purity="0.3")
    assert at.slider(DecodeKeys.PURITY).disabled
    assert "no gene changes" in at.words


def test_a_sample_is_not_at_other_labels_where_they_are_the_homogenised_ones(page):
    def series_and_title():
        company, maps = (json.loads(chart.proto.spec) for chart in at.get("plotly_chart")[:2])
        return [trace["name"] for trace in company["data"]], maps["layout"]["annotations"][1]["text"]

    at = page(sample=LINE)
    assert series_and_title() == (["homogenised"], "<b>B</b>   As in A")
    set_sliders(at, 0, 60)
    assert series_and_title() == (["homogenised", "at these labels"], f"<b>B</b>   {LINE} at other labels")


class FakeRelay:
    """Stands for the background job: it moves every point by one."""

    def __init__(self, profiles, previous):
        self.layout, self.stages = previous + 1, ["comparing", "done"]
        FakeRelay.made.append(self)

    @property
    def progress(self):
        from rnalign_core.jobs.relay import RelayProgress

        return RelayProgress(self.stages.pop(0) if len(self.stages) > 1 else self.stages[0], 0.5, self.error)

    def cancel(self):
        self.stages = ["cancelled"]

    error, made = None, ()


@pytest.fixture
def relays(monkeypatch):
    monkeypatch.setattr("rnalign_core.jobs.relay.Relay", FakeRelay)
    monkeypatch.setattr(FakeRelay, "made", [])
    monkeypatch.setattr(FakeRelay, "error", None)
    return FakeRelay.made


def test_the_map_is_laid_out_from_the_one_shown_and_taken_back(page, relays, finished_run):
    at = set_sliders(page(), 0, 60)
    at.press("Lay out at these labels")
    at.run()
    home = finished_run().aligned.obsm["X_umap_after"]
    _, shown = at.session_state[DecodeKeys.MAP]
    assert isinstance(shown, LaidOut)
    assert shown.places == pytest.approx(home + 1)
    assert re.search(r"have moved by less than \d", at.words)
    set_sliders(at, 0, 70)
    at.press("Lay out at these labels")
    at.run()
    assert at.session_state[DecodeKeys.MAP][1].places == pytest.approx(home + 2)
    at.press("Back to the homogenised map")
    assert DecodeKeys.MAP not in at.session_state


@pytest.mark.parametrize("done", [True, False])
def test_a_reset_takes_the_map_back_too(page, relays, done):
    at = set_sliders(page(), 0, 60)
    at.press("Lay out at these labels")
    if done:
        at.run()
        assert DecodeKeys.MAP in at.session_state
    at.press("Reset to homogenised")
    at.run()
    assert DecodeKeys.MAP not in at.session_state
    assert DecodeKeys.RELAY not in at.session_state
    assert "Move a slider, then lay the map out" in at.words


def test_a_map_that_fails_says_why(page, relays, monkeypatch):
    monkeypatch.setattr(FakeRelay, "error", "RuntimeError: no room")
    at = set_sliders(page(), 0, 60)
    at.press("Lay out at these labels")
    relays[0].stages = ["failed"]
    at.run()
    assert any("no room" in code.value for code in at.code)
    assert DecodeKeys.MAP not in at.session_state


def test_rendering_imports_no_umap(finished_run, loaded_by):
    before = """
import rnalign_core.ui.decode_page
assert not {"torch", "umap"} & set(sys.modules)
"""
    after = """
at.slider("decode_line").set_value(20).run()
assert not at.exception and at.metric, at.exception
"""
    loaded = loaded_by("decode", before=before, after=after, RNALIGN_RUN=finished_run().path)
    assert loaded.isdisjoint({"umap", "distributed"})
