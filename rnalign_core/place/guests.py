"""A finished run that is joined by samples from elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from rnalign_core.decode.aligned import Alignment
from rnalign_core.decode.ensemble import EVERYONE
from rnalign_core.model.inputs import Inputs, Labels
from rnalign_core.rank.aligned_run import COLUMNS, AlignedRun


class JoinedRun(AlignedRun):
    """A run and its guests: these can be asked for by id, but nobody is compared with them unless they are named.

    No number about the run's own samples depends on the guests. A new guest is seen by all models on average, a cell
    line of the run itself by the one that was not told its type; compared with another line, by the model of that line.

    Parameters
    ----------
    host
        The run.
    samples
        Sample table of the guests, as of :class:`rnalign_core.place.Query`, no id of it in the run.
    x
        Their expression as the models take it, standardised, (n_guests, n_genes).
    fold
        Model of each guest, negative for all, (n_guests,); by default all.
    """

    def __init__(
        self, host: AlignedRun, samples: pd.DataFrame, x: np.ndarray, fold: np.ndarray | None = None
    ):
        self.host = host
        self.samples = host.samples
        labels = guest_labels(samples, host.inputs.labels)
        guests = replace(host.inputs, x=x, labels=labels, sample_ids=tuple(samples.index))
        fold = np.full(len(x), EVERYONE) if fold is None else fold
        alignment = _joined(host.alignment, Alignment.of(host.ensemble, guests, fold))
        self.guests = samples.reindex(columns=list(COLUMNS)).assign(fold=fold)
        self._set(host.run, host.ensemble, _together(host.inputs, guests), alignment)

    def admitting(self, sample_ids: Collection[str], cancer_type: pd.Series) -> JoinedRun:
        """Return the same with some guests among the samples that others are compared with.

        Parameters
        ----------
        sample_ids
            The guests.
        cancer_type
            Types of the run that they are taken to be of, by sample id; missing for none.
        """
        _ = self._norm  # large, and then shared with the copy
        found = copy.copy(self)
        guests = self.guests.loc[list(sample_ids)].assign(cancer_type=cancer_type)
        found.samples = pd.concat([self.host.samples.astype(object), guests.astype(object)])
        found.samples["fold"] = found.samples["fold"].astype(int)
        found.samples["purity"] = found.samples["purity"].astype(float)
        return found

    def _residual_scale(self, model: int) -> np.ndarray:
        if model not in self._scales:
            own = self.host._residual_scale(model)
            is_line = self.inputs.labels.is_line
            of_host = [own[is_line[: len(own)] == kind][0] for kind in (False, True)]
            guests = np.array(of_host, dtype=own.dtype)[is_line[len(own) :].astype(int)]
            self._scales[model] = np.concatenate([own, guests])
        return self._scales[model]


def guest_labels(samples: pd.DataFrame, host: Labels) -> Labels:
    """Return what the models are told of guests: sample type, and purity where it is known, else the run's mean."""
    own = Labels.of(samples)
    known = host.purity_known & ~host.is_line
    mean = host.purity[known].mean() if known.any() else 0.5
    codes = pd.Categorical(samples["cancer_type"].astype(object), categories=host.types).codes.astype(
        np.int64
    )
    purity = np.where(own.purity_known, own.purity, mean).astype(np.float32)
    return replace(own, purity=purity, cancer_type=codes, types=host.types)


def _together(host: Inputs, guests: Inputs) -> Inputs:
    pair = (host.labels, guests.labels)
    labels = Labels(
        *(
            np.concatenate([getattr(of, name) for of in pair])
            for name in ("is_line", "purity", "purity_known", "cancer_type")
        ),
        host.labels.types,
    )
    ids = (*host.sample_ids, *guests.sample_ids)
    return replace(host, x=np.concatenate([host.x, guests.x]), labels=labels, sample_ids=ids)


def _joined(host: Alignment, guests: Alignment) -> Alignment:
    """Put guests behind the run's samples; the frame that the models share stays that of the run's tumors."""
    rows = {name: np.concatenate([getattr(host, name), getattr(guests, name)], axis=1)
            for name in ("latents", "hidden", "own_hidden")}  # fmt: skip
    return replace(
        host,
        **rows,
        fold=np.concatenate([host.fold, guests.fold]),
        is_tumor=np.concatenate([host.is_tumor, np.zeros(len(guests.fold), dtype=bool)]),
    )
