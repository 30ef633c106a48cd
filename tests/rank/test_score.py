"""Typicality against loops over every tumor and resample, and the coverage of its intervals by simulation."""

import numpy as np
import pytest
from scipy.stats import percentileofscore

from rnalign_core.rank.score import (
    MIN_DISTINCT,
    MIN_TUMORS,
    RIVAL_WEIGHT,
    bootstrap_weights,
    typicality,
    weighted_percentile,
)


def unit(x):
    x = x - x.mean(axis=1, keepdims=True)
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def sample(seed, sizes=(12, 9, 7), n_lines=6, n_features=15):
    """Similarities of lines to tumors of some groups and of these with each other, and the tumors' groups."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(len(sizes), n_features))
    tumors = unit(
        np.vstack([c + rng.normal(size=(n, n_features)) for c, n in zip(centres, sizes, strict=True)])
    )
    lines = unit(centres[0] * rng.random((n_lines, 1)) + rng.normal(size=(n_lines, n_features)))
    return lines @ tumors.T, tumors @ tumors.T, np.repeat(np.arange(len(sizes)), sizes)


def reference(to_tumors, among, groups, drawn):
    """Score and z by a loop over lines and over the tumors as drawn, repeats and all."""

    def u(similarity, leave_out=None):
        own = [similarity[t] for t in drawn[0] if t != leave_out]
        value = np.mean(own)
        rivals = [np.mean([similarity[t] for t in members]) for members in drawn[1:]]
        return value + RIVAL_WEIGHT * (value - max(rivals)) if rivals else value

    of_tumors = [u(among[t], leave_out=t) for t in drawn[0]]
    mean = np.mean(of_tumors)
    # Each tumor counts as often as it was drawn; n - 1 as for a sample of the group's size.
    sd = np.sqrt(np.sum((np.array(of_tumors) - mean) ** 2) / (len(of_tumors) - 1))
    of_lines = [u(row) for row in to_tumors]
    score = [percentileofscore(of_tumors, value, kind="mean") / 100 for value in of_lines]
    return np.array(score), (np.array(of_lines) - mean) / sd


@pytest.mark.parametrize("sizes", [(12,), (12, 9), (12, 9, 7)])
def test_scores_are_those_of_a_loop_over_tumors(sizes):
    to_tumors, among, groups = sample(0, sizes)
    found = typicality(to_tumors, among, groups, bootstrap_weights(groups, 0, 0))
    score, z = reference(to_tumors, among, groups, [np.flatnonzero(groups == g) for g in range(len(sizes))])
    np.testing.assert_allclose(found.score[0], score, atol=1e-6)
    np.testing.assert_allclose(found.z[0], z, rtol=2e-4, atol=2e-4)
    assert found.tumor_z.mean() == pytest.approx(0, abs=1e-4)
    assert found.tumor_z.std(ddof=1) == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("sizes", [(12,), (12, 9, 7)])
def test_resamples_are_those_of_a_loop_over_tumors_as_drawn(sizes):
    to_tumors, among, groups = sample(1, sizes)
    weights = bootstrap_weights(groups, 8, 3)
    found = typicality(to_tumors, among, groups, weights)
    counts = np.rint(weights * np.bincount(groups)[groups]).astype(int)
    for row in range(1, 9):
        drawn = [np.repeat(np.flatnonzero(groups == g), counts[row, groups == g]) for g in range(len(sizes))]
        score, z = reference(to_tumors, among, groups, drawn)
        np.testing.assert_allclose(found.z[row], z, rtol=5e-4, atol=5e-4)
        np.testing.assert_allclose(found.score[row], score, atol=1e-5)


def test_a_copy_of_the_median_tumor_scores_a_half_and_what_is_far_scores_nothing():
    rng = np.random.default_rng(4)
    tumors = unit(rng.normal(size=20) + 0.6 * rng.normal(size=(41, 20)))
    among, groups = tumors @ tumors.T, np.zeros(41, int)
    own = (among.sum(axis=1) - 1) / 40
    middle = np.argsort(own)[20]
    to_tumors = np.vstack([among[middle], -among[middle]])
    to_tumors[0, middle] = own[middle]  # as if it were not compared with itself
    score = typicality(to_tumors, among, groups, bootstrap_weights(groups, 0, 0)).score[0]
    assert score[0] == pytest.approx(
        0.5, abs=0.51 / 41
    )  # rounding decides on which side of its original it lies
    assert score[1] == 0


def test_order_by_z_is_the_order_of_scores_within_a_view():
    to_tumors, among, groups = sample(5, (40, 30), n_lines=30)
    found = typicality(to_tumors, among, groups, bootstrap_weights(groups, 0, 0))
    by_z = found.score[0][np.argsort(found.z[0])]
    assert (np.diff(by_z) >= 0).all()


@pytest.mark.parametrize("size", [MIN_TUMORS, 30])
def test_weights_are_shares_of_resamples_with_enough_distinct_tumors(size):
    groups = np.repeat([0, 1], [size, 8])
    weights = bootstrap_weights(groups, 200, 0)
    assert weights.shape == (201, size + 8)
    for group, n in ((0, size), (1, 8)):
        part = weights[:, groups == group]
        np.testing.assert_allclose(part.sum(axis=1), 1, rtol=1e-5)
        np.testing.assert_allclose(part * n, np.rint(part * n), atol=1e-4)
        assert ((part > 0).sum(axis=1) >= MIN_DISTINCT).all()
        np.testing.assert_allclose(part[0], 1 / n)
    assert (bootstrap_weights(groups, 200, 0) == weights).all()
    assert (bootstrap_weights(groups, 200, 1) != weights).any()


def test_weighted_percentiles_are_those_of_repeated_values():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 6, (4, 20)).astype(float)
    counts = rng.multinomial(30, np.full(20, 1 / 20), size=4)
    at = rng.integers(-1, 7, (4, 9)).astype(float)
    found = weighted_percentile(values, counts / 30, at)
    for row in range(4):
        repeated = np.repeat(values[row], counts[row])
        expected = [percentileofscore(repeated, x, kind="mean") / 100 for x in at[row]]
        np.testing.assert_allclose(found[row], expected, atol=1e-12)


@pytest.mark.parametrize("rivals", [0, 1])
def test_nine_in_ten_intervals_cover_the_value_in_the_population(rivals):
    rng = np.random.default_rng(7)
    n, n_population, n_features, n_repeats = 40, 3000, 20, 60
    centres = 0.6 * rng.normal(size=(1 + rivals, n_features))

    def tumors(size):
        return unit(np.vstack([centre + rng.normal(size=(size, n_features)) for centre in centres]))

    lines = unit(centres[0] * np.repeat([0.3, 0.6, 1], 12)[:, None] + rng.normal(size=(36, n_features)))
    everyone, groups = tumors(n_population), np.repeat(np.arange(1 + rivals), n_population)
    truth = typicality(lines @ everyone.T, everyone @ everyone.T, groups, bootstrap_weights(groups, 0, 0))
    covered = {"z": [], "score": []}
    groups = np.repeat(np.arange(1 + rivals), n)
    for repeat in range(n_repeats):
        x = tumors(n)
        found = typicality(lines @ x.T, x @ x.T, groups, bootstrap_weights(groups, 300, repeat)).intervals(
            0.9
        )
        for name, true in (("z", truth.z[0]), ("score", truth.score[0])):
            covered[name].append((found[f"{name}_low"] <= true) & (true <= found[f"{name}_high"]))
    assert 0.85 <= np.mean(covered["z"]) <= 0.95
    inside = (
        truth.score[0] > 0.05
    )  # nearer to 0 Wilson's interval covers too often: shares of few tumors are discrete
    assert inside.sum() > 10
    assert 0.85 <= np.mean(np.array(covered["score"])[:, inside]) <= 0.96
    assert np.mean(covered["score"]) >= 0.85
