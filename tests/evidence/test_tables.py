import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from rnalign_core.evidence import tables

TOLD = {"combat_types", "rnalign_type_conditioned"}
ABLATIONS = ["rnalign_no_grad", "rnalign_no_cor", "rnalign_no_purity"]


def test_the_main_table_has_no_ablation_and_nothing_that_was_told_the_answer(results):
    table = tables.methods_table(results)
    assert list(table.index) == [
        "input_raw",
        "input_standardised",
        "celligner",
        "lda",
        "rnalign",
        "rnalign.latent",
    ]
    assert table["labels"].tolist() == ["none"] * 3 + ["of other folds"] * 3


def test_a_space_of_a_method_that_was_told_stays_out_too(results, row_of):
    row_of("rnalign.latent")["label_conditioned"] = True
    assert "rnalign.latent" not in tables.methods_table(results).index
    assert "rnalign.latent" in tables.label_conditioned_table(results).index


def test_what_was_told_the_answer_stands_apart(results):
    table = tables.label_conditioned_table(results)
    assert set(table.index) == TOLD
    assert set(table["labels"]) == {"its own"}


def test_numbers_are_raw_and_missing_ones_are_nan(results):
    table = tables.methods_table(results, ["match_micro", "variance_within", "relative_delta_d"])
    assert table.loc["celligner", ["match_micro", "match_micro_low", "match_micro_high"]].tolist() == [
        0.6,
        pytest.approx(0.56),
        pytest.approx(0.64),
    ]
    assert np.isnan(table.loc["rnalign.latent", "variance_within"])
    assert table.loc["rnalign", "relative_delta_d_seed_sd"] == 0.01
    assert np.isnan(table.loc["lda", "relative_delta_d_seed_sd"])


def test_only_metrics_that_were_asked_for(results):
    table = tables.methods_table(results, ["pvca"])
    assert [c for c in table if c in results["metrics"]] == ["pvca"]


def test_text_numbers_and_reasons_have_one_shape(results):
    table = tables.methods_table(results, ["match_micro", "subtype_brca", "variance_within"])
    text, sort, why = (f(table, results) for f in (tables.shown, tables.sortable, tables.reasons))
    assert list(text) == list(sort) == list(why)
    assert text.index.equals(sort.index)
    assert text.index.equals(why.index)
    assert text.loc["lda", "match\u00a0↑"] == "70.0\u202f% (66.0 to 74.0)"
    assert sort.loc["lda", "match\u00a0↑"] == 0.7
    assert why.loc["lda", "match\u00a0↑"] == ""
    assert text.loc["lda", "PAM50\u00a0↑"] == "\u2013"
    assert why.loc["lda", "PAM50\u00a0↑"] == "memory ran out"
    assert why.loc["rnalign.latent", "within-type variance\u00a0↑"] == "does not apply to this row"


def test_a_missing_value_without_a_reason_says_so(results, row_of):
    row_of("lda")["values"]["pvca"] = {"value": None, "low": None, "high": None}
    table = tables.methods_table(results, ["pvca"])
    assert tables.reasons(table, results).loc["lda", "PVCA\u00a0↓"] == "no reason was stored"


def test_a_zero_is_a_value(results, row_of):
    row_of("lda")["values"]["pvca"]["value"] = 0.0
    table = tables.methods_table(results, ["pvca"])
    assert tables.shown(table, results).loc["lda", "PVCA\u00a0↓"] == "0.0\u202f%"
    assert tables.reasons(table, results).loc["lda", "PVCA\u00a0↓"] == ""


def test_ablations_are_compared_with_the_full_model(results):
    table = tables.ablations_table(results)
    assert list(table.index) == ["rnalign", *ABLATIONS]
    verdicts = table["match_micro_verdict"]
    assert verdicts["rnalign"] == "the full model"
    assert verdicts["rnalign_no_grad"] == "no difference beyond its interval"
    assert verdicts["rnalign_no_cor"] == "worse, as stated"
    assert verdicts["rnalign_no_purity"] == "better, the opposite of what is stated"
    np.testing.assert_allclose(
        table.loc["rnalign_no_cor", [f"match_micro_change{end}" for end in ("", "_low", "_high")]].astype(
            float
        ),
        [-0.07, -0.10, -0.04],
    )


def test_distances_are_told_apart_by_welch_over_seeds(results):
    table = tables.ablations_table(results)
    change = table.loc["rnalign_no_cor", [f"delta_d_change{end}" for end in ("", "_low", "_high")]]
    # Equal SD 0.1 and 5 seeds each: 8 degrees of freedom, t = 2.306004, standard error sqrt(2 * 0.01 / 5).
    half = 2.306004 * np.sqrt(0.004)
    np.testing.assert_allclose(change.astype(float), [4.0, 4.0 - half, 4.0 + half], rtol=1e-6)
    assert table["delta_d_verdict"].tolist()[1:] == [
        "no difference beyond its interval",
        "worse, as stated",
        "better, the opposite of what is stated",
    ]


def one_seed(row_of, **intervals):
    """Give the full model and the one without L_cor one seed, and delta D these intervals."""
    for row in ("rnalign", "rnalign_no_cor"):
        row_of(row)["n_seeds"] = 1
        low, high = intervals.get(row, (None, None))
        row_of(row)["values"]["delta_d"] |= {"seed_sd": None, "low": low, "high": high}


@pytest.mark.parametrize(
    ("intervals", "low", "high", "verdict"),
    [
        ({"rnalign": (4.5, 5.5), "rnalign_no_cor": (8.0, 10.0)}, 2.5, 5.5, "worse, as stated"),
        (
            {"rnalign": (3.0, 8.5), "rnalign_no_cor": (8.0, 10.0)},
            -0.5,
            7.0,
            "no difference beyond its interval",
        ),
        ({}, np.nan, np.nan, "cannot be judged: no interval"),
    ],
)
def test_with_one_seed_distances_are_told_apart_by_their_own_intervals(
    results, row_of, intervals, low, high, verdict
):
    one_seed(row_of, **intervals)
    found = tables.ablations_table(results).loc["rnalign_no_cor"]
    assert found["delta_d_verdict"] == verdict
    np.testing.assert_allclose(
        found[["delta_d_change", "delta_d_change_low", "delta_d_change_high"]].astype(float), [4.0, low, high]
    )


def test_seeds_that_agree_exactly_leave_no_doubt(results, row_of):
    for row in ("rnalign", "rnalign_no_grad"):
        row_of(row)["values"]["delta_d"]["seed_sd"] = 0.0
    assert tables.ablations_table(results).loc["rnalign_no_grad", "delta_d_verdict"] == "worse, as stated"


def test_an_ablation_without_a_paired_difference_is_not_judged(results):
    results["differences"] = [d for d in results["differences"] if d["minus"] != "rnalign_no_cor"]
    table = tables.ablations_table(results)
    assert table.loc["rnalign_no_cor", "match_micro_verdict"] == "cannot be judged: not computed"


def test_ablations_of_another_space(results):
    assert list(tables.ablations_table(results, "latent").index) == ["rnalign.latent"]


def test_ablations_as_text_say_what_follows(results):
    table = tables.ablations_table(results)
    text = tables.shown(table, results)["match\u00a0↑ against full"]
    assert text["rnalign"] == "the full model"
    assert text["rnalign_no_cor"] == "\u22127.0 points (\u221210.0 to \u22124.0): worse, as stated"
    assert tables.sortable(table, results).loc[
        "rnalign_no_cor", "match\u00a0↑ against full"
    ] == pytest.approx(-0.07)


def test_differences_are_those_of_rnalign_to_methods_that_compete(results):
    table = tables.differences_table(results)
    assert set(table["row"]) == {"rnalign", "rnalign.latent"}
    assert not set(table["minus"]) & {*TOLD, *ABLATIONS}
    assert table["minus"].tolist()[:4] == ["input_raw", "input_standardised", "celligner", "lda"]
    found = table.set_index(["row", "minus"])
    assert found.loc[("rnalign", "celligner"), "micro"] == pytest.approx(0.15)
    assert found.loc[("rnalign", "celligner"), "verdict"] == "higher"
    assert found.loc[("rnalign.latent", "lda"), "verdict"] == "lower"


def test_a_difference_whose_interval_includes_0_is_none(results):
    for entry in results["differences"]:
        entry["micro"] = {"value": 0.02, "low": -0.01, "high": 0.05}
    assert set(tables.differences_table(results)["verdict"]) == {"no difference beyond its interval"}


def test_a_difference_to_something_told_is_left_out_even_if_it_is_stored(results):
    change = {"value": 0.1, "low": 0.05, "high": 0.15}
    stored = {"row": "rnalign", "minus": "combat_types"} | dict.fromkeys(
        ("micro", "macro", "median_types"), change
    )
    results["differences"].append(stored)
    assert "combat_types" not in set(tables.differences_table(results)["minus"])


def test_costs_tell_unknown_from_none(results):
    table = tables.costs_table(results)
    assert table.loc["rnalign", "settings_tried"] == 12
    assert pd.isna(table.loc["lda", "settings_tried"])
    assert table.loc["rnalign", ["seconds", "seconds_max", "peak_mb", "n_seeds"]].tolist() == [
        12.3,
        15.0,
        800.0,
        5,
    ]
    assert pd.isna(table.loc["harmony", "seconds"])
    assert table.loc["harmony", "problem"] == "harmonypy is not installed"


def test_what_failed_is_listed_with_its_reason(results):
    results["echo"][0] |= {"follow": None, "problem": "half of the lines are of one type"}
    table = tables.problems_table(results).set_index("what")
    assert table.loc["the whole method"].tolist() == ["harmonypy is not installed", "Harmony"]
    assert table.loc["PAM50 kept"].tolist() == ["memory ran out", "Discriminant analysis"]
    assert table.loc["LUAD and LUSC kept apart", "where"] == "every row"
    assert table.loc["label-echo control", "where"] == "RNAlign told all types"


def test_chance_follows_from_the_numbers_of_lines(results):
    assert tables.rate_by_chance(results) == pytest.approx((40**2 + 60**2 + 100**2) / 200**2)
    assert tables.rate_by_chance(results | {"types": []}) is None


def test_metrics_that_no_row_has_are_not_offered(results):
    assert "r2" not in tables.metric_names(results)
    assert tables.metric_names(results, "Biology kept") == [
        "variance_within",
        "subtype_brca",
        "subtype_nsclc",
    ]


def test_empty_results_give_empty_tables(results):
    empty = results | {"rows": [], "types": [], "differences": [], "echo": []}
    for make in (tables.methods_table, tables.label_conditioned_table, tables.ablations_table):
        table = make(empty)
        assert table.empty
        assert list(tables.shown(table, empty)) == list(tables.reasons(table, empty))
    assert tables.differences_table(empty).empty


def test_a_page_reads_results_without_heavy_imports():
    program = (
        "import sys, rnalign_core.evidence.report; "
        "print([m for m in ('torch', 'dask', 'distributed', 'umap', 'streamlit') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
