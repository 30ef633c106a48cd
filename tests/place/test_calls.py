"""Types are called with probabilities that hold, and not called where nothing like the sample is known."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from rnalign_core.place import place
from rnalign_core.place.calls import KeptApart
from rnalign_core.place.limits import UNLIKE


@pytest.fixture(scope="module")
def calls(host, new):
    return place(host, new).calls


def test_new_samples_are_called_by_their_types(host, calls, truth):
    known = truth.isin(host.ensemble.types)
    right = calls["call"][known] == truth[known]
    assert right.mean() > 0.9
    assert (calls["probability"].between(1 / len(host.ensemble.types), 1)).all()
    assert (calls["margin"] <= calls["probability"]).all()
    assert calls["abstained"].equals(calls["unlike"] > UNLIKE)


def test_types_that_no_model_saw_are_abstained_on(calls, truth):
    unseen, known = truth == "UVM", truth.isin(["BRCA", "LUAD", "LUSC"])
    tumors = calls.index.str.contains("tumor")
    judged = (unseen | known) & tumors
    assert roc_auc_score(unseen[judged], calls.loc[judged, "distance"]) > 0.9
    assert calls.loc[unseen, "abstained"].mean() > 0.7
    assert calls.loc[known & tumors, "abstained"].mean() < 0.5


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_the_temperature_of_overconfident_probabilities_is_found(true):
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 2, (4000, 5))
    own = np.array([rng.choice(5, p=p) for p in softmax(honest, axis=1)])
    assert KeptApart(true * honest, own, np.empty((0, 3))).temperature() == pytest.approx(true, rel=0.08)


def test_without_samples_kept_apart_probabilities_stay():
    assert KeptApart(np.empty((0, 3)), np.empty(0, int), np.empty((0, 3))).temperature() == 1


def test_shares_are_of_the_samples_kept_apart():
    distances = np.random.default_rng(0).normal(3, 2, (200, 3))
    kept = KeptApart(np.empty((200, 3)), np.zeros(200, int), distances)
    z = ((distances - distances.mean(axis=0)) / distances.std(axis=0)).mean(axis=1)
    np.testing.assert_allclose(kept.distance(distances), z)
    expected = [(z < value).mean() for value in z]
    np.testing.assert_allclose(kept.share_nearer(distances), expected)
    np.testing.assert_array_equal(kept.share_nearer(np.array([[-99] * 3, [99] * 3])), [0, 1])
