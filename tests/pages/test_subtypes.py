"""The Subtypes page as Streamlit's own test harness sees it: no browser, so no figures are drawn."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from rnalign_core.model import Run
from rnalign_core.model.runs import demo_run_path
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.subtypes import call_lines, diseases, preservation
from rnalign_core.ui.state import Keys
from rnalign_core.ui.subtypes_data import placed
from rnalign_core.ui.subtypes_map import _samples
from rnalign_core.ui.subtypes_state import SubtypeKeys

LINE = "SIM-BRCA-CL-002"


@pytest.fixture(scope="module")
def home(tmp_path_factory, write_run):
    """A data home with a run that was told the types of lines, and one whose cohort has no subtypes."""
    home = tmp_path_factory.mktemp("home")
    (home / "runs").mkdir()
    write_run(home / "runs" / "told", variant="type_conditioned")
    write_run(home / "runs" / "plain", {"SKCM": (40, 8, 0.8), "PRAD": (30, 6, 0.8)}, simulated=False)
    return home


@pytest.fixture
def page(home, use_home, open_page):
    """Return a function that opens the page, by default with the bundled demo, and with parameters in its URL."""
    use_home(home, bundled=True)
    return lambda **parameters: open_page("subtypes", parameters, timeout=120)


@pytest.fixture(scope="module")
def demo():
    return AlignedRun(Run.open(demo_run_path()))


def table_of_calls(at) -> pd.DataFrame:
    return next(table.value for table in at.dataframe if "confidence" in table.value).set_index("name")


def test_lung_cancer_comes_first_and_every_line_of_the_disease_is_called(page, demo):
    at = page()
    assert at.selectbox(SubtypeKeys.DISEASE_CHOICE).value == "NSCLC"
    lung = diseases(demo.samples)["NSCLC"]
    calls = call_lines(demo, lung).lines
    shown = table_of_calls(at)
    assert len(shown) == len(calls) == 53  # LUAD, LUSC and unspecified
    calls.index = demo.samples.loc[calls.index, "name"]
    assert shown["confidence"].to_dict() == pytest.approx((100 * calls["confidence"]).to_dict())
    clear = calls["clear"]
    assert (shown.loc[clear[clear].index, "call"] == calls.loc[clear, "call"]).all()
    outside = calls["outside"]
    far = shown.loc[outside[outside].index, "call"]
    assert (far == "outside: nearest " + calls.loc[outside, "call"]).all()
    unclear = ~clear & ~outside
    assert shown.loc[unclear[unclear].index, "call"].str.startswith("unclear").all()
    counts = calls.loc[clear, "call"].value_counts()
    assert (
        f"**53 lines:** {counts['LUAD']} LUAD · {counts['LUSC']} LUSC · {unclear.sum()} unclear · "
        f"{outside.sum()} outside the tumors" in at.words
    )
    assert "no finding" in at.words


def test_breast_cancer_says_what_limits_its_calls(page, demo):
    at = page(disease="BRCA")
    text = at.words
    assert "**297 tumors** of 5 subtypes and 20 of none of them; **39 cell lines**" in text
    assert "calibrated on tumors" in text
    [tumors] = (line for line in text.splitlines() if line.startswith("**Tumors, held out:** 297 called"))
    assert "(subtypes weighing the same)" in tumors
    [lines] = (
        line for line in text.splitlines() if line.startswith("**Lines, judged as basal or luminal:** 19")
    )
    assert "weighing" not in lines
    assert "Outside the tumors: 3 of 4 right; the others: 15 of 15." in text
    assert "Training was never told these subtypes" in text
    assert [metric.label for metric in at.metric] == [
        "Before",
        "After, with residual",
        "After, decoded only",
        "Chance",
    ]
    kept = preservation(demo, diseases(demo.samples)["BRCA"])
    values = [result.estimates["balanced_macro"]["value"] for result in kept.values()]
    assert [metric.value for metric in at.metric] == [f"{100 * value:.1f}\u202f%" for value in [*values, 0.2]]
    table = next(table.value for table in at.dataframe if "decoded" in table.value)
    assert table["subtype"].tolist() == ["mean", "Basal", "Her2", "LumA", "LumB", "Normal"]
    assert table["residual"].tolist()[1:] == pytest.approx(
        (100 * kept["residual"].subtypes["balanced_rate"]).tolist()
    )


def test_a_tumor_of_a_small_subtype_keeps_its_name_in_the_table(demo):
    brca = diseases(demo.samples, min_tumors=40)["BRCA"]
    assert brca.too_few
    brca = replace(brca, lines=brca.lines[:0])
    table = _samples(demo.run, brca, "input", placed(demo.run, brca, "umap", "residual"))
    own = demo.samples.loc[table.index, "subtype"].astype(object)
    assert own.isna().any()
    pd.testing.assert_series_equal(table["group"].fillna("none"), own.fillna("none"), check_names=False)


def test_a_link_opens_disease_space_and_line(page):
    at = page(v="1", disease="BRCA", space="input", line=LINE)
    assert at.selectbox(SubtypeKeys.DISEASE_CHOICE).value == "BRCA"
    assert at.segmented_control(SubtypeKeys.SPACE).value == "input"
    assert at.selectbox(SubtypeKeys.LINE_CHOICE).value == LINE
    assert "modelled genes that differ most" in at.words
    assert at.url == {"v": "1", "run": "demo", "disease": "BRCA", "space": "input", "line": LINE}


@pytest.mark.parametrize(
    "parameters",
    [
        {"disease": "../../etc"},
        {"space": "<b>x"},
        {"map": "<b>x"},
        {"line": "SIM-BRCA-CL-002"},
        {"v": "2", "disease": "BRCA"},
    ],
)
def test_what_a_link_gets_wrong_is_dropped_and_said(page, parameters):
    at = page(**parameters)
    assert sum("ignored" in info.value for info in at.info) == 1
    assert at.url == {"v": "1", "run": "demo", "disease": "NSCLC"}
    assert not at.run().info


def test_a_link_opens_a_map_and_the_choice_is_in_it(page):
    at = page(disease="BRCA", map="umap")
    assert at.segmented_control(SubtypeKeys.LAYOUT).value == "umap"
    assert at.url == {"v": "1", "run": "demo", "disease": "BRCA", "map": "umap"}
    at.segmented_control(SubtypeKeys.LAYOUT).set_value("pca").run()
    assert at.url == {"v": "1", "run": "demo", "disease": "BRCA"}
    at.segmented_control(SubtypeKeys.LAYOUT).set_value("umap").run()
    assert at.url["map"] == "umap"


def test_the_card_of_a_line_outside_the_tumors_leads_with_that(page, demo):
    lines = call_lines(demo, diseases(demo.samples)["BRCA"]).lines
    far = lines[lines["outside"]].nlargest(1, "confidence").iloc[0]
    at = page(disease="BRCA", line=far.name)
    assert f"**Outside the tumors:** nearest subtype **{far['call']}**" in at.words
    assert "Called **" not in at.words


@pytest.mark.parametrize(
    ("space", "read", "genes"),
    [
        ("residual", "but on the aligned profiles", {"observed", "aligned"}),
        ("latent", "but on all dimensions of the latent space", {"observed", "aligned"}),
        ("input", "but on the profiles of all modelled genes before alignment", {"observed"}),
    ],
)
def test_map_and_genes_say_what_calls_are_made_on(page, space, read, genes):
    at = page(disease="BRCA", line=LINE, space=space)
    assert read in at.words
    table = next(table.value for table in at.dataframe if "gene" in table.value)
    assert set(table) & {"observed", "aligned"} == genes
    assert ("Genes are compared aligned with residual, whatever" in at.words) == (space == "latent")
    assert ("Nothing here is aligned" in at.words) == (space == "input")


def test_another_disease_closes_the_line_and_another_space_calls_anew(page):
    at = page(disease="BRCA", line=LINE)
    before = table_of_calls(at)["confidence"].sort_index()
    at.segmented_control(SubtypeKeys.SPACE).set_value("latent").run()
    assert not at.exception
    assert (table_of_calls(at)["confidence"].sort_index() != before).any()
    assert at.url["line"] == LINE
    at.selectbox(SubtypeKeys.DISEASE_CHOICE).select("STAD").run()
    assert not at.exception
    assert at.url == {"v": "1", "run": "demo", "disease": "STAD", "space": "latent"}
    assert len(table_of_calls(at)) == 16


def test_choosing_a_line_shows_its_genes_and_closing_it_hides_them(page):
    at = page(disease="BRCA")
    assert "modelled genes that differ" not in at.words
    at.selectbox(SubtypeKeys.LINE_CHOICE).select(LINE).run()
    genes = next(table.value for table in at.dataframe if "gene" in table.value)
    assert len(genes) == 10
    nearer = (genes["aligned"] - genes["mean_call"]).abs() < (
        genes["aligned"] - genes["mean_runner_up"]
    ).abs()
    assert nearer.all()
    assert at.url["line"] == LINE
    at.selectbox(SubtypeKeys.LINE_CHOICE).set_value(None).run()
    assert "modelled genes that differ" not in at.words
    assert "line" not in at.url


def test_a_cohort_without_the_disease_says_so_and_offers_one_that_has_it(page):
    at = page(run="plain", disease="BRCA")
    assert "has no two subtypes of it" in at.words
    assert not at.dataframe
    assert at.url == {"v": "1", "run": "plain", "disease": "BRCA"}
    [offer] = at.button
    assert "demo" in offer.label
    offer.click().run()
    assert not at.exception
    assert at.url == {"v": "1", "run": "demo", "disease": "BRCA"}
    assert len(table_of_calls(at)) == 39


def test_a_damaged_run_is_not_offered(page, home, write_run):
    damaged = write_run(home / "runs" / "damaged", names="D")
    (damaged.path / "aligned.h5ad").unlink()
    at = page(run="plain", disease="BRCA")
    shutil.rmtree(damaged.path)
    assert not at.exception
    [offer] = at.button
    assert "demo" in offer.label


def test_another_run_in_the_sidebar_keeps_the_disease(page):
    at = page(disease="BRCA", line=LINE)
    at.selectbox(Keys.RUN_CHOICE).select("plain").run()
    assert not at.exception
    assert "not in this cohort" in "".join(at.selectbox(SubtypeKeys.DISEASE_CHOICE).options)
    assert "Simulated data" not in at.words
    at.selectbox(Keys.RUN_CHOICE).select("demo").run()
    assert at.url["disease"] == "BRCA"
    assert len(table_of_calls(at)) == 39


def test_a_run_that_was_told_the_types_is_refused_and_others_are_offered(page):
    at = page(run="told", disease="BRCA")
    assert "told the cancer type of every cell line" in at.warning[-1].value
    assert not at.dataframe
    assert not at.metric
    assert at.url == {"v": "1", "run": "told"}
    labels = [button.label for button in at.button]
    assert len(labels) == 2  # the demo and the other run, not this one
    at.button[0].click().run()
    assert not at.exception
    assert at.url["run"] == "demo"
    assert len(table_of_calls(at)) == 39


def test_opening_the_page_for_a_cohort_that_it_cannot_show_loads_nothing_heavy(home, loaded_by):
    assert loaded_by("subtypes", {"run": "plain"}, after="assert at.info", RNALIGN_HOME=home) == set()
