"""Compute one part of a benchmark: align once, measure every space."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import psutil

from rnalign_core.cohort.schema import load_cohort
from rnalign_core.cohort.words import count
from rnalign_core.evidence.benchmark import Benchmark, Part
from rnalign_core.evidence.evaluate import Subject, evaluate, match_space, spaces_of
from rnalign_core.files import atomic_path, write_text
from rnalign_core.methods import METHODS, Samples
from rnalign_core.metrics import MatchSettings, derange, follow_rate
from rnalign_core.model.folds import assign_folds
from rnalign_core.problems import InputError, RNAlignError

FOLD_SEED = 0
SAMPLE_SECONDS = 0.05
MIN_TYPES = 3  # for the echo control
TAIL = 2000  # characters of what a failed process said


def compute_apart(benchmark: Benchmark, part: Part) -> None:
    """Compute a part in a process of its own, so that the memory that it is seen to need is its own.

    Raises
    ------
    RNAlignError
        If that process fails, with the end of what it said.
    """
    command = [sys.executable, "-m", "rnalign_core.evidence.work", str(benchmark.path), part.name]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode < 0:
        raise RNAlignError(
            f"the process that computed {part.name} was killed (signal {-done.returncode}). Most often memory ran "
            "out: use fewer genes or fewer methods."
        )
    if done.returncode:
        raise RNAlignError(f"{part.name} failed:\n{done.stderr.strip()[-TAIL:]}")


def compute(benchmark: Benchmark, part: Part) -> None:
    """Compute a part and write its files, the table first. A method that cannot run is a result too."""
    plan, started = benchmark.plan, time.perf_counter()
    cohort = load_cohort(benchmark.path / "cohort.h5ad")
    subject = Subject.of(cohort)
    try:
        folds = assign_folds(cohort.obs, plan["n_folds"], FOLD_SEED)
    except InputError:  # no shared type: methods that need no folds can still run
        folds = pd.Series(dtype=int)
    try:
        samples = Samples.of(cohort, folds, n_genes=plan["n_genes"], seed=part.seed)
        del cohort
        found, lines = _echo(samples, subject, part) if part.echo else _measure(samples, subject, part)
    except np.linalg.LinAlgError as error:
        found, lines = {"problem": f"its equations have no solution on these samples ({error})"}, None
    except (ValueError, RNAlignError) as error:
        found, lines = {"problem": str(error)}, None
    folder = benchmark.path / "parts"
    if lines is not None:
        with atomic_path(folder / f"{part.name}.parquet") as temporary:
            lines.to_parquet(temporary)
    about = {"method": part.method, "seed": part.seed, "echo": part.echo, "problem": None}
    about["all_seconds"] = round(time.perf_counter() - started, 2)
    write_text(folder / f"{part.name}.json", json.dumps(about | found))


def _measure(samples: Samples, subject: Subject, part: Part) -> tuple[dict, pd.DataFrame | None]:
    """Align and compute every metric of every space; return them and the lines of all spaces."""
    method = METHODS[part.method]
    with measured() as cost:
        aligned = method.align(samples)
    spaces, tables = {}, []
    for name, space in spaces_of(method, aligned, samples):
        spaces[name], lines = evaluate(space, subject)
        if lines is not None:
            tables.append(lines.assign(method=part.method, space=name, seed=part.seed))
    n_tumors = subject.types[~subject.is_line].value_counts()
    found = {
        "settings": aligned.settings,
        "seconds": cost.seconds,
        "peak_mb": round(cost.peak_bytes / 2**20),
        "n_genes_used": samples.expression.shape[1],
        "n_tumors": {str(name): int(n) for name, n in n_tumors.items()},
        "spaces": spaces,
    }
    return found, pd.concat(tables).rename_axis("sample_id").reset_index() if tables else None


def _echo(samples: Samples, subject: Subject, part: Part) -> tuple[dict, None]:
    """Give all scored lines wrong types, align anew, and measure how many match the wrong type."""
    own = subject.scored_lines
    if own.nunique() < MIN_TYPES:
        raise ValueError(
            f"lines of {count(own.nunique(), 'cancer type')} are scored: with two, every wrong type is the other one, "
            "which a method learns from the other lines, whether or not it follows a line's own label"
        )
    fed = derange(own, part.seed)
    types = subject.types.copy()
    types[fed.index] = fed
    method, samples = METHODS[part.method], replace(samples, cancer_type=types.to_numpy(dtype=object))
    follow = {}
    for name, space in spaces_of(method, method.align(samples), samples):
        calls = match_space(space, subject, MatchSettings(n_bootstrap=1)).lines["call"]
        follow[name] = follow_rate(calls[fed.index], fed, own, seed=part.seed)
    return {"follow": follow}, None


@dataclass
class Cost:
    """What a computation took: wall seconds, and the largest resident memory of this process meanwhile."""

    seconds: float = 0.0
    peak_bytes: int = 0


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure the body. Memory is looked at twenty times a second, that of child processes included."""
    cost, over, process = Cost(), threading.Event(), psutil.Process()

    def resident() -> int:
        total = process.memory_info().rss
        for child in process.children(recursive=True):
            try:
                total += child.memory_info().rss
            except psutil.Error:
                continue
        return total

    def watch() -> None:
        while True:
            cost.peak_bytes = max(cost.peak_bytes, resident())
            if over.wait(SAMPLE_SECONDS):
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    started = time.perf_counter()
    try:
        yield cost
    finally:
        cost.seconds = time.perf_counter() - started
        over.set()
        thread.join()


if __name__ == "__main__":
    asked = Benchmark.open(sys.argv[1])
    compute(asked, next(part for part in asked.parts if part.name == sys.argv[2]))
