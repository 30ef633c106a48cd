"""RNAlign as a method among methods is what a run of the same settings and folds is."""

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
