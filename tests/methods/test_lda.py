import dataclasses
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from rnalign_core.cohort.schema import make_cohort
from rnalign_core.embed.pca import principal_components
from rnalign_core.methods import METHODS, NO_FOLD, Samples
from rnalign_core.metrics import match, one_view, paired_difference
from rnalign_core.model.folds import assign_folds

N_COMPONENTS = 15


@pytest.fixture(scope="module")
def samples(structured):
    return Samples.of(structured, assign_folds(structured.obs, 3, 0))


def lda(samples):
    return METHODS["lda"].align(samples, n_components=N_COMPONENTS).profiles


def distances(x):
    return np.linalg.norm(x[:, None] - x[None], axis=2)


def test_lines_of_a_fold_lie_where_a_model_without_their_types_puts_them(samples):
    scores = principal_components(METHODS["input_standardised"].align(samples).profiles, N_COMPONENTS).astype(
        "f8"
    )
    known = ~samples.is_line | ((samples.fold != NO_FOLD) & (samples.fold != 0))
    model = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto")
    model.fit(scores[known], samples.cancer_type[known].astype(str))
    rows = samples.fold == 0
    found = lda(samples)[rows]
    assert found.shape == (9, 3)  # four types have tumors
    np.testing.assert_allclose(
        distances(found), distances(model.transform(scores)[rows]), rtol=1e-4, atol=1e-4
    )


def test_types_of_a_fold_do_not_move_its_own_lines(samples):
    rows = samples.fold == 0
    told = samples.cancer_type.copy()
    told[rows] = np.roll(told[rows], 4)
    assert (told != samples.cancer_type).any()
    before, after = lda(samples), lda(dataclasses.replace(samples, cancer_type=told))
    np.testing.assert_array_equal(after[rows], before[rows])
    assert np.abs(after[~rows] - before[~rows]).max() > 0.01


def test_in_the_view_of_a_fold_its_types_move_nothing(samples):
    told = samples.cancer_type.copy()
    told[samples.fold == 0] = np.roll(told[samples.fold == 0], 4)
    lied = dataclasses.replace(samples, cancer_type=told)
    before, after = (METHODS["lda"].align(s, n_components=N_COMPONENTS) for s in (samples, lied))
    np.testing.assert_array_equal(after.view("profiles", 0), before.view("profiles", 0))
    assert np.abs(after.view("profiles", 1) - before.view("profiles", 1)).max() > 0.01


def test_lines_without_a_fold_teach_nothing(samples):
    rows = samples.is_line & (samples.fold == NO_FOLD)
    told = samples.cancer_type.copy()
    assert set(told[rows]) == {None, "SCLC"}
    told[rows] = "LUAD"
    np.testing.assert_array_equal(lda(dataclasses.replace(samples, cancer_type=told)), lda(samples))


def test_what_it_cannot_learn_from_is_refused(samples):
    nobody = np.full(len(samples.fold), NO_FOLD)
    one_type = np.where(samples.is_line, samples.cancer_type, "LUAD")
    for changes in ({"fold": nobody}, {"cancer_type": one_type}):
        with pytest.raises(ValueError, match="at least 2 cancer types"):
            lda(dataclasses.replace(samples, **changes))


@pytest.mark.realdata
def test_on_real_data_training_labels_and_celligner_beat_the_input():
    folder = os.environ.get("RNALIGN_REALDATA")
    if not folder:
        pytest.skip("RNALIGN_REALDATA is not set")
    frame = pd.read_parquet(Path(folder) / "expression.parquet")
    table = pd.read_csv(Path(folder) / "samples.csv", index_col="sample_id")
    cohort = make_cohort(frame.to_numpy(), frame.columns, table, title="real", provenance=[])
    samples = Samples.of(cohort, assign_folds(cohort.obs, 5, 0))
    lines, types = samples.is_line, cohort.obs["cancer_type"]
    results = {}
    for name in ("input_standardised", "celligner", "lda"):
        x = METHODS[name].align(samples).profiles
        results[name] = match(one_view(x[lines], x[~lines]), types[lines], types[~lines])
    gain = {n: paired_difference(results[n], results["input_standardised"])["micro"] for n in results}
    assert gain["lda"]["low"] > 0.1
    assert gain["celligner"]["value"] > 0
