"""The Evidence page as Streamlit's own test harness sees it, on a benchmark that was really computed."""

import json
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rnalign_core.evidence import Benchmark, create_benchmark
from rnalign_core.evidence import benchmark as benchmark_module
from rnalign_core.evidence.assemble import assemble
from rnalign_core.evidence.work import compute
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.methods import METHODS, available_methods
from rnalign_core.methods.external import EXTERNAL
from rnalign_core.methods.rnalign import rnalign
from rnalign_core.ui import evidence_form
from rnalign_core.ui import runs as ui_runs
from rnalign_core.ui.evidence_form import START, duration, how_long

PAGE = Path(__file__).parents[2] / "pages" / "evidence.py"
NOWHERE = Path("/nowhere")
METHODS_RUN = ["linear", "lda", "combat_types", "rnalign", "rnalign_no_cor", "rnalign_type_conditioned"]
TINY = {
    "n_epochs": 3,
    "batch_size": 64,
    "n_latent": 8,
    "encoder_width": 32,
    "decoder_width": 16,
    "n_folds": 2,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory, write_run):
    """A run and a finished benchmark of its cohort, by methods of which RNAlign hardly trains."""
    home = tmp_path_factory.mktemp("home")
    (home / "runs").mkdir()
    run = write_run(home / "runs" / "fake")
    tiny = {
        name: replace(
            METHODS[name],
            function=partial(
                rnalign, settings=METHODS[name].function.keywords["settings"].model_copy(update=TINY)
            ),
        )
        for name in METHODS_RUN
        if name.startswith("rnalign")
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, method in tiny.items():
            patch.setitem(METHODS, name, method)
        benchmark = create_benchmark(
            home / "benchmarks" / "first",
            run.path / "cohort.h5ad",
            methods=METHODS_RUN,
            seeds=1,
            n_folds=2,
            title="First <b>[try](x)</b>",
        )
        for part in benchmark.parts:
            compute(benchmark, part)
        assemble(benchmark)
    return run, benchmark


@pytest.fixture
def home(made, tmp_path, monkeypatch):
    """A data home with the run and without benchmarks."""
    shutil.copytree(made[0].path, tmp_path / "runs" / "fake")
    (tmp_path / "benchmarks").mkdir()
    monkeypatch.setenv("RNALIGN_HOME", str(tmp_path))
    monkeypatch.delenv("RNALIGN_RUN", raising=False)
    monkeypatch.setattr(ui_runs, "demo_run_path", lambda: NOWHERE)
    monkeypatch.setattr(benchmark_module, "demo_benchmark_path", lambda: NOWHERE)
    return tmp_path


@pytest.fixture
def add(home, made):
    """Return a function that puts a copy of the benchmark into the data home, its files changed."""

    def make(name="first", *, plan=None, results=lambda results: None):
        path = home / "benchmarks" / name
        shutil.copytree(made[1].path, path)
        if plan:
            (path / "benchmark.json").write_text(json.dumps(made[1].plan | plan))
        content = json.loads((path / "results.json").read_text())
        results(content)
        (path / "results.json").write_text(json.dumps(content))
        return Benchmark.open(path)

    return make


@pytest.fixture
def unfinished(add):
    """Return a function that makes a benchmark with two parts done, its work in the state that `job` leaves."""

    def make(job=lambda folder, job_id: None):
        benchmark = add("half")
        for name in ("results.json", "results.parquet", "lines.parquet", "report.html"):
            (benchmark.path / name).unlink()
        for part in benchmark.parts[2:]:
            (benchmark.path / "parts" / f"{part.name}.json").unlink()
        folder = JobFolder(benchmark.path)
        submission = folder.begin(own_cluster=True)
        folder.started(benchmark.parts[2].name).touch()
        job(folder, submission.id)
        return benchmark

    return make


@pytest.fixture
def started(monkeypatch):
    """Benchmarks that the page started; none is computed."""
    benchmarks = []
    monkeypatch.setattr("rnalign_core.jobs.start_benchmark", benchmarks.append)
    return benchmarks


def open_page(**parameters):
    at = AppTest.from_file(PAGE, default_timeout=30)
    for parameter, value in parameters.items():
        at.query_params[parameter] = value
    at.run()
    assert not at.exception
    return at


def words(at):
    kinds = ("markdown", "caption", "warning", "info", "error", "code")
    return flat("\n".join(str(element.value) for kind in kinds for element in at.get(kind)))


def flat(text):
    """Return text as readers see it: without the backslashes of Markdown, and with plain spaces."""
    return " ".join(text.replace("\\", "").split())


def by_label(elements, label):
    found = [element for element in elements if element.label == label]
    assert len(found) == 1, [element.label for element in elements]
    return found[0]


def click(at, label):
    by_label(at.button, label).click().run()
    assert not at.exception
    return at


def table_with(at, *columns):
    """Return the tables that have all these columns, in the order of the page."""
    return [frame.value for frame in at.dataframe if set(columns) <= set(frame.value.columns)]


def url(at):
    return {name: value if isinstance(value, str) else value[-1] for name, value in at.query_params.items()}


def in_rows(benchmark, row, metric):
    return next(r for r in benchmark.results["rows"] if r["row"] == row)["values"][metric]


def test_the_page_says_on_what_and_how_large_the_benchmark_was(add):
    benchmark = add()
    cohort = benchmark.results["cohort"]
    text = words(open_page())
    assert f"**Fake cohort** · {benchmark.plan['created'][:10]} · 240 tumors, 71 cell lines" in text
    assert f"scored: {cohort['n_scored_lines']} lines of {cohort['n_scored_types']} cancer types" in text
    assert "8 methods, 1 seed" in text
    assert "Simulated data" in text


def test_measured_data_are_not_called_simulated(home, add, write_run):
    shutil.rmtree(home / "runs" / "fake")
    run = write_run(home / "runs" / "fake", simulated=False)
    add(plan={"cohort_id": run.info["cohort_id"]})
    at = open_page()
    assert "Table 1: methods" in [s.value for s in at.subheader]
    assert not at.warning


def test_conclusions_come_with_an_answer_for_every_claim_and_space(add):
    from rnalign_core.evidence.verdicts import findings, verdicts

    benchmark = add()
    at = open_page()
    answers = at.table[0].value.rename(index=flat, columns=flat)
    found = findings(benchmark.results)
    assert answers.size == len(found)
    for finding in found:
        assert finding.answer in answers.loc[flat(f"{finding.claim}?"), finding.title]
        assert flat(f"{finding.title}: **{finding.answer}**, {finding.detail}") in words(at)
    assert flat(verdicts(benchmark.results)[0]) in words(at)


def test_without_rnalign_nothing_is_concluded(add):
    def drop(results):
        results["rows"] = [r for r in results["rows"] if not r["method"].startswith("rnalign")]
        results["echo"] = [e for e in results["echo"] if not e["method"].startswith("rnalign")]

    add(results=drop)
    at = open_page()
    assert "nothing can be said about it" in words(at)
    assert not any(subheader.value.startswith("Table 2") for subheader in at.subheader)


def test_methods_are_compared_by_the_numbers_of_the_results(add):
    benchmark = add()
    table, _ = table_with(open_page(), "labels")
    assert "input_raw" in table.index
    assert "rnalign.latent" in table.index
    rate = in_rows(benchmark, "rnalign", "match_micro")
    assert table.loc["rnalign", "match_micro"] == pytest.approx(100 * rate["value"])
    assert (
        table.loc["rnalign", "match_micro_spread"] == f"{100 * rate['low']:.1f} to {100 * rate['high']:.1f}"
    )
    assert table.loc["rnalign", "delta_d"] == pytest.approx(in_rows(benchmark, "rnalign", "delta_d")["value"])
    assert table.loc[["linear", "lda", "rnalign"], "labels"].tolist() == ["none", *["of other folds"] * 2]


def test_methods_that_were_told_the_answer_are_apart(add):
    add()
    at = open_page()
    honest, told = table_with(at, "labels")
    assert set(told["labels"]) == {"its own"}
    assert {"combat_types", "rnalign_type_conditioned"} <= set(told.index)
    assert not set(told.index) & set(honest.index)
    assert not honest.index.str.contains("no_cor").any()
    assert "Label-conditioned: not evidence of similarity" in words(at)
    assert not set(told["title"]) & set(at.multiselect[0].options)


def test_other_metrics_can_be_chosen(add):
    add()
    at = open_page()
    group = at.get("button_group")[0]
    group.set_value("Biology kept").run()
    assert not at.exception
    table = table_with(at, "labels")[0]
    assert "variance_total" in table
    assert "match_micro" not in table


def test_ablations_are_judged(add):
    from rnalign_core.evidence import tables

    benchmark = add()
    expected = tables.ablations_table(benchmark.results)
    [table] = table_with(open_page(), "match_micro_verdict")
    assert list(table.index) == ["rnalign", "rnalign_no_cor"]
    assert table["match_micro_verdict"].tolist() == expected["match_micro_verdict"].tolist()
    assert table["delta_d_verdict"].tolist() == expected["delta_d_verdict"].tolist()


def test_the_posters_values_stand_in_tables_of_their_own(add):
    add()
    at = open_page()
    methods, ablations = table_with(at, "dD")
    assert dict(zip(methods["Poster, methods"], methods["dD"], strict=True)) == {
        "Input": 22.56,
        "Linear projection": 10.57,
        "Celligner": 8.59,
        "RNAlign": 4.75,
    }
    assert ablations["dD"].tolist() == [4.75, 6.12, 10.70, 17.34]
    assert methods.loc[methods["Poster, methods"] == "Celligner"].iloc[0, -1] == "not run here"
    assert all("dD" not in table for table in table_with(at, "labels"))
    assert "no number here can be compared" in words(at)


def test_chosen_methods_are_in_the_table_per_type_and_in_the_url(add):
    benchmark = add()
    at = open_page()
    assert url(at) == {"v": "1", "run": "fake", "benchmark": "first"}
    at.multiselect[0].set_value(["lda", "rnalign.latent"]).run()
    assert url(at)["methods"] == "lda,rnalign.latent"
    table = table_with(at, "Cancer type", "Lines")[0].set_index("Type")
    rates = {t["cancer_type"]: t for t in benchmark.results["types"] if t["row"] == "lda"}
    assert table["Shrinkage LDA"].to_dict() == pytest.approx(
        {name: 100 * t["rate"] for name, t in rates.items()}
    )
    assert table["Lines"].to_dict() == {name: t["n_lines"] for name, t in rates.items()}
    assert "RNAlign, latent space" in table


def test_no_chosen_method_is_no_figure(add):
    add()
    at = open_page()
    n_figures = len(at.get("plotly_chart"))
    at.multiselect[0].set_value([]).run()
    assert not at.exception
    assert len(at.get("plotly_chart")) == n_figures - 1


def test_a_link_shows_what_it_says(add):
    add()
    add("second", plan={"created": "2999-01-01T00:00:00+00:00"})
    assert by_label(open_page().selectbox, "Benchmark").value == "second"
    at = open_page(v="1", benchmark="first", methods="linear,lda")
    assert by_label(at.selectbox, "Benchmark").value == "first"
    assert at.multiselect[0].value == ["linear", "lda"]
    assert not at.info
    assert url(at) == {"v": "1", "run": "fake", "benchmark": "first", "methods": "linear,lda"}


@pytest.mark.parametrize(
    "parameters", [{"benchmark": "../../etc"}, {"methods": "linear,<b>x"}, {"methods": "combat_types"}]
)
def test_what_a_link_gets_wrong_is_dropped_and_said(add, parameters):
    add()
    at = open_page(**parameters)
    assert len(at.info) == 1
    assert "ignored" in at.info[0].value
    assert url(at) == {"v": "1", "run": "fake", "benchmark": "first"}
    assert not at.run().info


def test_a_link_of_another_version_is_ignored(add):
    add()
    at = open_page(v="2", methods="linear")
    assert at.multiselect[0].value == ["input_standardised", "rnalign"]


def test_the_echo_control_is_shown_with_its_chance(add):
    benchmark = add()
    [table] = table_with(open_page(), "Wrong")
    table = table.set_index("Method")
    assert len(table) == len(benchmark.results["echo"])
    for entry in benchmark.results["echo"]:
        follow = entry["follow"]
        shown = table.loc[entry["title"]].str.replace("\u202f", " ")
        assert shown["Wrong"].startswith(f"{100 * follow['value']:.1f} % ({100 * follow['low']:.1f} to")
        assert shown["Chance"] == f"{100 * entry['chance']:.1f} %"


def test_a_control_that_failed_is_named_and_the_rest_shown(add):
    def fail(results):
        gone = results["echo"][0]
        gone |= {"own": None, "follow": None, "chance": None, "n": None, "problem": "there is *one* type"}

    benchmark = add(results=fail)
    at = open_page()
    [table] = table_with(at, "Wrong")
    assert len(table) == len(benchmark.results["echo"]) - 1
    assert any("there is *one* type" in flat(t.value.to_string()) for t in at.table)


def test_a_method_that_could_not_run_says_why(add):
    def fail(results):
        method = next(m for m in results["methods"] if m["method"] == "lda")
        method |= {"problem": "it needs <b>scvi</b>", "seconds": None, "peak_mb": None, "settings": {}}
        results["rows"] = [r for r in results["rows"] if r["method"] != "lda"]

    add(results=fail)
    at = open_page()
    assert any("it needs <b>scvi</b>" in flat(t.value.to_string()) for t in at.table)
    [costs] = table_with(at, "Seconds")
    assert costs.set_index("Method").loc["Shrinkage LDA", "Could not run because"] == "it needs <b>scvi</b>"


def test_every_metric_is_explained_with_definition_and_reference(add):
    benchmark = add()
    text = words(open_page())
    for about in benchmark.results["metrics"].values():
        assert flat(about["meaning"]) in text
        assert f"Reference: {about['reference']}" in text
        assert about["definition"] is None or flat(about["definition"]) in text


def test_how_it_was_computed_tells_settings_machine_and_cost(add):
    benchmark = add()
    at = open_page()
    machine = benchmark.results["machine"]
    text = words(at)
    assert machine["processor"] in text
    assert f"numpy {machine['packages']['numpy']}" in text
    [costs] = table_with(at, "Seconds")
    method = next(m for m in benchmark.results["methods"] if m["method"] == "rnalign")
    row = costs.set_index("Method").loc["RNAlign"]
    assert row["Seconds"] == method["seconds"]["mean"]
    assert row["Peak memory (MB)"] == method["peak_mb"]["max"]
    assert row["Cancer types of lines"] == "other folds' only"
    by_label(at.selectbox, "Settings of").set_value("rnalign").run()
    assert json.loads(at.json[0].value)["settings"]["n_epochs"] == TINY["n_epochs"]


def test_text_of_a_benchmark_is_shown_letter_by_letter(add):
    add()
    add("second", plan={"title": "<img src=x> [a](b)"})
    at = open_page()
    shown = [e.value for kind in ("markdown", "caption") for e in at.get(kind)]
    assert not any("[a](b)" in text or "<img" in text.replace("\\<", "") for text in shown)


def test_files_are_offered(add):
    add()
    labels = [button.proto.label for button in open_page().get("download_button")]
    assert {"Report", "Results, JSON", "Results, CSV"} <= set(labels)


def test_only_benchmarks_of_the_cohort_are_shown(add):
    add(plan={"cohort_id": "another"})
    at = open_page()
    assert "There is no finished benchmark of this cohort yet" in words(at)
    assert not at.get("plotly_chart")


def test_without_a_benchmark_the_page_offers_to_run_one_here_or_in_a_terminal(home, started):
    at = open_page()
    command = shlex.split(at.code[0].value)
    assert command[:2] == ["rnalign", "benchmark"]
    assert command[2:4] == ["--cohort", str(home / "runs" / "fake" / "cohort.h5ad")]
    assert command[4:] == ["--out", str(home / "benchmarks" / "Fake-cohort"), "--seeds", "5"]
    assert "tens of minutes" in words(at)
    assert "input_raw" not in at.multiselect[0].value
    click(at, START)
    [benchmark] = started
    assert benchmark.path == home / "benchmarks" / "Fake-cohort"
    assert benchmark.plan["seeds"] == 5
    assert benchmark.plan["methods"] == available_methods()


def test_chosen_methods_and_seeds_are_what_is_run(home, started):
    at = open_page()
    at.multiselect[0].set_value(["linear", "lda"])
    by_label(at.number_input, "Seeds").set_value(2).run()
    assert at.code[0].value.endswith("--methods linear lda --seeds 2")
    click(at, START)
    assert started[0].plan["methods"] == ["input_raw", "input_standardised", "linear", "lda"]
    assert started[0].plan["seeds"] == 2
    at.multiselect[0].set_value([]).run()
    assert by_label(at.button, START).disabled


def test_a_wrong_interpreter_for_other_methods_is_named_and_the_rest_can_run(home, monkeypatch):
    monkeypatch.setenv("RNALIGN_METHODS_PYTHON", "/nowhere/python")
    at = open_page()
    assert "/nowhere/python" in words(at)
    assert set(METHODS) - set(EXTERNAL) == {*at.multiselect[0].value, *evidence_form.ALWAYS}
    assert "Not installed here: Harmony" in words(at)


def test_a_cohort_that_cannot_be_compared_is_explained(home, started, made):
    from rnalign_core.cohort import load_cohort, save_cohort

    cohort = load_cohort(made[0].path / "cohort.h5ad")
    tumors = cohort[cohort.obs["sample_type"] == "tumor"].copy()
    (home / "runs" / "fake" / "cohort.h5ad").unlink()
    save_cohort(tumors, home / "runs" / "fake" / "cohort.h5ad")
    at = click(open_page(), START)
    assert not started
    assert "This benchmark cannot be started" in words(at)
    assert at.table[0].value["What to do"].str.len().gt(0).all()
    assert list((home / "benchmarks").iterdir()) == []


def test_the_time_to_expect_follows_from_what_the_last_one_took(add):
    def costs(results):
        results["computing_seconds"] = 0
        results["machine"]["n_cores"] = 2
        for method in results["methods"]:
            method["seconds"] = {"mean": 0.0, "max": 0.0}
        rnalign = next(m for m in results["methods"] if m["method"] == "rnalign")
        rnalign["seconds"] = {"mean": 600.0, "max": 700.0}

    benchmark = add(results=costs)
    # 600 s for each of 5 seeds and of 3 deals of the echo control, on 2 cores.
    assert how_long(["linear", "rnalign"], 5, [benchmark]).startswith("About 40 minutes on 2 cores")
    assert how_long(["rnalign", "coral"], 1, [benchmark]).startswith("At least 20 minutes")
    assert "CORAL" in how_long(["rnalign", "coral"], 1, [benchmark])


def test_progress_is_read_from_the_folder(unfinished):
    benchmark = unfinished()
    at = open_page()
    n_parts = len(benchmark.parts)
    bar = at.get("progress")[0].proto
    assert bar.value == int(100 * 2 / (n_parts + 1))
    assert f"2 of {n_parts} parts done" in bar.text
    [parts] = table_with(at, "Part")
    assert parts["State"].tolist() == ["done", "done", "at work"] + ["waiting"] * (n_parts - 3)
    assert "Resume" not in [button.label for button in at.button]


def test_cancel_stops_and_resume_takes_up(unfinished, started):
    benchmark = unfinished()
    at = click(open_page(), "Cancel")
    assert JobFolder(benchmark.path).read().cancelled
    assert "Cancelled (2 of" in at.get("progress")[0].proto.text.replace("\\", "")
    click(at, "Resume")
    assert [b.path for b in started] == [benchmark.path]


def test_a_failure_is_shown_in_full_with_what_to_do(unfinished):
    message = "worker ran out of memory: <b>[x](y)</b>\nsecond line"
    unfinished(job=lambda folder, job_id: folder.fail(job_id, RuntimeError(message)))
    at = open_page()
    assert at.code[0].value == f"RuntimeError: {message}"
    assert "First put right what the message names" in words(at)
    assert any(message in code.value for code in at.code[1:])
    by_label(at.button, "Resume")


def test_delete_asks_first(add):
    benchmark = add()
    at = open_page()
    assert benchmark.path.is_dir()
    click(at, "Delete for good")
    assert not benchmark.path.exists()
    assert "There is no finished benchmark" in words(at)


def test_the_bundled_benchmark_is_shown_but_not_deleted(home, made, tmp_path, monkeypatch):
    bundled = tmp_path / "bundle"
    shutil.copytree(made[1].path, bundled)
    monkeypatch.setattr(benchmark_module, "demo_benchmark_path", lambda: bundled)
    monkeypatch.setattr("rnalign_core.ui.evidence_job.demo_benchmark_path", lambda: bundled)
    at = open_page()
    assert "Table 1: methods" in [s.value for s in at.subheader]
    delete = [p.proto.popover for p in at.get("popover") if p.proto.popover.label == "Delete"]
    assert [popover.disabled for popover in delete] == [True]


def test_without_a_run_the_page_says_what_to_do(home):
    shutil.rmtree(home / "runs" / "fake")
    at = open_page()
    assert "There is no finished run" in at.info[0].value


def test_drawing_the_page_imports_no_torch(add, home, monkeypatch):
    add()
    monkeypatch.setenv("RNALIGN_RUN", str(home / "runs" / "fake"))
    code = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        f"at = AppTest.from_file({str(PAGE)!r}, default_timeout=60).run(); assert not at.exception;"
        "print(len(at.get('plotly_chart')) > 0, [m for m in ('torch', 'distributed', 'umap') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "True []", done.stderr


@pytest.mark.parametrize(
    ("seconds", "said"), [(42, "42 seconds"), (200, "3 minutes"), (5399, "90 minutes"), (9000, "2.5 hours")]
)
def test_times_in_words(seconds, said):
    assert duration(seconds) == said
