"""Laying a map out anew on the cluster: from where the points are, with progress, called off, failing."""

import threading
import time

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from rnalign_core.embed.relay import map_neighbours, move
from rnalign_core.jobs import cluster, relay
from rnalign_core.jobs.relay import Relay

N_PER_GROUP = 60


@pytest.fixture
def on_threads(thread_cluster, monkeypatch):
    monkeypatch.setenv(cluster.SCHEDULER_VARIABLE, thread_cluster.scheduler_address)
    yield
    cluster.close()


@pytest.fixture(scope="module")
def groups():
    """Profiles of three groups, and a map on which they lie apart."""
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], N_PER_GROUP)
    profiles = (4 * rng.normal(size=(3, 40))[group] + rng.normal(size=(len(group), 40))).astype(np.float32)
    places = (10 * np.array([[0, 0], [2, 0], [1, 2]])[group] + rng.normal(size=(len(group), 2))).astype(
        np.float32
    )
    return group, profiles, places


def until_over(layout, seconds=240):
    deadline, stages = time.monotonic() + seconds, []
    while (now := layout.progress).active:
        stages.append(now.stage)
        assert time.monotonic() < deadline, stages
        time.sleep(0.02)
    return now, list(dict.fromkeys(stages))


def test_neighbours_are_those_by_correlation(groups):
    _, profiles, _ = groups
    unit = profiles - profiles.mean(axis=1, keepdims=True)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    distance = 1 - np.corrcoef(profiles)[30:50]
    found = map_neighbours(unit, slice(30, 50))
    np.testing.assert_array_equal(found.indices, np.argsort(distance, axis=1, kind="stable")[:, :15])
    assert found.distances == pytest.approx(np.sort(distance, axis=1)[:, :15], abs=1e-6)


def test_points_whose_neighbours_stay_hardly_move_and_others_go_to_theirs(groups):
    group, profiles, places = groups
    swapped = profiles.copy()
    swapped[[0, 1, 2]] = profiles[[-1, -2, -3]]  # three samples become copies of samples of the last group

    def laid_out(x):
        unit = x - x.mean(axis=1, keepdims=True)
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        return move(places, map_neighbours(unit), seed=3)

    stayed, moved = laid_out(profiles), laid_out(swapped)
    width = np.ptp(places, axis=0).max()
    assert np.median(np.linalg.norm(stayed - places, axis=1)) < 0.1 * width
    centres = np.array([stayed[group == g].mean(axis=0) for g in range(3)])
    assert cdist(stayed, centres).argmin(axis=1).tolist() == group.tolist()
    assert np.linalg.norm(moved[3:] - places[3:], axis=1).mean() < 0.1 * width
    to_new, to_old = (np.linalg.norm(moved[:3] - moved[group == g][3:].mean(axis=0), axis=1) for g in (2, 0))
    assert (to_new < to_old).all()
    np.testing.assert_array_equal(stayed, laid_out(profiles))  # the same seed, the same map


def test_a_map_is_laid_out_on_the_cluster(groups, on_threads):
    group, profiles, places = groups
    layout = Relay(profiles, places, seed=3)
    now, stages = until_over(layout)
    assert now.stage == "done", now.error
    assert set(stages) <= {"starting", "queued", "comparing", "compiling", "moving"}
    centres = np.array([places[group == g].mean(axis=0) for g in range(3)])
    assert cdist(layout.layout, centres).argmin(axis=1).tolist() == group.tolist()


def test_it_starts_from_the_earlier_map_with_the_neighbours_of_all_samples(groups, on_threads, monkeypatch):
    _, profiles, places = groups
    given = []
    monkeypatch.setattr(relay, "move", lambda *arguments: given.append(arguments) or arguments[0])
    until_over(Relay(profiles, places, seed=7))
    [(previous, neighbours, seed)] = given
    np.testing.assert_array_equal(previous, places)
    assert seed == 7
    distance = 1 - np.corrcoef(profiles)
    np.testing.assert_array_equal(neighbours.indices, np.argsort(distance, axis=1, kind="stable")[:, :15])
    assert neighbours.distances == pytest.approx(np.sort(distance, axis=1)[:, :15], abs=1e-6)


def test_progress_follows_the_tasks(groups, on_threads, monkeypatch):
    _, profiles, places = groups
    go_on = threading.Event()

    def slow(previous, neighbours, seed):
        assert go_on.wait(60)
        return previous

    monkeypatch.setattr(relay, "move", slow)
    layout = Relay(profiles, places)
    deadline = time.monotonic() + 240
    while layout.progress.stage != "moving":
        assert time.monotonic() < deadline, layout.progress
        time.sleep(0.02)
    assert layout.progress.fraction > 0.5
    assert layout.layout is None
    go_on.set()
    now, _ = until_over(layout)
    assert now.stage == "done"
    np.testing.assert_array_equal(layout.layout, places)


def test_one_that_is_called_off_never_arrives(groups, on_threads, monkeypatch):
    _, profiles, places = groups
    go_on = threading.Event()
    monkeypatch.setattr(relay, "map_neighbours", lambda unit, rows: go_on.wait(60))
    layout = Relay(profiles, places)
    deadline = time.monotonic() + 60
    while layout.progress.stage != "comparing":
        assert time.monotonic() < deadline, layout.progress
        time.sleep(0.02)
    layout.cancel()
    assert layout.progress.stage == "cancelled"
    go_on.set()
    time.sleep(0.5)
    assert layout.progress.stage == "cancelled"
    assert layout.layout is None


def test_a_failure_says_why(groups, on_threads, monkeypatch):
    _, profiles, places = groups

    def fails(previous, neighbours, seed):
        raise RuntimeError("no room")

    monkeypatch.setattr(relay, "move", fails)
    now, _ = until_over(Relay(profiles, places))
    assert (now.stage, now.error) == ("failed", "RuntimeError: no room")


def test_without_a_scheduler_it_fails_and_says_so(groups, monkeypatch):
    monkeypatch.setenv(cluster.SCHEDULER_VARIABLE, "tcp://127.0.0.1:1")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.2)
    now, _ = until_over(Relay(*groups[1:]))
    assert now.stage == "failed"
    assert "no dask scheduler answers" in now.error
