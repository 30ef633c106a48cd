"""RNAlign as a method among methods is what a run of the same settings and folds is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from rnalign_core.decode import Alignment
from rnalign_core.decode.aligned import sample_folds
from rnalign_core.decode.ensemble import Ensemble
from rnalign_core.methods import Samples
from rnalign_core.methods.rnalign import as_inputs, rnalign
from rnalign_core.model.inputs import Inputs


@pytest.mark.parametrize("variant", ["full", "type_conditioned"])
def test_equals_a_run(finished_run, variant):
    run = finished_run(variant)
    samples = Samples.of(run.cohort, run.folds, seed=run.settings.seed)
    found = rnalign(samples, settings=run.settings)
    inputs = Inputs.of(run.cohort, None)
    alignment = Alignment.of(Ensemble.load(run), inputs, sample_folds(run, inputs.sample_ids))
    np.testing.assert_allclose(found.profiles, alignment.profiles(), atol=1e-5)
    np.testing.assert_allclose(found.spaces["latent"], alignment.latent, atol=1e-5)
    if variant == "full":
        probabilities = Ensemble.load(run).type_probabilities(alignment.latents)
        line = run.folds.index[0]
        row, fold = inputs.sample_ids.index(line), run.folds[line]
        assert found.calls[row] == inputs.labels.types[probabilities[fold, row].argmax()]
        assert [found.calls[i] is None for i in range(len(samples.is_line))] == list(~samples.is_line)
    assert found.facts["r2"] == pytest.approx(run.metrics["r2"]["heldout"], abs=1e-6)
    assert found.facts["dcor"] == pytest.approx(run.metrics["dcor"], abs=1e-5)


def distances_to_tumors(found, samples, fold):
    """What the lines of a fold are compared with tumors by, in every space."""
    lines, tumors = samples.fold == fold, ~samples.is_line
    views = [found.view(space, fold) for space in ("profiles", "residual", "latent")]
    return [np.concatenate([x[lines], x[tumors]]) for x in views]


def test_the_types_of_a_fold_change_nothing_that_its_lines_are_compared_by(finished_run):
    run = finished_run("full")
    samples = Samples.of(run.cohort, run.folds, seed=run.settings.seed)
    types = samples.cancer_type.copy()
    types[samples.fold == 0] = np.roll(types[samples.fold == 0], 3)
    assert (types != samples.cancer_type).sum() >= 5
    told, lied = (
        rnalign(replace(samples, cancer_type=t), settings=run.settings) for t in (samples.cancer_type, types)
    )
    for before, after in zip(
        distances_to_tumors(told, samples, 0), distances_to_tumors(lied, samples, 0), strict=True
    ):
        np.testing.assert_array_equal(after, before)
    # It does reach the other models, and by them the mean over models that tumors have on maps.
    assert np.abs(told.view("latent", 1) - lied.view("latent", 1)).max() > 1e-3
    assert np.abs(told.profiles - lied.profiles)[~samples.is_line].max() > 1e-3


def test_a_view_has_the_rows_of_its_model(finished_run):
    run = finished_run("full")
    samples = Samples.of(run.cohort, run.folds, seed=run.settings.seed)
    found = rnalign(samples, settings=run.settings)
    of_fold = samples.fold == 1
    np.testing.assert_allclose(found.view("profiles", 1)[of_fold], found.profiles[of_fold], atol=1e-5)
    each = [found.view("profiles", fold)[~samples.is_line] for fold in run.settings.fold_ids]
    np.testing.assert_allclose(np.mean(each, axis=0), found.profiles[~samples.is_line], atol=1e-5)


def test_the_residual_is_what_one_model_does_not_explain(finished_run):
    run = finished_run("full")
    inputs, ensemble = Inputs.of(run.cohort, None), Ensemble.load(run)
    fold = sample_folds(run, inputs.sample_ids)
    alignment = Alignment.of(ensemble, inputs, fold)
    labels = inputs.labels
    y = torch.tensor(
        np.column_stack([~labels.is_line, labels.is_line, labels.purity, labels.purity_known]), dtype=torch.float32
    )  # fmt: skip
    x = torch.from_numpy(inputs.x)
    own = np.stack([net.decode(net.encode(x, y)[0], y).numpy() for net in ensemble.networks])
    own = np.stack([own[:, i].mean(axis=0) if f < 0 else own[f, i] for i, f in enumerate(fold)])
    residual = inputs.x - own
    tumors, lines = (residual[labels.is_line == kind] for kind in (False, True))
    scale = tumors.std(axis=0).mean() / lines.std(axis=0).mean()
    expected = alignment.profiles() + 0.5 * residual * np.where(labels.is_line, scale, 1.0)[:, None]
    found = alignment.profiles_with_residual(inputs, 0.5)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(alignment.profiles_with_residual(inputs, 0), alignment.profiles(), atol=1e-6)


def test_inputs_are_those_of_the_cohort(structured):
    samples = Samples.of(structured, pd.Series(dtype=int))
    ours, theirs = as_inputs(samples), Inputs.of(structured, None)
    np.testing.assert_array_equal(ours.x, theirs.x)
    for name in ("is_line", "purity", "purity_known", "cancer_type"):
        np.testing.assert_array_equal(getattr(ours.labels, name), getattr(theirs.labels, name))
    assert ours.labels.types == theirs.labels.types
