"""From log2(TPM+1) of whatever platform to what the models take: standardised, without gaps.

The models know expression as standard deviations from the mean of the run's samples of the same sample type. That holds
for a sample of the same platform. Where the distribution says that it is another, there are two ways:

- ``rank``: a sample's values are replaced by those that the run's samples have at the same rank, on average, and then
  standardised as theirs (quantile normalisation; Bolstad et al., Bioinformatics 2003). What differs by gene stays.
- ``batch``: each gene by the mean and SD of the batch itself, which removes whatever the platform does to a gene; but
  also what all samples of the batch share. So it is only for batches that are composed like the run: by rank, they
  are of its types about as often, and differ along the directions in which types differ. Offsets change neither much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import CELL_LINE
from rnalign_core.cohort.words import count
from rnalign_core.model.inputs import SD_FLOOR
from rnalign_core.place.guests import guest_labels
from rnalign_core.place.impute import GeneModel
from rnalign_core.place.query import Query
from rnalign_core.problems import Problem

if TYPE_CHECKING:
    from rnalign_core.rank.aligned_run import AlignedRun

MAX_REFERENCE = 3000  # samples of the run that distributions are taken from
USUAL = 0.999  # share of the run's own samples
MIN_BATCH = 30
MAX_GAP = 0.5  # total variation distance of compositions
MIN_SPREAD = 0.2  # of that of the run's samples; all measured: docs/decisions/012
HOW = {
    "run": "by the means and SDs of the run's samples",
    "rank": "by rank",
    "batch": "by their own means and SDs",
}


@dataclass(frozen=True)
class Standardised:
    """Samples as the models take them.

    Parameters
    ----------
    x
        (n_samples, n_genes), float32, no gaps.
    how
        Key of :data:`HOW` by sample id.
    warnings
        What is not usual about that.
    """

    x: np.ndarray
    how: pd.Series
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class Reference:
    """The run's samples of one sample type.

    Parameters
    ----------
    x
        Standardised expression, (n_samples, n_genes).
    mean, sd
        How it was standardised, (n_genes,).
    codes
        Their types, -1 where that is not one of tumors, (n_samples,).
    n_types
        Types of tumors.
    """

    x: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    codes: np.ndarray
    n_types: int

    @classmethod
    def of(cls, aligned: AlignedRun, line: bool, seed: int = 0) -> Reference:
        """Take the samples of a run, at most :data:`MAX_REFERENCE` at random."""
        inputs = aligned.inputs
        rows = np.flatnonzero(inputs.labels.is_line == line)
        if len(rows) > MAX_REFERENCE:
            rows = np.sort(np.random.default_rng(seed).choice(rows, MAX_REFERENCE, replace=False))
        scaler, labels = inputs.scaler, inputs.labels
        return cls(
            inputs.x[rows],
            scaler.mean[int(line)],
            scaler.sd[int(line)],
            labels.cancer_type[rows],
            len(labels.types),
        )

    def by_run(self, values: np.ndarray, genes: np.ndarray) -> np.ndarray:
        """Standardise log2(TPM+1) of some genes, (n_samples, n_genes), as the run's samples."""
        return (values - self.mean[genes]) / self.sd[genes]

    def by_rank(self, values: np.ndarray, genes: np.ndarray) -> np.ndarray:
        """Standardise values of some genes by their ranks within each sample, on average where they tie."""
        expression = np.sort(self.x[:, genes] * self.sd[genes] + self.mean[genes], axis=1).mean(axis=0)
        ranks = pd.DataFrame(values).rank(axis=1).to_numpy() - 1
        return self.by_run(np.interp(ranks, np.arange(len(genes)), expression), genes)

    def unusual(self, z: np.ndarray, genes: np.ndarray) -> np.ndarray:
        """Return which samples have a distribution that few samples of the run have.

        Compared are the root mean square and the mean of a sample's standardised values over the genes.
        """
        own = self.x[:, genes]
        return np.logical_or.reduce(
            [
                measure(z) > np.quantile(measure(own), USUAL)
                for measure in (lambda v: np.square(v).mean(axis=1), lambda v: np.abs(v.mean(axis=1)))
            ]
        )

    def gap(self, probabilities: np.ndarray) -> float:
        """Return the total variation distance between the types of a batch and those of the run, 0..1.

        Parameters
        ----------
        probabilities
            Of the types of the batch's samples, (n_samples, n_types).
        """
        sizes = np.bincount(self.codes[self.codes >= 0], minlength=self.n_types)
        return float(np.abs(probabilities.mean(axis=0) - sizes / max(sizes.sum(), 1)).sum() / 2)

    def spread(self, x: np.ndarray) -> float:
        """Return the variance of a batch in the space of the types' means, over that of the run's samples.

        Parameters
        ----------
        x
            Standardised expression, (n_samples, n_genes).
        """
        typed, codes = self.x[self.codes >= 0], self.codes[self.codes >= 0]
        means = np.stack([typed[codes == code].mean(axis=0) for code in np.unique(codes)])
        axes = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)[2][: len(means) - 1]
        own, other = ((part @ axes.T).var(axis=0).sum() for part in (typed, x))
        return float(other / own) if own > 0 else 0.0


def standardise(aligned: AlignedRun, query: Query) -> Standardised:
    """Bring samples to the scale of a run, each sample type for itself, and fill in missing genes."""
    is_line = (query.samples["sample_type"] == CELL_LINE).to_numpy()
    x = np.empty(query.values.shape, dtype=np.float32)
    how = np.full(len(x), "run", dtype=object)
    warnings = []
    for line in np.unique(is_line):
        rows = np.flatnonzero(is_line == line)
        x[rows], how[rows] = _one_type(aligned, query.samples.iloc[rows], query.values[rows], line)
        kind = "cell line" if line else "tumor"
        for way in np.unique(how[rows][how[rows] != "run"]):
            warnings.append(_warning(way, kind, int((how[rows] == way).sum()), query.report.file))
    return Standardised(x, pd.Series(how, query.samples.index), tuple(warnings))


def _one_type(
    aligned: AlignedRun, samples: pd.DataFrame, values: np.ndarray, line: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return standardised values, and for each sample by which way."""
    reference = Reference.of(aligned, line)
    missing = np.isnan(values).all(axis=0)
    genes = np.flatnonzero(~missing)
    known = values[:, genes].astype(float)
    model = GeneModel.fit(reference.x) if missing.any() else None

    def complete(z: np.ndarray) -> np.ndarray:
        x = np.zeros((len(z), len(missing)))
        x[:, genes] = z
        return (model.fill(x, missing) if model else x).astype(np.float32)

    z = reference.by_run(known, genes)
    unusual = reference.unusual(z, genes)
    x, how = complete(z), np.where(unusual, "rank", "run").astype(object)
    if unusual.any():
        x[unusual] = complete(reference.by_rank(known[unusual], genes))
    if _like_the_run(aligned, reference, samples[unusual], x[unusual]) and unusual.mean() > 0.5:
        x[unusual] = complete(by_batch(known[unusual]))
        how[unusual] = "batch"
    return x, how


def by_batch(values: np.ndarray) -> np.ndarray:
    """Standardise each gene by the samples at hand, (n_samples, n_genes)."""
    return (values - values.mean(axis=0)) / (values.std(axis=0) + SD_FLOOR)


def _like_the_run(aligned: AlignedRun, reference: Reference, samples: pd.DataFrame, x: np.ndarray) -> bool:
    """Return whether a batch is large enough and composed like the run, by its expression standardised by rank."""
    if len(x) < MIN_BATCH:
        return False
    latents = aligned.ensemble.encode(x, guest_labels(samples, aligned.inputs.labels))
    probabilities = aligned.ensemble.type_probabilities(latents).mean(axis=0)
    return reference.gap(probabilities) <= MAX_GAP and reference.spread(x) >= MIN_SPREAD


def _warning(way: str, kind: str, n: int, file: str) -> Problem:
    what = (
        f"the values of {count(n, kind)} are not distributed as those of the run's: another platform, unit or "
        f"normalisation. Standardised {HOW[way]}"
    )
    fix = {
        "rank": f"If these are in fact {'tumors' if kind == 'cell line' else 'cell lines'}, say so.",
        "batch": "Place samples of single types by themselves: what all samples of a batch share is taken for the "
        "platform.",
    }[way]
    usual = "Check the unit. Calls are less certain than their probabilities say."
    return Problem(what, file, f"{usual} {fix}", "warning")
