"""Check the files of a run that came from elsewhere, in a process of their own.

HDF5, Parquet and safetensors are read by compiled code. A file made for it, or a few flipped bytes, can hang it, crash
it or make it ask for all memory. So a process with limits reads everything first, with the functions that pages use.
``python -m rnalign_core.model.received FOLDER`` prints the problems as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import anndata as ad
import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

import rnalign_core
from rnalign_core.cohort import OBS_COLUMNS, SAMPLE_TYPES, cohort_id
from rnalign_core.cohort.hdf5 import check_h5ad
from rnalign_core.model.folds import shared_types
from rnalign_core.model.received_metrics import Metrics
from rnalign_core.model.runs import Run
from rnalign_core.problems import InputError, Problem

FIX = "Ask for the run again: export it anew with RNAlign, and import that zip unchanged."
MAX_VALUES_BYTES = 8 * 2**30  # of an h5ad file when unpacked; 60,000 genes x 19,000 samples take 4.6e9
MAX_HISTORY_ROWS = 200_000
MAX_PROBLEMS = 5  # of one file
MEMORY_BYTES = 4 * 2**30  # beside what the files unpack to
SECONDS = 120
BYTES_PER_SECOND = 4e6
HISTORY_ROW = TypeAdapter(dict[str, float | None])

Result = TypeVar("Result")


def check_apart(path: Path) -> None:
    """Check a run folder in a process that may fail.

    Raises
    ------
    InputError
        With every problem; also if the process crashed, took too long or too much memory.
    """
    n_bytes = sum(file.stat().st_size for file in path.iterdir())
    seconds = SECONDS + n_bytes / BYTES_PER_SECOND
    search_path = [str(Path(rnalign_core.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "rnalign_core.model.received", str(path), str(int(seconds))],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join(filter(None, search_path)), "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(f"reading it took more than {seconds:.0f} seconds", path) from error
    try:
        problems = [Problem(**problem) for problem in json.loads(done.stdout)]
    except ValueError as error:
        raise _refused("one of its files cannot be read: the program that tried broke off", path) from error
    if problems:
        raise InputError(problems)


def main() -> None:
    """Check the folder that the command line names and print the problems."""
    _limit("RLIMIT_CPU", int(sys.argv[2]))  # were the parent killed, this must not go on for ever
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_CORE", 0)
    try:
        check_received(Path(sys.argv[1]), limit_memory=_limit_memory)
        problems = []
    except InputError as error:
        problems = [asdict(problem) for problem in error.problems]
    print(json.dumps(problems))


def _limit(name: str, value: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    limit = getattr(resource, name)
    resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))


def _limit_memory(n_bytes: int) -> None:
    import psutil

    _limit("RLIMIT_AS", psutil.Process().memory_info().vms + n_bytes)


def check_received(path: Path, *, limit_memory: Callable[[int], None] = lambda n_bytes: None) -> None:
    """Check that a folder holds a finished run whose parts fit together and can all be read.

    Parameters
    ----------
    path
        The folder; names and sizes of its files have been checked.
    limit_memory
        Called with what the next steps may take, in bytes.

    Raises
    ------
    InputError
        With every problem. Contents are compared with each other only once each can be read.
    """
    problems: list[Problem] = []

    def attempt(part: str, check: Callable[..., Result], *arguments: object) -> Result | None:
        try:
            return check(*arguments)
        except InputError as error:
            problems.extend(error.problems)
        except ValidationError as error:
            for found in error.errors()[:MAX_PROBLEMS]:
                where = ".".join(map(str, found["loc"])) or "the whole"
                problems.append(_problem(f"{found['msg']} ({where[:80]})", path / part))
        except MemoryError:
            problems.append(_problem("reading it takes too much memory", path / part))
        except Exception as error:  # libraries raise many kinds for damaged files
            message = " ".join(str(error).split())[:300] or type(error).__name__
            problems.append(_problem(message, path / part))
        return None

    def stop_here_if_wrong() -> None:
        if problems:
            raise InputError(problems)

    limit_memory(MEMORY_BYTES)
    run = attempt("run.json", Run.open, path)
    attempt("metrics.json", _check_metrics, path)
    sizes = [
        attempt(name, check_h5ad, path / name, MAX_VALUES_BYTES) for name in ("cohort.h5ad", "aligned.h5ad")
    ]
    stop_here_if_wrong()
    limit_memory(MEMORY_BYTES + 3 * sum(sizes))
    attempt("history.jsonl", _check_history, run)
    attempt("cohort.h5ad", _check_cohort, run)
    stop_here_if_wrong()
    from rnalign_core.model.received_weights import check_weights  # brings torch along

    genes = attempt(
        "weights.safetensors", check_weights, path / "weights.safetensors", run.settings, run.cohort
    )
    attempt("aligned.h5ad", _check_aligned, run, genes)
    if attempt("folds.csv", _check_folds, run):
        attempt("matches.parquet", _check_matches, run)
    stop_here_if_wrong()


def _problem(what: str, where: Path) -> Problem:
    return Problem(what, str(where), FIX)


def _refused(what: str, where: Path) -> InputError:
    return InputError([_problem(what, where)])


def _expect(condition: object, what: str) -> None:
    if not condition:
        raise ValueError(what)


def _check_metrics(path: Path) -> None:
    Metrics.model_validate_json((path / "metrics.json").read_bytes())


def _check_history(run: Run) -> None:
    with (run.path / "history.jsonl").open("rb") as file:
        for number, line in enumerate(file):
            row = HISTORY_ROW.validate_json(line)
            _expect(
                {"fold", "epoch", "seconds"} <= row.keys(), f"line {number + 1} lacks fold, epoch or seconds"
            )
            _expect(
                row["fold"] in run.settings.fold_ids, f"line {number + 1} is of a fold that the run has not"
            )
            _expect(number < MAX_HISTORY_ROWS, f"it has more than {MAX_HISTORY_ROWS:,} lines")


def _check_cohort(run: Run) -> None:
    cohort, info = run.cohort, run.info
    about, obs = cohort.uns["rnalign"], cohort.obs
    _expect(isinstance(cohort.X, np.ndarray) and cohort.X.dtype == np.float32, "its X is not float32")
    shape = (info["n_tumors"] + info["n_lines"], info["n_genes"])
    _expect(cohort.shape == shape, f"it is {cohort.shape}, by run.json {shape}, samples x genes")
    _expect(obs.index.is_unique and cohort.var_names.is_unique, "names of samples or genes repeat")
    _expect(obs["sample_type"].isin(SAMPLE_TYPES).all(), "a sample is neither a tumor nor a cell line")
    _expect((obs["sample_type"] == "tumor").sum() == info["n_tumors"], "run.json counts other tumors")
    for column in set(OBS_COLUMNS) - {"purity"}:
        text = obs[column].dtype == "category" and all(isinstance(v, str) for v in obs[column].cat.categories)
        _expect(text, f"its column {column} is not text")
    _expect(obs["purity"].dropna().astype(float).between(0, 1).all(), "a purity is not between 0 and 1")
    _expect(np.isfinite(cohort.X).all(), "its expression holds values that are not finite")
    ids = {cohort_id(cohort), str(about["cohort_id"]), info["cohort_id"]}
    _expect(len(ids) == 1, "its content is not that of the cohort id in run.json")
    said = str(about["title"]), bool(about["simulated"]), np.ndim(about["provenance"])
    _expect(said == (info["cohort_title"], info["simulated"], 1), "its description is not that of run.json")


def _check_folds(run: Run) -> bool:
    folds, obs = run.folds, run.cohort.obs
    lines = obs.index[(obs["sample_type"] == "cell_line") & obs["cancer_type"].isin(shared_types(obs))]
    _expect(
        folds.index.is_unique and set(folds.index) == set(lines), "its lines are not those of shared types"
    )
    _expect(folds.isin(range(run.settings.n_folds)).all(), "it names a fold that the settings do not have")
    return True


def _check_aligned(run: Run, genes: list[str] | None) -> None:
    aligned, obs = run.aligned, run.cohort.obs
    _expect(aligned.obs_names.equals(obs.index), "its samples are not those of the cohort")
    _expect(genes is None or list(aligned.var_names) == genes, "its genes are not those of the weights")
    for column in OBS_COLUMNS:
        same = column in aligned.obs and _as_text(aligned.obs[column]).equals(_as_text(obs[column]))
        _expect(same, f"its column {column} is not that of the cohort")
    for key, n in (("X_rnalign", run.settings.n_latent), ("X_umap_before", 2), ("X_umap_after", 2)):
        _check_positions(aligned, key, n)


def _check_positions(aligned: ad.AnnData, key: str, n_columns: int) -> None:
    values = aligned.obsm.get(key)
    fine = isinstance(values, np.ndarray) and values.dtype.kind == "f" and np.isfinite(values).all()
    shape = (aligned.n_obs, n_columns)
    _expect(fine and values.shape == shape, f"its {key} are not finite numbers of shape {shape}")


def _as_text(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), "").astype(str)


def _check_matches(run: Run) -> None:
    """Check calls and matches by themselves, and that the rates in ``metrics.json`` are counted from them."""
    table, obs, metrics = run.matches, run.cohort.obs, run.metrics
    lines = obs.index[obs["sample_type"] == "cell_line"]
    _expect(table.index.equals(lines), "its lines are not those of the cohort")
    _expect(
        _as_text(table["cancer_type"]).equals(_as_text(obs.loc[lines, "cancer_type"])), "cancer types differ"
    )
    _expect(
        table["fold"].dropna().astype(int).to_dict() == run.folds.to_dict(),
        "its folds are not those of folds.csv",
    )
    _expect(table["scored"].dtype == bool, "its column scored is not yes or no")
    echo = run.settings.conditions_on_type
    _expect(
        (metrics["headline"] is None) == echo, "metrics.json has a headline number where types were labels"
    )
    spaces = {"before": "input_standardised"} | ({} if echo else {"after": "rnalign"})
    for side, space in spaces.items():
        calls, own = table[f"call_{side}"], table[f"own_share_{side}"].dropna().astype(float)
        _expect(calls.map(lambda call: isinstance(call, str)).all(), f"its call_{side} are not text")
        _expect(own.between(0, 1).all(), f"its own_share_{side} are not shares")
        scored = table[table["scored"]]
        agree = scored[f"call_{side}"] == scored["cancer_type"]
        _expect((agree == scored[f"match_{side}"]).all(), f"its match_{side} do not follow from its calls")
        summary = metrics["match"].get(space) or {}
        rate = summary.get("micro", {}).get("value")
        counted = float(agree.mean()) if len(agree) else None
        same = rate == counted or (None not in (rate, counted) and abs(rate - counted) < 1e-6)
        _expect(same and summary.get("n_lines") == len(agree), f"metrics.json has another match rate {side}")


if __name__ == "__main__":
    main()
