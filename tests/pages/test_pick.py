"""Pick a line as Streamlit's own test harness sees it, on the bundled demo."""

import re

import pandas as pd
import pytest
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.model.runs import demo_run_path
from rnalign_core.rank.cautions import GROUP
from rnalign_core.rank.cover import AGAINST
from rnalign_core.ui.pick_data import ranking_of
from rnalign_core.ui.pick_state import PickKeys
from rnalign_core.ui.state import Keys


@pytest.fixture
def page(use_home, open_page, tmp_path):
    """Return a function that opens the page with parameters in its URL, with a selection, on a run."""
    use_home(tmp_path, bundled=True)

    def opened(chosen=None, run=None, **parameters):
        session = {} if chosen is None else {Keys.SELECTED: (str(demo_run_path()), list(chosen))}
        return open_page("pick", parameters, run=run, session=session, timeout=120)

    return opened


@pytest.fixture(scope="module")
def run():
    return Run.open(demo_run_path())


def test_lines_are_listed_in_the_order_of_the_ranking(page, run):
    at = page()
    table = at.dataframe[0].value
    ranking = ranking_of(run, ("BRCA", None))
    assert table["name"].tolist() == ranking.lines["name"].tolist()
    assert table["rank"].tolist() == list(range(1, 451))
    first = ranking.lines.iloc[0]
    assert f"{first['score']:.2f} ({first['score_low']:.2f} to {first['score_high']:.2f})" in at.words
    assert "Simulated data" in at.warning[0].value


def test_another_type_and_subtype_are_ranked_for(page, run):
    at = page()
    at.selectbox(PickKeys.TYPE).select("BRCA")
    at.selectbox(PickKeys.SUBTYPE).select("Basal").run()
    assert at.dataframe[0].value["name"].tolist() == ranking_of(run, ("BRCA", "Basal")).lines["name"].tolist()
    assert at.url["subtype"] == "Basal"
    at.selectbox(PickKeys.TYPE).select("LUSC").run()
    assert not at.exception
    assert at.selectbox(PickKeys.SUBTYPE).value == ""
    assert at.url["type"] == "LUSC"
    assert "subtype" not in at.url


def test_a_link_shows_what_it_says(page, run):
    lines = ranking_of(run, ("BRCA", "Her2")).lines.index
    at = page(
        v="1", type="BRCA", subtype="Her2", lines=f"{lines[3]},{lines[8]}", cover="Basal,Her2", least="0.1"
    )
    assert at.selectbox(PickKeys.TYPE).value == "BRCA"
    assert at.selectbox(PickKeys.SUBTYPE).value == "Her2"
    assert at.multiselect(PickKeys.LINES).value == [lines[3], lines[8]]
    assert at.multiselect(PickKeys.COVER).value == ["Basal", "Her2"]
    assert at.select_slider(PickKeys.LEAST).value == 0.1
    assert not at.info
    assert at.url == {
        "v": "1", "run": "demo", "type": "BRCA", "subtype": "Her2", "lines": f"{lines[3]},{lines[8]}",
        "cover": "Basal,Her2", "least": "0.1",
    }  # fmt: skip


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "<b>x"},
        {"subtype": "../x"},
        {"lines": "no-such-line"},
        {"cover": "Basal,nothing"},
        {"least": "7"},
        {"only": "mine"},
        {"type": "selection", "selected": "no-such-tumor"},
    ],
)
def test_what_a_link_gets_wrong_is_dropped_and_said(page, parameters):
    at = page(v="1", **parameters)
    assert any("ignored" in message.value for message in at.info)
    assert at.selectbox(PickKeys.TYPE).value == "BRCA"
    assert not set(parameters.values()) & set(at.url.values())


def test_selected_tumors_can_be_ranked_for_and_are_in_the_link(page, run):
    tumors = run.aligned.obs.query("cancer_type == 'LUSC' and sample_type == 'tumor'").index[:12]
    at = page(chosen=[*tumors, "SIM-LUSC-CL-001"], type="selection", v="1")
    assert at.selectbox(PickKeys.TYPE).value == "selection"
    assert "12 selected LUSC tumors" in at.words
    assert at.url["selected"].split(",") == list(tumors)
    assert "leaves the selection out" not in at.words
    linked = page(v="1", type="selection", selected=",".join(tumors))  # a session without that selection
    assert linked.dataframe[0].value["name"].tolist() == at.dataframe[0].value["name"].tolist()


def test_a_large_selection_is_not_in_the_link(page, run):
    tumors = run.aligned.obs.query("sample_type == 'tumor'").index[:60]
    at = page(chosen=tumors, type="selection", v="1")
    assert {"type", "selected"}.isdisjoint(at.url)
    assert "leaves the selection out: it holds up to 20 samples" in at.words


@pytest.mark.parametrize(("n", "linked"), [(12, True), (30, False)])
def test_the_report_has_a_link_only_if_it_shows_the_same_view(page, run, monkeypatch, n, linked):
    written = downloads_of(monkeypatch)
    tumors = run.aligned.obs.query("cancer_type == 'LUSC' and sample_type == 'tumor'").index[:n]
    page(chosen=tumors, type="selection", v="1")
    report = written["Report"]()
    assert ("No link shows this view again" in report) == (not linked)
    assert tumors[-1] in report


def test_files_say_what_to_mind_about_the_group(page, monkeypatch):
    written = downloads_of(monkeypatch)
    page(v="1", type="BRCA", subtype="Normal")
    text = written["CSV, all lines"]()
    assert GROUP["few_tumors"] in "".join(line for line in text.splitlines(True) if line.startswith("#"))


def test_the_map_that_is_saved_is_not_stretched(page, monkeypatch):
    written = downloads_of(monkeypatch)
    page(v="1", type="BRCA")
    saved = written["html-rnalign-compared-map-demo"]()
    assert re.search(r'"height":1000\b', saved)
    assert re.search(r'"width":1200\b', saved)


def downloads_of(monkeypatch):
    """What is offered on a page, by the label and by the key of its button: functions that write it."""
    written, offer = {}, st.download_button

    def noted(label, data, *rest, **more):
        written[label] = written[more["key"]] = data
        return offer(label, data, *rest, **more)

    monkeypatch.setattr(st, "download_button", noted)
    return written


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("sample_type == 'tumor'", "4 tumors are selected; a ranking needs 5 tumors."),
        ("sample_type == 'cell_line'", "Only cell lines are selected; a ranking needs 5 tumors."),
    ],
)
def test_a_selection_of_too_few_tumors_is_passed_over_with_the_reason(page, run, query, reason):
    few = run.aligned.obs.query(query).index[:4]
    assert reason in page(chosen=few).words
    linked = page(v="1", type="selection", selected=",".join(few), subtype="Basal")
    assert reason in linked.words
    assert "subtype" not in linked.url
    assert not linked.info
    assert linked.selectbox(PickKeys.TYPE).value == "BRCA"
    assert (
        "a ranking needs" not in page(chosen=run.aligned.obs.query("sample_type == 'tumor'").index[:5]).words
    )


def test_a_selection_has_no_subtype_now_or_later(page, run):
    tumors = run.aligned.obs.query("cancer_type == 'BRCA' and sample_type == 'tumor'").index[:12]
    at = page(v="1", type="selection", selected=",".join(tumors), subtype="Basal")
    assert "subtype" not in at.url
    at.selectbox(PickKeys.TYPE).select("BRCA").run()
    assert at.selectbox(PickKeys.SUBTYPE).value == ""


def test_without_a_selection_it_cannot_be_chosen(page):
    assert "selection" not in page().selectbox(PickKeys.TYPE).options


def test_lines_to_compare_are_those_of_the_ranking_until_others_are_chosen(page, run):
    at = page(v="1", type="LUAD")
    assert at.multiselect(PickKeys.LINES).value == ranking_of(run, ("LUAD", None)).lines.index[:3].tolist()
    at.multiselect(PickKeys.LINES).set_value([]).run()
    assert not at.exception
    assert "Choose a line" in at.words
    assert page(**at.url | {"run": None}).multiselect(PickKeys.LINES).value == []
    at.selectbox(PickKeys.TYPE).select("LUSC").run()
    assert at.multiselect(PickKeys.LINES).value == ranking_of(run, ("LUSC", None)).lines.index[:3].tolist()


def test_lines_to_compare_are_those_of_the_run_and_of_the_very_selection(page, run):
    tumors = run.aligned.obs.query("cancer_type == 'BRCA' and sample_type == 'tumor'").index
    at = page(chosen=tumors[:12], type="selection", v="1")
    first = ranking_of(run, (None, tuple(tumors[:12]))).lines
    assert (
        at.multiselect(PickKeys.LINES).value
        == first.index[first["cancer_type"].isin(["BRCA", None])][:3].tolist()
    )
    at.session_state[PickKeys.LINES] = ["SIM-UVM-CL-001"]
    at.run()
    assert at.multiselect(PickKeys.LINES).value == ["SIM-UVM-CL-001"]
    at.session_state[Keys.SELECTED] = (str(demo_run_path()), list(tumors[100:112]))
    at.run()
    assert len(at.multiselect(PickKeys.LINES).value) == 3
    at.session_state[PickKeys.GROUP] = (("another run", 0), at.session_state[PickKeys.GROUP][1])
    at.session_state[PickKeys.LINES] = []
    at.run()
    assert len(at.multiselect(PickKeys.LINES).value) == 3


def test_a_link_with_too_many_lines_says_which_are_left_out(page, run):
    lines = ranking_of(run, ("BRCA", None)).lines.index[:6]
    at = page(v="1", type="BRCA", lines=",".join(lines))
    assert at.multiselect(PickKeys.LINES).value == lines[:4].tolist()
    assert f"{lines[4]}, {lines[5]} was ignored" in at.words


def test_genes_as_observed_are_in_the_link(page):
    at = page(v="1", type="BRCA")
    at.segmented_control(PickKeys.KIND).set_value("observed").run()
    assert at.url["values"] == "observed"
    linked = page(**at.url | {"run": None})
    assert linked.segmented_control(PickKeys.KIND).value == "observed"
    assert "log2(TPM+1), as observed" in linked.words


def test_a_smallest_set_is_shown_with_what_no_line_covers(page, run):
    at = page(v="1", type="BRCA", cover="Basal,Her2,Normal")
    table = at.dataframe[-1].value
    lows = {name: ranking_of(run, ("BRCA", name)).lines["score_low"] for name in ("Basal", "Her2", "Normal")}
    for line, row in table.iterrows():
        for name in row["Covers"].split(", "):
            assert lows[name][line] >= 0.05
    covered = set(", ".join(table["Covers"]).split(", "))
    assert {name for name, low in lows.items() if (low >= 0.05).any()} == covered
    assert "**No line covers** Normal" in at.words


def test_a_line_that_is_no_model_of_the_disease_covers_nothing_whatever_its_score(page, run):
    at = page(v="1", type="ESCA", cover="CIN,ESCC")
    lines = ranking_of(run, ("ESCA", "CIN")).lines
    reach = lines[lines["score_low"] >= 0.05]
    assert len(reach) > 10  # most of them of the stomach
    assert reach["cautions"].map(lambda codes: bool(AGAINST.intersection(codes))).all()
    assert "covers 1 of 2" in at.words
    assert re.search(
        rf"No line covers\*\* CIN \(nearest that counts: .*; {len(reach)} lines with such a score do not",
        at.words,
    )
    table = at.dataframe[-1].value
    assert table["Type"].tolist() == ["ESCA"]
    assert table["Cautions"].tolist() == [""]
    assert "annotated as another cancer type" in at.words


def test_lines_of_other_cancers_are_counted_apart(page, run):
    at = page(v="1", type="ESCA", subtype="CIN")
    lines = ranking_of(run, ("ESCA", "CIN")).lines
    types = lines.loc[lines["score_low"] >= 0.05, "cancer_type"]
    n_own, n_unknown = (types == "ESCA").sum(), types.isna().sum()
    assert (
        f"**{n_own + n_unknown} lines annotated as ESCA ({n_own}) or of unknown type ({n_unknown})** lie"
        in at.words
    )
    assert f"**{len(types) - n_own - n_unknown} lines annotated as other cancers** lie there too" in at.words
    best = lines[lines["cancer_type"] == "ESCA"].iloc[0]
    assert best["rank"] > 1
    assert f"First: **{best['name']}**, ESCA" in at.words


def test_lines_of_other_cancers_can_be_left_out(page, run):
    lines = ranking_of(run, ("ESCA", "CIN")).lines
    own = lines[lines["cancer_type"].isna() | (lines["cancer_type"] == "ESCA")]
    at = page(v="1", type="ESCA", subtype="CIN")
    assert len(at.dataframe[0].value) == len(lines)
    at.segmented_control(PickKeys.ONLY).set_value("own").run()
    table = at.dataframe[0].value
    assert table["name"].tolist() == own["name"].tolist()
    assert table["rank"].tolist() == own["rank"].tolist()
    assert at.url["only"] == "own"
    linked = page(v="1", type="ESCA", subtype="CIN", only="own")
    pd.testing.assert_frame_equal(linked.dataframe[0].value, table)


def test_tumors_of_several_types_have_lines_of_all_types(page, run):
    tumors = (
        run.aligned.obs.query("sample_type == 'tumor'").groupby("cancer_type", observed=True).head(2).index
    )
    at = page(chosen=tumors, type="selection", v="1", only="own")
    assert len(at.dataframe[0].value) == 450
    with pytest.raises(KeyError):
        at.segmented_control(PickKeys.ONLY)


def test_what_to_mind_about_the_group_is_said(page):
    assert GROUP["few_tumors"] in page(v="1", type="BRCA", subtype="Normal").words
    assert GROUP["few_tumors"] not in page(v="1", type="BRCA", subtype="LumA").words


def test_a_run_that_was_told_the_types_ranks_nothing(page, write_run, tmp_path):
    at = page(run=write_run(tmp_path / "echo", variant="type_conditioned"), type="BRCA")
    assert "told the cancer type of every cell line" in at.words
    assert not at.dataframe
    assert at.url == {"v": "1", "run": "echo"}
    next(button for button in at.button if "Demo" in button.label).click().run()
    assert not at.exception
    assert at.dataframe
