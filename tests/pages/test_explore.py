"""The Explore page as Streamlit's own test harness sees it: no browser, so no figures are drawn."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from scipy.stats import ttest_ind
from streamlit.testing.v1 import AppTest

from rnalign_core.model import Run
from rnalign_core.ui import runs as ui_runs
from rnalign_core.ui.explore_data import gene_called
from rnalign_core.ui.explore_state import ExploreKeys
from rnalign_core.ui.state import Keys

PAGE = Path(__file__).parents[2] / "pages" / "explore.py"
NOWHERE = Path("/nowhere")


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
def page(runs, monkeypatch):
    """Return a function that opens the page with a run, and with parameters in its URL."""
    monkeypatch.setenv("RNALIGN_HOME", str(runs["plain"].path.parents[1]))
    monkeypatch.setattr(ui_runs, "demo_run_path", lambda: NOWHERE)
    monkeypatch.setattr(ui_runs, "aligned_run", FakeAligned)
    monkeypatch.setattr(FakeAligned, "spaces", [])
    st.cache_resource.clear()

    def open_page(name="plain", **parameters):
        monkeypatch.setenv("RNALIGN_RUN", str(runs[name].path))
        at = AppTest.from_file(PAGE, default_timeout=30)
        for parameter, value in parameters.items():
            at.query_params[parameter] = value
        at.run()
        assert not at.exception
        return at

    return open_page


def words(at):
    kinds = ("markdown", "caption", "warning", "info", "subheader")
    return "\n".join(element.value for kind in kinds for element in at.get(kind)).replace("\\", "")


def url(at):
    """Return the parameters of the URL; the harness gives values in two forms."""
    return {name: value if isinstance(value, str) else value[-1] for name, value in at.query_params.items()}


def search(at, text):
    at.text_input(ExploreKeys.QUERY).set_value(text).run()
    assert not at.exception
    return at


def select(at, run, ids):
    at.session_state[Keys.SELECTED] = (str(run.path), list(ids))
    at.run()
    assert not at.exception
    return at


def button(at, label):
    return next(b for b in at.button if b.label == label)


def tables(at):
    return [frame.value for frame in at.dataframe]


def lines_of(run):
    return run.aligned.obs.index[run.aligned.obs["sample_type"] == "cell_line"]


def test_the_table_lists_every_sample_with_the_calls_of_lines(page, runs):
    [table] = tables(page())
    run = runs["plain"]
    assert set(table.index) == set(run.aligned.obs_names)
    scored = run.matches[run.matches["scored"]]
    assert table.loc[scored.index, "Call after"].tolist() == scored["call_after"].tolist()
    np.testing.assert_allclose(
        table.loc[scored.index, "Own-type neighbours"], 100 * scored["own_share_after"]
    )


@pytest.mark.parametrize("spelling", ["BRCA91", "brca-91", "BRCA-L0091"])
def test_a_sample_is_found_by_name_or_id_and_its_nearest_tumors_are_shown(page, runs, spelling):
    at = search(page(), spelling)
    assert "#### BRCA91" in words(at)
    assert "Cell line · **BRCA**, Breast invasive carcinoma" in words(at)
    assert "**Nearest 25 tumors**" in words(at)
    nearest = tables(at)[0]
    assert len(nearest) == 25
    assert (runs["plain"].aligned.obs.loc[nearest.index, "sample_type"] == "tumor").all()
    assert FakeAligned.spaces == ["latent"]
    assert url(at)["sample"] == "BRCA-L0091"
    assert not at.text_input(ExploreKeys.QUERY).value
    button(at, "Close").click().run()
    assert "Nearest" not in words(at)
    assert "sample" not in url(at)


def test_a_name_that_several_samples_may_mean_asks_which(page):
    at = search(page(), "LUAD6")
    assert "####" not in words(at)
    pills = at.pills(ExploreKeys.WHICH)
    assert len(pills.options) == 10  # LUAD60 to LUAD69
    pills.set_value("LUAD-L0063").run()
    assert "#### LUAD63" in words(at)
    assert not [p for p in at.pills if p.key == ExploreKeys.WHICH]


def test_a_typing_error_is_asked_about_and_nonsense_is_not_found(page):
    at = search(page(), "SKCM5O")
    assert "Did you mean" in at.pills(ExploreKeys.WHICH).label
    search(at, "<b>](x)")
    assert "No sample is called" in words(at)


def test_a_tumors_card_shows_its_nearest_lines(page, runs):
    at = page(sample=runs["plain"].aligned.obs_names[0])
    assert "**Nearest 25 cell lines**" in words(at)
    button(at, "Select these 25").click().run()
    assert url(at).get("sample")
    assert "Compare the selection (25 cell lines) with" in at.radio[0].label


def test_a_selection_gives_its_composition_and_its_rows(page, runs):
    at = page()
    ids = ["BRCA-T0000", "BRCA-T0001", "LUAD-T0002", "BRCA-L0090"]
    select(at, runs["plain"], ids)
    assert "**4 selected:** 3 tumors, 1 cell line" in words(at)
    at.segmented_control(ExploreKeys.LIST).set_value("selected").run()
    assert set(tables(at)[0].index) == set(ids)
    button(at, "Clear selection").click().run()
    assert "selected:**" not in words(at)
    assert len(tables(at)[0]) == 311


def test_genes_are_compared_with_the_other_samples_of_the_kind(page, runs):
    at, run = page(), runs["plain"]
    tumors = run.aligned.obs.index[run.aligned.obs["sample_type"] == "tumor"]
    chosen, rest = tumors[:12], tumors[12:]
    select(at, run, chosen)
    assert at.radio[0].options == [f"the other tumors ({len(rest)})"]
    button(at, "Find genes").click().run()
    found = tables(at)[-1].set_index("gene")
    x = run.cohort.to_df()
    expected = ttest_ind(x.loc[chosen].astype(float), x.loc[rest].astype(float), equal_var=False)
    expected = pd.Series(expected.pvalue, x.columns)[found.index]
    np.testing.assert_allclose(found["p"], expected)
    assert found["p"].is_monotonic_increasing
    assert "p values are too small" in words(at)
    assert "12 selected samples against 228, observed values" in words(at)
    select(at, run, chosen[:5])  # what was found belonged to the other selection
    assert "observed values" not in words(at)


def test_genes_are_compared_with_a_second_selection(page, runs):
    at, run = page(), runs["plain"]
    lines = lines_of(run)
    select(at, run, lines[:4])
    button(at, "Keep as second selection").click().run()
    select(at, run, lines[4:9])
    at.radio[0].set_value("second").run()
    button(at, "Find genes").click().run()
    found, x = tables(at)[-1].set_index("gene"), run.cohort.to_df()
    np.testing.assert_allclose(
        found["difference"], (x.loc[lines[4:9]].mean() - x.loc[lines[:4]].mean())[found.index], rtol=1e-4
    )
    select(at, run, lines[3:9])  # one sample is in both
    at.radio[0].set_value("second").run()
    button(at, "Find genes").click().run()
    assert "share samples" in words(at)


def test_decoded_values_are_compared_only_when_asked_for_and_with_a_warning(page, runs):
    at, run = page(), runs["plain"]
    lines = lines_of(run)
    select(at, run, lines[:10])
    button(at, "Find genes").click().run()
    assert "output of the model" not in words(at)
    at.checkbox[0].check().run()
    assert "output of the model, not measurements" in words(at)
    assert "observed values" not in words(at)
    button(at, "Find genes").click().run()
    assert "decoded values" in words(at)
    found, x = tables(at)[-1].set_index("gene"), run.cohort.to_df()
    np.testing.assert_allclose(found["mean_a"], (x.loc[lines[:10]].mean() / 2 + 1)[found.index], rtol=1e-4)


def test_too_few_samples_say_so(page, runs):
    at = page()
    select(at, runs["plain"], lines_of(runs["plain"])[:2])
    assert "Select at least 3 samples" in words(at)
    assert not any(b.label == "Find genes" for b in at.button)


def test_the_map_is_coloured_by_a_gene_and_the_table_shows_it(page, runs):
    at = page()
    at.selectbox(ExploreKeys.COLOR).set_value("gene").run()
    assert "gene" not in url(at)
    at.selectbox(ExploreKeys.GENE).set_value("GENE7").run()
    at.selectbox(ExploreKeys.VALUES).set_value("decoded").run()
    assert not at.exception
    expected = runs["plain"].cohort.to_df()["GENE7"] + 100
    shown = tables(at)[0]["GENE7, aligned"]
    np.testing.assert_allclose(shown, expected[shown.index], rtol=1e-6)
    assert {"color": "gene", "gene": "GENE7", "values": "decoded"}.items() <= url(at).items()


@pytest.mark.parametrize(
    ("name", "gene"),
    [
        ("ERBB2", "ERBB2"),
        ("HER2", "ERBB2"),
        ("her2 ", "ERBB2"),
        ("ENSG00000141736", "ERBB2"),
        ("NOSUCHGENE", None),
    ],
)
def test_a_gene_is_found_by_its_other_names_where_the_cohort_has_it(name, gene):
    assert gene_called(name, ["EGFR", "ERBB2"]) == gene
    assert gene_called("ERBB2", ["EGFR"]) is None


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
    assert url(at) == link
    assert not at.info
    assert "#### BRCA90" in words(at)
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
    assert url(at) == {"v": "1", "run": "plain"}
    assert not at.run().info


def test_a_selection_too_large_for_a_link_is_not_in_it(page, runs):
    at = page()
    ids = runs["plain"].aligned.obs_names
    assert url(select(at, runs["plain"], ids[:20]))["selected"].count(",") == 19
    assert "selected" not in url(select(at, runs["plain"], ids[:21]))


def test_selection_and_card_belong_to_their_run(page, runs):
    at = search(page(), "BRCA91")
    select(at, runs["plain"], lines_of(runs["plain"])[:5])
    at.selectbox(Keys.RUN_CHOICE).select("other").run()
    assert "####" not in words(at)
    assert "selected:**" not in words(at)
    assert set(url(at)) == {"v", "run"}


def test_a_run_that_was_told_the_types_shows_no_matches_and_no_neighbours_after(page):
    at = page("echo", sample="BRCA-L0090")
    assert "Match of lines" not in at.selectbox(ExploreKeys.COLOR).options
    assert "Own-type neighbour share" not in at.selectbox(ExploreKeys.COLOR).options
    assert FakeAligned.spaces == ["input"]
    assert "would repeat the label" in words(at)
    assert not {"Call after", "Match after", "Own-type neighbours"} & set(tables(at)[-1].columns)


def test_simulated_data_are_called_so(page):
    assert "Simulated data" in words(page())
    assert "Simulated data" not in words(page("other"))


def test_drawing_the_page_loads_nothing_heavy_and_no_expression(runs, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(runs["plain"].path, copy)
    code = f"""
import os, sys
os.environ["RNALIGN_RUN"] = {str(copy)!r}
from rnalign_core.model import Run
Run.cohort = property(lambda run: 1 / 0)
from streamlit.testing.v1 import AppTest
at = AppTest.from_file({str(PAGE)!r}, default_timeout=60).run()
assert not at.exception and len(at.dataframe), at.exception
print({{"torch", "umap", "numba", "sklearn", "distributed"}} & set(sys.modules))
"""
    assert isinstance(Run.open(copy), Run)
    done = subprocess.run([sys.executable, "-c", code], cwd=PAGE.parents[1], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
