"""The Overview as Streamlit's own test harness sees it: no browser, so no figures are drawn."""

import json
import shutil

import h5py
import pytest

from rnalign_core.model import Run
from rnalign_core.ui import runs as ui_runs
from rnalign_core.ui.state import Keys


@pytest.fixture(scope="module")
def runs(tmp_path_factory, write_run):
    """Finished runs: one that gains, one that does not, one that was told the answer, one on real data."""
    home = tmp_path_factory.mktemp("home")
    (home / "runs").mkdir()
    return {
        "gain": write_run(home / "runs" / "gain"),
        "nogain": write_run(home / "runs" / "nogain", gain=False),
        "echo": write_run(home / "runs" / "echo", variant="type_conditioned"),
        "measured": write_run(home / "runs" / "measured", simulated=False),
    }


@pytest.fixture
def page(runs, use_home, open_page):
    """Return a function that opens the page with a run, and with parameters in its URL."""
    use_home(runs["gain"].path.parents[1])
    return lambda name="gain", **parameters: open_page("overview", parameters, run=runs[name])


def in_percent(value):
    return f"{100 * value:.1f}\u202f%"


def test_key_numbers_are_those_of_the_run(page, runs):
    shown, metrics = page().numbers, runs["gain"].metrics
    for label, space in (("Match rate before", "input_standardised"), ("Match rate after", "rnalign")):
        micro = metrics["match"][space]["micro"]
        value, below = shown[label]
        assert value == in_percent(micro["value"])
        assert below == f"{100 * micro['low']:.1f} to {100 * micro['high']:.1f}\u202f%"
    difference = metrics["difference"]["micro"]
    assert shown["Difference"][0] == f"{100 * difference['value']:+.1f} points"
    assert shown["Chance"][0] == in_percent(metrics["match"]["rnalign"]["chance"])
    assert shown["Tumors"][0] == "240"
    assert shown["Cell lines"][0] == "71"
    assert shown["Scored lines"][0] == "62"


def test_every_number_has_its_definition(page):
    assert all(metric.help for metric in page().metric)


def test_a_gain_is_said_in_plain_words(page, runs):
    matched = [
        sum(t["matched"] for t in runs["gain"].metrics["types"][s]) for s in ("input_standardised", "rnalign")
    ]
    assert f"**{matched[1] - matched[0]} more** of 62 scored cell lines" in page().words


def test_no_gain_is_said_in_plain_words(page, runs):
    difference = runs["nogain"].metrics["difference"]["micro"]
    assert difference["low"] < 0 < difference["high"]
    text = page("nogain").words
    assert "does not measurably beat the standardised input" in text
    assert " more** of" not in text


def test_simulated_data_are_called_so(page):
    assert "**Simulated data.**" in page().words
    assert "Simulated data" not in page("measured").words


def test_a_run_that_was_told_the_answer_shows_no_headline(page, runs):
    at = page("echo")
    shown = at.numbers
    assert set(shown) == {"Label-conditioned match", "Follow rate", "Chance"}
    told = runs["echo"].metrics["label_conditioned"]
    assert shown["Follow rate"][0] == in_percent(told["follow"]["value"])
    assert shown["Label-conditioned match"][0] == in_percent(told["match"]["micro"]["value"])
    assert "not evidence of similarity" in at.subheader[0].value
    assert "match" not in at.segmented_control(Keys.COLOR_BY).options


def test_without_its_control_the_label_conditioned_number_is_withheld(page, runs, tmp_path, monkeypatch):
    shutil.copytree(runs["echo"].path, tmp_path / "uncontrolled")
    metrics = runs["echo"].metrics | {"label_conditioned": None, "withheld": "there is one type only"}
    (tmp_path / "uncontrolled" / "metrics.json").write_text(json.dumps(metrics))
    monkeypatch.setitem(runs, "uncontrolled", type(runs["echo"]).open(tmp_path / "uncontrolled"))
    at = page("uncontrolled")
    assert not at.metric
    assert "there is one type only" in at.words


def test_a_cohort_without_scored_lines_is_shown(page, runs, write_run, tmp_path, monkeypatch):
    sizes = {"BRCA": (40, 3, 1.0), "LUAD": (30, 2, 1.0)}
    monkeypatch.setitem(runs, "unscored", write_run(tmp_path / "unscored", sizes))
    at = page("unscored")
    assert at.numbers["Match rate after"][0] == "n/a"
    assert "No cell line could be scored" in at.words


def test_the_selection_is_listed_with_calls(page, runs):
    at = page()
    run = runs["gain"]
    line = run.matches.index[run.matches["scored"]][0]
    tumor = run.aligned.obs_names[0]
    at.session_state[Keys.SELECTED] = (str(run.path), [line, tumor])
    at.run()
    table = at.dataframe[0].value
    assert sorted(table["Sample"]) == sorted([line, tumor])
    row = table.set_index("Sample").loc[line]
    assert row["Call after"] == run.matches.loc[line, "call_after"]
    assert "**2 selected:** 1 tumor, 1 cell line" in at.words
    at.press("Clear selection")
    assert "selected:" not in at.words


def test_a_selection_belongs_to_its_run(page, runs):
    at = page("gain")
    at.session_state[Keys.SELECTED] = (str(runs["echo"].path), [runs["echo"].aligned.obs_names[0]])
    at.run()
    assert "selected:" not in at.words


def test_the_url_holds_run_and_colour(page):
    at = page()
    assert at.url == {"v": "1", "run": "gain"}
    at.segmented_control(Keys.COLOR_BY).set_value("purity").run()
    assert at.url == {"v": "1", "run": "gain", "color": "purity"}


def test_what_colours_before_alignment_are_of_is_said_where_it_is_not_what_positions_are_of(page):
    words = "colours are of the input standardised within tumors and within cell lines; positions are not"
    assert words not in page().words
    assert words in page(color="match").words


def test_a_link_shows_what_it_says(page):
    at = page("gain", v="1", run="measured", color="subtype")
    assert at.selectbox(Keys.RUN_CHOICE).value == "measured"
    assert at.segmented_control(Keys.COLOR_BY).value == "subtype"
    assert not at.info


@pytest.mark.parametrize(
    "parameters", [{"run": "../../etc"}, {"color": "<b>x"}, {"v": "2", "run": "measured"}]
)
def test_what_a_link_gets_wrong_is_dropped_and_said(page, parameters):
    at = page("gain", **parameters)
    assert len(at.info) == 1
    assert "ignored" in at.info[0].value
    assert at.selectbox(Keys.RUN_CHOICE).value == "gain"
    assert at.url == {"v": "1", "run": "gain"}
    assert not at.run().info


def test_another_run_is_chosen_in_the_sidebar(page, runs):
    at = page()
    at.selectbox(Keys.RUN_CHOICE).select("measured").run()
    assert at.url["run"] == "measured"
    assert "Simulated data" not in at.words


def test_runs_of_the_same_title_can_each_be_chosen(use_home, open_page, write_run, tmp_path):
    for name in ("first", "second", "third"):
        run = write_run(tmp_path / "runs" / name)
        title = {"third": "other"}.get(name, "twin")
        (run.path / "run.json").write_text(json.dumps(run.info | {"title": title}))
    use_home(tmp_path)
    at = open_page("overview")
    assert sorted(at.selectbox(Keys.RUN_CHOICE).options) == ["other", "twin (first)", "twin (second)"]
    for name in ("first", "third", "second", "first"):
        at.selectbox(Keys.RUN_CHOICE).select(name).run()
        assert at.url["run"] == name


def test_without_a_run_the_page_says_what_to_do(use_home, open_page, tmp_path):
    use_home(tmp_path)
    at = open_page("overview")
    assert "There is no finished run" in at.info[0].value
    assert not at.metric


DAMAGES = {
    "cut off": lambda path: (path / "aligned.h5ad").write_bytes(
        (path / "aligned.h5ad").read_bytes()[:20_000]
    ),
    "empty": lambda path: (path / "metrics.json").write_text("{}"),
    "missing": lambda path: (path / "aligned.h5ad").unlink(),
    "no cohort": lambda path: (path / "cohort.h5ad").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_is_named_and_another_can_be_chosen(page, runs, tmp_path, monkeypatch, damage):
    copy = shutil.copytree(runs["gain"].path, tmp_path / "copy")
    DAMAGES[damage](copy)
    monkeypatch.setitem(runs, "broken", Run.open(copy))
    at = page("broken")
    assert at.error[0].value == "The run “gain” is damaged:"
    assert len(at.table[0].value) == 1
    assert "Delete" in at.table[0].value["What to do"][0]
    assert not at.metric
    at.selectbox(Keys.RUN_CHOICE).select("gain").run()
    assert not at.exception
    assert at.numbers["Tumors"][0] == "240"
    assert not at.error


def test_a_run_that_is_deleted_elsewhere_gives_way_to_another(
    use_home, open_page, write_run, tmp_path, monkeypatch
):
    """Here while the page is drawn; a fragment that is drawn anew by itself comes to the same place."""
    for name in ("first", "second"):
        write_run(tmp_path / "runs" / name)
    use_home(tmp_path)
    at = open_page("overview")
    gone = at.url["run"]

    def map_samples(run):
        shutil.rmtree(tmp_path / "runs" / gone, ignore_errors=True)
        return ui_runs.map_samples(run)

    monkeypatch.setattr("rnalign_core.ui.maps.map_samples", map_samples)
    at.run()
    assert not at.exception
    assert {gone, at.url["run"]} == {"first", "second"}
    assert f"The run “{gone}”, which was shown here, is gone" in at.words
    assert at.numbers["Tumors"][0] == "240"
    assert not at.run().info


def test_drawing_the_page_loads_nothing_heavy_and_no_expression(runs, loaded_by, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(runs["gain"].path, copy)
    h5py.File(copy / "cohort.h5ad", "w").close()
    assert loaded_by("overview", after="assert at.metric", RNALIGN_RUN=copy) == set()
