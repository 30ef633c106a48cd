"""Which uploaded samples a run knows already: its models were taught on these, and would repeat what they were told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import CELL_LINE
from rnalign_core.cohort.search import all_names
from rnalign_core.cohort.words import count, some
from rnalign_core.place.query import Query
from rnalign_core.problems import Problem
from rnalign_core.rank.aligned_run import AlignedRun

SAME = 0.999  # correlation of standardised profiles; a line measured again has 0.9, a rounded copy 0.99999


def known_samples(aligned: AlignedRun, query: Query) -> pd.Series:
    """Return the sample of the run that each sample of a query is, by sample id; None for new ones.

    A sample is known by its id, by its profile whatever it is called, and a cell line by any name or id, also where it
    was measured again: its models were told what type that line is.
    """
    ids = query.samples.index
    found = _by_profile(aligned, query)
    for other in (ids.to_series().where(ids.isin(aligned.samples.index)), _by_name(aligned, query)):
        found = found.where(found.notna(), other.astype(object))
    return found.where(found.notna(), None)


def _by_profile(aligned: AlignedRun, query: Query) -> pd.Series:
    genes = np.flatnonzero(~query.missing)
    found = pd.Series(None, query.samples.index, dtype=object)
    host, is_line = aligned.inputs, aligned.inputs.labels.is_line
    for line in (False, True):
        rows = np.flatnonzero(is_line == line)
        if not len(rows):
            continue
        mean, sd = (part[int(line)][genes] for part in (host.scaler.mean, host.scaler.sd))
        similarity = _unit((query.values[:, genes] - mean) / sd) @ _unit(host.x[np.ix_(rows, genes)]).T
        nearest = similarity.argmax(axis=1)
        same = similarity[np.arange(len(nearest)), nearest] > SAME
        found[same] = aligned.samples.index[rows[nearest[same]]]
    return found


def _unit(x: np.ndarray) -> np.ndarray:
    x = x - x.mean(axis=1, keepdims=True)
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), np.finfo(np.float32).tiny)


def _by_name(aligned: AlignedRun, query: Query) -> pd.Series:
    theirs, ours = (
        all_names(samples[samples["sample_type"] == CELL_LINE])
        for samples in (query.samples, aligned.samples)
    )
    by_key = ours.drop_duplicates("key").set_index("key")["sample_id"]
    hits = theirs.assign(known=theirs["key"].map(by_key)).dropna(subset="known")
    return hits.drop_duplicates("sample_id").set_index("sample_id")["known"].reindex(query.samples.index)


def known_warnings(aligned: AlignedRun, known: pd.Series, file: str) -> list[Problem]:
    """Say what it means that the run knows some samples."""
    known = known.dropna()
    is_line = (aligned.samples.loc[known, "sample_type"] == CELL_LINE).to_numpy()
    problems = []
    if is_line.any():
        what = f"{count(is_line.sum(), 'cell line')} of the run itself: {some(known.index[is_line])}"
        fix = "Nothing to do: each is called, and compared with tumors, by the one model that was not told its type."
        problems.append(Problem(what, file, fix, "warning"))
    if not is_line.all():
        what = f"{count((~is_line).sum(), 'tumor')} of the run itself: {some(known.index[~is_line])}"
        fix = "Leave them out: the models were trained on them with their types, and calls of them repeat these."
        problems.append(Problem(what, file, fix, "warning"))
    return problems
