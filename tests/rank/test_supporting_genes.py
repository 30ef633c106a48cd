import numpy as np
import pytest
from scipy.stats import ttest_ind

from rnalign_core.decode import aligned_cohort
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.subtypes import diseases
from rnalign_core.rank.supporting_genes import supporting_genes


@pytest.fixture(scope="module")
def opened(finished_run):
    return AlignedRun(finished_run("full"))


@pytest.fixture(scope="module")
def lung(opened):
    return diseases(opened.samples)["NSCLC"]


def test_genes_are_those_that_tell_the_tumors_apart_and_are_nearer_in_the_line(opened, lung):
    line = lung.lines.index[0]
    found = supporting_genes(opened, lung, line, "LUAD", "LUSC", n_shown=60)
    x = opened.profiles([line, *lung.tumors.index], "residual", model=int(opened.run.folds[line]))
    first, second = (x[1:][lung.tumors == group] for group in ("LUAD", "LUSC"))
    t = ttest_ind(first, second, equal_var=False).statistic
    nearer = np.abs(x[0] - first.mean(axis=0)) < np.abs(x[0] - second.mean(axis=0))
    assert found.n_compared == len(opened.genes) == 60  # fewer than would be compared
    assert found.n_nearer == nearer.sum() == len(found.genes)
    assert set(found.genes["gene"]) == set(opened.genes[nearer])
    expected = dict(zip(opened.genes, t, strict=True))
    assert found.genes["t"].to_numpy() == pytest.approx(
        [expected[gene] for gene in found.genes["gene"]], rel=1e-3
    )
    assert np.abs(found.genes["t"]).iloc[0] > 3 * np.abs(found.genes["t"]).iloc[-1]


def test_values_are_on_the_scale_of_cell_lines_and_observed_ones_those_of_the_cohort(opened, lung):
    line = lung.lines.index[0]
    genes = supporting_genes(opened, lung, line, "LUAD", "LUSC").genes
    assert len(genes) == 10
    cohort = opened.run.cohort
    assert genes["observed"].to_numpy() == pytest.approx(cohort[line, genes["gene"]].X.ravel())
    exported = aligned_cohort(opened.run)[line, genes["gene"]]
    assert genes["aligned"].to_numpy() == pytest.approx(exported.layers["rnalign_residual"].ravel(), abs=0.05)
    middle = (genes["mean_call"] - genes["aligned"]).abs() < (
        genes["mean_runner_up"] - genes["aligned"]
    ).abs()
    assert middle.all()


def test_genes_that_are_not_aligned_are_those_of_the_standardised_expression(opened, lung):
    line = lung.lines.index[0]
    found = supporting_genes(opened, lung, line, "LUAD", "LUSC", "input", n_shown=60)
    x = opened.profiles([line, *lung.tumors.index], "input")
    first, second = (x[1:][lung.tumors == group].mean(axis=0) for group in ("LUAD", "LUSC"))
    nearer = np.abs(x[0] - first) < np.abs(x[0] - second)
    assert set(found.genes["gene"]) == set(opened.genes[nearer])
    assert found.n_nearer != supporting_genes(opened, lung, line, "LUAD", "LUSC").n_nearer
    assert "aligned" not in found.genes
    middle = (found.genes["mean_call"] - found.genes["observed"]).abs() < (
        found.genes["mean_runner_up"] - found.genes["observed"]
    ).abs()
    assert middle.all()


def test_the_other_subtype_is_supported_by_the_other_genes(opened, lung):
    line = lung.lines.index[0]
    one, other = (
        supporting_genes(opened, lung, line, *pair, n_shown=100)
        for pair in (("LUAD", "LUSC"), ("LUSC", "LUAD"))
    )
    assert one.n_nearer + other.n_nearer == one.n_compared
    assert not set(one.genes["gene"]) & set(other.genes["gene"])
