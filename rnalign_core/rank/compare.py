"""Cell lines side by side: of which groups their nearest tumors are, and genes that set the tumor group apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import CELL_LINE
from rnalign_core.metrics.differential import MIN_SAMPLES, welch
from rnalign_core.rank.groups import Group
from rnalign_core.rank.surroundings import Surroundings

if TYPE_CHECKING:
    from rnalign_core.rank.aligned_run import AlignedRun, Kind

UNLABELLED = "no label"
N_GENES = 10
EXPRESSED = 1.0  # log2(TPM+1)
IN_LINES = 0.02  # of all lines; most genes of stroma and immune cells are in fewer


def neighbour_groups(around: Surroundings, group: Group, line_ids: Sequence[str]) -> pd.DataFrame:
    """Return of which groups the nearest tumors of lines are.

    Parameters
    ----------
    around
        The tumors that the group is seen among.
    group
        The chosen group.
    line_ids
        The lines.

    Returns
    -------
    Shares of the nearest tumors, lines x groups: the chosen group first, then the others, the largest first.
    """
    labels = group.among.astype(object).fillna(UNLABELLED)
    nearest = around.nearest.loc[list(line_ids)]
    shares = nearest.apply(lambda row: labels[row.to_numpy()].value_counts(normalize=True), axis=1).fillna(0)
    others = shares.mean().drop(group.name, errors="ignore").sort_values(ascending=False, kind="stable")
    return shares.reindex(columns=[group.name, *others.index], fill_value=0.0)


def marker_genes(aligned: AlignedRun, group: Group, n: int = N_GENES) -> list[str]:
    """Return the modelled genes that are most clearly higher in the group than in the tumors that it is seen among.

    The largest t of Welch's test on observed expression, of genes that at least 2 % of the cell lines express: those of
    stroma and immune cells say nothing about a line. None where there are fewer than three other tumors.
    """
    others, inputs = group.among.index[group.among != group.name], aligned.inputs
    if len(others) < MIN_SAMPLES:
        return []
    is_line = (aligned.samples["sample_type"] == CELL_LINE).to_numpy()
    expressed = (EXPRESSED - inputs.scaler.mean[1]) / inputs.scaler.sd[1]
    known = aligned.genes[(inputs.x[is_line] >= expressed).mean(axis=0) >= IN_LINES]
    # Tumors are standardised alike, which changes no t.
    found = welch(aligned.moments(group.tumor_ids), aligned.moments(others), aligned.genes)
    found = found[(found["difference"] > 0) & found["gene"].isin(known)]
    return found.sort_values("t", ascending=False, kind="stable")["gene"].head(n).tolist()


def marker_table(
    aligned: AlignedRun, group: Group, genes: Sequence[str], line_ids: Sequence[str], kind: Kind
) -> pd.DataFrame:
    """Return the expression of genes in lines, and where that lies among the tumors of the group.

    Parameters
    ----------
    aligned, group
        The run, and the group.
    genes
        Modelled genes.
    line_ids
        The lines.
    kind
        ``observed``, or aligned: ``decoded`` or ``residual``.

    Returns
    -------
    Table by ``gene``: ``group``, median of the tumors, log2(TPM+1); of each line its expression, named by its id, and
    ``{id}_percentile``, 0..1, mid-rank among the tumors.
    """
    table = {}
    for gene in genes:
        values = aligned.expression(gene, kind, [*group.tumor_ids, *line_ids])
        tumors = values[group.tumor_ids].to_numpy()
        row = {"group": float(np.median(tumors))}
        for line in line_ids:
            row[line] = float(values[line])
            below, not_above = (tumors < values[line]).mean(), (tumors <= values[line]).mean()
            row[f"{line}_percentile"] = float(below + not_above) / 2
        table[gene] = row
    return pd.DataFrame.from_dict(table, orient="index").rename_axis("gene")
