"""A benchmark that was really computed, and data homes with copies of it in every state."""

import json
import shutil
from dataclasses import replace
from functools import partial

import pytest

from rnalign_core.evidence import Benchmark, create_benchmark
from rnalign_core.evidence.assemble import assemble
from rnalign_core.evidence.work import compute
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.methods import METHODS
from rnalign_core.methods.rnalign import rnalign

METHODS_RUN = ["linear", "lda", "combat_types", "rnalign", "rnalign_no_cor", "rnalign_type_conditioned"]
TINY = {
    "n_epochs": 3,
    "batch_size": 64,
    "n_latent": 8,
    "encoder_width": 32,
    "decoder_width": 16,
    "n_folds": 2,
}


@pytest.fixture(scope="session")
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
def home(made, use_home, tmp_path):
    """A data home with the run and without benchmarks."""
    shutil.copytree(made[0].path, tmp_path / "runs" / "fake")
    (tmp_path / "benchmarks").mkdir()
    use_home(tmp_path)
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


@pytest.fixture
def page(open_page):
    """Return a function that opens the page, with parameters in its URL."""
    return lambda **parameters: open_page("evidence", parameters)


@pytest.fixture
def flat():
    """Return a function that makes text of sentences as readers see them: no backslashes, and plain spaces."""
    return lambda text: " ".join(text.replace("\\", "").split())
