"""The folder of a benchmark: what was asked for, the parts that are done, and the results.

====================  =================================================================================
``benchmark.json``    what is computed, on which cohort
``cohort.h5ad``       the cohort (a hard link where the disk allows)
``parts/<part>.json``     one method with one seed: what it took and every metric of every space
``parts/<part>.parquet``  its calls of every scored line
``job/``              state of the work while it runs
``results.parquet``   one row a method, space, seed and metric
``lines.parquet``     one row a method, space, seed and scored line
``results.json``      tables of the report; written last but one
``report.html``       the report
====================  =================================================================================

A benchmark is finished when ``results.json`` exists.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import rnalign_core
from rnalign_core.files import check_new, data_home, new_folder, write_text
from rnalign_core.problems import InputError

SCHEMA = 1
ECHO = "echo"
ECHO_DEALS = (
    3  # times that wrong types are dealt out: one deal of a few hundred lines cannot tell 11 % from 9 %
)
FIX = "Name a folder made by `rnalign benchmark`."


@dataclass(frozen=True)
class Part:
    """A unit of work: one method aligned once and measured.

    Parameters
    ----------
    method
        Name of the method.
    seed
        Seed of whatever it draws, wrong types included.
    echo
        Whether lines are given wrong types, to see whether they follow them.
    """

    method: str
    seed: int = 0
    echo: bool = False

    @property
    def name(self) -> str:
        """Name of its files."""
        return f"{self.method}-{ECHO if self.echo else 'seed'}{self.seed}"


@dataclass(frozen=True)
class Benchmark:
    """A benchmark folder."""

    path: Path

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Benchmark:
        """Open the folder of a benchmark.

        Raises
        ------
        InputError
            If it is none, or was written by another schema version.
        """
        benchmark = cls(Path(path))
        try:
            schema = benchmark.plan["schema_version"]
        except FileNotFoundError:
            what = "this is not a benchmark: it has no benchmark.json"
            raise InputError.single(what, str(path), FIX) from None
        except (ValueError, KeyError) as error:
            raise InputError.single(f"its benchmark.json cannot be read ({error})", str(path), FIX) from error
        if schema != SCHEMA:
            what = f"benchmark of schema version {schema}, this program reads {SCHEMA}"
            raise InputError.single(what, str(path), FIX)
        return benchmark

    @cached_property
    def plan(self) -> dict:
        """Content of ``benchmark.json``: ``title, methods, seeds, n_folds, n_genes`` and facts of the cohort."""
        return json.loads((self.path / "benchmark.json").read_text(encoding="utf-8"))

    @property
    def parts(self) -> tuple[Part, ...]:
        """All units of work, the longest methods first."""
        return tuple(Part(**part) for part in self.plan["parts"])

    def done(self, part: Part) -> bool:
        """Whether a part is computed."""
        return (self.path / "parts" / f"{part.name}.json").is_file()

    @property
    def finished(self) -> bool:
        """Whether the results are complete."""
        return (self.path / "results.json").is_file()

    @cached_property
    def results(self) -> dict:
        """Content of ``results.json``; see :func:`rnalign_core.evidence.assemble.assemble`.

        Raises
        ------
        InputError
            If it is damaged.
        """
        file = self.path / "results.json"
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            fix = "Delete that file, and `rnalign benchmark --resume` puts the results together again."
            raise InputError.single(f"it cannot be read ({error})", str(file), fix) from error


def create_benchmark(
    path: str | os.PathLike[str],
    cohort_path: str | os.PathLike[str],
    *,
    methods: Sequence[str] | None = None,
    seeds: int = 5,
    n_folds: int = 5,
    n_genes: int | None = 5000,
    title: str | None = None,
) -> Benchmark:
    """Make the folder of a benchmark that is about to run.

    Parameters
    ----------
    path
        Folder, new or empty.
    cohort_path
        Cohort file.
    methods
        Names of methods, by default every one that can run here. The two inputs always take part.
    seeds
        Number of seeds of methods that draw at random; others run once.
    n_folds
        Cross-fitting folds over cell lines; the same for every method and seed.
    n_genes
        Most variable genes within sample type, the same for every method; None means all.
    title
        Name; by default that of the folder.

    Raises
    ------
    InputError
        If the folder is not empty, a method is unknown, or the cohort has nothing to compare.
    """
    from rnalign_core.cohort.schema import CELL_LINE, load_cohort
    from rnalign_core.methods import METHODS, available_methods
    from rnalign_core.model.runs import link_or_copy

    path = Path(path)
    check_new(path)
    names = available_methods() if methods is None else ["input_raw", "input_standardised", *methods]
    if unknown := [name for name in names if name not in METHODS]:
        what, fix = f"there is no method {', '.join(unknown)}", f"Choose from {', '.join(METHODS)}."
        raise InputError.single(what, "--methods", fix)
    if seeds < 1:
        raise InputError.single(f"{seeds} seeds were asked for", "--seeds", "Give at least 1.")
    cohort = load_cohort(cohort_path)
    is_line = (cohort.obs["sample_type"] == CELL_LINE).to_numpy()
    if min(is_line.sum(), (~is_line).sum()) < 2:
        what = f"the cohort has {(~is_line).sum()} tumors and {is_line.sum()} cell lines"
        raise InputError.single(what, str(cohort_path), "There must be at least 2 of each to compare them.")
    chosen = [METHODS[name] for name in METHODS if name in names]
    parts = [Part(m.name, seed) for seed in range(seeds) for m in chosen if m.stochastic or seed == 0]
    told = [m for m in chosen if m.supervised and not m.ablation]
    parts += [Part(m.name, deal, echo=True) for m in told for deal in range(ECHO_DEALS)]
    about = cohort.uns["rnalign"]
    plan = {
        "schema_version": SCHEMA,
        "title": title or path.name,
        "cohort_title": str(about["title"]),
        "cohort_id": str(about["cohort_id"]),
        "simulated": bool(about["simulated"]),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": rnalign_core.__version__,
        "n_tumors": int((~is_line).sum()),
        "n_lines": int(is_line.sum()),
        "n_cohort_genes": int(cohort.n_vars),
        "methods": [method.name for method in chosen],
        "seeds": seeds,
        "n_folds": n_folds,
        "n_genes": n_genes,
        "parts": [{"method": part.method, "seed": part.seed, "echo": part.echo} for part in parts],
    }
    with new_folder(path) as building:
        (building / "parts").mkdir()
        link_or_copy(Path(cohort_path), building / "cohort.h5ad")
        write_text(building / "benchmark.json", json.dumps(plan, indent=1))
    return Benchmark.open(path)


def demo_benchmark_path() -> Path:
    """Folder of the bundled benchmark of the demo cohort; results only."""
    return Path(rnalign_core.__file__).parents[1] / "data" / "demo_benchmark"


def list_benchmarks(cohort_id: str | None = None) -> list[Benchmark]:
    """Benchmarks in the data home and the bundled one, newest first; all, or those of one cohort."""
    files = [*(data_home() / "benchmarks").glob("*/benchmark.json"), demo_benchmark_path() / "benchmark.json"]
    found = []
    for file in files:
        try:
            benchmark = Benchmark.open(file.parent)
        except InputError:
            continue
        if cohort_id in (None, benchmark.plan["cohort_id"]):
            found.append(benchmark)
    return sorted(found, key=lambda benchmark: benchmark.plan["created"], reverse=True)
