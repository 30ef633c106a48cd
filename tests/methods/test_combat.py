import numpy as np
import pytest

from rnalign_core.methods import METHODS, NO_FOLD, Samples
from rnalign_core.methods.combat import adjust_batches

IS_LINE = np.arange(9) >= 5
TYPES = np.array(list("ABABAABAB"), dtype=object)
# fmt: off
X = np.array([
    [5.35, 5.82, 5.33, 3.70, 5.91], [5.45, 4.46, 5.58, 5.36, 5.29], [5.03, 5.55, 4.26, 4.84, 4.52],
    [5.60, 5.04, 4.71, 4.22, 4.74], [5.01, 4.72, 6.29, 6.01, 2.29], [4.16, 5.84, 5.32, 6.51, 6.66],
    [8.17, 4.91, 5.37, 8.34, 7.09], [6.71, 5.50, 4.10, 6.46, 6.55], [4.82, 5.33, 5.67, 5.35, 6.35],
])
# neuroCombat 0.2.12, batch alone and with the types as a categorical covariate
NEUROCOMBAT = np.array([
    [5.759464, 5.900248, 5.446101, 4.364794, 6.359543], [5.875087, 4.702623, 5.670574, 5.977464, 5.852494],
    [5.389469, 5.662484, 4.485355, 5.472290, 5.222772], [6.048522, 5.213375, 4.889407, 4.869967, 5.402692],
    [5.366344, 4.931581, 6.308078, 6.608931, 3.399030], [4.100366, 5.638170, 5.170937, 5.716320, 5.754015],
    [7.161135, 4.712753, 5.217362, 7.291456, 6.230256], [6.046740, 5.299846, 4.038169, 5.673283, 5.632185],
    [4.604134, 5.130683, 5.495911, 4.717872, 5.410677],
])
NEUROCOMBAT_TYPES = np.array([
    [5.776494, 5.902353, 5.423797, 4.397154, 6.307846], [5.804408, 4.665395, 5.679126, 5.978868, 5.895731],
    [5.417872, 5.675194, 4.506778, 5.478788, 5.181737], [5.972512, 5.153366, 4.933513, 4.897233, 5.450148],
    [5.395459, 4.976891, 6.246543, 6.588887, 3.375101], [4.034812, 5.662870, 5.189719, 5.695541, 5.800530],
    [7.269201, 4.693160, 5.239632, 7.326949, 6.222787], [5.987779, 5.283787, 3.969269, 5.651385, 5.671603],
    [4.703538, 5.161440, 5.539742, 4.686424, 5.355459],
])
# fmt: on


def samples(x=X, types=TYPES):
    return Samples(x.astype("f4"), IS_LINE, types, np.ones(len(x)), np.full(len(x), NO_FOLD))


@pytest.mark.parametrize(("name", "expected"), [("combat", NEUROCOMBAT), ("combat_types", NEUROCOMBAT_TYPES)])
def test_same_numbers_as_neurocombat(name, expected):
    found = METHODS[name].align(samples()).profiles
    np.testing.assert_allclose(found, expected - expected.mean(axis=0), atol=2e-5)


def test_blocks_of_genes_do_not_change_the_answer(monkeypatch):
    monkeypatch.setattr("rnalign_core.methods.combat._GENES_PER_BLOCK", 2)
    np.testing.assert_allclose(adjust_batches(X, IS_LINE, np.empty((9, 0))), NEUROCOMBAT, atol=2e-5)


def test_genes_that_are_constant_in_a_batch_stay_and_do_not_count():
    constant = np.where(IS_LINE, 2.0, np.arange(9))
    found = adjust_batches(np.column_stack([constant, X, np.full(9, 3.0)]), IS_LINE, np.empty((9, 0)))
    np.testing.assert_allclose(found[:, 1:6], NEUROCOMBAT, atol=2e-5)
    np.testing.assert_array_equal(found[:, [0, 6]], np.column_stack([constant, np.full(9, 3)]))


def test_missing_types_are_a_level_for_tumors_and_one_for_lines():
    missing, named = TYPES.copy(), TYPES.copy()
    missing[[0, 1, 6, 7]] = None
    named[[0, 1, 6, 7]] = ["T", "T", "L", "L"]
    found, expected = (METHODS["combat_types"].align(samples(types=t)).profiles for t in (missing, named))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_what_cannot_be_adjusted_is_refused():
    with pytest.raises(ValueError, match="told apart from the batch"):
        METHODS["combat_types"].align(samples(types=np.where(IS_LINE, "L", "T").astype(object)))
    with pytest.raises(ValueError, match="differences between genes"):
        METHODS["combat"].align(samples(X[:, :1]))
    with pytest.raises(ValueError, match="differences between genes"):
        METHODS["combat"].align(samples(np.column_stack([X[:, 0]] * 3)))
