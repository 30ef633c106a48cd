"""Lines and tumors as each of several models sees them.

Models that learn cancer types are cross-fitted: each line has one model that was never told its type. A tumor's profile
differs from model to model, and every other model was told the line's type; in their profiles of tumors, or in a mean
over models, the line's own label has left its mark. So a line is compared with tumors in the view of its model alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnalign_core.metrics.samples import check_profiles


class View(NamedTuple):
    """What one model sees, and the lines that may be compared with tumors in it.

    Parameters
    ----------
    lines
        Boolean array of shape (n_lines,): the lines of this view. Each line is in one view.
    line_profiles
        Their profiles, in order, (number of lines in this view, n_features).
    tumor_profiles
        Profiles of all tumors, (n_tumors, n_features); views may differ in the number of features.
    """

    lines: np.ndarray
    line_profiles: np.ndarray
    tumor_profiles: np.ndarray


def one_view(line_profiles: np.ndarray, tumor_profiles: np.ndarray) -> list[View]:
    """Return the only view of a method that has no models, or one."""
    return [View(np.ones(len(line_profiles), dtype=bool), line_profiles, tumor_profiles)]


def views(
    profiles: Callable[[int], np.ndarray], fold: np.ndarray, lines: np.ndarray, tumors: np.ndarray
) -> Iterator[View]:
    """Yield the view of every model that has lines, one after the other, so that one at a time is in memory.

    Parameters
    ----------
    profiles
        Returns what the model of a fold makes of all samples, (n_samples, n_features).
    fold
        Model of each sample, (n_samples,); only that of lines counts.
    lines, tumors
        Which samples to compare, boolean, (n_samples,).
    """
    of_lines = fold[lines]
    for model in np.unique(of_lines):
        x = profiles(int(model))
        yield View(of_lines == model, x[lines & (fold == model)], x[tumors])


def checked(views: Iterable[View], line_types: pd.Series, tumor_types: pd.Series) -> Iterator[View]:
    """Yield `views`, and see to it that they are of these lines and tumors, and every line is in exactly one.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is NaN or infinite, or a line is in no view or in several.
    """
    seen = np.zeros(len(line_types), dtype=int)
    for view in views:
        if len(view.lines) != len(line_types):
            raise ValueError(f"a view is of {len(view.lines)} lines, but {len(line_types)} have a label")
        lines = check_profiles(view.line_profiles, line_types[view.lines], "line")
        tumors = check_profiles(view.tumor_profiles, tumor_types, "tumor")
        seen += view.lines
        yield View(view.lines, lines, tumors)
    if (seen != 1).any():
        raise ValueError(f"{int((seen != 1).sum())} of {len(seen)} lines are not in exactly one view")
