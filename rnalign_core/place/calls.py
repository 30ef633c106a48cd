"""Cancer types of samples that no model saw: calls, calibrated probabilities, and when to abstain.

All three are measured by what the run itself kept from its models. Cell lines were seen by a model that was not told
their types; of the tumors, each model kept some from its training (those that told it when to stop). These samples tell
how far the probabilities of the type head hold, and how far from its type a sample may lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from rnalign_core.decode.aligned import of_own_model
from rnalign_core.model.train import held_out_samples
from rnalign_core.place.distance import expression_distance, latent_distance
from rnalign_core.place.limits import UNLIKE

if TYPE_CHECKING:
    from rnalign_core.place.guests import JoinedRun
    from rnalign_core.rank.aligned_run import AlignedRun

TEMPERATURES = (0.05, 20.0)


@dataclass(frozen=True)
class KeptApart:
    """What the models make of samples of one sample type that they were not taught.

    Parameters
    ----------
    evidence
        Log probabilities of the type head, (n_samples, n_types).
    own
        The samples' types, codes, (n_samples,).
    distances
        Logarithms of how far they are from the types, (n_samples, 3): in the latent space, in principal components of
        expression, and what these leave (:mod:`rnalign_core.place.distance`).
    """

    evidence: np.ndarray
    own: np.ndarray
    distances: np.ndarray

    def temperature(self) -> float:
        """Return the temperature at which the log loss is least (Guo et al., ICML 2017); 1 without samples."""
        if not len(self.own):
            return 1.0

        def loss(log_temperature: float) -> float:
            scaled = log_softmax(self.evidence / np.exp(log_temperature), axis=1)
            return -scaled[np.arange(len(self.own)), self.own].mean()

        return float(np.exp(minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded").x))

    def distance(self, distances: np.ndarray) -> np.ndarray:
        """Return the mean of the three in standard deviations from those of these samples, (n_samples,).

        Parameters
        ----------
        distances
            As of the class.
        """
        spread = np.maximum(self.distances.std(axis=0), np.finfo(float).eps)
        return ((distances - self.distances.mean(axis=0)) / spread).mean(axis=1)

    def share_nearer(self, distances: np.ndarray) -> np.ndarray:
        """Return the share of these samples that are nearer to a type, (n_samples,)."""
        own = np.sort(self.distance(self.distances))
        return np.searchsorted(own, self.distance(distances)) / len(own)


def call_types(joined: JoinedRun, measured: np.ndarray | None = None) -> pd.DataFrame:
    """Call the guests of a run.

    The probability of a type is the mean over the models of the type head's, for a line of the run that of its own
    model, at the temperature of the sample type.
    `distance` is that from the types, in standard deviations from the mean of the samples kept apart
    (:meth:`KeptApart.distance`); `unlike` is the share of these that are nearer.

    Parameters
    ----------
    joined
        The run and its guests.
    measured
        Which genes were measured, (n_genes,); by default all. Values that were filled in are like the run's own, and
        would hide how unlike a sample is.

    Returns
    -------
    Table by sample id: ``call, probability, margin, unlike, abstained, distance``.
    """
    host, n_host = joined.host, len(joined.host.fold)
    evidence = _log_probabilities(host, joined.alignment.latents)
    near = latent_distance(host, joined.alignment.latents)
    is_line, x = joined.inputs.labels.is_line[n_host:], joined.inputs.x[n_host:]
    n, types = len(x), np.array(host.ensemble.types, dtype=object)
    probability, distance, unlike = np.empty((n, len(types))), np.empty(n), np.empty(n)
    for line in np.unique(is_line):
        rows = np.flatnonzero(is_line == line)
        of_host, of_guests = expression_distance(host, line, x[rows], measured)
        kept = _kept_apart(host, line, evidence, near, of_host)
        scaled = evidence[:, n_host + rows] / kept.temperature()
        models = joined.fold[n_host + rows]
        probability[rows] = of_own_model(softmax(scaled, axis=2), models)
        latent = of_own_model(near[:, n_host + rows, None], models)
        far = _log(np.column_stack([latent, of_guests]))
        distance[rows], unlike[rows] = kept.distance(far), kept.share_nearer(far)
    ordered = np.sort(probability, axis=1)
    columns = {
        "call": types[probability.argmax(axis=1)],
        "probability": ordered[:, -1],
        "margin": ordered[:, -1] - (ordered[:, -2] if len(types) > 1 else 0),
        "unlike": unlike,
        "abstained": unlike > UNLIKE,
        "distance": distance,
    }
    return pd.DataFrame(columns, joined.guests.index)


def _kept_apart(
    host: AlignedRun, line: bool, evidence: np.ndarray, near: np.ndarray, expression: np.ndarray
) -> KeptApart:
    """Collect lines with the model of their fold, or tumors with the models that were not trained on them."""
    labels, settings = host.inputs.labels, host.run.settings
    typed = (labels.is_line == line) & (labels.cancer_type >= 0)
    if line:
        rows = np.flatnonzero(typed & (host.fold >= 0))
        models = host.fold[rows]
    else:
        parts = [
            np.flatnonzero(typed & held_out_samples(labels.is_line, settings, f)) for f in settings.fold_ids
        ]
        rows, models = np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(p) for p in parts])
    distances = np.column_stack([near[models, rows], expression[rows]])
    return KeptApart(evidence[models, rows], labels.cancer_type[rows], _log(distances))


def _log_probabilities(host: AlignedRun, latents: np.ndarray) -> np.ndarray:
    """Return log probabilities of the type head by every model, (n_models, n_samples, n_types)."""
    return _log(host.ensemble.type_probabilities(np.ascontiguousarray(latents)).astype(float))


def _log(x: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(x, np.finfo(np.float32).tiny))
