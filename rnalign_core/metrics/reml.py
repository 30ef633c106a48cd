"""Variance components of two crossed factors and their interaction, by REML from cell means."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import cho_solve, cholesky
from scipy.optimize import minimize

# Starts and limit of log(1 + variance ratio * samples per level): weak or strong effects, and as strong as float64
# can tell.
_STARTS = (0.2, 3.0)
_LIMIT = 20.0


@dataclass(frozen=True)
class _Cells:
    """The observed cells of a two-way layout: all that REML needs to know of it.

    Parameters
    ----------
    of_sample
        Array of shape (n_samples,), cell of each sample.
    sizes
        Array of shape (n_cells,), number of samples in each cell.
    same
        Array of shape (3, n_cells, n_cells): whether two cells share the level of the first factor, of the
        second, and are one cell.
    per_level
        Array of shape (3,), mean number of samples in a level of either factor and in a cell.
    """

    of_sample: np.ndarray
    sizes: np.ndarray
    same: np.ndarray
    per_level: np.ndarray


def variance_components(values: np.ndarray, first: np.ndarray, second: np.ndarray) -> pd.DataFrame:
    """Estimate y = mean + first + second + first:second + residual, all but the mean random, by REML.

    The estimates of ``lmer(y ~ (1|first) + (1|second) + (1|first:second), REML = TRUE)`` (Patterson &
    Thompson, Biometrika 1971; Bates et al., J Stat Softw 2015). Within a cell of the layout all samples have
    the same effects, so cell means and the sum of squares within cells are sufficient: the restricted
    likelihood of all samples is had exactly from matrices of n_cells x n_cells. It is maximised over the
    ratios of the effects' variances to the residual's with its gradient, from several starts.

    Parameters
    ----------
    values
        Array of shape (n_samples, n_variables); each column is a y of its own.
    first, second
        Arrays of shape (n_samples,), levels of the two factors; cells without a sample do not matter.

    Returns
    -------
    Table with a row for each variable: the variances ``first``, ``second``, ``interaction`` and ``residual``,
    and ``log_likelihood``, the restricted one as lme4 reports it.

    Raises
    ------
    ValueError
        If the components cannot be told apart: a factor has one level; no level of the one occurs with two of
        the other; or no cell has two samples that differ.
    """
    values = np.asarray(values, dtype=np.float64)
    cells = _cells(np.asarray(first), np.asarray(second))
    return pd.DataFrame(
        [_fit(y, cells) for y in values.T],
        columns=["first", "second", "interaction", "residual", "log_likelihood"],
    )


def _cells(first: np.ndarray, second: np.ndarray) -> _Cells:
    a, b = (pd.factorize(factor, sort=True)[0] for factor in (first, second))
    n_a, n_b = a.max() + 1, b.max() + 1
    if min(n_a, n_b) < 2:
        raise ValueError("a factor has only one level, so it has no variance")
    codes, of_sample, sizes = np.unique(a * n_b + b, return_inverse=True, return_counts=True)
    if len(codes) in (n_a, n_b):
        raise ValueError("the two factors are nested, so their interaction cannot be told from the finer one")
    a, b = codes // n_b, codes % n_b
    same = np.stack([a[:, None] == a, b[:, None] == b, np.eye(len(codes))]).astype(np.float64)
    return _Cells(of_sample, sizes, same, sizes.sum() / np.array([n_a, n_b, len(codes)]))


def _fit(y: np.ndarray, cells: _Cells) -> tuple[float, ...]:
    n = len(y)
    means = np.bincount(cells.of_sample, y) / cells.sizes
    within = np.square(y - means[cells.of_sample]).sum()
    if within <= 1e-20 * np.square(y - y.mean()).sum():
        raise ValueError("no cell has samples that differ, so there is no residual variance")
    # log(1 + ratio * samples per level) runs evenly from no effect, where its slope is not 0, to a strong one.
    fits = [
        minimize(
            lambda v: _deviance(v, means, within, cells),
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0, _LIMIT)] * 3,
            options={"ftol": 1e-15, "gtol": 1e-9},
        )
        for start in itertools.product(_STARTS, repeat=3)
    ]
    best = min(fits, key=lambda fit: fit.fun)
    ratios = np.expm1(best.x) / cells.per_level
    residual = _terms(ratios, means, within, cells)[0] / (n - 1)
    return (*ratios * residual, residual, -best.fun * (n - 1) / 2)


def _terms(ratios: np.ndarray, means: np.ndarray, within: float, cells: _Cells) -> tuple:
    """Return RSS, P, P y and log|V| + log|1'V^-1 1| of cell means, V in units of the residual variance."""
    covariance = np.tensordot(ratios, cells.same, axes=1)
    covariance[np.diag_indices_from(covariance)] += 1 / cells.sizes
    factor = cholesky(covariance, lower=True)
    inverse = cho_solve((factor, True), np.eye(len(means)))
    row_sums = inverse.sum(axis=1)
    projection = inverse - np.outer(row_sums, row_sums) / row_sums.sum()
    projected = projection @ means
    log_det = 2 * np.log(np.diag(factor)).sum() + np.log(row_sums.sum())
    return within + means @ projected, projection, projected, log_det


def _deviance(v: np.ndarray, means: np.ndarray, within: float, cells: _Cells) -> tuple[float, np.ndarray]:
    """Return -2 log restricted likelihood / (n - 1), residual variance profiled out, and its gradient."""
    rss, projection, projected, log_det = _terms(np.expm1(v) / cells.per_level, means, within, cells)
    n = cells.sizes.sum()
    deviance = (n - 1) * (1 + np.log(2 * np.pi * rss / (n - 1))) + np.log(cells.sizes).sum() + log_det
    traces = np.einsum("ij,fij->f", projection, cells.same)
    squares = np.einsum("i,fij,j->f", projected, cells.same, projected)
    slopes = (traces - (n - 1) / rss * squares) * np.exp(v) / cells.per_level
    return deviance / (n - 1), slopes / (n - 1)
