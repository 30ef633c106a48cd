"""``rnalign benchmark``: every method and every metric on one cohort."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rnalign_core.cli.progress import ProgressBar
from rnalign_core.cli.text import add_command, say, table
from rnalign_core.cli.training import cohort_path
from rnalign_core.problems import InputError, Problem, RNAlignError

if TYPE_CHECKING:
    from rnalign_core.evidence import Benchmark

NEW_OPTIONS = ("cohort", "methods", "seeds", "genes")
COLUMNS = ("match_micro", "match_median", "relative_delta_d", "variance_within", "pvca", "kbet")


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add ``benchmark``."""
    parser = add_command(
        commands,
        "benchmark",
        benchmark,
        summary="Compare methods of alignment on a cohort: match rates, controls, ablations, and a report.",
        examples=[
            "rnalign benchmark --cohort demo --out benchmarks/demo",
            "rnalign benchmark --cohort my.h5ad --out benchmarks/my --methods rnalign celligner lda --seeds 3",
            "rnalign benchmark --resume --out benchmarks/my",
        ],
    )
    parser.add_argument("--cohort", metavar="FILE", help="cohort made by `rnalign import`, or demo")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="folder of the results and report.html"
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        metavar="METHOD",
        help="methods besides the input (default: all that can run; a wrong METHOD shows them)",
    )
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="seeds of methods that draw at random (default: 5)"
    )
    parser.add_argument(
        "--genes", metavar="N", help="most variable genes, the same for every method, or all (default: 5000)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the interrupted benchmark in --out")


def benchmark(arguments: argparse.Namespace) -> None:
    """Run a benchmark, new or interrupted; print its main table, then the path of the report."""
    from rnalign_core import jobs
    from rnalign_core.evidence import Benchmark

    if arguments.resume:
        check_resume(arguments)
        asked = Benchmark.open(arguments.out)
    else:
        asked = new_benchmark(arguments)
    say(f"Benchmark of {len(asked.parts)} parts in {asked.path}. Ctrl-C stops it; it can go on later.")
    again = f"Go on with: rnalign benchmark --resume --out {shlex.quote(str(asked.path))}"
    try:
        jobs.start_benchmark(asked)
        with ProgressBar() as bar:
            last = jobs.wait_benchmark(asked, bar.update)
    except KeyboardInterrupt:
        say(f"Stopped. {again}")
        raise
    if last.state != "finished":
        raise RNAlignError(f"{last.error or last.message}\n{again}")
    say(f"\n{summary(asked)}\n")
    print(asked.path / "report.html")


def check_resume(arguments: argparse.Namespace) -> None:
    """Raise InputError if ``--resume`` comes with what the benchmark has already."""
    fix = "Leave it out: a benchmark keeps what it was started with."
    problems = [
        Problem("it cannot be changed in a benchmark that goes on", f"--{name}", fix)
        for name in NEW_OPTIONS
        if getattr(arguments, name) is not None
    ]
    if problems:
        raise InputError(problems)


def new_benchmark(arguments: argparse.Namespace) -> Benchmark:
    """Make the folder of the benchmark that the command line describes."""
    from rnalign_core.evidence import create_benchmark

    return create_benchmark(
        arguments.out,
        cohort_path(arguments.cohort),
        methods=arguments.methods,
        seeds=5 if arguments.seeds is None else arguments.seeds,
        n_genes=n_genes(arguments.genes),
    )


def n_genes(given: str | None) -> int | None:
    """Return the number of genes that ``--genes`` asks for, None for all."""
    if given is None or given == "all":
        return None if given else 5000
    if not given.isdecimal() or int(given) < 10:
        fix = "Give a number of at least 10, or all."
        raise InputError.single(f"{given!r} is no number of genes", "--genes", fix)
    return int(given)


def summary(done: Benchmark) -> str:
    """Return the main numbers of every row as a table, and what could not run."""
    results = done.results
    about = results["metrics"]
    rows = [("method", *(about[name]["short"] for name in COLUMNS))]
    told = [row for row in results["rows"] if row["label_conditioned"]]
    rows += [_line(row) for row in results["rows"] if row not in told]
    if told:
        rows.append(("-- label-conditioned: not evidence of similarity", *[""] * len(COLUMNS)))
        rows += map(_line, told)
    problems = [f"{m['title']}: {m['problem']}" for m in results["methods"] if m["problem"]]
    return "\n".join([table(rows), *problems])


def _line(row: dict) -> tuple[str, ...]:
    values = (row["values"].get(name, {}).get("value") for name in COLUMNS)
    return (row["title"], *("" if value is None else f"{100 * value:.1f} %" for value in values))
