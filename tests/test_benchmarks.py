"""The scripts in ``benchmarks/`` run as their own text says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rnalign_core.cohort import save_cohort
from rnalign_core.cohort.demo import simulate

ROOT = Path(__file__).parents[1]


def run(script, *arguments, returncode=0):
    """Run one of the scripts and return what it printed, and the last line of its errors."""
    command = [sys.executable, f"benchmarks/{script}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == returncode, done.stderr
    return done.stdout, "".join(done.stderr.splitlines()[-1:])


@pytest.fixture(scope="module")
def large_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "run"
    run("large_run.py", "--out", path, "--samples", 600, "--genes", 1500)
    return path


@pytest.mark.slow
def test_tuning_reports_what_the_choice_is_worth_and_goes_on(tmp_path):
    save_cohort(simulate(3, n_tumors=400, n_lines=150, n_genes=200).cohort, tmp_path / "cohort.h5ad")

    def tune(trials):
        cohort, out = tmp_path / "cohort.h5ad", tmp_path / "out"
        return run("tune.py", "--cohort", cohort, "--search", "lda", "--trials", trials, "--out", out)[0]

    tune(2)
    first = (tmp_path / "out" / "trial-001.parquet").stat().st_mtime_ns
    shown = tune(3)
    assert (tmp_path / "out" / "trial-001.parquet").stat().st_mtime_ns == first
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["trials"] == 3
    assert set(result["chosen_for_fold"]) == set("01234")
    assert 0 < result["nested"]["profiles"]["match"] <= 1
    assert result["n_lines"] > 50
    assert shown.count('"n_components"') >= 3


@pytest.mark.slow
def test_pages_are_timed_and_what_exceeds_a_limit_is_said(large_run):
    limits = "--interaction-ms", 1e6, "--paint-ms", 1e6, "--figure-kb", 0.001
    shown, error = run("pages.py", "--run", large_run, "--repeats", 2, "--check", *limits, returncode=1)
    first, _, *lines = shown.splitlines()
    assert first.startswith("544 tumors, 56 lines, 1,500 genes, 5 models")
    row = re.compile(r"(\w+) +(\S.*?) +(\d+) +([\d,.]+) +([\d,.]+) (ms|kB) *([\d,]+)?( exceeded)?")
    rows = [row.fullmatch(line.rstrip()).groups() for line in lines]
    assert {page for page, *_ in rows} == {
        "overview", "explore", "evidence", "train", "pick", "subtypes", "decode"
    }  # fmt: skip
    for page, what, n, median, high, unit, limit, exceeded in rows:
        assert int(n) > 0, what
        assert 0 < float(median.replace(",", "")) <= float(high.replace(",", "")), what
        assert bool(exceeded) == (unit == "kB"), (page, what)
        assert limit or not exceeded
    whats = {(page, what) for page, what, *_ in rows}
    assert {
        ("overview", "selection of samples"),
        ("explore", "colour by gene"),
        ("decode", "slider, whole cohort"),
        ("pick", "ranking for a cancer type"),
    } <= whats
    assert error == f"{sum(unit == 'kB' for *_, unit, _, _ in rows)} limits exceeded"


@pytest.mark.slow
def test_decode_is_timed_with_two_numbers_of_genes():
    command = [sys.executable, "benchmarks/decode.py", "--moves", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "over the limit" in done.stderr, (
        done.stderr
    )  # a slow machine may exceed it
    for way in ("whole cohort", "one cell line", "genes"):
        for n_genes in ("5,000", "19,000"):
            found = re.search(
                rf"^{way} +{n_genes} genes: median +([\d.]+) ms, 95th percentile +([\d.]+) ms",
                done.stdout,
                re.M,
            )
            assert 0 < float(found[1]) <= float(found[2])
    assert re.search(r"^19,000 against 5,000 genes: \d+\.\d+$", done.stdout, re.M)


@pytest.mark.slow
def test_reading_tables_is_measured_and_what_exceeds_a_limit_is_said():
    size = "--genes", 900, "--samples", 400, "--lines", 30
    shown, _ = run("read_table.py", *size, "--max-gb", 0.01, "--max-ratio", 1e6, "--check", returncode=1)
    first, *lines = shown.splitlines()
    assert first.startswith("900 genes x 400 samples: ")
    row = re.compile(r"(.+?) +[\d.]+ s +[\d.]+ s of processor +\d+ MB/s +[\d.]+ x zcat +0\.\d+ GB  (.*)")
    rows = [row.fullmatch(line).groups() for line in lines[:3]]
    assert rows == [
        ("zcat | wc -l", "901"),
        ("read", "300 genes x 200 tumors"),
        ("cohort", "230 samples x 300 genes"),
    ]
    assert lines[3:] == ["exceeded: memory"]


@pytest.mark.slow
def test_samples_are_placed_that_no_model_saw_and_runs_are_kept(tmp_path):
    save_cohort(simulate(3, n_tumors=400, n_lines=150, n_genes=200).cohort, tmp_path / "cohort.h5ad")

    def place():
        options = "--parts", 0, "--type-sets", 1, "--preset", "quick"
        return run("place.py", "--cohort", tmp_path / "cohort.h5ad", "--out", tmp_path / "out", *options)[0]

    shown = place()
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    calls = {(row["removed"], row["kind"]): row for row in results["calls"]}
    assert calls[0.0, "tumors"]["accuracy"] > 0.7
    assert calls[0.0, "all"]["n"] == calls[0.0, "tumors"]["n"] + calls[0.0, "lines"]["n"]
    assert 0 <= calls[0.3, "all"]["ece"] <= 1
    assert {row["kind"] for row in results["abstention"]} == {"tumors", "lines", "all"}
    assert results["unseen_types"]
    assert "cross-fitted lines of the runs" in shown
    weights = tmp_path / "out" / "part0" / "weights.safetensors"
    first = weights.stat().st_mtime_ns
    assert "training" not in place()
    assert weights.stat().st_mtime_ns == first
