"""What the Subtypes page shows of a run, computed once and kept."""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd
import streamlit as st

from rnalign_core.metrics import SubtypePreservation
from rnalign_core.model import Run
from rnalign_core.rank.calibration import Reliability
from rnalign_core.rank.subtypes import (
    Disease,
    LineCalls,
    call_lines,
    diseases,
    preservation,
    reliability_on_lines,
    reliability_on_tumors,
)
from rnalign_core.rank.supporting_genes import GeneSupport, supporting_genes
from rnalign_core.ui import runs
from rnalign_core.ui.runs import version


class Placed(NamedTuple):
    """Samples of a disease on its maps: ``x_before, y_before, x_after, y_after``, and titles of the axes."""

    positions: pd.DataFrame
    axes: dict[str, tuple[str, str]]


class Trust(NamedTuple):
    """How far probabilities hold: on tumors, and on the lines that can be judged, with what they are judged by."""

    tumors: Reliability
    lines: Reliability | None
    judged_as: str


def stem(kind: str, disease: Disease, run: Run) -> str:
    """Return a name for files and widgets as :func:`rnalign_core.ui.runs.stem`, of a disease of a run."""
    return runs.stem(f"{kind}-{re.sub(r'[^A-Za-z0-9_-]+', '-', disease.name)}", run)


def diseases_of(run: Run) -> dict[str, Disease]:
    """Return the diseases of a run's cohort that have subtypes."""
    return _diseases(*version(run), run)


@st.cache_resource(max_entries=32, show_spinner=False)
def _diseases(path: str, mtime_ns: int, _run: Run) -> dict[str, Disease]:
    return diseases(_run.aligned.obs)


def calls_of(run: Run, disease: Disease, space: str) -> LineCalls:
    """Return the calls of a disease's lines."""
    return _calls(*version(run), disease.name, space, run, disease)


@st.cache_resource(max_entries=64, show_spinner="Comparing lines with tumors. The first time takes seconds.")
def _calls(path: str, mtime_ns: int, name: str, space: str, _run: Run, _disease: Disease) -> LineCalls:
    return call_lines(runs.aligned_run(_run), _disease, space)


def trust_in(run: Run, disease: Disease, space: str) -> Trust:
    """Say how far the probabilities of calls hold."""
    return _trust(*version(run), disease.name, space, run, disease)


@st.cache_resource(max_entries=64, show_spinner="Checking the probabilities.")
def _trust(path: str, mtime_ns: int, name: str, space: str, _run: Run, _disease: Disease) -> Trust:
    calls = calls_of(_run, _disease, space)
    tumors, lines = reliability_on_tumors(calls), reliability_on_lines(calls)
    judged_as = " or ".join(_disease.groups) if _disease.told else "their own subtype"
    if name == "BRCA":  # sources name breast lines in other words than tumors
        from rnalign_core.evidence.evaluate import basal_or_luminal  # brings scikit-learn along

        lines, judged_as = reliability_on_lines(calls, basal_or_luminal), "basal or luminal"
    return Trust(tumors, lines, judged_as)


def preservation_of(run: Run, disease: Disease) -> dict[str, SubtypePreservation]:
    """Say how well the subtypes of a disease's tumors are kept apart, by space."""
    return _preservation(*version(run), disease.name, run, disease)


@st.cache_resource(max_entries=32, show_spinner="Looking at the tumors before and after alignment.")
def _preservation(
    path: str, mtime_ns: int, name: str, _run: Run, _disease: Disease
) -> dict[str, SubtypePreservation]:
    return preservation(runs.aligned_run(_run), _disease)


def genes_of(run: Run, disease: Disease, line: str, call: str, runner_up: str, space: str) -> GeneSupport:
    """Return the genes that support a call: not aligned where it is based on that, else aligned with residual."""
    compared = "input" if space == "input" else "residual"
    return _genes(*version(run), disease.name, line, call, runner_up, compared, run, disease)


@st.cache_resource(max_entries=256, show_spinner="Comparing genes.")
def _genes(
    path: str,
    mtime_ns: int,
    name: str,
    line: str,
    call: str,
    runner_up: str,
    space: str,
    _run: Run,
    _disease: Disease,
) -> GeneSupport:
    return supporting_genes(runs.aligned_run(_run), _disease, line, call, runner_up, space)


def placed(run: Run, disease: Disease, layout: str, space: str) -> Placed:
    """Place the samples of a disease on maps before and after alignment.

    Parameters
    ----------
    run, disease
        The run, and the disease.
    layout
        ``umap``: the run's own coordinates. ``pca``: principal components of these samples alone.
    space
        Space of the map after alignment, for ``pca``.
    """
    ids = disease.tumors.index.append([disease.others, disease.lines.index])
    if layout == "umap":
        columns = ["x_before", "y_before", "x_after", "y_after"]
        axes = dict.fromkeys(("before", "after"), ("UMAP 1", "UMAP 2"))
        return Placed(runs.map_samples(run).loc[ids, columns], axes)
    return _plane(*version(run), disease.name, space, run, ids)


@st.cache_resource(max_entries=64, show_spinner="Laying out the maps. The first time takes seconds.")
def _plane(path: str, mtime_ns: int, name: str, space: str, _run: Run, _ids: pd.Index) -> Placed:
    from rnalign_core.embed.plane import principal_plane  # brings scikit-learn along

    aligned = runs.aligned_run(_run)
    before = principal_plane(aligned.profiles(_ids, "input"))
    after = principal_plane(aligned.profiles(_ids, space), like=before.positions)
    positions = pd.DataFrame(
        {
            f"{axis}_{side}": plane.positions[:, i]
            for side, plane in (("before", before), ("after", after))
            for i, axis in enumerate("xy")
        },
        index=_ids,
    )
    axes = {
        side: tuple(f"PC {i + 1} ({100 * share:.0f} % of variance)" for i, share in enumerate(plane.variance))
        for side, plane in (("before", before), ("after", after))
    }
    return Placed(positions, axes)
