"""Finished runs that pages can show, opened once and kept."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from rnalign_core.model import Run, list_runs
from rnalign_core.model.runs import check_finished, demo_run_path
from rnalign_core.problems import InputError

if TYPE_CHECKING:
    from rnalign_core.rank.aligned_run import AlignedRun

RUN_VARIABLE = "RNALIGN_RUN"
DEMO = "demo"


def finished_runs() -> dict[str, Run]:
    """Return finished runs by the id they have in URLs; the first is the one to start with.

    That is the run named by ``RNALIGN_RUN``, else the bundled demo; then those of the data home, newest first.
    """
    given = os.environ.get(RUN_VARIABLE)
    paths = [Path(given)] if given else []
    paths += [demo_run_path(), *(run.path for run in list_runs())]
    runs, seen = {}, set()
    for path in paths:
        if (real := path.resolve()) in seen or not (path / "metrics.json").is_file():
            continue
        seen.add(real)
        try:
            run = Run.open(path)
        except InputError:
            continue
        name = DEMO if path == demo_run_path() else run.run_id
        while name in runs:  # a folder elsewhere may have the name of one in the data home
            name += "+"
        runs[name] = run
    return runs


def version(run: Run) -> tuple[str, int]:
    """Return what the cached parts of a run belong to: its folder, in its present state.

    If the run was deleted, in another tab or by another program, the whole app is run again, to show another.
    """
    try:
        return str(run.path), (run.path / "metrics.json").stat().st_mtime_ns
    except FileNotFoundError:
        st.rerun(scope="app")
        raise


def kept(run: Run) -> Run:
    """Return `run` as it was opened first, with the parts that were read since; anew if its files changed.

    Raises
    ------
    InputError
        If it is damaged.
    """
    return _kept(*version(run))


@st.cache_resource(max_entries=8, show_spinner=False)
def _kept(path: str, mtime_ns: int) -> Run:
    run = Run.open(path)
    check_finished(run)
    return run


def map_samples(run: Run) -> pd.DataFrame:
    """Return the samples of a run as :func:`rnalign_core.plots.linked_maps` wants them, and calls of lines."""
    return _map_samples(*version(run))


@st.cache_resource(max_entries=8, show_spinner=False)
def _map_samples(path: str, mtime_ns: int) -> pd.DataFrame:
    run = _kept(path, mtime_ns)
    aligned, matches = run.aligned, run.matches
    samples = aligned.obs[["sample_type", "cancer_type", "subtype", "purity", "name"]].copy()
    samples["name"] = samples["name"].astype(object).where(samples["name"].notna(), samples.index)
    for side in ("before", "after"):
        samples[f"x_{side}"], samples[f"y_{side}"] = aligned.obsm[f"X_umap_{side}"].T
        samples[f"call_{side}"] = matches[f"call_{side}"].reindex(samples.index)
        samples[f"match_{side}"] = matches[f"match_{side}"].where(matches["scored"]).reindex(samples.index)
    return samples


def aligned_run(run: Run) -> AlignedRun:
    """Return a run opened for questions; the first time that takes seconds, and the page says so."""
    return _aligned_run(*version(run))


@st.cache_resource(max_entries=3, show_spinner="Opening the models and aligning every sample …")
def _aligned_run(path: str, mtime_ns: int) -> AlignedRun:
    from rnalign_core.rank.aligned_run import AlignedRun  # brings torch along

    return AlignedRun(_kept(path, mtime_ns))


def stem(kind: str, run: Run) -> str:
    """Return a name for a file, a widget and a CSS class that belongs to a run: ASCII letters, digits, ``_-``."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", run.run_id)
    if name != run.run_id:  # which another run may have too
        name += "-" + hashlib.sha256(run.run_id.encode()).hexdigest()[:8]
    return f"rnalign-{kind}-{name}"


def provenance(run: Run) -> list[str]:
    """Return lines that say where the results of a run come from, for files made from them."""
    return run.provenance
