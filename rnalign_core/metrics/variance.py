"""How much of the variance between samples an alignment keeps: distances can also be won by shrinking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnalign_core.metrics.samples import check_profiles


@dataclass(frozen=True)
class Variance:
    """Variance of samples in one space.

    Parameters
    ----------
    total
        Trace of the covariance matrix of all counted samples: the sum of the features' variances.
    within_type
        Mean over cancer types of the trace of the covariance matrix of the type's samples.
    types
        Trace by cancer type.
    n_samples
        Number of counted samples.
    """

    total: float
    within_type: float
    types: pd.Series
    n_samples: int

    @property
    def within_share(self) -> float:
        """`within_type` / `total`; has no units, so it compares any two spaces. NaN without variance."""
        return self.within_type / self.total if self.total > 0 else float("nan")


def variance(profiles: np.ndarray, cancer_types: pd.Series, *, min_samples: int = 15) -> Variance:
    """Measure the total variance of samples and the variance within their cancer types.

    Parameters
    ----------
    profiles
        Array of shape (n_samples, n_features), of samples of one kind, such as tumors.
    cancer_types
        Cancer types in the order of `profiles`; samples without one are left out.
    min_samples
        A type counts if it has at least so many samples (no less than 2).

    Raises
    ------
    ValueError
        If types and profiles differ in number, a value is NaN or infinite, or no type counts.
    """
    profiles = check_profiles(profiles, cancer_types, "sample")
    if min_samples < 2:
        raise ValueError(f"a variance needs at least 2 samples, but min_samples is {min_samples}")
    n = cancer_types.astype(object).value_counts().sort_index()
    n = n[n >= min_samples]
    if n.empty:
        raise ValueError(f"no cancer type has at least {min_samples} samples")
    means, squares = [], []
    for cancer_type in n.index:
        samples = profiles[(cancer_types == cancer_type).to_numpy()].astype(np.float64)
        means.append(samples.mean(axis=0))
        squares.append(np.square(samples - means[-1]).sum())
    within, means, sizes = np.array(squares), np.array(means), n.to_numpy()
    between = sizes @ np.square(means - np.average(means, axis=0, weights=sizes)).sum(axis=1)
    traces = pd.Series(within / (sizes - 1), index=n.index.rename("cancer_type"), name="variance")
    total = (within.sum() + between) / (sizes.sum() - 1)
    return Variance(float(total), float(traces.mean()), traces, int(sizes.sum()))


def variance_kept(
    profiles: np.ndarray, reference: np.ndarray, cancer_types: pd.Series, *, min_samples: int = 15
) -> dict[str, float | int | str]:
    """Return the share of the variance of `reference` that the same samples have in `profiles`.

    Both must be in the same units and genes, or the shares mean nothing: for example, aligned profiles
    returned to log2(TPM+1) against the input in log2(TPM+1). Coordinates that keep all distances of such
    profiles, as a rotation does, may stand for them. A latent space or a set of principal components of
    scaled data has units of its own; for those only the two ``within_share`` can be compared.

    Parameters
    ----------
    profiles
        Array of shape (n_samples, n_features) of the method.
    reference
        Array of shape (n_samples, n_reference_features), usually the method's input, same samples and order.
    cancer_types, min_samples
        As in :func:`variance`.

    Returns
    -------
    ``total`` and ``within_type``, the kept shares (above 1 if variance grew, NaN if there was none);
    ``within_share`` and ``reference_within_share``, within-type over total variance in each space;
    ``n_samples``, ``n_types`` and ``definition``.

    Raises
    ------
    ValueError
        As :func:`variance`.
    """
    kept = variance(profiles, cancer_types, min_samples=min_samples)
    before = variance(reference, cancer_types, min_samples=min_samples)
    nan = float("nan")
    return {
        "total": kept.total / before.total if before.total > 0 else nan,
        "within_type": kept.within_type / before.within_type if before.within_type > 0 else nan,
        "within_share": kept.within_share,
        "reference_within_share": before.within_share,
        "n_samples": kept.n_samples,
        "n_types": len(kept.types),
        "definition": (
            "total: trace of the covariance matrix of the samples, divided by that of the reference; "
            "within_type: the same within each cancer type, averaged over types before dividing; "
            "only meaningful in the same units and genes. within_share: within-type over total variance. "
            f"Counted are types with at least {min_samples} samples."
        ),
    }
