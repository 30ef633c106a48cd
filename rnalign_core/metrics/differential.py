"""Genes that differ between two groups of samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtr
from scipy.stats import false_discovery_control

MIN_SAMPLES = 3
_ROWS_AT_A_TIME = 128


def differential_genes(
    expression: np.ndarray, a: np.ndarray, b: np.ndarray, genes: Sequence[str] | pd.Index
) -> pd.DataFrame:
    """Compare every gene between two groups with Welch's t test, and adjust for the number of genes.

    The t test of Welch (1947), for groups of unequal variance, two-sided, with the false discovery rate of Benjamini
    and Hochberg (1995). The groups are read block by block: neither is copied, and only blocks are in float64.

    Parameters
    ----------
    expression
        Array of shape (n_samples, n_genes), log2(TPM+1).
    a, b
        Row numbers of the two groups in `expression`.
    genes
        Names of its columns.

    Returns
    -------
    Table, one row a gene, the smallest p first (of equal ones the largest absolute t): ``gene, mean_a, mean_b,
    difference`` (mean of a minus mean of b), ``t, p, q``. A gene that is constant in both groups has no t, and p and
    q are missing too; it does not count among the tests.

    Raises
    ------
    ValueError
        If a group has fewer than 3 samples, the groups share samples, the names do not fit, or a value is NaN or
        infinite.
    """
    a, b = np.unique(a), np.unique(b)
    _check(expression, a, b, genes)
    mean_a, variance_a = _moments(expression, a)
    mean_b, variance_b = _moments(expression, b)
    if not (np.isfinite(mean_a) & np.isfinite(mean_b)).all():
        raise ValueError("expression contains NaN or infinite values")
    error_a, error_b = variance_a / len(a), variance_b / len(b)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (mean_a - mean_b) / np.sqrt(error_a + error_b)
        freedom = (error_a + error_b) ** 2 / (error_a**2 / (len(a) - 1) + error_b**2 / (len(b) - 1))
    tested = (error_a + error_b) > 0
    t[~tested] = np.nan
    p = np.full(len(t), np.nan)
    p[tested] = 2 * stdtr(freedom[tested], -np.abs(t[tested]))
    q = np.full(len(t), np.nan)
    q[tested] = false_discovery_control(p[tested])
    table = pd.DataFrame(
        {
            "gene": np.asarray(genes, dtype=object),
            "mean_a": mean_a,
            "mean_b": mean_b,
            "difference": mean_a - mean_b,
            "t": t,
            "p": p,
            "q": q,
        }
    )
    order = np.lexsort((-np.abs(t), p))  # NaN comes last
    return table.iloc[order].reset_index(drop=True)


def _check(expression: np.ndarray, a: np.ndarray, b: np.ndarray, genes: Sequence[str]) -> None:
    for name, rows in (("first", a), ("second", b)):
        if len(rows) < MIN_SAMPLES:
            raise ValueError(
                f"the {name} group has {len(rows)} samples; the test needs at least {MIN_SAMPLES} in each"
            )
    if np.intersect1d(a, b, assume_unique=True).size:
        raise ValueError("the groups share samples; a sample can be in one of them only")
    if expression.ndim != 2 or expression.shape[1] != len(genes):
        raise ValueError(f"expression has shape {expression.shape}, but there are {len(genes)} gene names")


def _moments(expression: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and unbiased variance of each gene over some samples, float64.

    Blocks are merged by the pairwise update of Chan, Golub and LeVeque (1983), which loses no digits.
    """
    n, mean, squares = 0, np.zeros(expression.shape[1]), np.zeros(expression.shape[1])
    for start in range(0, len(rows), _ROWS_AT_A_TIME):
        block = expression[rows[start : start + _ROWS_AT_A_TIME]].astype(np.float64)
        block_mean = block.mean(axis=0)
        block -= block_mean
        shift = block_mean - mean
        total = n + len(block)
        squares += np.einsum("ij,ij->j", block, block) + shift**2 * (n * len(block) / total)
        mean += shift * (len(block) / total)
        n = total
    return mean, squares / (n - 1)
