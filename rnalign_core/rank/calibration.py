"""From the votes of nearest tumors to probabilities, and how far these can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

EXPONENTS = (0.05, 20.0)
N_BINS = 10


@dataclass(frozen=True)
class Reliability:
    """Whether stated probabilities hold.

    Parameters
    ----------
    n
        Samples judged.
    accuracy, confidence
        Share of right calls, and mean probability of the calls.
    error
        Expected calibration error, 0..1.
    by_chance
        The error to expect of perfect probabilities with as many samples.
    calls
        Table of the calls that were judged: ``confidence``, ``right``, ``weight``.
    """

    n: int
    accuracy: float
    confidence: float
    error: float
    by_chance: float
    calls: pd.DataFrame


def vote_evidence(votes: np.ndarray, class_sizes: np.ndarray) -> np.ndarray:
    """Return the log density of each class where a sample lies, up to a constant per sample.

    Votes over class sizes are the k-nearest-neighbour estimate of class densities (Loftsgaarden & Quesenberry 1965).
    One neighbour more, dealt to the classes by their sizes, keeps a class without a vote from probability 0.

    Parameters
    ----------
    votes
        Array of shape (n_samples, n_classes), nearest references of each class.
    class_sizes
        References of each class, shape (n_classes,) or (n_samples, n_classes).
    """
    sizes = np.broadcast_to(class_sizes, votes.shape)
    return np.log(votes / sizes + 1 / sizes.sum(axis=1, keepdims=True))


def fit_exponent(evidence: np.ndarray, own: np.ndarray) -> float:
    """Fit the exponent of :func:`probabilities`: temperature scaling (Guo et al., ICML 2017) with equal classes.

    The exponent minimises the log loss, every class weighing the same. Samples that are all told apart would make it
    infinite, and probabilities 1; so targets are smoothed as by Platt (1999): a class of n samples aims at
    (n + 1) / (n + 2).

    Parameters
    ----------
    evidence
        Array of shape (n_views, n_samples, n_classes): samples may be seen by several models. At least two
        classes, each with a sample.
    own
        Class of each sample, shape (n_samples,).
    """
    _, n_samples, n_classes = evidence.shape
    sizes = np.bincount(own, minlength=n_classes)
    sure = ((sizes + 1) / (sizes + 2))[own]
    targets = np.repeat(((1 - sure) / (n_classes - 1))[:, None], n_classes, axis=1)
    targets[np.arange(n_samples), own] = sure
    targets /= sizes[own][:, None]

    def loss(log_exponent: float) -> float:
        return -(targets * _log_softmax(np.exp(log_exponent) * evidence)).sum()

    return float(np.exp(minimize_scalar(loss, bounds=np.log(EXPONENTS), method="bounded").x))


def probabilities(evidence: np.ndarray, exponent: float) -> np.ndarray:
    """Return probabilities as if all classes were equally frequent; shape of `evidence`, classes last."""
    return np.exp(_log_softmax(exponent * evidence))


def calibration_bins(
    confidence: np.ndarray, right: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weight, mean confidence and share of right calls in ten equal bins of confidence.

    Parameters
    ----------
    confidence
        Probability of each call, shape (n_calls,).
    right
        Whether it is right, shape (n_calls,).
    weights
        What each call counts, shape (n_calls,); by default all the same.

    Returns
    -------
    Three arrays of shape (10,): weights sum to 1; means are NaN in an empty bin.
    """
    weights = np.ones(len(confidence)) if weights is None else weights
    bins = np.clip(np.ceil(confidence * N_BINS).astype(int) - 1, 0, N_BINS - 1)
    total, stated, true = (
        np.bincount(bins, values, minlength=N_BINS)
        for values in (weights, weights * confidence, weights * right)
    )
    with np.errstate(invalid="ignore"):
        return total / total.sum(), stated / total, true / total


def calibration_error(confidence: np.ndarray, right: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the expected calibration error (Naeini et al., AAAI 2015): mean gap of confidence and accuracy, 0..1.

    Parameters as of :func:`calibration_bins`.
    """
    share, stated, true = calibration_bins(confidence, right, weights)
    return float(np.nansum(share * np.abs(stated - true)))


def error_by_chance(
    confidence: np.ndarray,
    weights: np.ndarray | None = None,
    who: np.ndarray | None = None,
    *,
    n_draws: int = 500,
    seed: int = 0,
) -> float:
    """Return the calibration error to expect of perfect probabilities: with few calls it is not 0.

    Parameters
    ----------
    confidence, weights
        As of :func:`calibration_bins`.
    who
        Sample that each call is of, from 0; calls of one sample are right together. By default all differ.
    n_draws, seed
        Simulated outcomes, and their seed.
    """
    who = np.arange(len(confidence)) if who is None else who
    luck = np.random.default_rng(seed).random((n_draws, who.max() + 1))
    return float(np.mean([calibration_error(confidence, u[who] < confidence, weights) for u in luck]))


def reliability(confidence: pd.Series, right: pd.Series, weight: pd.Series) -> Reliability:
    """Judge calls with stated probabilities.

    Parameters
    ----------
    confidence, right, weight
        Probability of each call, whether it is right and what it counts, by sample id. A sample may have several calls,
        one a model.
    """
    calls = pd.DataFrame({"confidence": confidence, "right": right, "weight": weight})
    stated, true, share = (calls[column].to_numpy(float) for column in calls)
    who, ids = pd.factorize(calls.index)
    return Reliability(
        len(ids),
        float(np.average(true, weights=share)),
        float(np.average(stated, weights=share)),
        calibration_error(stated, true, share),
        error_by_chance(stated, share, who),
        calls,
    )


def _log_softmax(x: np.ndarray) -> np.ndarray:
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
