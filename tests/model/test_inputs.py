"""Folds, gene choice, scaling and labels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from rnalign_core.model.folds import assign_folds, shared_types
from rnalign_core.model.inputs import SD_FLOOR, Inputs, Labels, Scaler, choose_genes
from rnalign_core.problems import InputError


@given(
    counts=st.lists(st.integers(0, 30), min_size=1, max_size=8),
    n_folds=st.integers(2, 6),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_folds_are_stratified_complete_and_balanced(counts, n_folds, seed):
    rows = [(f"T{t}-{i}", "cell_line", f"T{t}") for t, n in enumerate(counts) for i in range(n)]
    rows += [(f"tumor-{t}", "tumor", f"T{t}") for t in range(len(counts))]
    rows += [("lonely-1", "cell_line", "ONLY_LINES"), ("untyped-1", "cell_line", None)]
    obs = pd.DataFrame(rows, columns=["id", "sample_type", "cancer_type"]).set_index("id")
    if sum(counts) < n_folds:
        with pytest.raises(InputError, match="cross-fitting needs"):
            assign_folds(obs, n_folds, seed)
        return
    folds = assign_folds(obs, n_folds, seed)
    assert sorted(folds.index) == sorted(
        r[0] for r in rows if r[1] == "cell_line" and r[2] in shared_types(obs)
    )
    assert np.ptp(np.bincount(folds, minlength=n_folds)) <= 1
    per_type = pd.crosstab(obs.loc[folds.index, "cancer_type"], folds)
    assert (per_type.reindex(columns=range(n_folds), fill_value=0).agg(np.ptp, axis=1) <= 1).all()
    pd.testing.assert_series_equal(folds, assign_folds(obs.sample(frac=1, random_state=seed), n_folds, seed))


def test_scaler_standardises_each_sample_type_by_itself():
    rng = np.random.default_rng(0)
    x = rng.normal(5, 2, (50, 7)).astype(np.float32)
    is_line = np.arange(50) < 20
    scaler = Scaler.fit(x, is_line)
    z = scaler.standardise(x, is_line)
    for group in (is_line, ~is_line):
        reference = StandardScaler().fit(x[group])
        expected = (x[group] - reference.mean_) / (reference.scale_ + SD_FLOOR)
        assert z[group] == pytest.approx(expected, abs=1e-5)
    assert scaler.to_line_scale(z[is_line]) == pytest.approx(x[is_line], abs=1e-4)


def test_chosen_genes_of_many_samples_are_standardised_as_all_are():
    rng = np.random.default_rng(0)
    expression = rng.normal(5, 2, (700, 6)).astype(np.float32)
    is_line = rng.random(700) < 0.3
    columns = np.array([4, 0, 3])
    chosen = Scaler.fit(expression[:, columns], is_line).standardise(expression, is_line, columns)
    everything = Scaler.fit(expression, is_line).standardise(expression, is_line)
    np.testing.assert_array_equal(chosen, everything[:, columns])


def test_genes_are_chosen_by_variance_however_many_there_are():
    expression = np.random.default_rng(0).normal(size=(40, 1200))
    expression[:, [7, 600, 1100]] *= 9
    assert choose_genes(expression, np.arange(40) < 15, 3).tolist() == [7, 600, 1100]


def test_gene_choice_takes_what_varies_within_sample_type_not_between():
    rng = np.random.default_rng(1)
    x = rng.normal(0, 0.1, (60, 5))
    is_line = np.arange(60) < 30
    x[is_line, 0] += 50  # differs between sample types only
    x[:, 3] += rng.normal(0, 3, 60)
    x[:, 4] += rng.normal(0, 2, 60)
    assert choose_genes(x, is_line, 2).tolist() == [3, 4]
    assert choose_genes(x, is_line, None).tolist() == [0, 1, 2, 3, 4]


def test_types_come_from_tumors_only(structured):
    labels = Labels.of(structured.obs)
    assert labels.types == ("BRCA", "LUAD", "LUSC", "UVM")
    names = np.array(structured.obs_names)
    assert labels.cancer_type[names == "SCLC-cell_line-0"] == [-1]
    assert labels.cancer_type[names == "BRCA-cell_line-0"] == [-1]  # its type is missing


def test_inputs_carry_their_genes_and_samples(structured):
    inputs = Inputs.of(structured, 10)
    assert inputs.x.shape == (structured.n_obs, 10)
    column = structured.var_names.get_loc(inputs.genes[0])
    lines = inputs.labels.is_line
    raw = np.asarray(structured.X)[lines, column]
    assert inputs.scaler.to_line_scale(inputs.x)[lines, 0] == pytest.approx(raw, abs=1e-4)
