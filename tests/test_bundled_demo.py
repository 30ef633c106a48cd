"""The demo that the repository carries is what it says: simulated, small, and the work of its own weights."""

import numpy as np
import pandas as pd
import pytest

from rnalign_core.cohort import cohort_id
from rnalign_core.cohort.demo import simulate
from rnalign_core.decode import Alignment, Ensemble, sample_folds
from rnalign_core.evidence import Benchmark, list_benchmarks
from rnalign_core.evidence.benchmark import demo_benchmark_path
from rnalign_core.jobs.finish import match_lines
from rnalign_core.methods import METHODS
from rnalign_core.methods.external import EXTERNAL
from rnalign_core.model import Run
from rnalign_core.model.inputs import Inputs
from rnalign_core.model.runs import demo_run_path


@pytest.fixture(scope="module")
def run():
    return Run.open(demo_run_path())


def test_it_is_finished_simulated_and_at_most_15_megabytes(run):
    assert run.finished
    assert run.info["simulated"]
    assert run.cohort.obs_names.str.fullmatch(r"SIM-\w+-(T|CL)-\d+").all()
    assert sum(file.stat().st_size for file in run.path.iterdir()) < 15e6


def test_its_cohort_is_the_one_that_the_generator_makes(run):
    assert cohort_id(run.cohort) == run.info["cohort_id"]
    made = simulate(0)
    assert made.cohort.obs_names.equals(run.cohort.obs_names)
    assert made.cohort.var_names.equals(run.cohort.var_names)
    # Another processor may round a value in a thousand to the neighbouring step.
    assert np.mean(made.cohort.X == run.cohort.X) > 0.999


def test_its_truth_is_beside_it(run):
    truth = pd.read_csv(run.path / "truth.csv", index_col=0)
    assert truth.index.equals(pd.Index(run.cohort.obs_names))
    assert {"true_cancer_type", "true_subtype", "undifferentiated"} <= set(truth.columns)


def test_its_numbers_come_from_its_weights(run):
    inputs = Inputs.of(run.cohort, run.settings.n_genes)
    alignment = Alignment.of(Ensemble.load(run), inputs, sample_folds(run, inputs.sample_ids))
    result = match_lines(run, inputs, lambda fold: alignment.view(fold).coordinates("pearson"))
    calls = result.lines["call"]
    assert (calls == run.matches.loc[calls.index, "call_after"]).mean() > 0.99
    assert result.summary()["micro"]["value"] == pytest.approx(
        run.metrics["match"]["rnalign"]["micro"]["value"], abs=0.005
    )
    assert run.metrics["difference"]["micro"]["low"] > 0


def test_its_benchmark_is_of_the_same_cohort_and_small(run):
    benchmark = Benchmark.open(demo_benchmark_path())
    assert benchmark.finished
    assert benchmark.plan["cohort_id"] == run.info["cohort_id"]
    assert benchmark.path in [found.path for found in list_benchmarks(run.info["cohort_id"])]
    assert sum(file.stat().st_size for file in benchmark.path.iterdir()) < 1e6
    assert set(benchmark.plan["methods"]) == set(METHODS) - set(EXTERNAL)
    assert not any(method["problem"] for method in benchmark.results["methods"])


def test_its_benchmark_agrees_with_the_run_where_both_measure_the_same(run):
    rows = {row["row"]: row for row in Benchmark.open(demo_benchmark_path()).results["rows"]}
    before = rows["input_standardised"]["values"]["match_micro"]
    assert before["value"] == pytest.approx(run.metrics["match"]["input_standardised"]["micro"]["value"])
    tidy = pd.read_parquet(demo_benchmark_path() / "results.parquet")
    of_seeds = tidy[
        (tidy["method"] == "rnalign") & (tidy["space"] == "latent") & (tidy["metric"] == "match_micro")
    ]
    shown = rows["rnalign.latent"]["values"]["match_micro"]["value"]
    assert shown == pytest.approx(of_seeds["value"].mean())
    assert len(of_seeds) == 1
