"""Distances from the types of a run, in its latent space and in expression."""

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.covariance import LedoitWolf

from rnalign_core.model.train import held_out_samples
from rnalign_core.place import distance
from rnalign_core.place.distance import Types, expression_distance, latent_distance


@pytest.fixture(scope="module")
def clouds():
    """Three types in five dimensions that are stretched alike."""
    rng = np.random.default_rng(0)
    codes = np.repeat([4, 0, 7], [60, 40, 30])
    centres = {4: np.zeros(5), 0: np.full(5, 8.0), 7: np.array([0, 20.0, 0, 0, 0])}
    return np.stack([centres[code] for code in codes]) + rng.normal(0, [1, 2, 1, 1, 3], (130, 5)), codes


def test_distances_are_mahalanobis_to_the_nearest_mean(clouds):
    x, codes = clouds
    means = {code: x[codes == code].mean(axis=0) for code in set(codes)}
    within = x - np.stack([means[code] for code in codes])
    precision = LedoitWolf(assume_centered=True).fit(within).precision_
    points = np.random.default_rng(1).normal(5, 10, (20, 5))
    expected = [min(mahalanobis(point, mean, precision) for mean in means.values()) for point in points]
    np.testing.assert_allclose(Types.fit(x, codes).distance(points), expected, rtol=1e-6)


def test_a_model_does_not_know_the_tumors_that_it_was_not_trained_on(host):
    labels, latents = host.inputs.labels, host.alignment.latents
    found = latent_distance(host, latents)
    for model in range(len(latents)):
        known = ~labels.is_line & ~held_out_samples(labels.is_line, host.run.settings, model)
        z, codes = latents[model][known], labels.cancer_type[known]
        np.testing.assert_allclose(found[model], Types.fit(z, codes).distance(latents[model]))
        kept = ~labels.is_line & ~known
        assert 0 < kept.sum() < 0.15 * len(kept)


@pytest.mark.parametrize("line", [False, True])
def test_no_sample_of_the_run_is_measured_by_itself(host, line, monkeypatch):
    """As far as new samples with the same expression would be, measured by the other parts."""
    of_kind = host.inputs.labels.is_line == line
    own, _ = expression_distance(host, line, host.inputs.x[:1])
    assert own.shape == (len(of_kind), 2)
    assert np.isnan(own[~of_kind]).all()
    assert np.isfinite(own[of_kind]).all()
    fitted = []
    fit = distance.PCA.fit
    monkeypatch.setattr(distance.PCA, "fit", lambda self, x: fitted.append(x) or fit(self, x))
    expression_distance(host, line, host.inputs.x[:1])
    x = host.inputs.x[of_kind]
    seen = np.array([[(part == row).all(axis=1).any() for part in fitted] for row in x])
    assert (seen.sum(axis=1) == distance.N_PARTS - 1).all()


def test_what_components_leave_is_the_share_that_they_do_not_rebuild(host):
    _, found = expression_distance(host, False, host.inputs.x[:7] + 1)
    x, rows = host.inputs.x, np.flatnonzero(~host.inputs.labels.is_line)
    rows, left = np.random.default_rng(0).permutation(rows), []
    for part in range(distance.N_PARTS):
        taught = np.setdiff1d(rows, rows[part :: distance.N_PARTS])
        pca = distance.PCA(min(len(taught) - 1, x.shape[1])).fit(x[taught])
        rebuilt = pca.inverse_transform(pca.transform(x[:7] + 1))
        left.append(np.square(x[:7] + 1 - rebuilt).sum(axis=1) / np.square(x[:7] + 1 - pca.mean_).sum(axis=1))
    np.testing.assert_allclose(found[:, 1], np.mean(left, axis=0), atol=1e-4)


def test_large_runs_are_sampled(host, new, monkeypatch):
    monkeypatch.setattr(distance, "MAX_SAMPLES", 20)
    _, found = expression_distance(host, False, new.values)
    assert np.isfinite(found).all()


def test_genes_that_were_filled_in_are_not_looked_at(host, new):
    genes = np.arange(len(host.genes)) % 2 == 0
    x = host.inputs.scaler.standardise(new.values, np.zeros(len(new.values), dtype=bool))
    own, found = expression_distance(host, False, x, genes)
    again, same = expression_distance(host, False, np.where(genes, x, 1e3), genes)
    np.testing.assert_array_equal(found, same)
    np.testing.assert_array_equal(own, again)
