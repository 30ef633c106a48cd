"""Stand-alone script that runs Harmony, scVI or scANVI: it needs numpy and the library, and nothing of RNAlign.

``external_worker.py FOLDER`` does the job in FOLDER: request.json and arrays.npz in, result.npz out.
"""

import json
import sys
from importlib import metadata
from pathlib import Path

import numpy as np

UNLABELLED = -1
SHIFT = 5.0  # SD; the decoder ends in a softplus, which is linear for values moved up by this, the lowest excepted
TRAINING = {"train_size": 1.0, "enable_progress_bar": False}  # nothing watches a validation set


def harmony(arrays, seed, theta):
    """Correct principal components for sample type; result: ``latent`` (n_samples, n_components)."""
    import harmonypy

    scores = arrays["scores"]
    batches = {"sample_type": np.where(arrays["is_line"], "line", "tumor")}
    found = harmonypy.run_harmony(
        scores, batches, "sample_type", theta=theta, random_state=seed, verbose=False
    )
    latent = np.asarray(found.Z_corr)
    return {"latent": latent if latent.shape == scores.shape else latent.T}  # older releases transpose it


def scvi(arrays, seed, n_epochs, **settings):
    """Train scVI without labels; result: ``latent`` (n_samples, n_latent)."""
    return {"latent": _trained_scvi(arrays, seed, n_epochs, settings).get_latent_representation()}


def scanvi(arrays, seed, n_pretrain_epochs, n_epochs, classification_ratio, **settings):
    """Train scVI once and from it one scANVI a row of labels (n_models, n_samples), codes or -1.

    Result: ``latents`` (n_models, n_samples, n_latent), ``probabilities`` (n_models, n_samples, n_types).
    """
    from scvi.model import SCANVI

    labels = arrays["labels"]
    pretrained = _trained_scvi(arrays, seed, n_pretrain_epochs, settings)
    found = []
    for row in labels:
        data = pretrained.adata.copy()
        data.obs["label"] = row.astype(str)
        model = SCANVI.from_scvi_model(
            pretrained, unlabeled_category=str(UNLABELLED), labels_key="label", adata=data
        )
        n_labelled = int((row != UNLABELLED).sum())
        model.train(
            n_epochs,
            batch_size=_batch_size(len(row), n_labelled),
            plan_kwargs={"classification_ratio": classification_ratio},
            **TRAINING,
        )
        types = [str(code) for code in range(labels.max() + 1)]
        found.append((model.get_latent_representation(), model.predict(soft=True)[types].to_numpy()))
    latents, probabilities = zip(*found, strict=True)
    return {"latents": np.stack(latents), "probabilities": np.stack(probabilities)}


def _trained_scvi(arrays, seed, n_epochs, settings):
    import anndata
    import scvi

    scvi.settings.seed = seed
    data = anndata.AnnData(arrays["expression"] + np.float32(SHIFT))
    data.obs["sample_type"] = np.where(arrays["is_line"], "line", "tumor")
    data.obs["size"] = 1.0  # expression is on a log scale: there is no library size to multiply with
    scvi.model.SCVI.setup_anndata(data, batch_key="sample_type", size_factor_key="size")
    model = scvi.model.SCVI(data, gene_likelihood="normal", log_variational=False, **settings)
    model.train(n_epochs, batch_size=_batch_size(data.n_obs), **TRAINING)
    return model


def _batch_size(*counts):
    """Return 128 or a little more, such that no batch is left with a single sample, which cannot be normalised."""
    return next(size for size in range(128, 256) if all(n % size != 1 for n in counts))


def main(folder):
    """Do the job in a folder."""
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    run = {"harmony": harmony, "scvi": scvi, "scanvi": scanvi}[request["method"]]
    found = run(arrays, request["seed"], **request["settings"])
    np.savez(folder / "result.npz", version=metadata.version(request["package"]), **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
