import dataclasses
import inspect

import numpy as np
import pandas as pd
import pytest

from rnalign_core.methods import METHODS, NO_FOLD, Method, Samples
from rnalign_core.methods.external import EXTERNAL
from rnalign_core.model.folds import assign_folds
from rnalign_core.model.settings import Settings

SMALL = {"celligner": {"n_neighbors": 8, "resolution": 1.0, "n_top_genes": 20, "k_tumors": 15}}
TINY = {"n_folds": 3, "n_epochs": 3, "batch_size": 16, "n_latent": 4, "encoder_width": 16, "decoder_width": 8}
OWN = [name for name in METHODS if name not in EXTERNAL]


@pytest.fixture(scope="module")
def samples(structured):
    return Samples.of(structured, assign_folds(structured.obs, 3, 0))


def profiles(name, samples):
    settings = SMALL.get(name, {})
    if name.startswith("rnalign"):
        default = inspect.signature(METHODS[name].function).parameters["settings"].default
        settings = {"settings": Settings(variant=default.variant, **TINY)}
    return METHODS[name].align(samples, **settings).profiles


def test_samples_of_a_cohort(structured):
    fold = assign_folds(structured.obs, 3, 0)
    samples = Samples.of(structured, fold, n_genes=20, seed=7)
    obs = structured.obs
    assert samples.expression.shape == (len(obs), 20)
    assert samples.seed == 7
    assert samples.is_line.sum() == 32
    row = obs.index.get_loc("BRCA-cell_line-0")
    assert samples.cancer_type[row] is None
    assert samples.fold[row] == NO_FOLD
    assert set(samples.fold[~samples.is_line]) == {NO_FOLD}
    for sample_id, f in fold.items():
        assert samples.fold[obs.index.get_loc(sample_id)] == f
    np.testing.assert_array_equal(samples.purity, obs["purity"].to_numpy())


def test_all_that_is_wrong_with_samples_is_said_at_once():
    with pytest.raises(ValueError, match=r"is_line has shape \(3,\).*4 samples; purity.*NaN or infinite"):
        Samples(np.full((4, 2), np.nan), np.ones(3, bool), np.full(4, None), np.ones(5), np.full(4, NO_FOLD))
    four = np.eye(4), np.array([1, 0, 0, 0], bool), np.full(4, None), np.ones(4)
    with pytest.raises(ValueError, match="at least 2 tumors and 2 cell lines"):
        Samples(*four, np.full(4, NO_FOLD))
    with pytest.raises(ValueError, match="a tumor has a fold"):
        Samples(four[0], np.array([1, 1, 0, 0], bool), *four[2:], np.array([0, 1, 0, NO_FOLD]))


def test_settings_are_recorded_with_their_defaults_and_unknown_ones_refused(samples):
    def scaled(samples, *, factor=1.0, offset=0.0):
        return samples.expression.astype("f8") * factor + offset

    aligned = Method("scaled", "Scaled", scaled, "For a test.").align(samples, factor=2.0)
    assert (aligned.name, aligned.settings) == ("scaled", {"factor": 2.0, "offset": 0.0})
    assert aligned.profiles.dtype == np.float32
    np.testing.assert_array_equal(aligned.profiles, samples.expression * 2)
    with pytest.raises(TypeError, match="n_pcs"):
        METHODS["lda"].align(samples, n_pcs=3)


@pytest.mark.parametrize("name", OWN)
def test_every_method_gives_a_profile_to_every_sample_and_leaves_the_input_alone(name, samples):
    before = samples.expression.copy()
    found = profiles(name, samples)
    assert found.shape[0] == len(before)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(samples.expression, before)
    np.testing.assert_array_equal(found, profiles(name, samples))
    if found.shape[1] == before.shape[1] and name.split("_")[0] not in ("input", "celligner", "rnalign"):
        np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-4)


@pytest.mark.parametrize("name", OWN)
def test_a_method_uses_cancer_types_only_if_it_says_so(name, samples):
    shuffled = np.random.default_rng(0).permutation(samples.cancer_type)
    found = profiles(name, dataclasses.replace(samples, cancer_type=shuffled))
    assert np.array_equal(found, profiles(name, samples)) != METHODS[name].supervised


@pytest.mark.parametrize("name", [name for name in OWN if not METHODS[name].stochastic])
def test_a_method_that_is_not_stochastic_ignores_the_seed(name, samples):
    found = profiles(name, dataclasses.replace(samples, seed=99))
    np.testing.assert_array_equal(found, profiles(name, samples))


def test_names_and_descriptions():
    for name, method in METHODS.items():
        assert method.name == name
        assert method.description.endswith(".")
        assert method.description.count(". ") == 0
        assert method.supervised or not method.label_conditioned


def test_missing_folds_are_no_fold(structured):
    samples = Samples.of(structured, pd.Series(dtype=int))
    assert (samples.fold == NO_FOLD).all()
