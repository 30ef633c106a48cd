"""Delta D: how much farther a cell line is from the tumors of its cancer type than these from each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from rnalign_core.metrics.intervals import percentile_interval, stratified_resamples
from rnalign_core.metrics.samples import scored_types
from rnalign_core.metrics.views import View, checked

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
        Table of the counted lines by id: ``cancer_type``; ``distance``, the mean to the tumors of its type; and
        ``within``, the mean distance of two of these tumors in the line's view.
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
    views: Iterable[View],
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
    views
        Profiles of lines and tumors, as each line's model sees them; see :mod:`rnalign_core.metrics.views`. Where there
        are several, a line's distance to tumors is set against the distance of two tumors in the line's own view.
    line_types
        Cancer types in the order of the lines, indexed by sample id; may be missing.
    tumor_types
        Cancer types in the order of the tumors; may be missing.
    min_tumors, min_lines
        A type counts if it has at least so many tumors (no less than 2) and lines (no less than 1).
    n_bootstrap, confidence, seed
        Resamples, coverage and seed of the intervals. Lines are resampled within their types; tumors and
        types are held fixed, so an interval says how the value would vary with other lines of these types.

    Raises
    ------
    ValueError
        If views are not those of these lines and tumors, or a value is NaN or infinite.
    """
    if min_tumors < 2 or min_lines < 1:
        raise ValueError(f"a type needs 2 tumors and 1 line, but asked for {min_tumors} and {min_lines}")
    types = scored_types(line_types, tumor_types, min_tumors, min_lines)
    definition = (
        "Within each cancer type, mean Euclidean distance of a cell line to a tumor minus mean distance of two "
        "tumors; then the mean over types. relative: divided by the mean over types of the distance of two "
        f"tumors. Counted are types with at least {min_tumors} tumors and {min_lines} lines. "
        f"low, high: {confidence:.0%} percentile interval over {n_bootstrap} bootstrap resamples of the lines "
        "within their types, with tumors and types fixed."
    )
    lines = pd.DataFrame(
        {"cancer_type": line_types.astype(object), "distance": np.nan, "within": np.nan}, line_types.index
    )
    for view in checked(views, line_types, tumor_types):
        for cancer_type in types.index:
            of_type = (line_types == cancer_type).to_numpy()
            members = view.line_profiles[of_type[view.lines]].astype(np.float64)
            if not len(members):
                continue
            tumors = view.tumor_profiles[(tumor_types == cancer_type).to_numpy()].astype(np.float64)
            # Nearby values lose no digits in inner products; a tumor as origin keeps equal tumors at exactly 0.
            origin = tumors[0].copy()
            members -= origin
            tumors -= origin
            rows = of_type & view.lines
            lines.loc[rows, "distance"] = _summed_distances(members, tumors) / len(tumors)
            pairs = len(tumors) * (len(tumors) - 1)
            lines.loc[rows, "within"] = _summed_distances(tumors, tumors).sum() / pairs
    if types.empty:
        nothing = {"value": None, "low": None, "high": None}
        return DeltaD(nothing, nothing, _types_table(types, [], []), lines[:0], definition)

    lines = lines[lines["cancer_type"].isin(types.index)].sort_values("cancer_type", kind="stable")
    by_type = lines.groupby("cancer_type")
    cross, within = by_type["distance"].mean(), by_type["within"].mean()
    sizes = types["n_lines"].to_numpy()
    farther = (lines["distance"] - lines["within"]).to_numpy()
    drawn = farther[stratified_resamples(sizes, n_bootstrap, seed)]
    by_resample = np.add.reduceat(drawn, np.cumsum(sizes) - sizes, axis=1) / sizes
    difference, scale = by_resample.mean(axis=1), within.mean()
    relative = {"value": None, "low": None, "high": None}
    if scale > 0:
        relative = percentile_interval(difference / scale, confidence)
    types = _types_table(types, cross, within)
    return DeltaD(percentile_interval(difference, confidence), relative, types, lines, definition)


def _types_table(types: pd.DataFrame, cross: ArrayLike, within: ArrayLike) -> pd.DataFrame:
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
