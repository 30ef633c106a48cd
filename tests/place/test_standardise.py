"""Samples come to the run's scale: by its own if they look alike, else by rank or by themselves."""

from dataclasses import replace

import numpy as np
import pytest

from rnalign_core.place import standardise as module
from rnalign_core.place.standardise import Reference, by_batch, standardise


def lines(query):
    return (query.samples["sample_type"] == "cell_line").to_numpy()


def distorted(values, seed=0):
    """Saturated, with a gain and an offset of each gene's own, as arrays measure."""
    rng = np.random.default_rng(seed)
    gain, offset = rng.lognormal(0, 0.3, values.shape[1]), rng.normal(0, 1, values.shape[1])
    return np.maximum((4 + 9 * (1 - np.exp(-values / 8))) * gain + offset, 0).astype(np.float32)


def test_samples_like_those_of_the_run_are_standardised_as_these(host, new, truth):
    found = standardise(host, new)
    usual = (found.how == "run").to_numpy()
    assert usual[truth.isin(host.ensemble.types)].mean() > 0.9
    expected = host.inputs.scaler.standardise(new.values, lines(new))
    np.testing.assert_allclose(found.x[usual], expected[usual], atol=1e-4)
    assert found.x.dtype == np.float32


def test_another_platform_is_noticed_and_said(host, new):
    found = standardise(host, replace(new, values=distorted(new.values)))
    assert (found.how == "rank").all()
    assert {"tumors are not" in w.what or "cell lines are not" in w.what for w in found.warnings} == {True}
    assert len(found.warnings) == 2
    assert all("Standardised by rank" in w.what for w in found.warnings)


def test_by_rank_no_increasing_function_of_a_sample_matters(host, new):
    reference, genes = Reference.of(host, False), np.arange(len(host.genes))
    values = new.values[(new.values > 0).all(axis=1)].astype(float)
    expected = reference.by_rank(values, genes)
    for change in (np.sqrt, np.expm1, lambda v: 3 * v + 1):
        np.testing.assert_allclose(reference.by_rank(change(values), genes), expected)
    raw = expected * reference.sd + reference.mean
    np.testing.assert_array_equal(np.argsort(raw, axis=1), np.argsort(values, axis=1))
    cohort = host.run.cohort
    tumors = np.asarray(cohort.X)[(cohort.obs["sample_type"] == "tumor").to_numpy()]
    same = np.broadcast_to(np.sort(tumors, axis=1).mean(axis=0), raw.shape)
    np.testing.assert_allclose(np.sort(raw, axis=1), same, rtol=1e-4)


def test_genes_with_the_same_value_stay_the_same_by_rank(host):
    genes = np.arange(len(host.genes))
    found = Reference.of(host, False).by_rank(np.zeros((1, len(genes))), genes)
    raw = found * host.inputs.scaler.sd[0] + host.inputs.scaler.mean[0]
    np.testing.assert_allclose(raw, raw[0, 0], rtol=1e-5)


def test_a_batch_by_itself_has_no_mean_and_does_not_notice_offsets(new):
    values = new.values.astype(float)
    found = by_batch(values)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(by_batch(values + np.arange(values.shape[1])), found, atol=1e-9)


@pytest.mark.parametrize("mixed", [True, False])
def test_a_batch_is_standardised_by_itself_only_if_composed_like_the_run(
    host, new, truth, monkeypatch, mixed
):
    monkeypatch.setattr(module, "MIN_BATCH", 8)
    rows = ~lines(new) & (truth.isin(host.ensemble.types) if mixed else truth == "BRCA").to_numpy()
    values = new.values[rows] * np.float32(np.log(2))
    batch = replace(new, samples=new.samples[rows], values=values)
    found = standardise(host, batch)
    assert (found.how == ("batch" if mixed else "rank")).all()
    if mixed:
        np.testing.assert_allclose(found.x, by_batch(batch.values.astype(float)), atol=1e-4)


def test_missing_genes_are_filled_from_the_run(host, new):
    missing = np.arange(len(host.genes)) % 3 == 0
    values = new.values.copy()
    values[:, missing] = np.nan
    whole, found = standardise(host, new), standardise(host, replace(new, values=values))
    both = ((whole.how == "run") & (found.how == "run")).to_numpy()
    assert both.sum() > 10
    np.testing.assert_allclose(found.x[both][:, ~missing], whole.x[both][:, ~missing], atol=1e-5)
    error = np.square(found.x - whole.x)[both][:, missing].mean()
    assert error < 0.5 * np.square(whole.x)[both][:, missing].mean()


def test_composition_and_spread_are_those_of_the_run_for_the_run_itself(host):
    reference = Reference.of(host, False)
    own = np.eye(len(host.ensemble.types))[reference.codes]
    assert reference.gap(own) == pytest.approx(0, abs=1e-9)
    of_one = np.zeros_like(own)
    of_one[:, 0] = 1
    assert reference.gap(of_one) == pytest.approx(1 - own[:, 0].mean())
    assert reference.spread(reference.x) == pytest.approx(1)
    assert reference.spread(reference.x + np.arange(len(host.genes))) == pytest.approx(1, rel=1e-4)
    assert reference.spread(reference.x[reference.codes == 0]) < 0.2


def test_large_runs_are_sampled(host, monkeypatch):
    monkeypatch.setattr(module, "MAX_REFERENCE", 10)
    assert Reference.of(host, False).x.shape == (10, len(host.genes))
