"""Each step against the outputs of the reference implementation, in the folder that RNALIGN_ORACLES names."""

import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from rnalign_core.methods import METHODS, NO_FOLD, Samples
from rnalign_core.methods.celligner import align_clustered
from rnalign_core.methods.clusters import cluster
from rnalign_core.methods.contrastive import contrastive_components, remove_components
from rnalign_core.methods.mnn import correct, mutual_neighbours
from rnalign_core.methods.moderated_f import centre_clusters, moderated_f

SIDES = ("cl", "tumor")
N_TOP_GENES = 50


@pytest.fixture(scope="module")
def oracle():
    folder = os.environ.get("RNALIGN_ORACLES")
    if not folder:
        pytest.skip("RNALIGN_ORACLES is not set")
    files = (Path(folder) / "celligner" / "synthetic").glob("*.npz")
    return {path.stem: dict(np.load(path)) for path in files}


@pytest.fixture(scope="module")
def centred(oracle):
    x = {side: oracle["input"][f"X_{side}"].astype("f8") for side in SIDES}
    return {side: v - v.mean(axis=0) for side, v in x.items()}


@pytest.mark.parametrize("side", SIDES)
def test_clusters_agree_as_well_as_two_seeds_do(oracle, side):
    found = cluster(oracle["input"][f"X_{side}"])
    expected = oracle["steps"][f"clusters_{side}"]
    assert abs(found.max() - expected.max()) <= 2
    assert adjusted_rand_score(found, expected) > 0.8


@pytest.mark.parametrize("side", SIDES)
def test_moderated_f(oracle, centred, side):
    clusters = oracle["steps"][f"clusters_{side}"]
    for kind, x in (("float", centred[side]), ("int", np.trunc(centred[side]))):
        f = moderated_f(*centre_clusters(x, clusters), clusters)
        np.testing.assert_allclose(f, oracle["limma_R_F"][f"F_{side}_{kind}"], rtol=1e-10)


def test_contrastive_components(oracle, centred):
    steps = oracle["steps"]
    residuals = {s: centre_clusters(centred[s], steps[f"clusters_{s}"])[0] for s in SIDES}
    axes = contrastive_components(residuals["tumor"], residuals["cl"], 4)
    expected = steps["cpca_loadings_exact"]
    signs = np.sign((axes * expected).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(axes * signs, expected, atol=1e-10)
    for side in SIDES:
        removed = oracle["mnn"][f"transformed_{side}"]
        np.testing.assert_allclose(remove_components(centred[side], axes), removed, atol=1e-6)


def test_mutual_neighbours_and_correction(oracle):
    lines, tumors = (oracle["mnn"][f"transformed_{side}"].astype("f8") for side in SIDES)
    genes = oracle["steps"]["mnn_var_subset"]
    pairs = np.column_stack(mutual_neighbours(lines[:, genes], tumors[:, genes], 5, 50))
    expected = oracle["steps"]["mnn_pairs"]
    assert set(map(tuple, pairs.tolist())) == set(map(tuple, expected.tolist()))
    assert len(pairs) == len(expected)
    np.testing.assert_allclose(correct(lines, tumors, genes), oracle["end_to_end"]["tumor"], atol=1e-6)


@pytest.mark.parametrize(("dtype", "atol"), [("f8", 1e-6), ("f4", 2e-5)])
def test_end_to_end(oracle, centred, dtype, atol):
    sides = [centred[side].astype(dtype) for side in SIDES]
    clusters = [oracle["steps"][f"clusters_{side}"] for side in SIDES]
    lines, tumors = align_clustered(*sides, *clusters, n_top_genes=N_TOP_GENES)
    np.testing.assert_allclose(lines, oracle["mnn"]["transformed_cl"], atol=atol)
    np.testing.assert_allclose(tumors, oracle["end_to_end"]["tumor"], atol=atol)


def test_lines_and_tumors_of_a_type_meet():
    rng = np.random.default_rng(0)
    types, is_line = np.repeat([0, 1, 2], 40), np.tile(np.arange(40) >= 25, 3)
    x = rng.normal(0, 1.5, (3, 80))[types] + rng.normal(0, 0.7, (120, 80)) + 6
    x += is_line[:, None] * rng.normal(0, 2, 80)
    impurity = np.where(is_line, 0, rng.normal(0, 2, 120))
    x += impurity[:, None] * rng.normal(0, 1, 80)
    order = rng.permutation(120)
    x, is_line, types, impurity = x[order].astype("f4"), is_line[order], types[order], impurity[order]
    samples = Samples(x, is_line, np.full(120, None), np.ones(120), np.full(120, NO_FOLD))
    found = (
        METHODS["celligner"]
        .align(samples, n_neighbors=10, resolution=1.0, n_top_genes=40, n_contrastive=1, k_tumors=15)
        .profiles
    )
    centres = {
        kind: np.stack([found[(is_line == kind) & (types == t)].mean(axis=0) for t in range(3)])
        for kind in (True, False)
    }
    gaps = np.linalg.norm(centres[True][:, None] - centres[False][None], axis=2)
    assert gaps.diagonal().max() < 0.5 * gaps[~np.eye(3, dtype=bool)].min()
    within = found[~is_line] - centres[False][types[~is_line]]
    before = (
        x[~is_line] - np.stack([x[~is_line & (types == t)].mean(axis=0) for t in range(3)])[types[~is_line]]
    )

    def impurity_share(residuals):
        explained = np.linalg.pinv(impurity[~is_line][:, None]) @ residuals
        return 1 - ((residuals - np.outer(impurity[~is_line], explained)) ** 2).sum() / (residuals**2).sum()

    assert impurity_share(before) > 0.5
    assert impurity_share(within) < 0.1
