"""Harmony, scVI and scANVI, run by an interpreter that has them: never required, and free to clash with RNAlign."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from rnalign_core.embed.pca import principal_components
from rnalign_core.methods.method import NO_FOLD, Fitted, Method, Samples, cross_fitted
from rnalign_core.methods.unaligned import standardised
from rnalign_core.problems import RNAlignError

INTERPRETER = "RNALIGN_METHODS_PYTHON"
UNLABELLED = -1
_PACKAGES = {"harmony": "harmonypy", "scvi": "scvi-tools", "scanvi": "scvi-tools"}
_MODULES = {"harmonypy": "harmonypy", "scvi-tools": "scvi"}
_WORKER = Path(__file__).with_name("external_worker.py")
_FIND = "import sys; from importlib.util import find_spec; print(*(m for m in sys.argv[1:] if find_spec(m)))"
_TAIL = 2000  # characters of what a failed program said that are shown


def harmony(samples: Samples, *, n_components: int = 50, theta: float = 2.0) -> Fitted:
    """Correct principal components for sample type by Harmony (Korsunsky et al., Nat Methods 2019).

    Genes are standardised within sample type first.

    Parameters
    ----------
    samples
        Tumors and lines.
    n_components
        Number of principal components.
    theta
        Weight of the penalty on clusters that have mostly one sample type.

    Returns
    -------
    Profiles of shape (n_samples, n_components), centred.

    Raises
    ------
    RNAlignError
        If there is no interpreter that has harmonypy, or it fails.
    """
    scores = principal_components(standardised(samples), n_components, samples.seed)
    arrays = {"scores": scores.astype(np.float64), "is_line": samples.is_line}
    found, facts = _run("harmony", arrays, samples.seed, {"theta": theta})
    return Fitted(_centred(found["latent"]), facts=facts)


def scvi(
    samples: Samples, *, n_latent: int = 30, n_layers: int = 1, n_hidden: int = 128, n_epochs: int = 400
) -> Fitted:
    """Take the latent space of scVI (Lopez et al., Nat Methods 2018) with sample type as the batch.

    Expression is continuous, so the likelihood is normal; genes are standardised within sample type first.

    Parameters
    ----------
    samples
        Tumors and lines.
    n_latent, n_layers, n_hidden, n_epochs
        Dimensions of the latent space, hidden layers and their width, passes through the samples.

    Returns
    -------
    Profiles of shape (n_samples, n_latent), centred.

    Raises
    ------
    RNAlignError
        If there is no interpreter that has scvi-tools, or it fails.
    """
    settings = {"n_latent": n_latent, "n_layers": n_layers, "n_hidden": n_hidden, "n_epochs": n_epochs}
    arrays = {"expression": standardised(samples), "is_line": samples.is_line}
    found, facts = _run("scvi", arrays, samples.seed, settings)
    return Fitted(_centred(found["latent"]), facts=facts)


def scanvi(
    samples: Samples,
    *,
    n_latent: int = 30,
    n_layers: int = 1,
    n_hidden: int = 128,
    n_pretrain_epochs: int = 200,
    n_epochs: int = 30,
    classification_ratio: float = 50_000.0,
) -> Fitted:
    """Take the latent space and the calls of scANVI (Xu et al., Mol Syst Biol 2021), cross-fitted over lines.

    One scVI (see :func:`scvi`) is trained without labels, and from it one scANVI a fold with the cancer types of all
    tumors and of the lines of the other folds. A line's row comes from the model of its fold, every other row is
    the mean over models, turned into one frame.

    Parameters
    ----------
    samples
        Tumors and lines; `fold` of lines that share a cancer type with tumors.
    n_latent, n_layers, n_hidden
        Dimensions of the latent space, hidden layers and their width.
    n_pretrain_epochs, n_epochs
        Passes through the samples without labels, and with.
    classification_ratio
        Weight of the classifier's loss beside that of the reconstruction, which is a sum over genes; the library's
        own is 50.

    Returns
    -------
    Profiles of shape (n_samples, n_latent), centred on the tumors. Calls are those of scANVI's own classifier: of a
    line by the model of its fold, of a line without a fold by all models; tumors, whose types it is told, have none.

    Raises
    ------
    RNAlignError
        If there is no interpreter that has scvi-tools, or it fails.
    ValueError
        If no line has a fold, or the tumors have fewer than 2 cancer types.
    """
    labels, types = _hidden_labels(samples)
    arrays = {"expression": standardised(samples), "is_line": samples.is_line, "labels": labels}
    settings = {
        "n_latent": n_latent,
        "n_layers": n_layers,
        "n_hidden": n_hidden,
        "n_pretrain_epochs": n_pretrain_epochs,
        "n_epochs": n_epochs,
        "classification_ratio": classification_ratio,
    }
    found, facts = _run("scanvi", arrays, samples.seed, settings)

    fitted = cross_fitted(found["latents"], samples)
    return replace(fitted, calls=_calls(found["probabilities"], samples, types), facts=facts)


EXTERNAL: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "harmony",
            "Harmony",
            harmony,
            "Principal components corrected for sample type within soft clusters (Korsunsky 2019).",
            stochastic=True,
            settings_tried=10,
        ),
        Method(
            "scvi",
            "scVI",
            scvi,
            "Latent space of a variational autoencoder conditioned on sample type (Lopez 2018).",
            stochastic=True,
            settings_tried=5,
        ),
        Method(
            "scanvi",
            "scANVI",
            scanvi,
            "scVI with a classifier of cancer types in its latent space, cross-fitted over lines (Xu 2021).",
            supervised=True,
            stochastic=True,
            settings_tried=18,
        ),
    )
}


def available() -> dict[str, bool]:
    """Say which of the methods in :data:`EXTERNAL` can run here, without importing their libraries.

    Raises
    ------
    RNAlignError
        If the interpreter that RNALIGN_METHODS_PYTHON names is missing or does not work.
    """
    packages = _packages(_interpreter())
    return {name: package in packages for name, package in _PACKAGES.items()}


def _interpreter() -> str:
    named = os.environ.get(INTERPRETER) or sys.executable
    found = shutil.which(os.path.expanduser(named))
    if not found:
        raise RNAlignError(
            f"{INTERPRETER} is {named}, but there is no program of that name. Set it to the Python of an environment "
            "with the libraries, for example /path/to/environment/bin/python."
        )
    # Links are kept: the Python of an environment is a link to the one that it was made of.
    return os.path.abspath(found)


def _packages(interpreter: str) -> set[str]:
    """Return which packages an interpreter has."""
    found = _call([interpreter, "-c", _FIND, *_MODULES.values()]).split()
    return {package for package, module in _MODULES.items() if module in found}


def _run(
    method: str, arrays: dict[str, np.ndarray], seed: int, settings: dict
) -> tuple[dict[str, np.ndarray], dict]:
    """Let the worker make arrays of arrays; return them and the software it used."""
    interpreter, package = _interpreter(), _PACKAGES[method]
    if package not in _packages(interpreter):
        raise RNAlignError(
            f"{method} needs the package {package}, which {interpreter} does not have. Install it with\n"
            f"    {interpreter} -m pip install {package}\n"
            f"or install it in an environment of its own and set {INTERPRETER} to the Python of that environment."
        )
    with tempfile.TemporaryDirectory(prefix="rnalign-") as name:
        folder = Path(name)
        np.savez(folder / "arrays.npz", **arrays)
        request = {"method": method, "package": package, "seed": seed, "settings": settings}
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _call([interpreter, str(_WORKER), name], cwd=name)
        with np.load(folder / "result.npz", allow_pickle=False) as stored:
            found = dict(stored)
    return found, {"software": f"{package} {found.pop('version')}"}


def _call(command: list[str], cwd: str | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ
        | {"PYTHONSAFEPATH": "1"},  # modules beside the worker are not the libraries it looks for
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        raise RNAlignError(
            f"{command[0]} ended with exit status {done.returncode}. The end of what it said:\n"
            f"{done.stderr.strip()[-_TAIL:]}"
        )
    return done.stdout


def _hidden_labels(samples: Samples) -> tuple[np.ndarray, np.ndarray]:
    """Return for each fold the codes of the cancer types its model may know, (n_folds, n_samples), and the types."""
    n_folds = samples.fold.max() + 1
    types = np.unique(samples.cancer_type[~samples.is_line & pd.notna(samples.cancer_type)].astype(str))
    if n_folds == 0 or len(types) < 2:
        raise ValueError("scANVI needs folds of lines and tumors of at least 2 cancer types")
    codes = pd.Categorical(samples.cancer_type, categories=types).codes.astype(np.int64)
    codes[samples.is_line & (samples.fold == NO_FOLD)] = UNLABELLED
    return np.where(samples.fold == np.arange(n_folds)[:, None], UNLABELLED, codes), types


def _calls(probabilities: np.ndarray, samples: Samples, types: np.ndarray) -> np.ndarray:
    from rnalign_core.decode.aligned import of_own_model  # brings torch along

    calls = types.astype(object)[of_own_model(probabilities, samples.fold).argmax(axis=1)]
    calls[~samples.is_line] = None
    return calls


def _centred(x: np.ndarray) -> np.ndarray:
    return (x - x.mean(axis=0)).astype(np.float32)
