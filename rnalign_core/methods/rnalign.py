"""RNAlign under the signature of the methods it is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import CELL_LINE, TUMOR
from rnalign_core.methods.method import MAIN, Fitted, Samples
from rnalign_core.metrics import latent_dependence
from rnalign_core.model.inputs import Inputs, Labels, Scaler
from rnalign_core.model.settings import Settings


def rnalign(
    samples: Samples, *, settings: Settings | None = None, models: Sequence[int] | None = None
) -> Fitted:
    """Train the cross-fitted models in memory and decode every sample as a cell line of purity 1.

    Gives the same numbers as a run with these settings and folds.

    Parameters
    ----------
    samples
        Tumors and lines; `fold` of lines that share a cancer type with tumors.
    settings
        Settings of the model. The seed is that of the samples, the genes are the samples' own.
    models
        Folds to train a model for; by default every one of `settings`.

    Returns
    -------
    Decoded profiles in standardised units, (n_samples, n_genes); ``residual``, the same with each sample's own
    residual added back; ``latent``, posterior means, (n_samples, n_latent). Calls of lines are those of the type head,
    none where it is not trained (`w_type` 0). Facts: ``r2`` on held-out samples, ``dcor`` of the
    latent space with the labels.
    """
    # These bring torch along.
    from rnalign_core.decode.aligned import Alignment
    from rnalign_core.decode.ensemble import EVERYONE, Ensemble
    from rnalign_core.model.train import fit_fold

    settings = (settings or Settings()).model_copy(update={"seed": samples.seed})
    inputs = as_inputs(samples)
    told = settings.conditions_on_type
    models = tuple(settings.fold_ids if models is None else models)
    networks, r2 = [], []
    for fold in models:
        hidden = np.zeros_like(samples.is_line) if told else samples.fold == fold
        network, history = fit_fold(inputs, settings, hidden, seed=settings.seed * 1000 + fold)
        networks.append(network)
        r2.append(history["heldout_r2"])
    ensemble = Ensemble(tuple(networks), settings, inputs.scaler, inputs.genes, inputs.labels.types)
    # Lines of a fold without a model, as those of no fold, are the mean over all models.
    fold = (
        np.full(len(samples.fold), EVERYONE)
        if told
        else np.where(np.isin(samples.fold, models), samples.fold, EVERYONE)
    )
    alignment = Alignment.of(ensemble, inputs, fold)

    def space(name: str, alignment: Alignment) -> np.ndarray:
        if name == "residual":
            return alignment.profiles_with_residual(inputs, settings.residual_weight)
        return alignment.profiles() if name == MAIN else alignment.latent

    def view(name: str, fold: int) -> np.ndarray:
        return space(name, alignment.view(models.index(fold) if fold in models else EVERYONE))

    spaces = {name: space(name, alignment) for name in ("residual", "latent")}
    dcor = latent_dependence(alignment.latents, inputs.labels, samples.cancer_type, None if told else fold)
    facts = {"r2": float(np.mean(r2)), "dcor": dcor}
    calls = (
        _calls(ensemble.type_probabilities(alignment.latents), fold, inputs.labels)
        if settings.w_type
        else None
    )
    return Fitted(space(MAIN, alignment), spaces, calls, facts, None if told else view)


def _calls(probabilities: np.ndarray, fold: np.ndarray, labels: Labels) -> np.ndarray:
    """Return the type head's call of each line, by the model of its fold or, without one, the mean of all models."""
    from rnalign_core.decode.aligned import of_own_model

    calls = np.array(labels.types, dtype=object)[of_own_model(probabilities, fold).argmax(axis=1)]
    calls[~labels.is_line] = None  # tumors' types were told
    return calls


def as_inputs(samples: Samples) -> Inputs:
    """Return samples as the model takes them."""
    obs = pd.DataFrame(
        {
            "sample_type": np.where(samples.is_line, CELL_LINE, TUMOR),
            "cancer_type": samples.cancer_type,
            "purity": samples.purity,
        }
    )
    n_samples, n_genes = samples.expression.shape
    scaler = Scaler.fit(samples.expression, samples.is_line)
    return Inputs(
        scaler.standardise(samples.expression, samples.is_line),
        Labels.of(obs),
        scaler,
        tuple(map(str, range(n_genes))),
        tuple(map(str, range(n_samples))),
    )
