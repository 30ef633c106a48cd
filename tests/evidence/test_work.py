"""From a cohort file through parts to results, on a cohort small enough to check by hand."""

import json
import time

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from rnalign_core.cohort import make_cohort, save_cohort
from rnalign_core.evidence import Benchmark, create_benchmark, list_benchmarks
from rnalign_core.evidence.assemble import assemble
from rnalign_core.evidence.benchmark import Part
from rnalign_core.evidence.work import compute, compute_apart, measured
from rnalign_core.methods import METHODS, Method
from rnalign_core.methods.linear import linear
from rnalign_core.metrics import match, one_view, paired_difference
from rnalign_core.problems import InputError, RNAlignError


@pytest.fixture(scope="module")
def cohort():
    rng = np.random.default_rng(0)
    n, n_genes = 150, 40
    is_line = np.arange(n) % 3 == 0
    cancer_type = np.array(["BRCA", "LUAD", "LUSC"], dtype=object)[np.arange(n) // 3 % 3]
    centres = {name: rng.normal(4, 0.7, n_genes) for name in ("BRCA", "LUAD", "LUSC")}
    x = np.stack([centres[name] for name in cancer_type]) + rng.normal(0, 1, (n, n_genes)) + is_line[:, None]
    samples = pd.DataFrame(
        {
            "sample_type": np.where(is_line, "cell_line", "tumor"),
            "cancer_type": cancer_type,
            "purity": rng.uniform(0.3, 0.9, n),
            "subtype": np.where(np.arange(n) // 9 % 2, "Basal", "LumA"),
        },
        index=[f"s{i}" for i in range(n)],
    )
    genes = [f"GENE{i}" for i in range(n_genes)]
    return make_cohort(x.clip(0), genes, samples, title="small", provenance=["test"], simulated=True)


@pytest.fixture
def cohort_path(cohort, tmp_path):
    save_cohort(cohort, tmp_path / "cohort.h5ad")
    return tmp_path / "cohort.h5ad"


@pytest.fixture
def told(monkeypatch):
    """A method that puts every line where its label says, and one that never looks at labels but draws at random."""

    def follow(samples):
        codes = pd.Categorical(samples.cancer_type).codes
        noise = np.random.default_rng(samples.seed).normal(0, 0.1, (len(codes), 3))
        return np.eye(3)[codes] + noise

    def noisy(samples):
        rng = np.random.default_rng(samples.seed)
        return linear(samples) + rng.normal(0, 1.5, samples.expression.shape)

    monkeypatch.setitem(
        METHODS, "told", Method("told", "Told", follow, "T.", supervised=True, label_conditioned=True)
    )
    monkeypatch.setitem(
        METHODS, "noisy", Method("noisy", "Noisy", noisy, "T.", supervised=True, stochastic=True)
    )


def done(path, cohort_path, **options):
    benchmark = create_benchmark(path, cohort_path, **options)
    for part in benchmark.parts:
        compute(benchmark, part)
    assemble(benchmark)
    return Benchmark.open(path)


def test_results_of_every_seed_are_put_together(cohort, cohort_path, told, tmp_path):
    benchmark = done(tmp_path / "b", cohort_path, methods=["noisy"], seeds=3)
    rows = {row["row"]: row for row in benchmark.results["rows"]}
    assert list(rows) == ["input_raw", "input_standardised", "noisy"]
    assert [rows[name]["n_seeds"] for name in rows] == [1, 1, 3]

    # Independently: the same profiles, matched one seed at a time.
    from rnalign_core.evidence.work import FOLD_SEED
    from rnalign_core.methods import Samples
    from rnalign_core.model.folds import assign_folds

    is_line = (cohort.obs["sample_type"] == "cell_line").to_numpy()
    types = cohort.obs["cancer_type"].astype(object)

    def matched(method, seed):
        samples = Samples.of(cohort, assign_folds(cohort.obs, 5, FOLD_SEED), seed=seed)
        x = METHODS[method].align(samples).profiles
        return match(one_view(x[is_line], x[~is_line]), types[is_line], types[~is_line])

    by_seed = [matched("noisy", seed) for seed in range(3)]
    rates = [found.summary()["micro"]["value"] for found in by_seed]
    shown = rows["noisy"]["values"]["match_micro"]
    assert shown["value"] == pytest.approx(np.mean(rates))
    assert shown["seed_sd"] == pytest.approx(np.std(rates, ddof=1))
    medians = [found.summary()["median_types"]["value"] for found in by_seed]
    assert rows["noisy"]["values"]["match_median"]["value"] == pytest.approx(np.mean(medians))

    raw = matched("input_raw", 0)
    standardised = matched("input_standardised", 0)
    expected = paired_difference(raw, standardised)["micro"]
    [difference] = [d for d in benchmark.results["differences"] if d["row"] == "input_raw"]
    assert difference["minus"] == "input_standardised"
    assert difference["micro"] == pytest.approx(expected)

    types_of = {t["cancer_type"]: t for t in benchmark.results["types"] if t["row"] == "noisy"}
    by_hand = np.mean([found.types.loc["LUAD", "rate"] for found in by_seed])
    assert types_of["LUAD"]["rate"] == pytest.approx(by_hand)
    assert (types_of["LUAD"]["n_lines"], types_of["LUAD"]["n_tumors"]) == (17, 34)

    tidy = pd.read_parquet(benchmark.path / "results.parquet")
    assert len(tidy[(tidy["method"] == "noisy") & (tidy["metric"] == "pvca")]) == 3
    lines = pd.read_parquet(benchmark.path / "lines.parquet")
    assert lines[lines["method"] == "noisy"].groupby("seed").size().tolist() == [50] * 3
    assert "small" in (benchmark.path / "report.html").read_text(encoding="utf-8")


def test_the_echo_control_tells_a_method_that_follows_its_label_from_one_that_does_not(
    cohort_path, told, tmp_path
):
    benchmark = done(tmp_path / "b", cohort_path, methods=["told", "noisy"], seeds=1)
    echo = {e["row"]: e for e in benchmark.results["echo"]}
    assert echo["told"]["own"]["value"] == 1
    assert echo["told"]["follow"]["low"] > 0.9 > echo["told"]["chance"]
    assert echo["noisy"]["follow"]["low"] < echo["noisy"]["chance"] < echo["noisy"]["follow"]["high"]
    assert (echo["noisy"]["n"], echo["noisy"]["deals"]) == (50, 3)
    deals = [json.loads((benchmark.path / "parts" / f"noisy-echo{i}.json").read_text()) for i in range(3)]
    hits = sum(deal["follow"]["profiles"]["value"] * 50 for deal in deals)
    low, high = binomtest(round(hits), 150).proportion_ci(0.95, method="wilson")
    assert echo["noisy"]["follow"] == pytest.approx({"value": hits / 150, "low": low, "high": high})
    assert "told" not in {d["minus"] for d in benchmark.results["differences"]}


def test_the_echo_control_says_nothing_where_every_wrong_type_is_the_other_one(cohort, told, tmp_path):
    types = cohort.obs["cancer_type"].astype(str)
    scored = types[cohort.obs["sample_type"] == "cell_line"].value_counts().index[:2]
    few = cohort[types.isin(scored)].copy()
    save_cohort(few, tmp_path / "few.h5ad")
    benchmark = done(tmp_path / "b", tmp_path / "few.h5ad", methods=["told"])
    [entry] = [e for e in benchmark.results["echo"] if e["row"] == "told"]
    assert entry["follow"] is None
    assert "2 cancer types are scored" in entry["problem"]


def test_a_method_that_cannot_run_is_said_and_the_others_come_out(cohort_path, monkeypatch, tmp_path):
    def refuse(samples):
        raise ValueError("nothing here suits me")

    monkeypatch.setitem(METHODS, "refuses", Method("refuses", "Refuses", refuse, "For a test."))
    benchmark = done(tmp_path / "b", cohort_path, methods=["refuses", "linear"])
    about = {m["method"]: m for m in benchmark.results["methods"]}
    assert about["refuses"]["problem"] == "nothing here suits me"
    assert about["refuses"]["seconds"] is None
    assert about["linear"]["seconds"]["mean"] > 0
    assert about["linear"]["peak_mb"]["max"] > 50
    assert [row["row"] for row in benchmark.results["rows"]] == ["input_raw", "input_standardised", "linear"]


def test_a_bug_is_not_taken_for_a_result(cohort_path, monkeypatch, tmp_path):
    def broken(samples):
        raise ZeroDivisionError

    monkeypatch.setitem(METHODS, "broken", Method("broken", "Broken", broken, "For a test."))
    benchmark = create_benchmark(tmp_path / "b", cohort_path, methods=["broken"])
    part = Part("broken")
    with pytest.raises(ZeroDivisionError):
        compute(benchmark, part)
    assert not benchmark.done(part)


def test_rnalign_and_its_spaces(cohort_path, tmp_path):
    benchmark = done(tmp_path / "b", cohort_path, methods=["rnalign", "rnalign_type_conditioned"], seeds=1)
    rows = {row["row"]: row for row in benchmark.results["rows"]}
    assert {"rnalign", "rnalign.residual", "rnalign.latent"} <= set(rows)
    assert rows["rnalign.latent"]["title"] == "RNAlign, latent space"
    assert "variance_within" in rows["rnalign.residual"]["values"]
    assert "variance_within" not in rows["rnalign.latent"]["values"]
    assert rows["rnalign"]["values"]["r2"]["value"] is not None
    assert rows["rnalign_type_conditioned"]["label_conditioned"]
    minus = {d["minus"] for d in benchmark.results["differences"] if d["row"] == "rnalign.latent"}
    assert minus == {"input_raw", "input_standardised", "rnalign", "rnalign.residual"}
    json.dumps(benchmark.results, allow_nan=False)


def test_what_cannot_be_benchmarked_is_refused(cohort, cohort_path, tmp_path):
    with pytest.raises(InputError, match="no method celigner"):
        create_benchmark(tmp_path / "b", cohort_path, methods=["celigner"])
    with pytest.raises(InputError, match="0 seeds"):
        create_benchmark(tmp_path / "b", cohort_path, seeds=0)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious").touch()
    with pytest.raises(InputError, match="not empty"):
        create_benchmark(tmp_path / "full", cohort_path)
    lines_only = cohort[(cohort.obs["sample_type"] == "cell_line").to_numpy()].copy()
    save_cohort(lines_only, tmp_path / "lines.h5ad")
    with pytest.raises(InputError, match="0 tumors and 50 cell lines"):
        create_benchmark(tmp_path / "b", tmp_path / "lines.h5ad")
    assert not (tmp_path / "b").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".partial")] == []
    with pytest.raises(InputError, match="not a benchmark"):
        Benchmark.open(tmp_path / "full")


def test_benchmarks_of_a_cohort_are_found(cohort, cohort_path, tmp_path, monkeypatch):
    monkeypatch.setenv("RNALIGN_HOME", str(tmp_path / "home"))
    made = create_benchmark(tmp_path / "home" / "benchmarks" / "mine", cohort_path, methods=["linear"])
    (tmp_path / "home" / "benchmarks" / "broken").mkdir()
    (tmp_path / "home" / "benchmarks" / "broken" / "benchmark.json").write_text("{")
    cohort_id = str(cohort.uns["rnalign"]["cohort_id"])
    assert [b.path for b in list_benchmarks(cohort_id)] == [made.path]
    assert list_benchmarks("another") == []


def test_memory_and_time_are_measured():
    with measured() as cost:
        held = np.ones(2**25)
        time.sleep(0.2)
    del held
    with measured() as less:
        time.sleep(0.1)
    assert 0.2 < cost.seconds < 2
    assert cost.peak_bytes - less.peak_bytes > 2**27


def test_a_part_in_a_process_of_its_own(cohort_path, tmp_path):
    benchmark = create_benchmark(tmp_path / "b", cohort_path, methods=["linear"])
    part = Part("linear")
    compute_apart(benchmark, part)
    assert benchmark.done(part)
    found = json.loads((benchmark.path / "parts" / "linear-seed0.json").read_text())
    assert 50 < found["peak_mb"] < 1000
    (benchmark.path / "cohort.h5ad").write_text("no cohort any more")
    with pytest.raises(RNAlignError, match=r"input_raw-seed0 failed:(.|\n)*cohort.h5ad"):
        compute_apart(benchmark, Part("input_raw"))
    assert not benchmark.done(Part("input_raw"))
