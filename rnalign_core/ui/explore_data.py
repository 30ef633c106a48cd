"""What the Explore page shows of a run, read once and kept: samples, genes, expression, neighbours."""

from __future__ import annotations

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import streamlit as st

from rnalign_core.cohort import load_gene
from rnalign_core.cohort.genes import match_genes
from rnalign_core.model import Run
from rnalign_core.plots.maps import SIDES
from rnalign_core.ui import runs
from rnalign_core.ui.maps import COLOR_NAMES
from rnalign_core.ui.runs import version

COLORS = COLOR_NAMES | {"own_share": "Own-type neighbour share", "gene": "Expression of a gene"}
NEED_HONEST = ("match", "own_share")  # meaningless where the model was told the lines' types
FOLLOWS_LABELS = (
    "This model was told the cancer type of every cell line: what it decodes of a line follows that label and is no "
    "evidence."
)
ID_COLUMNS = ("depmap_id", "cellosaurus_id", "ccle_name", "aliases", "source")
N_NEIGHBOURS = 25


def samples_of(run: Run) -> pd.DataFrame:
    """Return :func:`rnalign_core.ui.runs.map_samples` with ids, and with own-type shares of lines."""
    return _samples(*version(run), run)


@st.cache_resource(max_entries=8, show_spinner=False)
def _samples(path: str, mtime_ns: int, _run: Run) -> pd.DataFrame:
    samples, obs, matches = runs.map_samples(_run).copy(), _run.aligned.obs, _run.matches
    for column in ID_COLUMNS:
        samples[column] = (
            obs[column].astype(object).where(obs[column].notna(), None) if column in obs else None
        )
    for side in SIDES:
        share = pd.to_numeric(matches[f"own_share_{side}"].where(matches["scored"]))
        samples[f"own_share_{side}"] = share.reindex(samples.index).astype(float)
    return samples


def colors_of(run: Run) -> dict[str, str]:
    """Return what the map of a run can be coloured by, with names."""
    echo = run.settings.conditions_on_type
    return {color: name for color, name in COLORS.items() if not (echo and color in NEED_HONEST)}


def genes_of(run: Run) -> list[str]:
    """Return the genes of the cohort of a run, sorted, without reading their expression."""
    return _genes(*version(run))


@st.cache_resource(max_entries=8, show_spinner=False)
def _genes(path: str, mtime_ns: int) -> list[str]:
    with h5py.File(f"{path}/cohort.h5ad") as file:
        return sorted(ad.io.read_elem(file["var"]).index)


def gene_called(name: str, genes: list[str]) -> str | None:
    """Return the gene of the cohort that a symbol, old symbol, alias or Ensembl id means, None if there is none."""
    if name in genes:
        return name
    symbol = match_genes([name.strip()]).symbols[0] or match_genes([name.strip().upper()]).symbols[0]
    return symbol if symbol in genes else None


def is_modelled(run: Run, gene: str) -> bool:
    """Return whether a gene is among those that the model aligns."""
    return gene in run.aligned.var_names


def expression(run: Run, gene: str, values: str) -> pd.Series:
    """Return log2(TPM+1) of a gene by sample id: ``observed``, ``decoded`` or ``residual``."""
    return _expression(*version(run), gene, values, run)


@st.cache_resource(max_entries=64, show_spinner="Reading the gene's expression …")
def _expression(path: str, mtime_ns: int, gene: str, values: str, _run: Run) -> pd.Series:
    if values != "observed":
        return runs.aligned_run(_run).expression(gene, values)
    return load_gene(f"{path}/cohort.h5ad", gene)


def neighbours(run: Run, sample_id: str) -> pd.DataFrame:
    """Return the nearest tumors of a line, or lines of a tumor: name, cancer_type, subtype, distance.

    Measured as for the match: between decoded profiles, a line in the view of its own model; where the model was told
    the lines' types, in the unaligned expression.
    """
    return _neighbours(*version(run), sample_id, run)


@st.cache_resource(max_entries=256, show_spinner="Finding the nearest samples. The first time takes seconds.")
def _neighbours(path: str, mtime_ns: int, sample_id: str, _run: Run) -> pd.DataFrame:
    space = "input" if _run.settings.conditions_on_type else "decoded"
    found = runs.aligned_run(_run).nearest(sample_id, k=N_NEIGHBOURS, space=space)
    return samples_of(_run).loc[found.index, ["name", "cancer_type", "subtype"]].join(found["distance"])


def rows_of(run: Run, ids: list[str]) -> np.ndarray:
    """Return the row numbers of samples in the cohort."""
    return run.aligned.obs_names.get_indexer(ids)
