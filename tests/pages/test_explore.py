"""The Explore page as Streamlit's own test harness sees it: no browser, so no figures are drawn."""

import json
import re
import shutil
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from scipy.stats import ttest_ind

from rnalign_core.ui import links
from rnalign_core.ui import runs as ui_runs
from rnalign_core.ui.explore_data import neighbours
from rnalign_core.ui.explore_state import ExploreKeys
from rnalign_core.ui.state import Keys


class FakeAligned:
    """Answers as :class:`rnalign_core.rank.aligned_run.AlignedRun` does, without a model."""

    spaces: ClassVar[list[str]] = []

    def __init__(self, run):
        self.obs = run.cohort.obs
        self.x = run.cohort.to_df()
        self.alignment = SimpleNamespace(profiles=lambda: self.x.to_numpy() / 2)
        self.ensemble = SimpleNamespace(scaler=SimpleNamespace(to_line_scale=lambda x: x + 1))

    def nearest(self, sample_id, k=25, space="latent"):
        self.spaces.append(space)
        others = self.obs[self.obs["sample_type"] != self.obs.loc[sample_id, "sample_type"]].head(k)
        return others[["cancer_type", "subtype", "name"]].assign(distance=np.linspace(0, 1, len(others)))

    def expression(self, gene, kind):
        return self.x[gene] + {"observed": 0, "decoded": 100, "residual": 200}[kind]


@pytest.fixture(scope="module")
def runs(tmp_path_factory, write_run):
    home = tmp_path_factory.mktemp("home")
    (home / "runs").mkdir()
    return {
        "plain": write_run(home / "runs" / "plain"),
        "other": write_run(home / "runs" / "other", seed=1, simulated=False),
        "echo": write_run(home / "runs" / "echo", variant="type_conditioned"),
    }


@pytest.fixture
def page(runs, use_home, open_page, monkeypatch):
    """Return a function that opens the page with a run, and with parameters in its URL."""
    use_home(runs["plain"].path.parents[1])
    monkeypatch.setattr(ui_runs, "aligned_run", FakeAligned)
    monkeypatch.setattr(FakeAligned, "spaces", [])
    st.cache_resource.clear()
    return lambda name="plain", **parameters: open_page("explore", parameters, run=runs[name])


def search(at, text):
    at.text_input(ExploreKeys.QUERY).set_value(text).run()
    assert not at.exception
    return at


def select(at, run, ids):
    at.session_state[Keys.SELECTED] = (str(run.path), list(ids))
    at.run()
    assert not at.exception
    return at


def lines_of(run):
    return run.aligned.obs.index[run.aligned.obs["sample_type"] == "cell_line"]


def test_the_table_lists_every_sample_with_the_calls_of_lines(page, runs):
    at, run = page(), runs["plain"]
    [table] = at.tables
    assert set(table.index) == set(run.aligned.obs_names)
    scored = run.matches[run.matches["scored"]]
    assert table.loc[scored.index, "Call after"].tolist() == scored["call_after"].tolist()
    np.testing.assert_allclose(
        table.loc[scored.index, "Own-type neighbours"], 100 * scored["own_share_after"]
    )
    assert table.loc[scored.index, "Match after"].tolist() == scored["match_after"].tolist()
    sclc = table[(table["Cancer type"] == "SCLC") & (table["Kind"] == "cell line")]  # which has no tumors
    assert len(sclc) == 9
    assert sclc["Call after"].notna().all()
    assert sclc[["Match before", "Match after", "Own-type neighbours"]].isna().all(axis=None)
    assert "or of one with fewer than 15 tumors or 5 lines" in at.words


@pytest.mark.parametrize("spelling", ["BRCA91", "brca-91", "BRCA-L0091"])
def test_a_sample_is_found_by_name_or_id_and_its_nearest_tumors_are_shown(page, runs, spelling):
    at = search(page(), spelling)
    assert "#### BRCA91" in at.words
    assert "Cell line · **BRCA**, Breast invasive carcinoma" in at.words
    assert "**Nearest 25 tumors**" in at.words
    nearest = at.tables[0]
    assert len(nearest) == 25
    assert (runs["plain"].aligned.obs.loc[nearest.index, "sample_type"] == "tumor").all()
    assert FakeAligned.spaces == ["decoded"]
    assert at.url["sample"] == "BRCA-L0091"
    assert not at.text_input(ExploreKeys.QUERY).value
    at.press("Close")
    assert "Nearest" not in at.words
    assert "sample" not in at.url


def test_a_name_that_several_samples_may_mean_asks_which(page):
    at = search(page(), "LUAD6")
    assert "####" not in at.words
    pills = at.pills(ExploreKeys.WHICH)
    assert len(pills.options) == 10  # LUAD60 to LUAD69
    assert "The first" not in pills.label
    pills.set_value("LUAD-L0063").run()
    assert "#### LUAD63" in at.words
    assert not [p for p in at.pills if p.key == ExploreKeys.WHICH]


def test_of_many_that_a_name_may_mean_the_first_are_offered_and_it_says_how_many_there_are(page):
    pills = search(page(), "BRCA").pills(ExploreKeys.WHICH)
    assert len(pills.options) == 12
    assert "The first 12 of 114; type more" in pills.label


def test_a_query_too_short_to_look_for_parts_says_so(page):
    assert "Type at least 3 letters or digits" in search(page(), "BR").words


@pytest.mark.parametrize(
    ("name", "sample", "sentence"),
    [
        (
            "plain",
            "BRCA-L0090",
            "decoded as cell lines of purity 1 by the model that was never told this line's",
        ),
        ("plain", "SCLC-L0000", "by the mean over all models, none of which was told this line's type"),
        ("plain", "BRCA-T0000", "for each line by the model that was never told the line's type"),
        (
            "echo",
            "BRCA-L0090",
            "expression standardised within tumors and within cell lines, before alignment",
        ),
    ],
)
def test_distances_are_defined_in_the_table_and_in_the_files(page, written, name, sample, sentence):
    at = page(name, sample=sample)
    assert sentence in json.loads(at.dataframe[0].proto.columns)["distance"]["help"]
    [source] = [line for line in written["CSV"][1] if line.startswith("distance: 1 minus Pearson's")]
    assert sentence in source


def test_a_vote_that_does_not_count_is_explained(page, monkeypatch):
    words = "Tumors without a cancer type have no say"
    assert words not in page(sample="BRCA-L0090").words
    monkeypatch.setattr(
        "rnalign_core.ui.explore_card.neighbours",
        lambda run, sample: neighbours(run, sample).assign(cancer_type=None),
    )
    assert words in page(sample="BRCA-L0090").words


def test_what_colours_before_alignment_are_of_is_said_where_it_is_not_what_positions_are_of(page):
    words = "colours are of the input standardised within tumors and within cell lines; positions are not"
    assert words in page(color="own_share", view="both").words
    assert words in page(color="match", view="before").words
    assert words not in page(color="match", view="after").words
    assert words not in page(view="both").words


def test_a_typing_error_is_asked_about_and_nonsense_is_not_found(page):
    at = search(page(), "SKCM5O")
    assert "Did you mean" in at.pills(ExploreKeys.WHICH).label
    search(at, "<b>](x)")
    assert "No sample is called" in at.words


def test_a_tumors_card_shows_its_nearest_lines(page, runs):
    at = page(sample=runs["plain"].aligned.obs_names[0])
    assert "**Nearest 25 cell lines**" in at.words
    at.press("Select these 25")
    assert at.url.get("sample")
    assert "Compare the selection (25 cell lines) with" in at.radio[0].label


def test_a_selection_gives_its_composition_and_its_rows(page, runs):
    at = page()
    ids = ["BRCA-T0000", "BRCA-T0001", "LUAD-T0002", "BRCA-L0090"]
    select(at, runs["plain"], ids)
    assert "**4 selected:** 3 tumors, 1 cell line" in at.words
    at.segmented_control(ExploreKeys.LIST).set_value("selected").run()
    assert set(at.tables[0].index) == set(ids)
    at.press("Clear selection")
    assert "selected:**" not in at.words
    assert len(at.tables[0]) == 311


def test_genes_are_compared_with_the_other_samples_of_the_kind(page, runs):
    at, run = page(), runs["plain"]
    tumors = run.aligned.obs.index[run.aligned.obs["sample_type"] == "tumor"]
    chosen, rest = tumors[:12], tumors[12:]
    select(at, run, chosen)
    assert at.radio[0].options == [f"the other tumors ({len(rest)})"]
    at.press("Find genes")
    found = at.tables[-1].set_index("gene")
    x = run.cohort.to_df()
    expected = ttest_ind(x.loc[chosen].astype(float), x.loc[rest].astype(float), equal_var=False)
    expected = pd.Series(expected.pvalue, x.columns)[found.index]
    np.testing.assert_allclose(found["p"], expected)
    assert found["p"].is_monotonic_increasing
    assert "p values are too small" in at.words
    assert "12 selected samples against 228, observed values" in at.words
    select(at, run, chosen[:5])  # what was found belonged to the other selection
    assert "observed values" not in at.words


def test_genes_are_compared_with_a_second_selection(page, runs, written):
    at, run = page(), runs["plain"]
    lines = lines_of(run)
    select(at, run, lines[:4])
    at.press("Keep as second selection")
    select(at, run, lines[4:9])
    at.radio[0].set_value("second").run()
    at.press("Find genes")
    found, x = at.tables[-1].set_index("gene"), run.cohort.to_df()
    np.testing.assert_allclose(
        found["difference"], (x.loc[lines[4:9]].mean() - x.loc[lines[:4]].mean())[found.index], rtol=1e-4
    )
    about = "\n".join(written["All genes, CSV"][1])
    assert re.search(f"group a: .*{' '.join(lines[4:9])}", about)
    assert re.search(f"group b: .*{' '.join(lines[:4])}", about)
    select(at, run, lines[3:9])  # one sample is in both
    at.radio[0].set_value("second").run()
    at.press("Find genes")
    assert "share samples" in at.words


def test_a_selection_that_leaves_too_few_others_is_not_compared(page, runs):
    at, run = page(), runs["plain"]
    assert not select(at, run, run.aligned.obs_names[:300]).called("button", "Find genes").disabled
    for n_others in (2, 0):
        select(at, run, run.aligned.obs_names[n_others:])
        assert at.called("button", "Find genes").disabled
        assert "At least 3 other samples are needed to compare with: select fewer." in at.words


def test_decoded_values_are_compared_only_when_asked_for_and_with_a_warning(page, runs):
    at, run = page(), runs["plain"]
    lines = lines_of(run)
    select(at, run, lines[:10])
    at.press("Find genes")
    assert "output of the model" not in at.words
    at.checkbox[0].check().run()
    assert "output of the model, not measurements" in at.words
    assert "observed values" not in at.words
    at.press("Find genes")
    assert "decoded values" in at.words
    found, x = at.tables[-1].set_index("gene"), run.cohort.to_df()
    np.testing.assert_allclose(found["mean_a"], (x.loc[lines[:10]].mean() / 2 + 1)[found.index], rtol=1e-4)


def test_too_few_samples_say_so(page, runs):
    at = page()
    select(at, runs["plain"], lines_of(runs["plain"])[:2])
    assert "Select at least 3 samples" in at.words
    assert not any(b.label == "Find genes" for b in at.button)


def test_the_map_is_coloured_by_a_gene_and_the_table_shows_it(page, runs):
    at = page()
    at.selectbox(ExploreKeys.COLOR).set_value("gene").run()
    assert "gene" not in at.url
    at.selectbox(ExploreKeys.GENE).set_value("GENE7").run()
    at.selectbox(ExploreKeys.VALUES).set_value("decoded").run()
    assert not at.exception
    expected = runs["plain"].cohort.to_df()["GENE7"] + 100
    shown = at.tables[0]["GENE7, aligned"]
    np.testing.assert_allclose(shown, expected[shown.index], rtol=1e-6)
    assert {"color": "gene", "gene": "GENE7", "values": "decoded"}.items() <= at.url.items()


def test_a_link_shows_what_it_says(page, runs):
    link = {
        "v": "1",
        "run": "other",
        "view": "both",
        "color": "gene",
        "gene": "GENE3",
        "values": "residual",
        "sample": "BRCA-L0090",
        "selected": "BRCA-T0000,LUAD-T0002",
    }
    at = page(**link)
    assert at.url == link
    assert not at.info
    assert "#### BRCA90" in at.words
    assert at.segmented_control(ExploreKeys.VIEW).value == "both"
    assert at.session_state[Keys.SELECTED] == (str(runs["other"].path), ["BRCA-T0000", "LUAD-T0002"])
    assert page(color="own_share").selectbox(ExploreKeys.COLOR).value == "own_share"


@pytest.mark.parametrize(
    "parameters",
    [
        {"view": "<b>x"},
        {"color": "../x"},
        {"gene": "NOSUCHGENE"},
        {"values": "raw"},
        {"sample": "nobody"},
        {"selected": "nobody,nobody2"},
    ],
)
def test_what_a_link_gets_wrong_is_dropped_and_said(page, parameters):
    at = page(**parameters)
    assert len(at.info) == 1
    assert "ignored" in at.info[0].value
    assert at.url == {"v": "1", "run": "plain"}
    assert not at.run().info


def test_a_selection_too_large_for_a_link_is_not_in_it(page, runs):
    at = page()
    ids = runs["plain"].aligned.obs_names
    assert select(at, runs["plain"], ids[:20]).url["selected"].count(",") == 19
    assert "leaves the selection out" not in at.words
    assert "selected" not in select(at, runs["plain"], ids[:21]).url
    assert "The link to this view leaves the selection out: it holds up to 20 samples." in at.words


def test_selection_and_card_belong_to_their_run(page, runs):
    at = search(page(), "BRCA91")
    select(at, runs["plain"], lines_of(runs["plain"])[:5])
    at.selectbox(Keys.RUN_CHOICE).select("other").run()
    assert "####" not in at.words
    assert "selected:**" not in at.words
    assert set(at.url) == {"v", "run"}


def test_a_run_that_was_told_the_types_shows_no_matches_and_no_neighbours_after(page):
    at = page("echo", sample="BRCA-L0090")
    assert "Match of lines" not in at.selectbox(ExploreKeys.COLOR).options
    assert "Own-type neighbour share" not in at.selectbox(ExploreKeys.COLOR).options
    assert FakeAligned.spaces == ["input"]
    assert "would repeat the label" in at.words
    assert not {"Call after", "Match after", "Own-type neighbours"} & set(at.tables[-1].columns)


@pytest.fixture
def written(monkeypatch):
    """What the buttons for files would write, by their labels: the table, and the lines above it."""
    found = {}

    def button(label, table, source, name, **options):
        if not options.get("disabled"):
            found[label] = (table(), source)

    monkeypatch.setattr("rnalign_core.ui.explore_table.csv_button", button)
    monkeypatch.setattr("rnalign_core.ui.explore_card.csv_button", button)
    monkeypatch.setattr("rnalign_core.ui.explore_genes.csv_button", button)
    return found


def test_files_leave_out_what_only_repeats_labels_that_a_model_was_told(page, written):
    page("echo")
    assert not {"call_after", "match_after", "own_share_after"} & set(written["All samples, CSV"][0])
    assert "call_before" in written["All samples, CSV"][0]
    page()
    assert {"call_after", "match_after", "own_share_after"} <= set(written["All samples, CSV"][0])


def test_decoded_values_of_a_model_that_was_told_the_types_come_with_that_fact(page, runs):
    fact = "what it decodes of a line follows that label"
    at = select(page("echo"), runs["echo"], lines_of(runs["echo"])[:5])
    assert fact not in at.words
    at.checkbox[0].check().run()
    assert fact in at.words
    at = page("echo", color="gene", gene=runs["echo"].aligned.var_names[0], values="decoded")
    assert fact in at.words


def test_simulated_data_are_called_so(page):
    assert "**Simulated data.**" in page().words
    assert "Simulated data" not in page("other").words


def test_drawing_the_page_loads_nothing_heavy_and_no_expression(runs, loaded_by, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(runs["plain"].path, copy)
    unreadable = "from rnalign_core.model import Run; Run.cohort = property(lambda run: 1 / 0)"
    after = "assert len(at.dataframe)"
    assert loaded_by("explore", before=unreadable, after=after, RNALIGN_RUN=copy) == set()


@pytest.mark.parametrize(("n_selected", "n_kept"), [(21, 21), (20, 0)])
def test_going_back_keeps_a_selection_that_no_link_holds(page, runs, monkeypatch, n_selected, n_kept):
    at = page(view="both")
    select(at, runs["plain"], runs["plain"].cohort.obs_names[:n_selected])
    at.run()
    monkeypatch.setattr(links, "get_script_run_ctx", lambda: SimpleNamespace(is_history_navigation=True))
    at.query_params.clear()
    at.query_params["v"] = "1"
    at.run()
    assert not at.exception
    assert at.session_state[ExploreKeys.VIEW] == "after"
    assert len(at.session_state[Keys.SELECTED][1]) == n_kept
