"""Profiles of lines and tumors with their cancer types, checked; and the types that count."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import CELL_LINE, TUMOR


def check_profiles(profiles: np.ndarray, labels: pd.Series, kind: str) -> np.ndarray:
    """Return `profiles` as an array if there is one row of finite values for each of `labels`.

    Parameters
    ----------
    profiles
        Array of shape (n_samples, n_features).
    labels
        One label a sample, such as its cancer type.
    kind
        What the samples are, for the message.

    Raises
    ------
    ValueError
        If the numbers differ, or a value is NaN or infinite.
    """
    profiles = np.asarray(profiles)
    if profiles.ndim != 2 or len(profiles) != len(labels):
        raise ValueError(
            f"{kind} profiles have shape {profiles.shape}, but there are {len(labels)} {kind} labels"
        )
    if not np.isfinite(profiles).all():
        raise ValueError(f"{kind} profiles contain NaN or infinite values")
    return profiles


def scored_types(
    line_types: pd.Series, tumor_types: pd.Series, min_tumors: int, min_lines: int
) -> pd.DataFrame:
    """Return the cancer types with at least `min_tumors` tumors and `min_lines` lines.

    Returns
    -------
    Table by cancer type, sorted, with ``n_lines`` and ``n_tumors``.
    """
    counts = pd.DataFrame(
        {
            "n_lines": line_types.astype(object).value_counts(),
            "n_tumors": tumor_types.astype(object).value_counts(),
        }
    )
    counts = counts.fillna(0).astype(int).sort_index().rename_axis("cancer_type")
    return counts[(counts["n_lines"] >= min_lines) & (counts["n_tumors"] >= min_tumors)]


def typed_samples(
    line_profiles: np.ndarray, tumor_profiles: np.ndarray, line_types: pd.Series, tumor_types: pd.Series
) -> tuple[np.ndarray, pd.DataFrame]:
    """Put lines and tumors that have a cancer type into one table.

    Returns
    -------
    Array of shape (n_samples, n_features), lines first, and the samples' table by id with ``sample_type``
    (``cell_line`` or ``tumor``) and ``cancer_type``.

    Raises
    ------
    ValueError
        As :func:`check_profiles`.
    """
    parts, tables = [], []
    for kind, sample_type, profiles, types in (
        ("line", CELL_LINE, line_profiles, line_types),
        ("tumor", TUMOR, tumor_profiles, tumor_types),
    ):
        typed = types.notna().to_numpy()
        parts.append(check_profiles(profiles, types, kind)[typed])
        types = types[typed].astype(object)
        tables.append(pd.DataFrame({"sample_type": sample_type, "cancer_type": types}, index=types.index))
    return np.vstack(parts), pd.concat(tables)
