"""The exact low-dimensional form against explicit gene-space computation."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA

from rnalign_core.decode.aligned import common_latent
from rnalign_core.decode.exact import ExactForm, coefficients

TOLERANCE = 1e-4


@pytest.fixture(
    params=[(3, 16, 400), (5, 64, 120), (2, 8, 3000)], ids=["usual", "more units than genes", "few units"]
)
def decoded(request):
    """Hidden layers of some models, folds, the dictionary, and the profiles decoded gene by gene."""
    n_models, width, n_genes = request.param
    rng = np.random.default_rng(width)
    n = 150
    # A decaying spectrum: principal components of equal variance have no order that two computations could share.
    shared = rng.normal(size=(n, width)) * 0.8 ** np.arange(width)
    hidden = (shared + 0.05 * rng.normal(size=(n_models, n, width))).astype(np.float32)
    fold = rng.integers(-1, n_models, n)
    weights = rng.normal(size=(n_models, width, n_genes)).astype(np.float32) / width**0.5
    biases = rng.normal(size=(n_models, 1, n_genes)).astype(np.float32)
    each = hidden.astype(np.float64) @ weights + biases
    profiles = np.array([each[:, i].mean(axis=0) if f < 0 else each[f, i] for i, f in enumerate(fold)])
    dictionary = np.concatenate([np.vstack([w, b]) for w, b in zip(weights, biases, strict=True)])
    return coefficients(hidden, fold), dictionary, profiles


def test_coefficients_times_dictionary_are_the_profiles(decoded):
    c, dictionary, profiles = decoded
    assert c @ dictionary == pytest.approx(profiles, abs=1e-4)


def test_euclidean_distances_agree(decoded):
    c, dictionary, profiles = decoded
    coordinates = ExactForm.of(dictionary).coordinates(c, "euclidean")
    expected = cdist(profiles, profiles)
    off = ~np.eye(len(profiles), dtype=bool)
    got = cdist(coordinates.astype(np.float64), coordinates.astype(np.float64))
    assert np.max(np.abs(got - expected)[off] / expected[off]) < TOLERANCE


def test_pearson_correlations_agree_and_rows_are_centred(decoded):
    c, dictionary, profiles = decoded
    coordinates = ExactForm.of(dictionary).coordinates(c, "pearson")
    assert np.corrcoef(coordinates) == pytest.approx(np.corrcoef(profiles), abs=TOLERANCE)
    scale = np.abs(coordinates).mean()
    assert np.abs(coordinates.mean(axis=1)).max() < TOLERANCE * scale


def test_fifty_principal_components_agree(decoded):
    c, dictionary, profiles = decoded
    n = min(50, dictionary.shape[0] - 1, dictionary.shape[1] - 1, len(profiles) - 1)
    expected = PCA(n, svd_solver="full").fit_transform(profiles)
    got = PCA(n, svd_solver="full").fit_transform(ExactForm.of(dictionary).coordinates(c, "euclidean"))
    got *= np.sign((got * expected).sum(axis=0))
    assert np.max(np.linalg.norm(got - expected, axis=0) / np.linalg.norm(expected, axis=0)) < TOLERANCE
    assert got.var(axis=0) == pytest.approx(expected.var(axis=0), rel=TOLERANCE)


def test_common_latent_undoes_rotations_and_takes_each_line_from_its_own_model():
    rng = np.random.default_rng(1)
    n, d, n_models = 80, 6, 4
    truth = rng.normal(size=(n, d))
    is_tumor = np.arange(n) < 50
    fold = np.where(is_tumor, -1, rng.integers(0, n_models, n))
    turned, noise = [], rng.normal(size=(n_models, n, d)) * ~is_tumor[None, :, None]
    for i in range(n_models):
        rotation, _ = np.linalg.qr(rng.normal(size=(d, d)))
        turned.append((truth + noise[i]) @ rotation + rng.normal(size=d))
    got = common_latent(np.array(turned), fold, is_tumor)
    expected = truth + noise[np.maximum(fold, 0), np.arange(n)]
    assert cdist(got, got) == pytest.approx(cdist(expected, expected), abs=1e-5)
