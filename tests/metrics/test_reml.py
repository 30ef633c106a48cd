import numpy as np
import pytest
from scipy.optimize import minimize

from rnalign_core.metrics.reml import variance_components

# Three eigenvectors of the correlation matrix of an unbalanced layout of 120 samples, as the sizes and means of
# the cells (5, 7, ... are of the first level of the first factor) and the sum of squares within cells; and the
# fits of lme4 1.1-31, lmer(y ~ (1|a) + (1|b) + (1|a:b), REML = TRUE): a, b, a:b, residual, log-likelihood.
CELL_SIZES = [5, 7, 4, 3, 4, 7, 17, 20, 14, 17, 12, 10]
LME4 = {
    "no second factor": (
        """0.0558665180 0.0137871365 0.0236582521 -0.0085780562 0.0536474142 0.0157279292
        -0.0719763668 -0.0108729754 0.0174617645 -0.0436245630 0.0481623666 0.0306876782""",
        0.8030518961478772,
        (2.340896267e-04, 0, 9.542390440e-04, 0.007323357989, 116.7858433),
    ),
    "no interaction": (
        """-0.0953228132 -0.0169289624 -0.0456822919 -0.1356246790 0.0044137992 -0.0952208240
        -0.0276720556 0.0967353568 0.0041785262 -0.0217713056 0.0660189512 0.0022615986""",
        0.5646574180654893,
        (3.578344711e-03, 2.205031067e-03, 0, 0.005115690478, 135.2943849),
    ),
    "all": (
        """0.0049852922 0.0595812056 -0.0400528783 0.0197463738 -0.1702712306 -0.0392317961
        -0.0256675215 0.1043154211 -0.0246920430 0.0605148154 -0.1536571212 0.0107727733""",
        0.2565852452896553,
        (1.810249600e-04, 6.895550165e-03, 2.061783584e-04, 0.002363029565, 176.3774745),
    ),
    "only residual": (
        """-0.0268710118 -0.0346410353 0.0458996603 -0.0307892675 0.0900053800 0.0099204210
        0.0039451121 0.0094948429 -0.0064668006 0.0042260940 -0.0360571003 0.0164535669""",
        0.9223606144792733,
        (0, 0, 0, 0.008402451650, 113.1168580),
    ),
}


def samples_with(sizes, means, within: float, seed=0):
    """Make values with these cell means and this sum of squares within cells."""
    cells = np.repeat(np.arange(len(sizes)), sizes)
    noise = np.random.default_rng(seed).normal(size=len(cells))
    noise -= (np.bincount(cells, noise) / sizes)[cells]
    return np.asarray(means)[cells] + noise * np.sqrt(within / np.square(noise).sum()), cells // 6, cells % 6


@pytest.mark.parametrize("case", LME4)
def test_equals_lme4(case):
    means, within, expected = LME4[case]
    y, a, b = samples_with(CELL_SIZES, [float(m) for m in means.split()], within)
    fit = variance_components(y[:, None], a, b).iloc[0].to_numpy()
    total = sum(expected[:4])
    # The likelihood is flat at its top: lme4 stops with variances that are right to some 1e-5 of the total.
    np.testing.assert_allclose(fit[:4] / total, np.array(expected[:4]) / total, atol=1e-4)
    assert fit[4] == pytest.approx(expected[4], abs=1e-6)


def unbalanced(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, 12)
    sizes[3] = 0
    cells = np.repeat(np.arange(12), sizes)
    a, b = cells // 4, cells % 4
    y = rng.normal(0, 1, 3)[a] + rng.normal(0, 0.7, 4)[b] + rng.normal(0, 0.5, 12)[cells]
    return y + rng.normal(size=len(y)), a, b


def dense_log_likelihood(variances, y, a, b):
    """Restricted log-likelihood from the covariance matrix of all samples."""
    same_a, same_b = a[:, None] == a, b[:, None] == b
    covariance = variances[0] * same_a + variances[1] * same_b + variances[2] * (same_a & same_b)
    covariance = covariance + variances[3] * np.eye(len(y))
    inverse, ones = np.linalg.inv(covariance), np.ones(len(y))
    projection = inverse - np.outer(inverse @ ones, inverse @ ones) / (ones @ inverse @ ones)
    log_det = np.linalg.slogdet(covariance)[1] + np.log(ones @ inverse @ ones)
    return -0.5 * ((len(y) - 1) * np.log(2 * np.pi) + log_det + y @ projection @ y)


@pytest.mark.parametrize("seed", range(6))
def test_is_the_maximum_of_the_dense_restricted_likelihood(seed):
    y, a, b = unbalanced(seed)
    fit = variance_components(y[:, None], a, b).iloc[0].to_numpy()
    assert fit[4] == pytest.approx(dense_log_likelihood(fit[:4], y, a, b), abs=1e-8)
    best = -np.inf
    for start in np.random.default_rng(seed).uniform(0.01, 2, (5, 4)):
        found = minimize(
            lambda v: -dense_log_likelihood(np.maximum(v, [0, 0, 0, 1e-6]), y, a, b),
            start,
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000},
        )
        best = max(best, -found.fun)
    assert fit[4] >= best - 1e-7


def test_equals_analysis_of_variance_where_balanced():
    # With equal cells and no estimate below 0, REML is the method of moments (Searle, Casella & McCulloch 1992).
    n_a, n_b, r = 5, 6, 4
    rng = np.random.default_rng(1)
    a, b = (x.ravel() for x in np.indices((n_a, n_b, r))[:2])
    y = rng.normal(0, 2, n_a)[a] + rng.normal(0, 1.5, n_b)[b] + rng.normal(0, 1.2, (n_a, n_b))[a, b]
    y += rng.normal(size=len(y))
    cube = y.reshape(n_a, n_b, r)
    cells, mean = cube.mean(axis=2), y.mean()
    by_a, by_b = cells.mean(axis=1), cells.mean(axis=0)
    residual = np.square(cube - cells[..., None]).sum() / (n_a * n_b * (r - 1))
    square_a = n_b * r * np.square(by_a - mean).sum() / (n_a - 1)
    square_b = n_a * r * np.square(by_b - mean).sum() / (n_b - 1)
    crossed = cells - by_a[:, None] - by_b + mean
    square_ab = r * np.square(crossed).sum() / ((n_a - 1) * (n_b - 1))
    expected = [
        (square_a - square_ab) / (n_b * r),
        (square_b - square_ab) / (n_a * r),
        (square_ab - residual) / r,
        residual,
    ]
    assert min(expected) > 0
    fit = variance_components(y[:, None], a, b)
    np.testing.assert_allclose(fit.iloc[0, :4], expected, rtol=1e-5)


def test_each_variable_is_fitted_for_itself_and_names_and_scale_do_not_matter():
    y, a, b = unbalanced(1)
    names = np.array(["x", "y", "z"])[a]
    both = variance_components(np.column_stack([y, 1000 * y + 5]), names, b)
    np.testing.assert_allclose(both.iloc[0], variance_components(y[:, None], a, b).iloc[0], rtol=1e-6)
    np.testing.assert_allclose(both.iloc[1, :4], 1e6 * both.iloc[0, :4], rtol=1e-4, atol=1e-2)


def test_components_that_cannot_be_told_apart_are_refused():
    y = np.arange(8.0)[:, None]
    with pytest.raises(ValueError, match="only one level"):
        variance_components(y, np.zeros(8), np.arange(8) % 2)
    with pytest.raises(ValueError, match="nested"):
        variance_components(y, np.repeat([0, 1], 4), np.repeat([0, 1, 2, 3], 2))
    with pytest.raises(ValueError, match="no residual variance"):
        variance_components(y, np.repeat([0, 1], 4), np.tile([0, 1, 2, 3], 2))


def test_sufficient_statistics_are_enough():
    # Two sets of values with the same cell means and spread within cells, but otherwise different.
    means = [1, 2, 0, 3, 1, 0, 0, 1, 1, 5, 0, 2]
    fits = [
        variance_components(y[:, None], a, b).to_numpy()
        for y, a, b in (samples_with(CELL_SIZES, means, 70.0, seed) for seed in (0, 1))
    ]
    np.testing.assert_allclose(fits[0], fits[1], rtol=1e-6, atol=1e-8)
