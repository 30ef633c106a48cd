import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.metrics import log_loss

from rnalign_core.rank.calibration import (
    calibration_bins,
    calibration_error,
    error_by_chance,
    fit_exponent,
    probabilities,
    reliability,
    vote_evidence,
)


def test_evidence_is_the_log_of_densities_with_one_neighbour_more():
    found = vote_evidence(np.array([[3, 1], [0, 4]]), np.array([10, 30]))
    assert np.exp(found) == pytest.approx(
        np.array([[3 / 10 + 1 / 40, 1 / 30 + 1 / 40], [1 / 40, 4 / 30 + 1 / 40]])
    )


def test_probabilities_are_a_softmax_and_keep_the_order_of_balanced_votes():
    votes = np.random.default_rng(0).multinomial(15, [0.2, 0.3, 0.5], size=50)
    evidence = vote_evidence(votes, np.array([20, 60, 200]))
    found = probabilities(evidence, 1.7)
    assert found == pytest.approx(softmax(1.7 * evidence, axis=1))
    balanced = votes / [20, 60, 200]
    assert (balanced[np.arange(50), found.argmax(axis=1)] == balanced.max(axis=1)).all()


def simulated(exponent, n=4000, seed=0):
    """Samples of two equal classes whose true probabilities are those of an exponent."""
    rng = np.random.default_rng(seed)
    half = rng.normal(size=n)
    evidence = np.stack([half, -half], axis=1)
    own = (rng.random(n) < softmax(exponent * evidence, axis=1)[:, 1]).astype(int)
    return evidence, own


@pytest.mark.parametrize("true", [0.4, 1.0, 2.5])
def test_the_exponent_of_simulated_samples_is_found(true):
    evidence, own = simulated(true)
    assert fit_exponent(evidence[None], own) == pytest.approx(true, rel=0.1)


def test_the_exponent_minimises_the_log_loss_with_equal_classes_and_smoothed_targets():
    rng = np.random.default_rng(1)
    own = np.repeat([0, 1, 2], [8, 30, 100])
    evidence = rng.normal(size=(2, 138, 3)) + 1.5 * np.eye(3)[own]
    sizes = np.array([8, 30, 100])
    sure = (sizes + 1) / (sizes + 2)

    def loss(exponent):
        total = 0
        for view in evidence:
            likely = softmax(exponent * view, axis=1)
            for target in range(3):  # a sample counts for every class, by how much it aims at it
                share = np.where(own == target, sure[own], (1 - sure[own]) / 2) / sizes[own]
                total += log_loss(
                    np.full(138, target), likely, sample_weight=share, labels=[0, 1, 2], normalize=False
                )
        return total

    found = fit_exponent(evidence, own)
    best = minimize_scalar(lambda log: loss(np.exp(log)), bounds=(-1.5, 1.5), method="bounded").x
    assert found == pytest.approx(np.exp(best), rel=0.01)


def test_samples_that_are_all_told_apart_do_not_make_probabilities_certain():
    own = np.repeat([0, 1], 30)
    evidence = vote_evidence(15 * np.eye(2)[own], np.array([30, 30]))
    likely = probabilities(evidence, fit_exponent(evidence[None], own))
    assert likely.max() == pytest.approx(31 / 32, abs=0.002)


def test_views_of_the_same_samples_do_not_count_as_more_samples():
    own = np.repeat([0, 1], 10)
    evidence = vote_evidence(15 * np.eye(2)[own], np.array([10, 10]))[None]
    assert fit_exponent(np.repeat(evidence, 5, axis=0), own) == pytest.approx(
        fit_exponent(evidence, own), rel=1e-3
    )


def test_the_calibration_error_by_hand():
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    right = np.array([1, 1, 1, 0, 0, 1])
    share, stated, true = calibration_bins(confidence, right)
    assert share[9] == pytest.approx(4 / 6)
    assert (stated[9], true[9], true[5]) == pytest.approx((0.95, 0.75, 0.5))
    assert np.isnan(true[0])
    assert calibration_error(confidence, right) == pytest.approx(4 / 6 * 0.2 + 2 / 6 * 0.05)
    weights = np.array([0, 0, 0, 0, 1, 1])
    assert calibration_error(confidence, right, weights) == pytest.approx(0.05)


def test_a_confidence_of_one_is_in_the_last_bin():
    assert calibration_bins(np.array([1.0]), np.array([1]))[0][-1] == 1


def test_the_error_by_chance_is_what_perfect_probabilities_show():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 60)
    drawn = [calibration_error(confidence, rng.random(60) < confidence) for _ in range(500)]
    assert error_by_chance(confidence) == pytest.approx(np.mean(drawn), rel=0.05)
    assert error_by_chance(np.tile(confidence, 100)) < 0.2 * error_by_chance(confidence)


def test_calls_of_one_sample_are_right_together():
    confidence = np.full(20, 0.7)
    apart, together = (error_by_chance(confidence, who=who) for who in (np.arange(20), np.repeat([0, 1], 10)))
    assert together > 2 * apart


def test_reliability_weighs_calls_and_counts_samples():
    ids = pd.Index(["a", "b", "a", "b"])
    found = reliability(
        pd.Series([0.9, 0.6, 0.9, 0.6], ids),
        pd.Series([True, False, True, True], ids),
        pd.Series([0.1, 0.4, 0.1, 0.4], ids),
    )
    assert found.n == 2
    assert found.accuracy == pytest.approx(0.6)
    assert found.confidence == pytest.approx(0.66)
    assert found.error == pytest.approx(0.2 * 0.1 + 0.8 * 0.1)
