"""Any samples decoded with any labels, as short rows that stand for their profiles.

The decoder's first layer is linear in latent and labels, its last is linear in the hidden units. What the latents give
to the first can be computed once and kept, and so is a root of the last one's Gram matrix; a new set of labels then
costs the hidden units and a short row a sample, whatever the number of genes. Nothing is approximated; see
:mod:`rnalign_core.decode.exact`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from rnalign_core.decode.ensemble import Ensemble, Target, target_matrix
from rnalign_core.decode.exact import ExactForm, coefficients
from rnalign_core.model.inputs import Labels


@dataclass(frozen=True)
class DecodeLabels(Target):
    """Labels to decode with; by default those of the homogenised decode.

    Parameters
    ----------
    cancer_type
        Type to tell a model whose labels include the type, in place of each sample's own.
    """

    cancer_type: str | None = None


HOMOGENISED = DecodeLabels()


class AtLabels:
    """The models and samples of a run.

    Parameters
    ----------
    ensemble
        Trained models.
    labels
        Labels of the samples.
    latents
        Posterior means of every model, (n_models, n_samples, n_latent).
    fold
        Model of each sample, negative for the mean over all, (n_samples,).
    """

    def __init__(self, ensemble: Ensemble, labels: Labels, latents: np.ndarray, fold: np.ndarray):
        self.ensemble, self.labels, self.fold = ensemble, labels, fold
        self.latents = torch.from_numpy(latents)
        self.roots = [_root(self._dictionary(model)) for model in self.models]

    @property
    def models(self) -> range:
        """Numbers of the models."""
        return range(len(self.ensemble.networks))

    def base(self, model: int, rows: np.ndarray) -> Tensor:
        """Return what the first layer of a model makes of samples before it is told labels, (n_rows, width)."""
        first, z = self.ensemble.networks[model].decoder[0], self.latents[model]
        return torch.addmm(first.bias, z[torch.from_numpy(rows)], first.weight[:, : z.shape[1]].T)

    def hidden(self, model: int, base: Tensor, rows: np.ndarray, at: DecodeLabels) -> Tensor:
        """Return a model's hidden units at labels, (n_rows, width).

        Parameters
        ----------
        model
            Number of the model.
        base
            From :meth:`base`, of the same samples.
        rows
            Positions of the samples in the cohort.
        at
            The labels.

        Raises
        ------
        ValueError
            If a cancer type is given, but is no label of these models.
        """
        first, *rest = self.ensemble.networks[model].decoder
        hidden = base + self._label_rows(rows, at) @ first.weight[:, self.latents.shape[2] :].T
        for layer in rest:
            hidden = layer(hidden)
        return hidden

    def coordinates(self, model: int, base: Tensor, rows: np.ndarray, at: DecodeLabels) -> Tensor:
        """Return rows with the Euclidean distances of a model's profiles; without the last column, their correlations.

        Parameters and errors are those of :meth:`hidden`.
        """
        root = self.roots[model]
        return torch.addmm(root[-1], self.hidden(model, base, rows, at), root[:-1])

    def mixed(self, rows: np.ndarray, at: DecodeLabels) -> Tensor:
        """Return such rows for the aligned profiles: of a line by its own model, of any other the mean over models."""
        hidden = [self.hidden(model, self.base(model, rows), rows, at).numpy() for model in self.models]
        return torch.from_numpy(coefficients(np.stack(hidden), self.fold[rows])) @ self._root_of_all

    @cached_property
    def _root_of_all(self) -> Tensor:
        return _root(np.concatenate([self._dictionary(model) for model in self.models]))

    def _dictionary(self, model: int) -> np.ndarray:
        output = self.ensemble.networks[model].output
        return torch.cat([output.weight, output.bias[:, None]], dim=1).T.numpy()

    def _label_rows(self, rows: np.ndarray, at: DecodeLabels) -> Tensor:
        """Return label columns of samples, in a single row where they are the same for all."""
        settings = self.ensemble.settings
        if at.cancer_type is not None and not settings.conditions_on_type:
            raise ValueError("cancer type is not a label of these models")
        own_types = settings.conditions_on_type and at.cancer_type is None
        rows = rows if own_types else rows[:1]
        parts = {f.name: getattr(self.labels, f.name) for f in fields(Labels) if f.name != "types"}
        labels = replace(self.labels, **{name: values[rows] for name, values in parts.items()})
        if at.cancer_type is not None:
            labels = replace(labels, cancer_type=np.array([labels.types.index(at.cancer_type)]))
        return torch.from_numpy(target_matrix(labels, settings, at))


def _root(dictionary: np.ndarray) -> Tensor:
    """Return a root for Euclidean distances whose columns but the last serve Pearson correlation.

    A squared distance over genes is that of profiles centred over genes plus n_genes times that of their means.
    """
    means = dictionary.mean(axis=1, dtype=np.float64) * dictionary.shape[1] ** 0.5
    return torch.from_numpy(np.column_stack([ExactForm.of(dictionary).pearson, means]).astype(np.float32))
