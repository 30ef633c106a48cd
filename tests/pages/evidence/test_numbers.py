"""What the Evidence page shows of a benchmark: its numbers, its controls, how it was computed."""

import json
import shutil

import pytest


def in_rows(benchmark, row, metric):
    return next(r for r in benchmark.results["rows"] if r["row"] == row)["values"][metric]


def test_the_page_says_on_what_and_how_large_the_benchmark_was(page, add):
    benchmark = add()
    cohort = benchmark.results["cohort"]
    text = page().words
    assert f"**Fake cohort** · {benchmark.plan['created'][:10]} · 240 tumors, 71 cell lines" in text
    assert f"scored: {cohort['n_scored_lines']} lines of {cohort['n_scored_types']} cancer types" in text
    assert "8 methods, 1 seed" in text
    assert "**Simulated data.**" in text


def test_measured_data_are_not_called_simulated(page, home, add, write_run):
    shutil.rmtree(home / "runs" / "fake")
    run = write_run(home / "runs" / "fake", simulated=False)
    add(plan={"cohort_id": run.info["cohort_id"]})
    at = page()
    assert "Table 1: methods" in [s.value for s in at.subheader]
    assert not at.warning


def test_conclusions_come_with_an_answer_for_every_claim_and_space(page, flat, add):
    from rnalign_core.evidence.verdicts import findings, verdicts

    benchmark = add()
    at = page()
    text, answers = flat(at.words), at.table[0].value.rename(index=flat, columns=flat)
    found = findings(benchmark.results)
    assert answers.size == len(found)
    for finding in found:
        assert finding.answer in answers.loc[flat(f"{finding.claim}?"), finding.title]
        assert flat(f"{finding.title}: **{finding.answer}**, {finding.detail}") in text
    assert flat(verdicts(benchmark.results)[0]) in text


def test_without_rnalign_nothing_is_concluded(page, add):
    def drop(results):
        results["rows"] = [r for r in results["rows"] if not r["method"].startswith("rnalign")]
        results["echo"] = [e for e in results["echo"] if not e["method"].startswith("rnalign")]

    add(results=drop)
    at = page()
    assert "nothing can be said about it" in at.words
    assert not any(subheader.value.startswith("Table 2") for subheader in at.subheader)


def test_methods_are_compared_by_the_numbers_of_the_results(page, add):
    benchmark = add()
    table, _ = page().tables_with("labels")
    assert "input_raw" in table.index
    assert "rnalign.latent" in table.index
    rate = in_rows(benchmark, "rnalign", "match_micro")
    assert table.loc["rnalign", "match_micro"] == pytest.approx(100 * rate["value"])
    assert (
        table.loc["rnalign", "match_micro_spread"] == f"{100 * rate['low']:.1f} to {100 * rate['high']:.1f}"
    )
    assert table.loc["rnalign", "delta_d"] == pytest.approx(in_rows(benchmark, "rnalign", "delta_d")["value"])
    assert table.loc[["linear", "lda", "rnalign"], "labels"].tolist() == ["none", *["of other folds"] * 2]


def test_methods_that_were_told_the_answer_are_apart(page, add):
    add()
    at = page()
    honest, told = at.tables_with("labels")
    assert set(told["labels"]) == {"its own"}
    assert {"combat_types", "rnalign_type_conditioned"} <= set(told.index)
    assert not set(told.index) & set(honest.index)
    assert not honest.index.str.contains("no_cor").any()
    assert "Label-conditioned: not evidence of similarity" in at.words
    assert not set(told["title"]) & set(at.multiselect[0].options)


def test_ablations_are_judged(page, add):
    from rnalign_core.evidence import tables

    benchmark = add()
    expected = tables.ablations_table(benchmark.results)
    [table] = page().tables_with("match_micro_verdict")
    assert list(table.index) == ["rnalign", "rnalign_no_cor"]
    assert table["match_micro_verdict"].tolist() == expected["match_micro_verdict"].tolist()
    assert table["delta_d_verdict"].tolist() == expected["delta_d_verdict"].tolist()


def test_the_posters_values_stand_in_tables_of_their_own(page, add):
    add()
    at = page()
    methods, ablations = at.tables_with("dD")
    assert dict(zip(methods["Poster, methods"], methods["dD"], strict=True)) == {
        "Input": 22.56,
        "Linear projection": 10.57,
        "Celligner": 8.59,
        "RNAlign": 4.75,
    }
    assert ablations["dD"].tolist() == [4.75, 6.12, 10.70, 17.34]
    assert methods.loc[methods["Poster, methods"] == "Celligner"].iloc[0, -1] == "not run here"
    assert all("dD" not in table for table in at.tables_with("labels"))
    assert "no number here can be compared" in at.words


def test_the_echo_control_is_shown_with_its_chance(page, add):
    benchmark = add()
    [table] = page().tables_with("Wrong")
    table = table.set_index("Method")
    assert len(table) == len(benchmark.results["echo"])
    for entry in benchmark.results["echo"]:
        follow = entry["follow"]
        shown = table.loc[entry["title"]].str.replace("\u202f", " ")
        assert shown["Wrong"].startswith(f"{100 * follow['value']:.1f} % ({100 * follow['low']:.1f} to")
        assert shown["Chance"] == f"{100 * entry['chance']:.1f} %"


def test_a_control_that_failed_is_named_and_the_rest_shown(page, flat, add):
    def fail(results):
        gone = results["echo"][0]
        gone |= {"own": None, "follow": None, "chance": None, "n": None, "problem": "there is *one* type"}

    benchmark = add(results=fail)
    at = page()
    [table] = at.tables_with("Wrong")
    assert len(table) == len(benchmark.results["echo"]) - 1
    assert any("there is *one* type" in flat(t.value.to_string()) for t in at.table)


def test_a_method_that_could_not_run_says_why(page, flat, add):
    def fail(results):
        method = next(m for m in results["methods"] if m["method"] == "lda")
        method |= {"problem": "it needs <b>scvi</b>", "seconds": None, "peak_mb": None, "settings": {}}
        results["rows"] = [r for r in results["rows"] if r["method"] != "lda"]

    add(results=fail)
    at = page()
    assert any("it needs <b>scvi</b>" in flat(t.value.to_string()) for t in at.table)
    [costs] = at.tables_with("Seconds")
    assert costs.set_index("Method").loc["Shrinkage LDA", "Could not run because"] == "it needs <b>scvi</b>"


def test_every_metric_is_explained_with_definition_and_reference(page, flat, add):
    benchmark = add()
    text = flat(page().words)
    for about in benchmark.results["metrics"].values():
        assert flat(about["meaning"]) in text
        assert f"Reference: {about['reference']}" in text
        assert about["definition"] is None or flat(about["definition"]) in text


def test_how_it_was_computed_tells_settings_machine_and_cost(page, add):
    benchmark = add()
    at = page()
    machine = benchmark.results["machine"]
    text = at.words
    assert machine["processor"] in text
    assert f"numpy {machine['packages']['numpy']}" in text
    [costs] = at.tables_with("Seconds")
    method = next(m for m in benchmark.results["methods"] if m["method"] == "rnalign")
    row = costs.set_index("Method").loc["RNAlign"]
    assert row["Seconds"] == method["seconds"]["mean"]
    assert row["Peak memory (MB)"] == method["peak_mb"]["max"]
    assert row["Cancer types of lines"] == "other folds' only"
    at.called("selectbox", "Settings of").set_value("rnalign").run()
    assert json.loads(at.json[0].value)["settings"]["n_epochs"] == 3  # as the benchmark was made


def test_text_of_a_benchmark_is_shown_letter_by_letter(page, add):
    add()
    add("second", plan={"title": "<img src=x> [a](b)"})
    at = page()
    shown = [e.value for kind in ("markdown", "caption") for e in at.get(kind)]
    assert not any("[a](b)" in text or "<img" in text.replace("\\<", "") for text in shown)


def test_files_are_offered(page, add):
    add()
    labels = [button.proto.label for button in page().get("download_button")]
    assert {"Report", "Results, JSON", "Results, CSV"} <= set(labels)


def test_drawing_the_page_imports_no_torch(home, add, loaded_by):
    add()
    after = "assert at.get('plotly_chart')"
    loaded = loaded_by("evidence", after=after, RNALIGN_RUN=home / "runs" / "fake")
    assert loaded.isdisjoint({"torch", "distributed", "umap"})


def test_a_benchmark_whose_results_are_damaged_is_named_and_the_others_are_shown(page, add):
    add()
    damaged = add("second")
    (damaged.path / "results.json").write_text('{"rows": [')
    at = page()
    assert not at.exception
    assert "are damaged" in at.error[0].value
    assert at.table[0].value["What to do"].str.startswith("Delete that file").all()
    assert "Table 1: methods" in [s.value for s in at.subheader]
