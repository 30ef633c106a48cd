import subprocess
import sys

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from rnalign_core.embed.umap import layout


def three_groups(n_per_group: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    groups = np.repeat([0, 1, 2], n_per_group)
    return (3 * rng.normal(size=(3, 30))[groups] + rng.normal(size=(len(groups), 30))).astype("f4"), groups


@pytest.mark.parametrize("metric", ["pearson", "euclidean"])
def test_groups_stay_together_and_a_seed_gives_one_layout(metric):
    x, groups = three_groups(25)
    places = layout(x, metric=metric, seed=1)
    assert places.shape == (75, 2)
    assert places.dtype == np.float32
    assert np.isfinite(places).all()
    assert KNeighborsClassifier(5).fit(places, groups).score(places, groups) == 1
    np.testing.assert_array_equal(places, layout(x, metric=metric, seed=1))
    assert not np.array_equal(places, layout(x, metric=metric, seed=2))


@pytest.mark.parametrize("n_samples", [5, 10])
def test_few_samples(n_samples):
    places = layout(np.random.default_rng(0).normal(size=(n_samples, 8)))
    assert places.shape == (n_samples, 2)
    assert np.isfinite(places).all()


def test_repeated_samples():
    places = layout(np.tile(np.random.default_rng(0).normal(size=(4, 8)), (10, 1)))
    assert np.isfinite(places).all()


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match="at least 5 samples, there are 4"):
        layout(np.eye(4))


def test_importing_the_room_does_not_import_umap():
    code = "import sys, rnalign_core.embed; sys.exit('umap' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
