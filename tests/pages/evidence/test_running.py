"""Benchmarks that the Evidence page starts, watches, resumes and deletes."""

import shlex
import shutil

import pytest

from rnalign_core.evidence import benchmark as benchmark_module
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.methods import METHODS, available_methods
from rnalign_core.methods.external import EXTERNAL
from rnalign_core.ui import evidence_form
from rnalign_core.ui.evidence_form import START, how_long


def test_without_a_benchmark_the_page_offers_to_run_one_here_or_in_a_terminal(page, home, started):
    at = page()
    command = shlex.split(at.code[0].value)
    assert command[:2] == ["rnalign", "benchmark"]
    assert command[2:4] == ["--cohort", str(home / "runs" / "fake" / "cohort.h5ad")]
    assert command[4:] == ["--out", str(home / "benchmarks" / "Fake-cohort"), "--seeds", "5"]
    assert "tens of minutes" in at.words
    assert "input_raw" not in at.multiselect[0].value
    at.press(START)
    [benchmark] = started
    assert benchmark.path == home / "benchmarks" / "Fake-cohort"
    assert benchmark.plan["seeds"] == 5
    assert benchmark.plan["methods"] == available_methods()


def test_chosen_methods_and_seeds_are_what_is_run(page, home, started):
    at = page()
    at.multiselect[0].set_value(["linear", "lda"])
    at.called("number_input", "Seeds").set_value(2).run()
    assert at.code[0].value.endswith("--methods linear lda --seeds 2")
    at.press(START)
    assert started[0].plan["methods"] == ["input_raw", "input_standardised", "linear", "lda"]
    assert started[0].plan["seeds"] == 2
    at.multiselect[0].set_value([]).run()
    assert at.called("button", START).disabled


def test_a_wrong_interpreter_for_other_methods_is_named_and_the_rest_can_run(page, home, monkeypatch):
    monkeypatch.setenv("RNALIGN_METHODS_PYTHON", "/nowhere/python")
    at = page()
    assert "/nowhere/python" in at.words
    assert set(METHODS) - set(EXTERNAL) == {*at.multiselect[0].value, *evidence_form.ALWAYS}
    assert "Not installed here: Harmony" in at.words


def test_a_cohort_that_cannot_be_compared_is_explained(page, home, started, made):
    from rnalign_core.cohort import load_cohort, save_cohort

    cohort = load_cohort(made[0].path / "cohort.h5ad")
    tumors = cohort[cohort.obs["sample_type"] == "tumor"].copy()
    (home / "runs" / "fake" / "cohort.h5ad").unlink()
    save_cohort(tumors, home / "runs" / "fake" / "cohort.h5ad")
    at = page().press(START)
    assert not started
    assert "This benchmark cannot be started" in at.words
    assert at.table[0].value["What to do"].str.len().gt(0).all()
    assert list((home / "benchmarks").iterdir()) == []


@pytest.mark.parametrize("module", ["evidence.benchmark", "jobs.folder"])
def test_a_disk_that_refuses_is_said_in_words(page, home, monkeypatch, full, module):
    at = page()
    monkeypatch.setattr(f"rnalign_core.{module}.write_text", full)
    at.press(START)
    assert at.error[0].value.startswith("This benchmark cannot be started: No space left on device (")
    assert not list((home / "benchmarks").glob(".*"))


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


def test_progress_is_read_from_the_folder(page, unfinished):
    benchmark = unfinished()
    at = page()
    n_parts = len(benchmark.parts)
    bar = at.get("progress")[0].proto
    assert bar.value == int(100 * 2 / (n_parts + 1))
    assert f"2 of {n_parts} parts done" in bar.text
    [parts] = at.tables_with("Part")
    assert parts["State"].tolist() == ["done", "done", "at work"] + ["waiting"] * (n_parts - 3)
    assert "Resume" not in [button.label for button in at.button]


def test_cancel_stops_and_resume_takes_up(page, unfinished, started):
    benchmark = unfinished()
    at = page().press("Cancel")
    assert JobFolder(benchmark.path).read().cancelled
    assert "Cancelled (2 of" in at.get("progress")[0].proto.text.replace("\\", "")
    at.press("Resume")
    assert [b.path for b in started] == [benchmark.path]


@pytest.mark.parametrize("button", ["Cancel", "Resume"])
def test_a_full_disk_does_not_break_the_page_of_a_benchmark(page, unfinished, monkeypatch, full, button):
    unfinished(job=lambda folder, job_id: folder.cancel() if button == "Resume" else None)
    at = page()
    monkeypatch.setattr("rnalign_core.jobs.folder.write_text", full)
    at.press(button)
    assert f"could not be {button.lower()}" in at.error[0].value
    assert "No space left on device" in at.error[0].value


def test_a_failure_is_shown_in_full_with_what_to_do(page, unfinished):
    message = "worker ran out of memory: <b>[x](y)</b>\nsecond line"
    unfinished(job=lambda folder, job_id: folder.fail(job_id, RuntimeError(message)))
    at = page()
    assert at.code[0].value == f"RuntimeError: {message}"
    assert "First put right what the message names" in at.words
    assert any(message in code.value for code in at.code[1:])
    at.called("button", "Resume")


def test_delete_asks_first(page, add):
    benchmark = add()
    at = page()
    assert benchmark.path.is_dir()
    at.press("Delete for good")
    assert not benchmark.path.exists()
    assert "There is no finished benchmark" in at.words


def test_the_bundled_benchmark_is_shown_but_not_deleted(page, home, made, tmp_path, monkeypatch):
    bundled = tmp_path / "bundle"
    shutil.copytree(made[1].path, bundled)
    monkeypatch.setattr(benchmark_module, "demo_benchmark_path", lambda: bundled)
    monkeypatch.setattr("rnalign_core.ui.evidence_job.demo_benchmark_path", lambda: bundled)
    at = page()
    assert "Table 1: methods" in [s.value for s in at.subheader]
    assert [popover.disabled for popover in at.popovers("Delete")] == [True]
