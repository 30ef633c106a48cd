"""kBET: are cell lines and tumors mixed in the neighbourhoods of their cancer type."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, hypergeom

from rnalign_core.metrics.neighbours import Metric, nearest
from rnalign_core.metrics.samples import check_profiles, scored_types


@dataclass(frozen=True)
class Kbet:
    """Rejection rates, averaged over cancer types.

    Parameters
    ----------
    delta, observed, expected
        ``observed`` share of neighbourhoods whose mixture is rejected, the share ``expected`` with shuffled
        sample types, and their difference; 0 is perfect mixing. None if no type counts.
    types
        Table by cancer type: ``n_lines``, ``n_tumors``, ``k0``, ``observed``, ``expected``, ``delta``.
    definition
        What the numbers mean, in words.
    """

    delta: float | None
    observed: float | None
    expected: float | None
    types: pd.DataFrame
    definition: str

    def summary(self) -> dict:
        """Return the averages and what they mean, as plain JSON values."""
        return {
            "delta": self.delta,
            "observed": self.observed,
            "expected": self.expected,
            "n_types": len(self.types),
            "k0": sorted(set(self.types["k0"].tolist())),
            "definition": self.definition,
        }


def kbet(
    line_profiles: np.ndarray,
    tumor_profiles: np.ndarray,
    line_types: pd.Series,
    tumor_types: pd.Series,
    *,
    k0: int | None = None,
    alpha: float = 0.05,
    metric: Metric = "euclidean",
    min_tumors: int = 15,
    min_lines: int = 5,
) -> Kbet:
    """Test the mixture of lines and tumors around every sample, within each cancer type.

    The k-nearest-neighbour batch effect test (Buettner et al., Nat Methods 2019) with sample types as
    batches, on the samples of one cancer type at a time, as types differ in their mixture (Luecken et al.,
    Nat Methods 2022): Pearson's chi-square test of the k0 nearest samples, a sample itself being the first,
    against the type's frequencies. Every sample is tested, and the rejection rate expected under shuffled
    sample types is exact: a neighbourhood then holds a hypergeometric number of lines.

    Parameters
    ----------
    line_profiles
        Array of shape (n_lines, n_features).
    tumor_profiles
        Array of shape (n_tumors, n_features).
    line_types, tumor_types
        Cancer types in the order of the profiles; may be missing.
    k0
        Number of samples in a neighbourhood, at most those of the smallest type. By default each type's own:
        a quarter of the mean number of tumors and lines, but within 10..70 (Luecken et al. 2022).
    alpha
        Significance level.
    metric
        Distance between profiles.
    min_tumors, min_lines
        A type counts if it has at least so many tumors and lines (no less than 1).

    Raises
    ------
    ValueError
        If types and profiles differ in number, a value is NaN or infinite, or `k0` does not fit.
    """
    line_profiles = check_profiles(line_profiles, line_types, "line")
    tumor_profiles = check_profiles(tumor_profiles, tumor_types, "tumor")
    types = scored_types(line_types, tumor_types, max(min_tumors, 1), max(min_lines, 1))
    rates = []
    for cancer_type, n_lines, n_tumors in types.itertuples():
        n = n_lines + n_tumors
        size = min(n, np.clip(n // 8, 10, 70)) if k0 is None else k0
        x = np.vstack(
            [
                line_profiles[(line_types == cancer_type).to_numpy()],
                tumor_profiles[(tumor_types == cancer_type).to_numpy()],
            ]
        )
        lines_near = (nearest(x, x, int(size), metric).indices < n_lines).sum(axis=1)
        rejected = p_values(size, n_lines / n) < alpha
        chance = hypergeom.pmf(np.arange(size + 1), n, n_lines, size)
        rates.append((int(size), float(rejected[lines_near].mean()), float(chance @ rejected)))
    columns = ["k0", "observed", "expected"]
    types = types.join(pd.DataFrame(rates, index=types.index, columns=columns))
    types["delta"] = types["observed"] - types["expected"]
    definition = (
        "kBET: share of samples whose neighbourhood has another mixture of lines and tumors than its cancer "
        f"type (chi-square test, p < {alpha:g}), among the samples of the type; "
        f"neighbourhoods are the k0 = {'clip(n / 8, 10, 70)' if k0 is None else k0} nearest samples "
        f"({metric} distance, the sample itself included). expected: with sample types shuffled; "
        "delta: observed - expected. Means over cancer types with at least "
        f"{min_tumors} tumors and {min_lines} lines."
    )
    if types.empty:
        return Kbet(None, None, None, types, definition)
    mean = types[["delta", "observed", "expected"]].mean()
    return Kbet(*map(float, mean), types, definition)


def p_values(k0: int, line_share: float) -> np.ndarray:
    """Return the chi-square p-value of a neighbourhood of `k0` samples by its number of lines, 0..k0.

    Parameters
    ----------
    k0
        Number of samples in the neighbourhood.
    line_share
        Share of lines among all samples, strictly between 0 and 1.
    """
    deviation = np.arange(k0 + 1) - k0 * line_share
    return chi2.sf(deviation**2 / (k0 * line_share * (1 - line_share)), df=1)
