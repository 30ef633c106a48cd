"""Units of expression: finding out which one a matrix is in, and bringing it to log2(TPM+1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

UNITS = ("log2(TPM+1)", "log2(TPM+0.001)", "TPM", "counts")

_FLOOR = np.log2(0.001)  # log2(TPM+0.001) of a gene with 0 TPM: -9.97
_HIGHEST_LOG = 25.0  # log2 of 33 million; larger values are not logarithms
_MILLION = 1.05e6  # what the TPM of a sample sum to at most, with room for rounding
_N_LOOKED_AT = 200


@dataclass(frozen=True)
class Unit:
    """A unit, why it is believed, and what speaks against it.

    Parameters
    ----------
    name
        One of :data:`UNITS`.
    evidence
        One sentence.
    doubt
        What the user should know before trusting it; empty if there is nothing.
    """

    name: str
    evidence: str
    doubt: str = ""


def find_unit(values: np.ndarray) -> Unit:
    """Find out the unit of a matrix from its range, whether it is whole numbers, and the sums of samples.

    A logarithm stays below 25; TPM of a sample sum to a million, or to less when genes are missing; counts
    are whole numbers. Logarithms of other units, such as RSEM's normalised values, pass as log2(TPM+1), with
    a doubt.

    Parameters
    ----------
    values
        Array of shape (n_samples, n_genes), finite. Negative values other than those of log2(TPM+0.001) are
        not interpreted: see :func:`out_of_range`.
    """
    low, high = float(values.min()), float(values.max())
    looked_at = values[np.linspace(0, len(values) - 1, min(len(values), _N_LOOKED_AT)).astype(int)]
    if high > _HIGHEST_LOG:
        return _linear_unit(looked_at, high)
    if _FLOOR - 0.01 <= low <= _FLOOR + 0.01:
        return Unit(
            "log2(TPM+0.001)",
            f"from {low:.2f}, the log2 of 0.001, to {high:.1f}",
            _sum_doubt(looked_at, 0.001),
        )
    if high > 0 and np.array_equal(looked_at, np.rint(looked_at)):
        doubt = f"They are whole numbers up to {high:.0f} only, few for counts."
        return Unit("counts", f"whole numbers from {low:.0f} to {high:.0f}", doubt)
    return Unit(
        "log2(TPM+1)",
        f"not whole numbers, from {low:.2f} to {high:.1f}, as logarithms are",
        _sum_doubt(looked_at, 1),
    )


def _linear_unit(values: np.ndarray, high: float) -> Unit:
    total = float(np.median(values.sum(axis=1, dtype=float)))
    about = f"values up to {high:,.0f} and a median sum per sample of {total:,.0f}"
    whole = np.array_equal(values, np.rint(values))
    if whole and not abs(total - 1e6) < 1e4:
        return Unit("counts", f"whole numbers, {about}")
    n_low = np.count_nonzero(values.max(axis=1) <= _HIGHEST_LOG)
    if n_low and values.shape[1] >= 1000:
        doubt = f"{n_low} of {len(values)} samples looked at stay below 25, as if they were logarithms."
        return Unit("TPM" if total <= _MILLION else "counts", about, doubt)
    if total <= _MILLION:
        return Unit("TPM", f"{about}, where TPM sum to at most a million", _low_sum_doubt(values, total))
    doubt = "They are not whole numbers: they may be RSEM's expected counts, or already normalised."
    return Unit("counts", f"{about}, more than the million of TPM", doubt)


def _sum_doubt(values: np.ndarray, pseudo_count: float) -> str:
    """Compare the sums per sample, taken back from logarithms, with the million of TPM."""
    totals = (np.exp2(values, dtype=float) - pseudo_count).sum(axis=1)
    if totals.max() > _MILLION:
        return (
            f"Taken back from log2, samples sum to up to {totals.max():,.0f}, but TPM to at most a million: "
            "these are logarithms of another unit (RSEM normalised, counts), or not of base 2."
        )
    return _low_sum_doubt(values, float(np.median(totals)))


def _low_sum_doubt(values: np.ndarray, total: float) -> str:
    if values.shape[1] < 15_000 or total > 5e5:
        return ""
    return f"Samples sum to {total:,.0f} only, far from a million: these may be FPKM, not TPM."


def out_of_range(values: np.ndarray, unit: str) -> np.ndarray:
    """Return which values cannot be in `unit`: negative ones, and logarithms above 25.

    In log2(TPM+0.001), values down to -9.97 are right.
    """
    lowest = _FLOOR - 0.01 if unit == "log2(TPM+0.001)" else 0.0
    highest = _HIGHEST_LOG if unit.startswith("log2") else np.inf
    return (values < lowest) | (values > highest)


def without_expression(values: np.ndarray, unit: str) -> np.ndarray:
    """Return which samples have no gene above 0 TPM, or no count."""
    return values.max(axis=1) <= (_FLOOR + 0.01 if unit == "log2(TPM+0.001)" else 0)


def to_log2_tpm(values: np.ndarray, unit: str) -> np.ndarray:
    """Bring a float32 matrix of shape (n_samples, n_genes) to log2(TPM+1), in place.

    Counts are scaled to a million per sample over the genes at hand: log2(CPM+1), which is not corrected for
    gene lengths.
    """
    if unit == "log2(TPM+1)":
        return values
    if unit == "log2(TPM+0.001)":
        np.exp2(values, out=values)
        values -= 0.001
        np.maximum(values, 0, out=values)
    if unit == "counts":
        values *= (1e6 / values.sum(axis=1, keepdims=True, dtype=float)).astype(np.float32)
    np.log1p(values, out=values)
    values *= np.float32(1 / np.log(2))
    return values
