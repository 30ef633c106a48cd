"""What the page Pick a line shows of a run, computed once and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.rank.compare import marker_genes, marker_table
from rnalign_core.rank.groups import Group, selection_group, subtype_group, type_group
from rnalign_core.rank.ranking import Ranking, rank_lines
from rnalign_core.rank.surroundings import Surroundings, resemblance, surroundings
from rnalign_core.ui import runs
from rnalign_core.ui.runs import version

if TYPE_CHECKING:
    from rnalign_core.rank.aligned_run import Kind

Wanted = tuple[
    str | None, str | tuple[str, ...] | None
]  # type, and subtype, None for all, or ids that are selected


def group_of(samples: pd.DataFrame, wanted: Wanted) -> Group:
    """Return the group that is asked for."""
    cancer_type, what = wanted
    if isinstance(what, tuple):
        return selection_group(samples, what)
    return type_group(samples, cancer_type) if what is None else subtype_group(samples, cancer_type, what)


def ranking_of(run: Run, wanted: Wanted) -> Ranking:
    """Return the lines ranked for a group."""
    return _ranking(*version(run), wanted, run)


@st.cache_resource(max_entries=128, show_spinner="Comparing every cell line with the tumors of the group …")
def _ranking(path: str, mtime_ns: int, wanted: Wanted, _run: Run) -> Ranking:
    aligned = runs.aligned_run(_run)
    group = group_of(aligned.samples, wanted)
    return rank_lines(aligned, group, surroundings_of(_run, group.within), _resemblance(path, mtime_ns, _run))


def surroundings_of(run: Run, cancer_type: str | None) -> Surroundings:
    """Return the tumors that lines are seen among, all or those of a type."""
    return _surroundings(*version(run), cancer_type, run)


@st.cache_resource(
    max_entries=12, show_spinner="Comparing every cell line with every tumor. Seconds, once a disease …"
)
def _surroundings(path: str, mtime_ns: int, cancer_type: str | None, _run: Run) -> Surroundings:
    return surroundings(runs.aligned_run(_run), cancer_type)


@st.cache_resource(max_entries=8, show_spinner="Looking for lines that no tumor resembles …")
def _resemblance(path: str, mtime_ns: int, _run: Run) -> pd.DataFrame:
    return resemblance(runs.aligned_run(_run))


def markers_of(run: Run, group: Group, genes: list[str], line_ids: list[str], kind: Kind) -> pd.DataFrame:
    """Return the expression of genes in lines, and where that lies among the tumors of the group."""
    if kind != "observed":
        _prepare(*version(run), run)
    return marker_table(runs.aligned_run(run), group, genes, line_ids, kind)


@st.cache_resource(max_entries=8, show_spinner="Looking at residuals with every model. Seconds, once …")
def _prepare(path: str, mtime_ns: int, _run: Run) -> None:
    runs.aligned_run(_run).prepare_residuals()


def genes_of(run: Run, wanted: Wanted) -> list[str]:
    """Return the genes that set a group apart."""
    return _genes(*version(run), wanted, run)


@st.cache_resource(max_entries=128, show_spinner="Looking for genes that set the group apart …")
def _genes(path: str, mtime_ns: int, wanted: Wanted, _run: Run) -> list[str]:
    aligned = runs.aligned_run(_run)
    return marker_genes(aligned, group_of(aligned.samples, wanted))
