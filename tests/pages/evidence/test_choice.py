"""Which benchmark and which methods the Evidence page shows, and the link to that."""

import shutil

import pytest


def test_chosen_methods_are_in_the_table_per_type_and_in_the_url(page, add):
    benchmark = add()
    at = page()
    assert at.url == {"v": "1", "run": "fake", "benchmark": "first"}
    at.multiselect[0].set_value(["lda", "rnalign.latent"]).run()
    assert at.url["methods"] == "lda,rnalign.latent"
    table = at.tables_with("Cancer type", "Lines")[0].set_index("Type")
    rates = {t["cancer_type"]: t for t in benchmark.results["types"] if t["row"] == "lda"}
    assert table["Shrinkage LDA"].to_dict() == pytest.approx(
        {name: 100 * t["rate"] for name, t in rates.items()}
    )
    assert table["Lines"].to_dict() == {name: t["n_lines"] for name, t in rates.items()}
    assert "RNAlign, latent space" in table


def test_no_chosen_method_is_no_figure(page, add):
    add()
    at = page()
    n_figures = len(at.get("plotly_chart"))
    at.multiselect[0].set_value([]).run()
    assert not at.exception
    assert len(at.get("plotly_chart")) == n_figures - 1
    again = page(**at.url)
    assert again.url == at.url
    assert again.multiselect[0].value == []
    assert not again.info


def test_the_good_ones_of_a_list_are_kept(page, add):
    add()
    at = page(methods="lda,foo")
    assert at.multiselect[0].value == ["lda"]
    assert at.url["methods"] == "lda"
    [info] = at.info
    assert "“foo”" in info.value
    assert "lda" not in info.value


def test_other_metrics_can_be_chosen(page, add):
    add()
    at = page()
    group = at.get("button_group")[0]
    assert group.options[0] == "The main ones"
    group.set_value("biology").run()
    assert not at.exception
    for shown in (at, page(**at.url)):
        table = shown.tables_with("labels")[0]
        assert "variance_total" in table
        assert "match_micro" not in table
        assert shown.url["metrics"] == "biology"
    group.set_value("main").run()
    assert "metrics" not in at.url


def test_the_space_of_the_ablations_is_in_the_url(page, add):
    add()
    at = page(space="latent")
    space = at.get("button_group")[1]
    assert space.value == "latent"
    assert at.url["space"] == "latent"
    space.set_value("profiles").run()
    assert "space" not in at.url


def test_a_link_shows_what_it_says(page, add):
    add()
    add("second", plan={"created": "2999-01-01T00:00:00+00:00"})
    assert page().called("selectbox", "Benchmark").value == "second"
    at = page(v="1", benchmark="first", methods="linear,lda")
    assert at.called("selectbox", "Benchmark").value == "first"
    assert at.multiselect[0].value == ["linear", "lda"]
    assert not at.info
    assert at.url == {"v": "1", "run": "fake", "benchmark": "first", "methods": "linear,lda"}


@pytest.mark.parametrize(
    "parameters",
    [{"benchmark": "../../etc"}, {"methods": "combat_types"}, {"metrics": "<b>x"}, {"space": "z"}],
)
def test_what_a_link_gets_wrong_is_dropped_and_said(page, add, parameters):
    add()
    at = page(**parameters)
    assert len(at.info) == 1
    assert "ignored" in at.info[0].value
    assert at.url == {"v": "1", "run": "fake", "benchmark": "first"}
    assert not at.run().info


def test_a_link_of_another_version_is_ignored(page, add):
    add()
    at = page(v="2", methods="linear")
    assert at.multiselect[0].value == ["input_standardised", "rnalign"]


def test_only_benchmarks_of_the_cohort_are_shown(page, add):
    add(plan={"cohort_id": "another"})
    at = page(benchmark="first")
    assert "There is no finished benchmark of this cohort yet" in at.words
    assert "benchmark “first”" in at.info[0].value
    assert at.url == {"v": "1", "run": "fake"}
    assert not at.get("plotly_chart")


def test_without_a_run_the_page_says_what_to_do(page, home):
    shutil.rmtree(home / "runs" / "fake")
    at = page()
    assert "There is no finished run" in at.info[0].value
