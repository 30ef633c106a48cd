import numpy as np
import pytest
from sklearn.decomposition import PCA

from rnalign_core.embed.plane import principal_plane


@pytest.mark.parametrize("shape", [(40, 300), (300, 12)])
def test_it_is_the_exact_pca_but_for_signs(shape):
    x = np.random.default_rng(0).normal(size=shape) * np.linspace(3, 0.5, shape[1])
    reference = PCA(2, svd_solver="full").fit(x)
    found = principal_plane(x.astype(np.float32))
    assert np.abs(found.positions) == pytest.approx(np.abs(reference.transform(x)), abs=1e-3)
    assert found.variance == pytest.approx(tuple(reference.explained_variance_ratio_), rel=1e-4)


def test_axes_are_turned_to_those_of_another_map():
    x = np.random.default_rng(1).normal(size=(30, 80))
    x[:, 0] *= 20
    x[:, 1] *= 10
    first = principal_plane(x)
    for signs in ((1, 1), (-1, 1), (1, -1)):
        turned = principal_plane(-x, like=first.positions * signs)
        assert turned.positions == pytest.approx(first.positions * signs, abs=1e-6)


@pytest.mark.parametrize("x", [np.zeros((2, 5)), np.zeros((5, 1)), np.ones((5, 4))])
def test_what_has_no_plane_is_refused(x):
    with pytest.raises(ValueError, match=r"at least 3 samples|coincide"):
        principal_plane(x)
