"""Genes that differ between two groups of samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from scipy.special import stdtr
from scipy.stats import false_discovery_control

MIN_SAMPLES = 3
_ROWS_AT_A_TIME = 128


@dataclass(frozen=True)
class Moments:
    """Of each gene over some samples: what Welch's test needs to know of a group.

    Parameters
    ----------
    n
        Number of samples.
    mean
        Mean of each gene, float64.
    squares
        Sum of squared deviations from it, float64.
    """

    n: int
    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, expression: np.ndarray, rows: np.ndarray) -> Self:
        """Read rows of an array (n_samples, n_genes) block by block: only a block is copied, in float64."""
        blocks = (rows[i : i + _ROWS_AT_A_TIME] for i in range(0, len(rows), _ROWS_AT_A_TIME))
        return cls.merged((cls._of_block(expression, block) for block in blocks), expression.shape[1])

    @classmethod
    def _of_block(cls, expression: np.ndarray, rows: np.ndarray) -> Self:
        block = expression[rows].astype(np.float64)
        mean = block.mean(axis=0)
        block -= mean
        return cls(len(block), mean, np.einsum("ij,ij->j", block, block))

    @classmethod
    def merged(cls, parts: Iterable[Self], n_genes: int) -> Self:
        """Return the moments of disjoint groups together.

        By the pairwise update of Chan, Golub and LeVeque (1983), which loses no digits.
        """
        n, mean, squares = 0, np.zeros(n_genes), np.zeros(n_genes)
        for part in parts:
            shift, total = part.mean - mean, n + part.n
            squares += part.squares + shift**2 * (n * part.n / total)
            mean += shift * (part.n / total)
            n = total
        return cls(n, mean, squares)


def differential_genes(
    expression: np.ndarray, a: np.ndarray, b: np.ndarray, genes: Sequence[str] | pd.Index
) -> pd.DataFrame:
    """Compare every gene between two groups with Welch's t test, and adjust for the number of genes.

    The t test of Welch (1947), for groups of unequal variance, two-sided, with the false discovery rate of Benjamini
    and Hochberg (1995).

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
    return welch(Moments.of(expression, a), Moments.of(expression, b), genes)


def welch(a: Moments, b: Moments, genes: Sequence[str] | pd.Index) -> pd.DataFrame:
    """Compare two groups as :func:`differential_genes` does, by their moments.

    Raises
    ------
    ValueError
        If a value was NaN or infinite.
    """
    if not (np.isfinite(a.mean) & np.isfinite(b.mean)).all():
        raise ValueError("expression contains NaN or infinite values")
    error_a, error_b = (of.squares / (of.n - 1) / of.n for of in (a, b))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (a.mean - b.mean) / np.sqrt(error_a + error_b)
        freedom = (error_a + error_b) ** 2 / (error_a**2 / (a.n - 1) + error_b**2 / (b.n - 1))
    tested = (error_a + error_b) > 0
    t[~tested] = np.nan
    p = np.full(len(t), np.nan)
    p[tested] = 2 * stdtr(freedom[tested], -np.abs(t[tested]))
    q = np.full(len(t), np.nan)
    q[tested] = false_discovery_control(p[tested])
    table = pd.DataFrame(
        {
            "gene": np.asarray(genes, dtype=object),
            "mean_a": a.mean,
            "mean_b": b.mean,
            "difference": a.mean - b.mean,
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
