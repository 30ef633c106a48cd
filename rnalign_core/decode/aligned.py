"""The cross-fitted alignment of a whole cohort: one latent space, one decoded profile a sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import orthogonal_procrustes

from rnalign_core.decode.ensemble import EVERYONE, Ensemble, Target, target_matrix
from rnalign_core.decode.exact import ExactForm, Metric, coefficients
from rnalign_core.model.inputs import Inputs, Labels
from rnalign_core.model.runs import Run
from rnalign_core.model.train import label_matrix

ROWS_AT_A_TIME = 2048


@dataclass(frozen=True)
class Alignment:
    """A cohort decoded with one set of labels. A line's row comes from the model that never saw its type.

    A tumor's row is the mean over models, for maps and files. To compare lines with tumors, take the lines' own
    :meth:`view`: all other models were told their types, and it shows in what these make of the tumors.

    Parameters
    ----------
    latents
        Posterior means of every model, (n_models, n_samples, n_latent).
    hidden
        Decoder hidden layers of every model at the common labels, (n_models, n_samples, decoder_width).
    own_hidden
        The same at each sample's own labels.
    dictionary
        Gene profiles of the decoders, (n_models * (decoder_width + 1), n_genes), standardised units.
    fold
        Model of each sample, negative for the mean over all, (n_samples,).
    is_tumor
        Boolean, (n_samples,).
    """

    latents: np.ndarray
    hidden: np.ndarray
    own_hidden: np.ndarray
    dictionary: np.ndarray
    fold: np.ndarray
    is_tumor: np.ndarray

    @classmethod
    def of(
        cls,
        ensemble: Ensemble,
        inputs: Inputs,
        fold: np.ndarray,
        *,
        target: Target | None = None,
        fed: Labels | None = None,
    ) -> Alignment:
        """Encode every sample with its own labels and prepare its decode.

        Parameters
        ----------
        ensemble
            Trained models.
        inputs
            The cohort.
        fold
            Model of each sample, (n_samples,), from :func:`sample_folds`.
        target
            Labels to decode with; by default cell line at purity 1.
        fed
            Labels to give the models in place of the samples' own (the label-echo control).
        """
        labels, settings = fed or inputs.labels, ensemble.settings
        latents = ensemble.encode(inputs.x, labels)
        return cls(
            latents,
            ensemble.hidden(latents, target_matrix(labels, settings, target or Target())),
            ensemble.hidden(latents, label_matrix(labels, settings)),
            ensemble.dictionary(),
            fold,
            ~inputs.labels.is_line,
        )

    def view(self, model: int) -> Alignment:
        """Return the cohort as one model alone sees it; the whole for a negative number."""
        if model < 0:
            return self
        one, width = slice(model, model + 1), self.hidden.shape[2] + 1
        return replace(
            self,
            latents=self.latents[one],
            hidden=self.hidden[one],
            own_hidden=self.own_hidden[one],
            dictionary=self.dictionary[model * width : (model + 1) * width],
            fold=np.zeros_like(self.fold),
        )

    @cached_property
    def latent(self) -> np.ndarray:
        """Latent positions in one frame, (n_samples, n_latent)."""
        return common_latent(self.latents, self.fold, self.is_tumor)

    @cached_property
    def coefficients(self) -> np.ndarray:
        """Coefficients of each profile on the dictionary, (n_samples, n_dictionary)."""
        return coefficients(self.hidden, self.fold)

    @cached_property
    def form(self) -> ExactForm:
        """Exact low-dimensional form of the dictionary."""
        return ExactForm.of(self.dictionary)

    def coordinates(self, metric: Metric) -> np.ndarray:
        """Return rows with the pairwise distances of the profiles; see :meth:`ExactForm.coordinates`."""
        return self.form.coordinates(self.coefficients, metric)

    def profiles(self, rows: slice = slice(None)) -> np.ndarray:
        """Return decoded profiles in standardised units, (n_samples, n_genes)."""
        return self.coefficients[rows] @ self.dictionary

    @cached_property
    def reconstruction(self) -> np.ndarray:
        """Coefficients of each sample's reconstruction at its own labels, (n_samples, n_dictionary)."""
        return coefficients(self.own_hidden, self.fold)

    def profiles_with_residual(self, inputs: Inputs, weight: float) -> np.ndarray:
        """Return decoded profiles to which each sample's own residual is added back.

        The residual is what the model does not explain: expression minus its reconstruction at the sample's own
        labels. It is kept as the sample's own in the counterfactual (abduction, action, prediction; Pearl 2009).

        Parameters
        ----------
        inputs
            The cohort that was aligned.
        weight
            Share of the residual that is kept, 0..1.

        Returns
        -------
        Array of shape (n_samples, n_genes), standardised units.
        """
        scale = self.residual_scale(inputs, weight)
        out = np.empty_like(inputs.x)
        for rows, residual in self._residuals(inputs):
            out[rows] = residual * scale[rows, None] + self.profiles(rows)
        return out

    def residual_scale(self, inputs: Inputs, weight: float) -> np.ndarray:
        """Return what residuals are multiplied by before they are added, (n_samples,), float32.

        `weight`; for lines, times the spread of the tumors' residuals by that of the lines' (mean SD over genes each),
        as noise is a property of the sample type.
        """
        kind = inputs.labels.is_line.astype(int)
        share = (np.eye(2)[kind] / np.bincount(kind, minlength=2)).T.astype(np.float32)
        means, squares = np.zeros((2, 2, inputs.x.shape[1]))
        for rows, residual in self._residuals(inputs):
            means += share[:, rows] @ residual
            squares += share[:, rows] @ np.square(residual, out=residual)
        spread = np.sqrt(np.maximum(squares - means**2, 0)).mean(axis=1)
        return (weight * spread[0] / spread)[kind].astype(np.float32)

    def _residuals(self, inputs: Inputs) -> Iterator[tuple[slice, np.ndarray]]:
        for start in range(0, len(inputs.x), ROWS_AT_A_TIME):
            rows = slice(start, start + ROWS_AT_A_TIME)
            yield rows, inputs.x[rows] - self.reconstruction[rows] @ self.dictionary


def sample_folds(run: Run, sample_ids: tuple[str, ...]) -> np.ndarray:
    """Return the model of each sample: its fold for a line that has one, else :data:`EVERYONE`; (n_samples,)."""
    if run.settings.conditions_on_type:
        return np.full(len(sample_ids), EVERYONE)
    return run.folds.reindex(sample_ids).fillna(EVERYONE).to_numpy(dtype=int)


def common_latent(latents: np.ndarray, fold: np.ndarray, is_tumor: np.ndarray) -> np.ndarray:
    """Bring the latent spaces of the models into the frame of the first, and take each sample from its model.

    Each model's space is turned onto the first one's by the orthogonal Procrustes rotation of the tumors
    (Schoenemann 1966), which all models saw alike.

    Parameters
    ----------
    latents
        Shape (n_models, n_samples, n_latent).
    fold
        Model of each sample; negative: mean over all models. (n_samples,)
    is_tumor
        Boolean, (n_samples,).

    Returns
    -------
    Array of shape (n_samples, n_latent), float32.
    """
    reference = latents[0] - latents[0, is_tumor].mean(axis=0)
    turned = np.empty_like(latents)
    for i, latent in enumerate(latents):
        centred = latent - latent[is_tumor].mean(axis=0)
        rotation, _ = orthogonal_procrustes(centred[is_tumor], reference[is_tumor])
        turned[i] = centred @ rotation
    return of_own_model(turned, fold).astype(np.float32)


def of_own_model(values: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Return each sample's row by the model of its fold.

    Parameters
    ----------
    values
        What every model makes of every sample, (n_models, n_samples, n_columns).
    fold
        Model of each sample; negative: mean over all models. (n_samples,)

    Returns
    -------
    Array of shape (n_samples, n_columns).
    """
    own = values[np.maximum(fold, 0), np.arange(len(fold))]
    return np.where((fold < 0)[:, None], values.mean(axis=0), own)
