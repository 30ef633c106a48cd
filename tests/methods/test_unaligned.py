import numpy as np

from rnalign_core.methods import METHODS, NO_FOLD, Samples
from rnalign_core.model.inputs import SD_FLOOR


def test_by_hand():
    x = np.array([[1.0, 4.0], [3.0, 4.0], [10.0, 0.0], [10.0, 6.0]], dtype="f4")
    is_line = np.array([False, False, True, True])
    samples = Samples(x, is_line, np.full(4, None), np.ones(4), np.full(4, NO_FOLD))
    np.testing.assert_array_equal(METHODS["input_raw"].align(samples).profiles, x)
    one, three = 1 / (1 + SD_FLOOR), 3 / (3 + SD_FLOOR)
    expected = [[-one, 0], [one, 0], [0, -three], [0, three]]
    np.testing.assert_allclose(METHODS["input_standardised"].align(samples).profiles, expected, rtol=1e-6)
