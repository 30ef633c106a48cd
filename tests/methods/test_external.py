import dataclasses
import json
import sys

import numpy as np
import pytest

from rnalign_core.methods import NO_FOLD, Samples
from rnalign_core.methods.external import EXTERNAL, INTERPRETER, available
from rnalign_core.model.folds import assign_folds
from rnalign_core.problems import RNAlignError

HARMONYPY = """
import json, os
import numpy as np

class Found: pass

def run_harmony(scores, batches, key, theta, random_state, verbose):
    if theta < 0:
        raise RuntimeError("theta must not be negative")
    with open(os.environ["STAND_IN_LOG"], "a") as log:
        print(json.dumps({"batch": batches[key].tolist(), "theta": theta, "seed": random_state}), file=log)
    found = Found()
    found.Z_corr = scores * theta + 1
    if os.environ.get("TRANSPOSED"):
        found.Z_corr = found.Z_corr.T
    return found
"""
ANNDATA = """
import copy
import pandas as pd

class AnnData:
    def __init__(self, x):
        self.X, self.n_obs, self.obs = x, len(x), pd.DataFrame(index=range(len(x)))

    def copy(self):
        return copy.deepcopy(self)
"""
SCVI = """
class settings:
    seed = None

import scvi.model
"""
# Latent: the samples along the means of the types that the model is told. Calls: the nearest mean.
SCVI_MODEL = """
import json, os, shutil
import numpy as np
import pandas as pd
from scvi import settings

def log(**entry):
    with open(os.environ["STAND_IN_LOG"], "a") as out:
        print(json.dumps(entry), file=out)

def check(batch_size, *counts):
    if any(n % batch_size == 1 for n in counts):
        raise ValueError("Expected more than 1 value per channel when training")

class SCVI:
    @staticmethod
    def setup_anndata(adata, batch_key, size_factor_key):
        assert (adata.obs[size_factor_key] == 1).all()
        log(model="SCVI", batch=adata.obs[batch_key].tolist(), seed=settings.seed, lowest=float(adata.X.min()))
        shutil.copy("arrays.npz", os.environ["STAND_IN_LOG"] + ".npz")

    def __init__(self, adata, gene_likelihood, log_variational, n_latent, n_layers, n_hidden):
        assert gene_likelihood == "normal" and not log_variational
        self.adata, self.n_latent = adata, n_latent

    def train(self, n_epochs, batch_size, train_size, enable_progress_bar):
        check(batch_size, self.adata.n_obs)

    def get_latent_representation(self):
        return self.adata.X[:, : self.n_latent]

class SCANVI:
    @classmethod
    def from_scvi_model(cls, pretrained, unlabeled_category, labels_key, adata):
        self = cls()
        self.x, self.labels = adata.X, adata.obs[labels_key].to_numpy().astype(str)
        self.told = self.labels != unlabeled_category
        return self

    def train(self, n_epochs, batch_size, train_size, enable_progress_bar, plan_kwargs):
        check(batch_size, len(self.labels), self.told.sum())
        log(model="SCANVI", labels=self.labels.tolist(), n_epochs=n_epochs, **plan_kwargs)
        self.types = sorted(set(self.labels[self.told]), reverse=True)
        self.means = np.stack([self.x[self.labels == t].mean(axis=0) for t in self.types])

    def get_latent_representation(self):
        return self.x @ self.means.T

    def predict(self, soft):
        distances = ((self.x[:, None] - self.means) ** 2).sum(axis=2)
        nearest = distances == distances.min(axis=1, keepdims=True)
        return pd.DataFrame(nearest.astype(float), columns=self.types)
"""


@pytest.fixture(scope="module")
def samples(structured):
    return Samples.of(structured, assign_folds(structured.obs, 3, 0), seed=11)


@pytest.fixture
def stand_ins(tmp_path, monkeypatch):
    """Put modules that only look like the libraries in their place; return what reads what they were told."""
    folder = tmp_path / "stand-ins"
    for name, text in (
        ("harmonypy.py", HARMONYPY),
        ("anndata.py", ANNDATA),
        ("scvi/__init__.py", SCVI),
        ("scvi/model.py", SCVI_MODEL),
        ("harmonypy-7.7.dist-info/METADATA", "Metadata-Version: 2.1\nName: harmonypy\nVersion: 7.7\n"),
        ("scvi_tools-8.8.dist-info/METADATA", "Metadata-Version: 2.1\nName: scvi-tools\nVersion: 8.8\n"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    log = tmp_path / "log"
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("STAND_IN_LOG", str(log))
    monkeypatch.delenv(INTERPRETER, raising=False)
    return lambda: [json.loads(line) for line in log.read_text().splitlines()]


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def without_packages(path):
    return program(path, f'exec "{sys.executable}" -S "$@"')


def kinds(samples):
    return np.where(samples.is_line, "line", "tumor").tolist()


def told_types(samples, rows, labels):
    """Return the cancer types that codes of `rows` stand for, checking that a code always stands for the same."""
    pairs = set(zip(np.array(labels)[rows], samples.cancer_type[rows], strict=True))
    assert len(pairs) == len({code for code, _ in pairs}) == len({name for _, name in pairs})
    return {name for _, name in pairs}


def test_a_missing_interpreter_is_named(samples, monkeypatch):
    monkeypatch.setenv(INTERPRETER, "/nowhere/bin/python")
    for attempt in (available, lambda: EXTERNAL["harmony"].align(samples)):
        with pytest.raises(RNAlignError, match=f"{INTERPRETER} is /nowhere/bin/python.*Set it to"):
            attempt()


def test_an_interpreter_that_does_not_work_is_quoted(samples, tmp_path, monkeypatch):
    broken = program(tmp_path / "broken", "echo no such machine >&2; exit 3")
    monkeypatch.setenv(INTERPRETER, str(broken))
    with pytest.raises(RNAlignError, match=r"broken ended with exit status 3[\s\S]*no such machine"):
        available()


@pytest.mark.parametrize(
    ("name", "package"), [("harmony", "harmonypy"), ("scvi", "scvi-tools"), ("scanvi", "scvi-tools")]
)
def test_a_missing_library_comes_with_the_command_that_installs_it(
    name, package, samples, tmp_path, monkeypatch
):
    bare = without_packages(tmp_path / "python")
    monkeypatch.setenv(INTERPRETER, str(bare))
    assert not available()[name]
    with pytest.raises(RNAlignError) as error:
        EXTERNAL[name].align(samples)
    assert f"    {bare} -m pip install {package}\n" in str(error.value)
    assert INTERPRETER in str(error.value)


def test_a_failing_library_is_quoted(samples, stand_ins):
    with pytest.raises(RNAlignError, match=r"exit status 1[\s\S]*RuntimeError: theta must not be negative$"):
        EXTERNAL["harmony"].align(samples, theta=-1.0)


def test_available_lists_what_the_interpreter_has(stand_ins, tmp_path):
    assert available() == dict.fromkeys(EXTERNAL, True)
    (tmp_path / "stand-ins" / "harmonypy.py").unlink()
    assert available()["scvi"]


def test_an_interpreter_may_be_named_by_a_relative_path(samples, stand_ins, tmp_path, monkeypatch):
    program(tmp_path / "my-python", f'exec "{sys.executable}" "$@"')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(INTERPRETER, "./my-python")
    assert EXTERNAL["harmony"].align(samples).facts == {"software": "harmonypy 7.7"}


@pytest.mark.parametrize("transposed", ["", "yes"])
def test_harmony_gets_components_and_sample_types(transposed, samples, stand_ins, monkeypatch):
    monkeypatch.setenv("TRANSPOSED", transposed)
    aligned = EXTERNAL["harmony"].align(samples, n_components=7, theta=3.0)
    assert stand_ins() == [{"batch": kinds(samples), "theta": 3.0, "seed": 11}]
    assert aligned.profiles.shape == (len(samples.is_line), 7)
    assert aligned.profiles.dtype == np.float32
    assert (np.diff(aligned.profiles.std(axis=0)) < 0).all()  # principal components, in their order
    np.testing.assert_allclose(aligned.profiles.mean(axis=0), 0, atol=1e-4)
    assert aligned.settings == {"n_components": 7, "theta": 3.0}
    assert aligned.facts == {"software": "harmonypy 7.7"}


def test_scvi_gets_no_cancer_types(samples, stand_ins, tmp_path):
    aligned = EXTERNAL["scvi"].align(samples, n_latent=4)
    (entry,) = stand_ins()
    assert entry["batch"] == kinds(samples)
    assert entry["seed"] == 11
    assert entry["lowest"] > 0  # the decoder makes no other values
    with np.load(tmp_path / "log.npz") as given:
        assert set(given) == {"expression", "is_line"}
        expected = given["expression"][:, :4]
    np.testing.assert_allclose(aligned.profiles, expected - expected.mean(axis=0), atol=1e-4)
    assert aligned.facts == {"software": "scvi-tools 8.8"}


def test_scanvi_is_told_no_type_of_the_lines_of_a_fold_or_without_one(samples, stand_ins, tmp_path):
    without_fold = samples.is_line & (samples.fold == NO_FOLD)
    assert without_fold.sum() == 6
    types = np.where(without_fold, "LUAD", samples.cancer_type)
    samples = dataclasses.replace(samples, cancer_type=types)
    EXTERNAL["scanvi"].align(samples, n_epochs=9, classification_ratio=70.0)
    first, *models = stand_ins()
    assert first["model"] == "SCVI"
    assert len(models) == 3
    for fold, entry in enumerate(models):
        assert (entry["n_epochs"], entry["classification_ratio"]) == (9, 70.0)
        hidden = without_fold | (samples.fold == fold)
        assert set(np.array(entry["labels"])[hidden]) == {"-1"}
        assert "-1" not in np.array(entry["labels"])[~hidden]
        assert told_types(samples, ~hidden, entry["labels"]) == {"BRCA", "LUAD", "LUSC", "UVM"}
    with np.load(tmp_path / "log.npz") as given:  # nor could the worker know more than it says
        assert set(given) == {"expression", "is_line", "labels"}
        assert given["labels"].astype(str).tolist() == [entry["labels"] for entry in models]


def test_scanvi_calls_lines_by_the_model_that_did_not_see_them(samples, stand_ins):
    aligned = EXTERNAL["scanvi"].align(samples)
    lines = samples.is_line
    assert set(aligned.calls[~lines]) == {None}
    assert (aligned.calls == samples.cancer_type)[samples.fold != NO_FOLD].mean() > 0.9
    assert set(aligned.calls[lines]) <= {"BRCA", "LUAD", "LUSC", "UVM"}
    assert aligned.profiles.shape == (len(lines), 4)
    np.testing.assert_allclose(aligned.profiles[~lines].mean(axis=0), 0, atol=1e-3)
    rows = samples.fold == 0
    told = samples.cancer_type.copy()
    told[rows] = np.roll(told[rows], 4)
    assert (told != samples.cancer_type).any()
    other = EXTERNAL["scanvi"].align(dataclasses.replace(samples, cancer_type=told))
    assert other.calls[rows].tolist() == aligned.calls[rows].tolist()
    np.testing.assert_array_equal(other.profiles[rows], aligned.profiles[rows])
    assert np.abs(other.profiles[~rows] - aligned.profiles[~rows]).max() > 0.01


@pytest.mark.parametrize("name", ["scvi", "scanvi"])
def test_no_batch_has_a_single_sample(name, samples, stand_ins):
    rows = np.arange(len(samples.fold))[-129:]
    some = Samples(
        samples.expression[rows],
        samples.is_line[rows],
        samples.cancer_type[rows],
        samples.purity[rows],
        samples.fold[rows],
    )
    assert EXTERNAL[name].align(some).profiles.shape[0] == 129


def test_scanvi_refuses_what_it_cannot_learn_from(samples):
    nobody = np.full(len(samples.fold), NO_FOLD)
    one_type = np.where(samples.is_line, samples.cancer_type, "LUAD")
    for changes in ({"fold": nobody}, {"cancer_type": one_type}):
        with pytest.raises(ValueError, match="at least 2 cancer types"):
            EXTERNAL["scanvi"].align(dataclasses.replace(samples, **changes))


SMALL = {
    "harmony": {"n_components": 10},
    "scvi": {"n_latent": 5, "n_epochs": 5},
    "scanvi": {"n_latent": 5, "n_pretrain_epochs": 20, "n_epochs": 30, "classification_ratio": 500.0},
}


@pytest.mark.parametrize("name", EXTERNAL)
def test_with_the_library_itself(name, samples):
    if not available()[name]:
        pytest.skip(f"{name} is not installed; set {INTERPRETER} to a Python that has it")
    aligned = EXTERNAL[name].align(samples, **SMALL[name])
    assert aligned.profiles.shape == (len(samples.is_line), SMALL[name].get("n_latent", 10))
    assert np.isfinite(aligned.profiles).all()
    again = EXTERNAL[name].align(samples, **SMALL[name])
    np.testing.assert_allclose(again.profiles, aligned.profiles, atol=1e-4)
    if name == "scanvi":
        scored = samples.fold != NO_FOLD
        assert (aligned.calls == samples.cancer_type)[scored].mean() > 0.8  # 0.44 are of the largest type
