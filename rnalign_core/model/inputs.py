"""From a cohort to the arrays a model trains on: gene choice, scaling, labels."""

from __future__ import annotations

from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import CELL_LINE, SAMPLE_TYPES, TUMOR

ROWS_AT_A_TIME = 256  # as many as stay in the cache of a processor
GENES_AT_A_TIME = 512
SD_FLOOR = 0.1  # log2 units; keeps genes that hardly vary from being blown up into noise


@dataclass(frozen=True)
class Scaler:
    """Mean and SD of each gene within each sample type.

    Parameters
    ----------
    mean, sd
        Arrays of shape (2, n_genes), rows in the order of :data:`SAMPLE_TYPES`; log2(TPM+1).
    """

    mean: np.ndarray
    sd: np.ndarray

    @classmethod
    def fit(cls, expression: np.ndarray, is_line: np.ndarray) -> Scaler:
        """Fit to expression of shape (n_samples, n_genes)."""
        groups = [expression[~is_line], expression[is_line]]
        mean = np.stack([g.mean(axis=0, dtype=np.float64) for g in groups])
        sd = np.stack([g.std(axis=0, dtype=np.float64) for g in groups]) + SD_FLOOR
        return cls(mean.astype(np.float32), sd.astype(np.float32))

    def standardise(
        self, expression: np.ndarray, is_line: np.ndarray, columns: np.ndarray | slice = slice(None)
    ) -> np.ndarray:
        """Return (x - mean) / sd of the genes in `columns`, each sample by its own sample type.

        Shape (n_samples, n_genes), float32.
        """
        kind = is_line.astype(int)
        found = np.empty((len(expression), self.mean.shape[1]), dtype=np.float32)
        for start in range(0, len(found), ROWS_AT_A_TIME):
            rows = slice(start, start + ROWS_AT_A_TIME)
            found[rows] = (expression[rows][:, columns] - self.mean[kind[rows]]) / self.sd[kind[rows]]
        return found

    def to_line_scale(self, standardised: np.ndarray) -> np.ndarray:
        """Return standardised values as log2(TPM+1) of cell lines; shape (n_samples, n_genes)."""
        line = SAMPLE_TYPES.index(CELL_LINE)
        return standardised * self.sd[line] + self.mean[line]


def choose_genes(expression: np.ndarray, is_line: np.ndarray, n_genes: int | None) -> np.ndarray:
    """Return sorted column indices of the genes that vary most within sample type.

    The score of a gene is the mean of its variance rank among tumors and its variance rank among lines.
    """
    n_all = expression.shape[1]
    if n_genes is None or n_genes >= n_all:
        return np.arange(n_all)
    ranks = np.zeros(n_all)
    for rows in (np.flatnonzero(~is_line), np.flatnonzero(is_line)):
        parts = (expression[rows, i : i + GENES_AT_A_TIME] for i in range(0, n_all, GENES_AT_A_TIME))
        variance = np.concatenate([part.var(axis=0, dtype=np.float64) for part in parts])
        ranks += variance.argsort(kind="stable").argsort(kind="stable")
    return np.sort(np.argsort(-ranks, kind="stable")[:n_genes])


@dataclass(frozen=True)
class Labels:
    """What the model is told about samples.

    Parameters
    ----------
    is_line
        Boolean array of shape (n_samples,).
    purity
        Shape (n_samples,), fraction 0..1; the cohort mean of tumors where unknown. Lines have 1.
    purity_known
        Boolean array of shape (n_samples,).
    cancer_type
        Integer codes into `types`, -1 where missing or not among the tumors' types; shape (n_samples,).
    types
        Cancer types of the tumors, sorted.
    """

    is_line: np.ndarray
    purity: np.ndarray
    purity_known: np.ndarray
    cancer_type: np.ndarray
    types: tuple[str, ...]

    @classmethod
    def of(cls, obs: pd.DataFrame) -> Labels:
        """Read the labels off a cohort's sample table."""
        is_line = (obs["sample_type"] == CELL_LINE).to_numpy()
        purity = obs["purity"].to_numpy(dtype=np.float32).copy()
        purity[is_line] = 1.0
        known = ~np.isnan(purity)
        tumors_known = known & ~is_line
        purity[~known] = purity[tumors_known].mean() if tumors_known.any() else 0.5
        cancer_type = obs["cancer_type"].astype(object)
        types = tuple(
            sorted(set(cancer_type[(obs["sample_type"] == TUMOR).to_numpy() & cancer_type.notna()]))
        )
        codes = pd.Categorical(cancer_type, categories=types).codes.astype(np.int64)
        return cls(is_line, purity, known, codes, types)


@dataclass(frozen=True)
class Inputs:
    """Standardised expression and labels of every sample of a cohort, as the model takes them.

    Parameters
    ----------
    x
        Array of shape (n_samples, n_genes), standardised within sample type.
    labels
        Labels of the samples.
    scaler
        How `x` was standardised.
    genes
        Names of the genes in `x`.
    sample_ids
        Names of the samples in `x`.
    """

    x: np.ndarray
    labels: Labels
    scaler: Scaler
    genes: tuple[str, ...]
    sample_ids: tuple[str, ...]

    @classmethod
    def of(cls, cohort: ad.AnnData, n_genes: int | None) -> Inputs:
        """Choose genes, fit the scaler and standardise a cohort."""
        labels = Labels.of(cohort.obs)
        columns = choose_genes(cohort.X, labels.is_line, n_genes)
        expression = cohort.X if len(columns) == cohort.n_vars else cohort.X[:, columns]
        scaler = Scaler.fit(expression, labels.is_line)
        x = scaler.standardise(expression, labels.is_line)
        return cls(x, labels, scaler, tuple(cohort.var_names[columns]), tuple(cohort.obs_names))
