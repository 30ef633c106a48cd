"""Whatever a page asks a run is what the profiles themselves say."""

import numpy as np
import pandas as pd
import pytest

from rnalign_core.decode import aligned_cohort
from rnalign_core.model.inputs import Inputs
from rnalign_core.rank.aligned_run import AlignedRun

SPACES = ("latent", "decoded", "residual", "input")


@pytest.fixture(scope="module")
def opened(finished_run):
    return AlignedRun(finished_run("full"))


def profiles(opened, space, fold):
    view = opened.alignment.view(fold)
    if space == "residual":
        return view.profiles_with_residual(opened.inputs, opened.run.settings.residual_weight)
    return {"latent": lambda: view.latent, "decoded": view.profiles, "input": lambda: opened.inputs.x}[
        space
    ]()


def test_inputs_are_those_of_training(opened):
    expected = Inputs.of(opened.run.cohort, opened.run.settings.n_genes)
    np.testing.assert_array_equal(opened.inputs.x, expected.x)
    assert (opened.inputs.genes, opened.inputs.sample_ids) == (expected.genes, expected.sample_ids)
    np.testing.assert_array_equal(opened.inputs.labels.cancer_type, expected.labels.cancer_type)


@pytest.mark.parametrize("space", SPACES)
def test_similarities_are_correlations_of_the_profiles_in_the_view_of_the_line_s_model(opened, space):
    tumors = opened.samples.index[opened.samples["sample_type"] == "tumor"][::3]
    lines = opened.samples.index[opened.samples["sample_type"] == "cell_line"]
    seen = []
    for block in opened.similarities(tumors, space, among=True):
        [fold] = opened.samples.loc[block.line_ids, "fold"].unique()
        x = profiles(opened, space, fold)
        rows, columns = (opened.samples.index.get_indexer(ids) for ids in (block.line_ids, tumors))
        expected = np.corrcoef(x[rows], x[columns])
        n = len(rows)
        np.testing.assert_allclose(block.to_tumors, expected[:n, n:], atol=2e-5)
        np.testing.assert_allclose(block.among_tumors, expected[n:, n:], atol=2e-5)
        seen += list(block.line_ids)
    assert sorted(seen) == sorted(lines)


@pytest.mark.parametrize("space", SPACES)
def test_nearest(opened, space):
    line = opened.run.folds.index[0]
    x = profiles(opened, space, opened.run.folds[line])
    ids = opened.samples.index
    is_tumor = (opened.samples["sample_type"] == "tumor").to_numpy()
    r = np.corrcoef(x[[ids.get_loc(line)]], x[is_tumor])[0, 1:]
    found = opened.nearest(line, 5, space)
    np.testing.assert_allclose(found["distance"], np.sort(1 - r)[:5], atol=2e-5)
    assert found.index[0] == ids[is_tumor][r.argmax()]
    assert (opened.samples.loc[found.index, "cancer_type"] == found["cancer_type"]).all()
    tumor = found.index[0]
    lines = opened.nearest(tumor, 1000, space)
    assert set(lines.index) == set(ids[~is_tumor])
    assert lines["distance"].is_monotonic_increasing
    assert lines.loc[line, "distance"] == pytest.approx(found["distance"].iloc[0], abs=1e-6)


def test_profiles_are_those_of_the_exported_cohort(opened):
    exported = aligned_cohort(opened.run)
    ids = exported.obs_names[::7]
    for space, layer in (("decoded", "rnalign"), ("residual", "rnalign_residual")):
        found = opened.inputs.scaler.to_line_scale(opened.profiles(ids, space))
        np.testing.assert_allclose(found, exported[ids].layers[layer], atol=1e-4)
    np.testing.assert_allclose(opened.profiles(ids, "latent"), exported[ids].obsm["X_rnalign"], atol=1e-5)


@pytest.mark.parametrize("space", SPACES)
def test_correlations_of_profiles_in_a_line_s_own_view_are_the_similarities(opened, space):
    tumors = opened.samples.index[opened.samples["sample_type"] == "tumor"][:20]
    line = opened.run.folds.index[0]
    x = opened.profiles([line, *tumors], space, model=int(opened.run.folds[line]))
    [block] = opened.similarities(tumors, space, line_ids=[line])
    np.testing.assert_allclose(np.corrcoef(x)[0, 1:], block.to_tumors[0], atol=2e-5)


def test_expression_is_observed_or_that_of_the_aligned_matrix(opened):
    gene = opened.genes[3]
    scaler, rows = opened.inputs.scaler, opened.alignment
    np.testing.assert_array_equal(opened.expression(gene), opened.run.cohort[:, gene].X.ravel())
    decoded = scaler.to_line_scale(rows.profiles())[:, 3]
    np.testing.assert_allclose(opened.expression(gene, "decoded"), decoded, atol=1e-4)
    weight = opened.run.settings.residual_weight
    kept = scaler.to_line_scale(rows.profiles_with_residual(opened.inputs, weight))[:, 3]
    np.testing.assert_allclose(opened.expression(gene, "residual"), kept, atol=1e-4)
    some = opened.samples.index[[7, 2, 11]]
    for kind in ("observed", "decoded", "residual"):
        found = opened.expression(gene, kind, some)
        pd.testing.assert_series_equal(found, opened.expression(gene, kind)[some], rtol=1e-4)
    with pytest.raises(KeyError):
        opened.expression("NOSUCHGENE", "decoded")
    with pytest.raises(KeyError):
        opened.expression(gene, "observed", ["NOSUCHSAMPLE"])
    with pytest.raises(ValueError, match="must be one of observed"):
        opened.expression(gene, "imagined")


def test_moments_are_those_of_the_samples_whether_these_are_whole_types_or_not(opened):
    tumors = opened.samples[opened.samples["sample_type"] == "tumor"]
    brca, luad = (tumors.index[tumors["cancer_type"] == code] for code in ("BRCA", "LUAD"))
    for ids in (brca, brca[:5], brca.union(luad[2:]), tumors.index.difference(luad), tumors.index, brca):
        found = opened.moments(ids)
        x = opened.inputs.x[opened.samples.index.get_indexer(ids)].astype(float)
        assert found.n == len(ids)
        np.testing.assert_allclose(found.mean, x.mean(axis=0), atol=1e-12)
        np.testing.assert_allclose(found.squares, len(ids) * x.var(axis=0), rtol=1e-9)


def test_calls_are_of_the_line_s_own_model(opened):
    calls = opened.calls()
    line = opened.run.folds.index[0]
    row, fold = opened.samples.index.get_loc(line), opened.run.folds[line]
    expected = opened.ensemble.type_probabilities(opened.alignment.latents)[fold, row]
    assert calls.loc[line, "call_head"] == opened.ensemble.types[expected.argmax()]
    assert calls.loc[line, "probability_head"] == pytest.approx(expected.max())


def test_what_is_not_there_is_said(opened):
    with pytest.raises(KeyError):
        list(opened.similarities(["nobody"], "latent"))
    with pytest.raises(KeyError, match="nobody"):
        opened.profiles(["nobody"], "input")
    with pytest.raises(ValueError, match="space is 'umap'"):
        opened.profiles(opened.samples.index[:2], "umap")
    with pytest.raises(ValueError, match="space is 'umap'"):
        list(opened.similarities(opened.samples.index[:2], "umap"))


@pytest.mark.parametrize("space", SPACES)
def test_tumors_near_a_tumor_are_those_of_all_models_on_average(opened, space):
    tumors = opened.samples.index[opened.samples["sample_type"] == "tumor"]
    found = opened.nearest(tumors[0], 5, space, "tumor")
    r = np.corrcoef(opened.profiles(tumors, space))[0]
    expected = np.sort(1 - r[1:])[:5]
    np.testing.assert_allclose(found["distance"], expected, atol=2e-5)
    assert tumors[0] not in found.index


def test_a_head_that_was_not_trained_calls_nothing(finished_run):
    calls = AlignedRun(finished_run("type_conditioned")).calls()
    assert calls[["call_head", "probability_head"]].isna().all(axis=None)
