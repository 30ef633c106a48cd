import numpy as np
import pytest

from rnalign_core.decode import aligned_cohort
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.profiles import profiles


@pytest.fixture(scope="module")
def opened(finished_run):
    return AlignedRun(finished_run("full"))


def test_they_are_those_of_the_exported_cohort(opened):
    exported = aligned_cohort(opened.run)
    ids = exported.obs_names[::7]
    for space, layer in (("decoded", "rnalign"), ("residual", "rnalign_residual")):
        found = opened.inputs.scaler.to_line_scale(profiles(opened, ids, space))
        np.testing.assert_allclose(found, exported[ids].layers[layer], atol=1e-4)
    np.testing.assert_allclose(profiles(opened, ids, "latent"), exported[ids].obsm["X_rnalign"], atol=1e-5)


@pytest.mark.parametrize("space", ["input", "residual", "decoded", "latent"])
def test_correlations_in_a_line_s_own_view_are_the_similarities(opened, space):
    tumors = opened.samples.index[opened.samples["sample_type"] == "tumor"][:20]
    line = opened.run.folds.index[0]
    x = profiles(opened, [line, *tumors], space, model=int(opened.run.folds[line]))
    [block] = opened.similarities(tumors, space, line_ids=[line])
    np.testing.assert_allclose(np.corrcoef(x)[0, 1:], block.to_tumors[0], atol=2e-5)


def test_an_unknown_sample_is_refused(opened):
    with pytest.raises(KeyError, match="nobody"):
        profiles(opened, ["nobody"], "input")
