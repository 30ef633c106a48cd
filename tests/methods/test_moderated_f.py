import numpy as np
import pytest
from scipy.stats import f_oneway

from rnalign_core.methods.moderated_f import centre_clusters, moderated_f, shrunken_variances

CLUSTERS = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
X = np.array(
    [
        [3.43, -2.22, -0.19, -0.85, -0.42, 0.63, -1.12, -0.03],
        [-0.38, 3.38, -0.25, -0.42, -0.35, 0.25, -0.97, -0.14],
        [1.39, -0.01, -0.03, -0.11, -0.23, 2.14, -0.71, -0.22],
        [-0.35, 1.06, 0.8, 2.01, 1.41, 2.35, -2.18, -0.54],
        [1.05, 1.1, 0.25, 3.9, 0.42, 2.37, -2.2, -1.5],
        [0.25, 1.21, 0.09, 0.38, 1.51, 1.45, -1.81, 0.18],
        [0.14, 1.6, 0.16, 0.68, 1.72, 2.0, -2.07, -0.89],
        [-0.31, -1.84, -2.07, 2.17, 0.44, -1.25, -1.14, -0.27],
        [-3.27, -0.34, -2.07, 3.51, 0.25, -1.73, -0.93, -1.23],
        [1.48, -0.6, -2.17, -0.94, 1.6, -1.32, -1.04, -2.0],
    ]
)
# inmoose 0.9.1, lmFit and eBayes with a column a cluster; agrees with R limma 3.54.1 to 1e-14 on other data
F = [
    0.999092876672456, 1.2802938162999946, 46.48519768826189, 1.4376343668413287,
    5.215668174569662, 19.81517008815522, 15.549025752871955, 1.372766743663654,
]  # fmt: skip


def statistic(x, clusters):
    return moderated_f(*centre_clusters(x - x.mean(axis=0), clusters), clusters)


def test_same_as_limma():
    np.testing.assert_allclose(statistic(X, CLUSTERS), F, rtol=1e-10)
    np.testing.assert_allclose(statistic(X.astype("f4"), CLUSTERS), F, rtol=1e-5)


def test_with_many_samples_the_prior_vanishes_and_genes_rank_as_in_an_analysis_of_variance():
    rng = np.random.default_rng(0)
    clusters = rng.integers(0, 4, 4000)
    x = rng.normal(size=(4000, 30)) * rng.uniform(0.5, 2, 30) + rng.normal(0, 0.5, (4, 30))[clusters]
    anova = f_oneway(*(x[clusters == c] for c in range(4))).statistic
    np.testing.assert_allclose(statistic(x, clusters) * 4 / 3, anova, rtol=5e-3)


def test_equal_variances_are_replaced_by_their_mean():
    np.testing.assert_allclose(shrunken_variances(np.array([2.0, 2.1, 1.9]), 10), [2, 2, 2])


def test_a_gene_without_variance_has_a_finite_statistic():
    x = X.copy()
    x[:, 0] = 1
    assert statistic(x, CLUSTERS)[0] == 0


@pytest.mark.parametrize("clusters", [np.zeros(10, int), np.arange(10)])
def test_clusters_that_cannot_be_tested_are_refused(clusters):
    with pytest.raises(ValueError, match="a test between clusters needs at least 2"):
        statistic(X, clusters)
