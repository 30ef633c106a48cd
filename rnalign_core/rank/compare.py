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

    Aligned, a line and the tumors that it is compared with are as the line's own model sees them, which was never told
    its type.

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
    Table by ``gene``, log2(TPM+1): of each line its expression, named by its id, ``{id}_group``, median of the tumors
    as its model sees them, and ``{id}_percentile``, 0..1, its mid-rank among them; first ``group``, the mean of these
    medians.
    """
    fold = aligned.samples["fold"]
    seen: dict[int, np.ndarray] = {}
    table = {}
    for line in line_ids:
        model = 0 if kind == "observed" else int(fold[line])  # no model changes what was observed
        if model not in seen:
            seen[model] = aligned.expressions(genes, kind, group.tumor_ids, model=model).to_numpy(float)
        tumors = seen[model]
        value = aligned.expressions(genes, kind, [line], model=model).to_numpy(float)
        table[line] = value[0]
        table[f"{line}_group"] = np.median(tumors, axis=0)
        table[f"{line}_percentile"] = ((tumors < value).mean(axis=0) + (tumors <= value).mean(axis=0)) / 2
    found = pd.DataFrame(table, pd.Index(genes, name="gene"))
    found.insert(0, "group", found[[f"{line}_group" for line in line_ids]].mean(axis=1))
    return found
