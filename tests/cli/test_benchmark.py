"""``rnalign benchmark``: what it asks of the jobs, and what it prints of their results."""

import json
from types import SimpleNamespace

import pytest

from rnalign_core import cli, jobs
from rnalign_core.cohort import save_cohort

METRICS = {
    name: {"short": name.replace("_", " ")}
    for name in ("match_micro", "match_median", "relative_delta_d", "variance_within", "pvca", "kbet")
}


def row(title, value, told=False):
    return {"title": title, "label_conditioned": told, "values": {"match_micro": {"value": value}}}


RESULTS = {
    "metrics": METRICS,
    "rows": [row("Told", 0.99, told=True), row("Input", 0.5), row("Ours", 0.75)],
    "methods": [
        {"title": "Ours", "problem": None},
        {"title": "CORAL", "problem": "too few samples"},
    ],
}


@pytest.fixture
def finished(monkeypatch, tmp_path, structured):
    """Run in `tmp_path`; the job is done as soon as it starts. Return the benchmarks that were started."""
    monkeypatch.chdir(tmp_path)
    save_cohort(structured, tmp_path / "cohort.h5ad")
    started = []

    def start(benchmark):
        started.append(benchmark)
        (benchmark.path / "results.json").write_text(json.dumps(RESULTS))

    monkeypatch.setattr(jobs, "start_benchmark", start)
    return started


def run(*arguments):
    return cli.main(["benchmark", *arguments])


def test_a_new_benchmark(finished, capsys):
    command = "--cohort cohort.h5ad --out b --methods celligner linear --seeds 2 --genes all"
    assert run(*command.split()) == 0
    out, err = capsys.readouterr()
    assert out == "b/report.html\n"
    plan = finished[0].plan
    assert plan["methods"] == ["input_raw", "input_standardised", "linear", "celligner"]
    assert (plan["seeds"], plan["n_genes"]) == (2, None)
    lines = [" ".join(line.split()) for line in err.splitlines()]
    table = lines.index("method match micro match median relative delta d variance within pvca kbet")
    assert lines[table + 1 : table + 5] == [
        "Input 50.0 %",
        "Ours 75.0 %",
        "-- label-conditioned: not evidence of similarity",
        "Told 99.0 %",
    ]
    assert "CORAL: too few samples" in lines


def test_defaults(finished):
    assert run("--cohort", "cohort.h5ad", "--out", "b") == 0
    plan = finished[0].plan
    assert (plan["seeds"], plan["n_genes"], plan["n_folds"]) == (5, 5000, 5)
    assert {"celligner", "lda", "rnalign", "rnalign_type_conditioned"} <= set(plan["methods"])


def test_an_interrupted_benchmark_goes_on_with_what_it_has(finished, monkeypatch, capsys):
    with monkeypatch.context() as patched:
        cancelled = SimpleNamespace(state="cancelled", error=None, message="cancelled (3 of 9 parts done)")
        patched.setattr(jobs, "start_benchmark", lambda benchmark: None)
        patched.setattr(jobs, "wait_benchmark", lambda benchmark, update: cancelled)
        assert run("--cohort", "cohort.h5ad", "--out", "b", "--methods", "linear") == 1
    assert "rnalign benchmark --resume --out b" in capsys.readouterr().err
    assert run("--resume", "--out", "b") == 0
    assert finished[0].plan["methods"][-1] == "linear"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("--out b", "no cohort is named"),
        ("--cohort cohort.h5ad --out b --methods seurat", "no method seurat"),
        ("--cohort cohort.h5ad --out b --genes few", "'few' is no number of genes"),
        ("--cohort missing.h5ad --out b", "missing.h5ad"),
        ("--resume --out elsewhere", "not a benchmark"),
        ("--resume --out b --seeds 3", "--seeds"),
    ],
)
def test_what_cannot_be_used_is_refused(finished, capsys, command, message):
    assert run(*command.split()) == 2
    assert message in capsys.readouterr().err
    assert finished == []
