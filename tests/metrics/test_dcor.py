import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from rnalign_core.metrics import dcor
from rnalign_core.metrics.dcor import distance_correlation_bc, distance_correlation_within

# Pairs of samples and their u_distance_correlation_sqr by the PyPI package dcor 0.7.
QUADRATIC_X = """
    -0.743596 0.384994 0.717236 -0.300011 0.544668 1.042875 -0.206956 -0.813516
    0.347651 0.247546 1.098813 -1.284581 -0.661613 -0.838167 -1.734015 0.126435
"""
QUADRATIC_Y = """
    0.711276 -0.073417 0.930121 0.336584 0.484876 1.208101 0.329532 0.262214
    0.30504 0.242112 0.677074 1.754257 0.362605 0.936981 2.875089 0.010513
"""
LINEAR_X = """
    0.572556 -0.863408 -1.476834 -0.221254 -0.211061 -0.352663 0.987247 1.725589
    -0.416647 0.698887 0.940931 0.713156 1.047486 -0.389244 0.739806 2.024482
    0.803666 -0.619894 0.607712 1.26238 0.368986 -0.563401 1.543081 -1.249767
    0.503425 -0.016176 -1.193666 1.21945 0.347888 -1.166798 0.601728 -0.4316
    -1.902789 -0.688905 0.263551 0.635703 0.165565 0.045165 0.46999 -0.210976
    1.176955 0.148642 0.293922 0.540799 -1.057169 -0.709227 1.528579 0.335309
    -0.282616 0.341484 -0.481622 0.278566 -0.665871 0.276019 -1.577703 1.33092
    -0.512958 -1.581241 -0.223842 -0.370996 0.152398 -1.145251 0.397466 3.623568
    -1.278668 0.337716 -0.310719 0.192608 -1.811809 -1.151009 0.45966 -0.038418
    1.635238 -0.704797 0.1745 2.913121 -0.765561 -0.903833 -0.03513 -0.044563
    0.844167 0.129576 -0.756739 0.211422 2.638597 1.271774 -2.782169 -0.142017
    -0.875091 0.622263 -0.173263 1.932696 0.931236 0.890403 0.186571 -0.040298
    0.34018 1.29528 0.53439 -0.351133 1.275085 0.19211 -0.077615 -0.791377
    -0.565992 -0.636047 -2.792357 1.016846 0.566478 -0.214271 1.045984 0.437988
    0.371567 -2.474764 -0.233016 0.532189 1.609687 1.840295 1.425838 -1.16161
    -2.197671 0.57047 0.027616 0.962553 -0.125884 0.219755 -1.499989 0.44801
"""
LINEAR_Y = """
    0.261127 -0.618418 -1.15525 -0.498703 0.920647 0.931406 1.335105 -0.268674 0.224661
    0.091894 1.204442 -1.264783 -1.208523 -0.413535 -0.131327 0.652673 0.23273 0.47358
    0.147439 -0.54537 -0.897901 -0.579364 -0.460717 -1.875967 -0.97129 -0.040317 -0.008755
    1.290853 -0.449612 1.269746 1.092105 0.432956 -0.495739 -1.40031 1.002375 -0.319106
    -0.22802 1.268296 0.375288 -0.038556 -0.666034 -3.162967 1.390748 -1.782892 0.655795
    -1.772304 0.49368 -0.26575
"""


def table(text: str, n_columns: int) -> np.ndarray:
    return np.array(text.split(), dtype=float).reshape(-1, n_columns)


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (table(QUADRATIC_X, 1), table(QUADRATIC_Y, 1), 0.14928468494913422),
        (table(LINEAR_X, 8), table(LINEAR_Y, 3), 0.38803610015383305),
    ],
)
def test_equals_the_reference_package(x, y, expected):
    assert len(x) == len(y) == 16
    assert distance_correlation_bc(x, y) == pytest.approx(expected, abs=1e-9)


def by_definition(x: np.ndarray, y: np.ndarray) -> float:
    """U-centre both n x n distance matrices and correlate what lies off the diagonal."""
    n = len(x)
    centred = []
    for values in (x, y):
        d = squareform(pdist(values.reshape(n, -1)))
        u = d - d.sum(0) / (n - 2) - d.sum(0)[:, None] / (n - 2) + d.sum() / ((n - 1) * (n - 2))
        np.fill_diagonal(u, 0)
        centred.append(u)
    a, b = centred
    return (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())


def test_equals_the_definition_whatever_the_block_size(monkeypatch):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 150).astype(float)
    x = rng.normal(size=(150, 5)) + 0.3 * y[:, None]
    expected = by_definition(x, y)
    assert expected > 0.01
    assert distance_correlation_bc(x, y) == pytest.approx(expected, abs=1e-12)
    monkeypatch.setattr(dcor, "_DISTANCES_PER_BLOCK", 1000)
    assert distance_correlation_bc(x, y) == pytest.approx(expected, abs=1e-12)


def test_independent_data_average_to_zero():
    rng = np.random.default_rng(1)
    values = [
        distance_correlation_bc(rng.normal(size=(32, 64)), rng.normal(size=(32, 3))) for _ in range(300)
    ]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(300)
    assert min(values) < 0


def test_a_variable_with_itself_is_one():
    x = np.random.default_rng(2).normal(size=(20, 3))
    assert distance_correlation_bc(x, 5 - 2 * x) == pytest.approx(1)


@pytest.mark.parametrize(
    "y", [np.full(10, 0.1), np.eye(10)[0], np.eye(10)], ids=["constant", "all but one", "all"]
)
def test_labels_without_information_give_zero(y):
    x = np.random.default_rng(3).normal(size=(10, 3))
    assert distance_correlation_bc(x, y) == 0
    assert distance_correlation_bc(y, x) == 0


def test_within_averages_over_groups_with_enough_of_every_label():
    rng = np.random.default_rng(4)
    groups = np.array(["A"] * 20 + ["B"] * 12 + ["C"] * 10 + ["D"] * 6 + [None] * 8, dtype=object)
    labels = np.array(["tumor", "cell_line"] * 28)
    labels[32:39] = "tumor"  # C keeps 7 tumors and 3 lines: too few lines
    labels[39:42] = "cell_line"
    x = rng.normal(size=(56, 4)) + (labels == "tumor")[:, None]
    is_tumor = (labels == "tumor").astype(float)
    of_a, of_b = (by_definition(x[groups == g], is_tumor[groups == g]) for g in "AB")
    assert distance_correlation_within(x, labels, groups) == pytest.approx((of_a + of_b) / 2, abs=1e-12)
    of_d = by_definition(x[groups == "D"], is_tumor[groups == "D"])
    of_c = by_definition(x[groups == "C"], is_tumor[groups == "C"])
    expected = (of_a + of_b + of_c + of_d) / 4
    assert distance_correlation_within(x, labels, groups, min_per_level=3) == pytest.approx(
        expected, abs=1e-12
    )


def test_within_is_undefined_without_such_a_group():
    labels = np.array(["tumor"] * 8 + ["cell_line"] * 3)
    assert np.isnan(distance_correlation_within(np.eye(11), labels, np.array(["A"] * 11)))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="at least 4 samples, there are 3"):
        distance_correlation_bc(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="x has 5 samples and y 4"):
        distance_correlation_bc(np.ones(5), np.ones(4))
    with pytest.raises(ValueError, match="NaN"):
        distance_correlation_bc(np.array([1, 2, 3, np.nan]), np.ones(4))
