"""Delta D: how much farther a cell line is from the tumors of its cancer type than these from each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnalign_core.metrics.intervals import percentile_interval, stratified_resamples
from rnalign_core.metrics.samples import check_profiles, scored_types

_DISTANCES_PER_BLOCK = 2**22


@dataclass(frozen=True)
class DeltaD:
    """Delta D with its parts.

    Parameters
    ----------
    delta_d, relative
        ``{"value", "low", "high"}``; in the units of the profiles, and as a share of the mean tumor-tumor
        distance. None where undefined: no cancer type counts, or all tumors of a type coincide.
    types
        Table by cancer type: ``n_lines``, ``n_tumors``, the mean distances ``line_tumor`` and
        ``tumor_tumor``, their difference ``delta_d``, and ``relative``, delta_d / tumor_tumor.
    lines
        Table of the counted lines by id: ``cancer_type`` and ``distance``, the mean to its tumors.
    definition
        What the numbers mean, in words.
    """

    delta_d: dict[str, float | None]
    relative: dict[str, float | None]
    types: pd.DataFrame
    lines: pd.DataFrame
    definition: str

    def summary(self) -> dict:
        """Return the headline numbers and what they mean, as plain JSON values."""
        return {
            "delta_d": self.delta_d,
            "relative": self.relative,
            "n_types": len(self.types),
            "n_lines": len(self.lines),
            "definition": self.definition,
        }


def delta_d(
    line_profiles: np.ndarray,
    tumor_profiles: np.ndarray,
    line_types: pd.Series,
    tumor_types: pd.Series,
    *,
    min_tumors: int = 15,
    min_lines: int = 5,
    n_bootstrap: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> DeltaD:
    """Compare line-tumor with tumor-tumor distances within each cancer type.

    The measure of Alvarez, Krishnamachari & Skanderup (AI4X 2025), who do not define it; this definition is
    RNAlign's own. Within a type, mean Euclidean distance over pairs of a line and a tumor, minus that over
    pairs of two tumors; then the mean over types. A method that shrinks everything shrinks Delta D too, hence
    the relative one; and one that collapses types makes both small, so show
    :func:`rnalign_core.metrics.variance.variance_kept` beside them. Distances come from float64 inner products
    of profiles centred within the type, exact to rounding.

    Parameters
    ----------
    line_profiles
        Array of shape (n_lines, n_features).
    tumor_profiles
        Array of shape (n_tumors, n_features).
    line_types
        Cancer types in the order of `line_profiles`, indexed by sample id; may be missing.
    tumor_types
        Cancer types in the order of `tumor_profiles`; may be missing.
    min_tumors, min_lines
        A type counts if it has at least so many tumors (no less than 2) and lines (no less than 1).
    n_bootstrap, confidence, seed
        Resamples, coverage and seed of the intervals. Lines are resampled within their types; tumors and
        types are held fixed, so an interval says how the value would vary with other lines of these types.

    Raises
    ------
    ValueError
        If types and profiles differ in number, or a value is NaN or infinite.
    """
    if min_tumors < 2 or min_lines < 1:
        raise ValueError(f"a type needs 2 tumors and 1 line, but asked for {min_tumors} and {min_lines}")
    line_profiles = check_profiles(line_profiles, line_types, "line")
    tumor_profiles = check_profiles(tumor_profiles, tumor_types, "tumor")
    types = scored_types(line_types, tumor_types, min_tumors, min_lines)
    definition = (
        "Within each cancer type, mean Euclidean distance of a cell line to a tumor minus mean distance of two "
        "tumors; then the mean over types. relative: divided by the mean over types of the distance of two "
        f"tumors. Counted are types with at least {min_tumors} tumors and {min_lines} lines. "
        f"low, high: {confidence:.0%} percentile interval over {n_bootstrap} bootstrap resamples of the lines "
        "within their types, with tumors and types fixed."
    )
    per_line, within = [], []
    for cancer_type in types.index:
        ids = line_types.index[line_types == cancer_type]
        lines = line_profiles[(line_types == cancer_type).to_numpy()].astype(np.float64)
        tumors = tumor_profiles[(tumor_types == cancer_type).to_numpy()].astype(np.float64)
        # Nearby values lose no digits in inner products; a tumor as origin keeps equal tumors at exactly 0.
        origin = tumors[0].copy()
        lines -= origin
        tumors -= origin
        distance = _summed_distances(lines, tumors) / len(tumors)
        per_line.append(pd.DataFrame({"cancer_type": cancer_type, "distance": distance}, index=ids))
        within.append(_summed_distances(tumors, tumors).sum() / (len(tumors) * (len(tumors) - 1)))
    if types.empty:
        lines, types = pd.DataFrame(columns=["cancer_type", "distance"]), _types_table(types, [], [])
        nothing = {"value": None, "low": None, "high": None}
        return DeltaD(nothing, nothing, types, lines, definition)

    lines = pd.concat(per_line)
    sizes = types["n_lines"].to_numpy()
    drawn = lines["distance"].to_numpy()[stratified_resamples(sizes, n_bootstrap, seed)]
    cross = np.add.reduceat(drawn, np.cumsum(sizes) - sizes, axis=1) / sizes
    difference, scale = (cross - within).mean(axis=1), np.mean(within)
    relative = {"value": None, "low": None, "high": None}
    if scale > 0:
        relative = percentile_interval(difference / scale, confidence)
    types = _types_table(types, cross[0], within)
    return DeltaD(percentile_interval(difference, confidence), relative, types, lines, definition)


def _types_table(types: pd.DataFrame, cross: np.ndarray, within: np.ndarray) -> pd.DataFrame:
    types = types.assign(line_tumor=cross, tumor_tumor=within)
    types["delta_d"] = types["line_tumor"] - types["tumor_tumor"]
    types["relative"] = types["delta_d"] / types["tumor_tumor"].where(types["tumor_tumor"] > 0)
    return types


def _summed_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return for each row of `a` its summed distance to all rows of `b`; a row's distance to itself is 0."""
    squared_a, squared_b = (np.einsum("ij,ij->i", x, x) for x in (a, b))
    sums = np.empty(len(a))
    step = max(1, _DISTANCES_PER_BLOCK // len(b))
    for start in range(0, len(a), step):
        rows = slice(start, start + step)
        squared = squared_a[rows, None] + squared_b - 2 * a[rows] @ b.T
        if a is b:
            block = np.arange(len(squared))
            squared[block, start + block] = 0
        sums[rows] = np.sqrt(np.maximum(squared, 0, out=squared), out=squared).sum(axis=1)
    return sums
