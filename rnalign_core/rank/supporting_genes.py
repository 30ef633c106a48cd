"""Genes that speak for a line's subtype and against the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from rnalign_core.metrics.differential import differential_genes

if TYPE_CHECKING:
    from rnalign_core.rank.aligned_run import AlignedRun
    from rnalign_core.rank.subtypes import Disease

N_COMPARED = 100
N_SHOWN = 10


@dataclass(frozen=True)
class GeneSupport:
    """What a line's genes say about two subtypes.

    Parameters
    ----------
    genes
        Table of genes that support the first, those that tell the subtypes apart best first: ``gene``, ``observed``
        and, if aligned, ``aligned`` (the line's values), ``mean_call`` and ``mean_runner_up`` (of the tumors of the two
        subtypes), all log2(TPM+1) on the scale of cell lines, and ``t``.
    n_compared, n_nearer
        Genes that tell the subtypes apart best, and how many of them are nearer to the first in the line.
    """

    genes: pd.DataFrame
    n_compared: int
    n_nearer: int


def supporting_genes(
    aligned: AlignedRun,
    disease: Disease,
    line_id: str,
    call: str,
    runner_up: str,
    space: Literal["residual", "input"] = "residual",
    n_shown: int = N_SHOWN,
) -> GeneSupport:
    """Compare a line with two subtypes of tumors, gene by gene, as its own model sees them.

    The genes are the :data:`N_COMPARED` whose means differ most between the tumors of the two (Welch's t), whichever
    side the line is on. A gene supports the call if the line's value is nearer to the mean of the call's tumors.

    Parameters
    ----------
    aligned
        The run.
    disease
        The disease.
    line_id
        The line.
    call, runner_up
        Two of the disease's subtypes.
    space
        Aligned with residual, or ``input``: not aligned, standardised within tumors and within lines.
    n_shown
        Rows of the table, at most.

    Raises
    ------
    ValueError
        If a subtype has fewer than 3 tumors.
    """
    ids = [*disease.tumors.index, line_id]
    x = aligned.profiles(ids, space, model=int(aligned.samples.loc[line_id, "fold"]))
    rows = [np.flatnonzero(disease.tumors == group) for group in (call, runner_up)]
    table = differential_genes(x, *rows, aligned.genes).dropna(subset="t").head(N_COMPARED)
    value = x[-1, aligned.genes.get_indexer(table["gene"])]
    nearer = np.abs(value - table["mean_a"]) < np.abs(value - table["mean_b"])
    shown = table[nearer].head(n_shown)
    column = aligned.genes.get_indexer(shown["gene"])
    means = [x[of].mean(axis=0, dtype=float) for of in rows]
    on_line_scale = [aligned.inputs.scaler.to_line_scale(part)[column] for part in (x[-1], *means)]
    genes = {
        "gene": shown["gene"].to_numpy(),
        "observed": [aligned.expression(gene)[line_id] for gene in shown["gene"]],
        **dict(zip(("aligned", "mean_call", "mean_runner_up"), on_line_scale, strict=True)),
        "t": shown["t"].to_numpy(),
    }
    if space == "input":
        del genes["aligned"]
    return GeneSupport(pd.DataFrame(genes), len(table), int(nearer.sum()))
