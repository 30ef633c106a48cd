"""The trained models of a run together: encode with any, decode everyone with the same labels."""

from __future__ import annotations

import json
from dataclasses import dataclass

import anndata as ad
import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from rnalign_core.files import atomic_path
from rnalign_core.model.inputs import Inputs, Labels, Scaler
from rnalign_core.model.network import CVAE
from rnalign_core.model.runs import Run
from rnalign_core.model.settings import Settings
from rnalign_core.model.train import fold_weights, label_matrix, network_for

EVERYONE = -1  # stands in place of a fold: the mean over all models


@dataclass(frozen=True)
class Target:
    """The labels that everything is decoded with. The default is the homogenised decode.

    Parameters
    ----------
    line
        0 is tumor, 1 is cell line; continuous between (training saw only the ends).
    purity
        Fraction 0..1.
    """

    line: float = 1.0
    purity: float = 1.0


@dataclass(frozen=True)
class Ensemble:
    """The K cross-fitted models of a finished training, in evaluation mode.

    Parameters
    ----------
    networks
        One a fold, in fold order.
    settings
        Settings they were trained with.
    scaler
        Standardisation of their inputs.
    genes
        Genes they take, in order.
    types
        Cancer types of the type head, in order.
    """

    networks: tuple[CVAE, ...]
    settings: Settings
    scaler: Scaler
    genes: tuple[str, ...]
    types: tuple[str, ...]

    @classmethod
    def load(cls, run: Run) -> Ensemble:
        """Read the models of a run from its ``weights.safetensors``."""
        with safe_open(run.path / "weights.safetensors", "pt") as file:
            about = json.loads(file.metadata()["rnalign"])
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        genes, types = about["genes"], about["types"]
        scaler = Scaler(tensors.pop("scaler.mean").numpy(), tensors.pop("scaler.sd").numpy())
        networks = []
        for fold in run.settings.fold_ids:
            network = network_for(run.settings, len(genes), len(types))
            prefix = f"fold{fold}."
            network.load_state_dict(
                {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            )
            networks.append(network.eval().requires_grad_(False))
        return cls(tuple(networks), run.settings, scaler, tuple(genes), tuple(types))

    def inputs(self, cohort: ad.AnnData) -> Inputs:
        """Return a cohort as the models take it: their genes, standardised as in training."""
        labels = Labels.of(cohort.obs)
        columns = cohort.var_names.get_indexer(self.genes)
        x = self.scaler.standardise(cohort.X, labels.is_line, columns)
        return Inputs(x, labels, self.scaler, self.genes, tuple(cohort.obs_names))

    @torch.no_grad()
    def encode(self, x: np.ndarray, labels: Labels) -> np.ndarray:
        """Return posterior means of every model, shape (n_models, n_samples, n_latent).

        Parameters
        ----------
        x
            Standardised expression, (n_samples, n_genes).
        labels
            The samples' own labels.
        """
        features, y = torch.from_numpy(x), torch.from_numpy(label_matrix(labels, self.settings))
        return torch.stack([network.encode(features, y)[0] for network in self.networks]).numpy()

    @torch.no_grad()
    def hidden(self, latent: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return decoder hidden layers, shape (n_models, n_samples, decoder_width).

        Parameters
        ----------
        latent
            As from :meth:`encode`.
        y
            Label columns to decode with, (n_samples, n_labels).
        """
        labels, z = torch.from_numpy(y), torch.from_numpy(latent)
        return torch.stack([net.hidden(z[i], labels) for i, net in enumerate(self.networks)]).numpy()

    @torch.no_grad()
    def type_probabilities(self, latent: np.ndarray) -> np.ndarray:
        """Return type-head probabilities of every model, shape (n_models, n_samples, n_types)."""
        z = torch.from_numpy(latent)
        return torch.stack(
            [net.type_head(z[i]).softmax(dim=1) for i, net in enumerate(self.networks)]
        ).numpy()

    def dictionary(self) -> np.ndarray:
        """Return the decoders' last layers stacked as rows, shape (n_models * (decoder_width + 1), n_genes).

        A decoded profile of model f is ``[h, 1]`` times rows ``f * (width + 1)`` and following, standardised units.
        """
        layers = [torch.cat([net.output.weight, net.output.bias[:, None]], dim=1).T for net in self.networks]
        return torch.cat(layers).numpy()


def target_matrix(labels: Labels, settings: Settings, target: Target) -> np.ndarray:
    """Return label columns at the target for every sample, shape (n_samples, n_labels), float32."""
    y = label_matrix(labels, settings)
    y[:, 0], y[:, 1] = 1 - target.line, target.line
    if settings.uses_purity:
        y[:, 2], y[:, 3] = target.purity, 1.0
    return y


def assemble_weights(run: Run, inputs: Inputs) -> None:
    """Write ``weights.safetensors`` from the folds' finished checkpoints, in half precision.

    Everything that a user sees is computed from the weights as stored here.
    """
    tensors: dict[str, Tensor] = {
        "scaler.mean": torch.from_numpy(inputs.scaler.mean),
        "scaler.sd": torch.from_numpy(inputs.scaler.sd),
    }
    for fold in run.settings.fold_ids:
        tensors |= {f"fold{fold}.{name}": value.half() for name, value in fold_weights(run, fold).items()}
    # One entry: the library writes several in random order, and the same training should give the same file.
    about = {"rnalign": json.dumps({"genes": inputs.genes, "types": inputs.labels.types})}
    with atomic_path(run.path / "weights.safetensors") as temporary:
        save_file({name: value.contiguous() for name, value in tensors.items()}, temporary, metadata=about)
