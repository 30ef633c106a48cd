"""The cross-fitted alignment of a whole cohort: one latent space, one decoded profile a sample."""

from __future__ import annotations

from dataclasses import dataclass

import anndata as ad
import numpy as np
from scipy.linalg import orthogonal_procrustes

from rnalign_core.decode.ensemble import EVERYONE, Ensemble, Target
from rnalign_core.decode.exact import ExactForm, Metric, coefficients
from rnalign_core.model.inputs import Inputs, Labels
from rnalign_core.model.runs import Run

ROWS_AT_A_TIME = 2048


@dataclass(frozen=True)
class Alignment:
    """A cohort decoded with one set of labels. A line's row comes from the model that never saw its type.

    Parameters
    ----------
    latents
        Posterior means of every model, (n_models, n_samples, n_latent).
    latent
        Latent positions in one frame, (n_samples, n_latent).
    coefficients
        Of each profile on the dictionary of the decoders, (n_samples, n_dictionary).
    dictionary
        Gene profiles, (n_dictionary, n_genes), standardised units.
    form
        Exact low-dimensional form of the dictionary.
    """

    latents: np.ndarray
    latent: np.ndarray
    coefficients: np.ndarray
    dictionary: np.ndarray
    form: ExactForm

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
        labels = fed or inputs.labels
        latents = ensemble.encode(inputs.x, labels)
        hidden = ensemble.hidden(latents, labels, target or Target())
        dictionary = ensemble.dictionary()
        return cls(
            latents,
            common_latent(latents, fold, ~inputs.labels.is_line),
            coefficients(hidden, fold),
            dictionary,
            ExactForm.of(dictionary),
        )

    def coordinates(self, metric: Metric) -> np.ndarray:
        """Return rows with the pairwise distances of the profiles; see :meth:`ExactForm.coordinates`."""
        return self.form.coordinates(self.coefficients, metric)

    def profiles(self, rows: slice = slice(None)) -> np.ndarray:
        """Return decoded profiles in standardised units, (n_samples, n_genes)."""
        return self.coefficients[rows] @ self.dictionary


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
    own = turned[np.maximum(fold, 0), np.arange(len(fold))]
    return np.where((fold < 0)[:, None], turned.mean(axis=0), own).astype(np.float32)


def aligned_cohort(run: Run) -> ad.AnnData:
    """Return the cohort of a finished run with the aligned matrix of every modelled gene.

    Returns
    -------
    AnnData of all samples x modelled genes: `X` observed and ``layers["rnalign"]`` aligned expression, log2(TPM+1)
    on the scale of cell lines (values below 0 can occur: they are not cut off, so that distances stay those of the
    model); `obs` labels; ``obsm`` X_rnalign (latent), X_umap_before, X_umap_after.
    """
    cohort, stored, ensemble = run.cohort, run.aligned, Ensemble.load(run)
    inputs = Inputs.of(cohort, run.settings.n_genes)
    alignment = Alignment.of(ensemble, inputs, sample_folds(run, inputs.sample_ids))
    out = cohort[:, list(ensemble.genes)].copy()
    layer = np.empty(out.shape, dtype=np.float32)
    for start in range(0, len(layer), ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        layer[rows] = ensemble.scaler.to_line_scale(alignment.profiles(rows))
    out.layers["rnalign"] = layer
    for key in ("X_rnalign", "X_umap_before", "X_umap_after"):
        out.obsm[key] = np.asarray(stored.obsm[key])
    about = dict(out.uns["rnalign"])
    about["run"] = {"run_id": run.run_id, "settings": run.settings.model_dump_json(), **run.info}
    out.uns["rnalign"] = about
    return out
