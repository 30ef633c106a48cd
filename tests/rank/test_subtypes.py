from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier

from rnalign_core.evidence.evaluate import basal_or_luminal
from rnalign_core.metrics import subtype_preservation
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.subtypes import (
    UNCLEAR_BELOW,
    LineCalls,
    call_lines,
    diseases,
    preservation,
    reliability_on_lines,
    reliability_on_tumors,
)

SIZES = {"LumA": 60, "LumB": 25, "Basal": 12}
N_GENES = 40


def cohort(*rows):
    """Samples from (cancer type, kind, subtype, how many)."""
    table = [row[:3] for row in rows for _ in range(row[3])]
    samples = pd.DataFrame(table, columns=["cancer_type", "sample_type", "subtype"]).astype("category")
    samples.index = [f"S{i}" for i in range(len(samples))]
    return samples


class Views:
    """What models see of a disease, each with profiles of its own: the part of an aligned run that calls need."""

    def __init__(self, views):
        self.views = views

    def similarities(self, tumor_ids, space, *, line_ids, among):
        assert among
        for lines, x in self.views:
            part = [line for line in line_ids if line in lines]
            correlation = np.corrcoef(x.loc[[*part, *tumor_ids]])
            n = len(part)
            yield SimpleNamespace(
                line_ids=pd.Index(part), to_tumors=correlation[:n, n:], among_tumors=correlation[n:, n:]
            )


@pytest.fixture(scope="module")
def brca():
    """A disease of unequal subtypes, and profiles in which lines lie among the tumors of theirs."""
    rng = np.random.default_rng(0)
    samples = cohort(
        *(("BRCA", "tumor", name, n) for name, n in SIZES.items()),
        *(("BRCA", "cell_line", name, 8) for name in SIZES),
    )
    centres = {name: rng.normal(0, 0.8, N_GENES) for name in SIZES}
    x = np.stack([centres[name] for name in samples["subtype"]]) + rng.normal(0, 1.3, (len(samples), N_GENES))
    return diseases(samples)["BRCA"], pd.DataFrame(x, index=samples.index)


@pytest.fixture(scope="module")
def calls(brca):
    disease, x = brca
    return call_lines(Views([(set(disease.lines.index), x)]), disease)


def test_diseases_with_subtypes_are_found_lung_and_breast_first():
    samples = cohort(
        ("STAD", "tumor", "EBV", 5),
        ("STAD", "tumor", "MSI", 5),
        ("STAD", "tumor", "CIN", 4),
        ("STAD", "cell_line", None, 2),
        ("BRCA", "tumor", "LumA", 9),
        ("BRCA", "tumor", "Basal", 6),
        ("BRCA", "tumor", None, 3),
        ("BRCA", "cell_line", "Luminal A", 2),
        ("LUAD", "tumor", None, 7),
        ("LUSC", "tumor", None, 6),
        ("LUAD", "cell_line", "adenocarcinoma", 4),
        ("NSCLC_NOS", "cell_line", None, 3),
        ("SKCM", "tumor", "BRAF", 20),
    )
    found = diseases(samples)
    assert list(found) == ["NSCLC", "BRCA", "STAD"]
    lung, breast, stomach = found.values()
    assert lung.groups == ("LUAD", "LUSC")
    assert lung.told
    assert len(lung.tumors) == 13
    assert lung.lines.value_counts(dropna=False).to_dict() == {"LUAD": 4, None: 3}
    assert breast.groups == ("Basal", "LumA")
    assert not breast.told
    assert len(breast.others) == 3
    assert set(breast.lines) == {"Luminal A"}
    assert stomach.groups == ("EBV", "MSI")
    assert stomach.too_few == {"CIN": 4}
    assert len(stomach.others) == 4


def test_one_lung_type_is_no_disease_with_subtypes():
    assert diseases(cohort(("LUAD", "tumor", None, 30), ("LUSC", "tumor", None, 4))) == {}


def test_calls_are_balanced_votes_of_the_nearest_tumors(brca, calls):
    disease, x = brca
    knn = KNeighborsClassifier(15, metric="correlation", algorithm="brute")
    shares = knn.fit(x.loc[disease.tumors.index], disease.tumors).predict_proba(x.loc[disease.lines.index])
    sizes = disease.tumors.value_counts()[list(knn.classes_)].to_numpy()
    balanced = pd.DataFrame(shares / sizes, disease.lines.index, knn.classes_)
    assert list(calls.probabilities) == list(balanced)
    for line, call in calls.lines["call"].items():
        assert balanced.loc[line, call] == balanced.loc[line].max()
    # More votes, more probability.
    ordered = balanced.to_numpy().argsort(axis=1, kind="stable")
    sorted_likely = np.take_along_axis(calls.probabilities.to_numpy(), ordered, axis=1)
    assert (np.diff(sorted_likely, axis=1) >= -1e-12).all()


def test_lines_get_their_subtype_and_a_probability_that_says_how_clear_it_is(brca, calls):
    lines = calls.lines
    assert (lines["call"] == lines["own"]).mean() > 0.7
    assert calls.probabilities.sum(axis=1).to_numpy() == pytest.approx(1)
    confidence = [calls.probabilities.loc[line, call] for line, call in lines["call"].items()]
    assert lines["confidence"].to_numpy() == pytest.approx(confidence)
    assert (lines["clear"] == ((lines["confidence"] >= UNCLEAR_BELOW) & ~lines["outside"])).all()
    assert (lines["call"] != lines["runner_up"]).all()
    second = calls.probabilities.apply(lambda row: row.nlargest(2).iloc[1], axis=1)
    runner_up = [calls.probabilities.loc[line, name] for line, name in lines["runner_up"].items()]
    assert runner_up == pytest.approx(second.to_numpy())


def test_tumors_are_judged_without_their_own_vote(brca):
    disease, x = brca
    noise = pd.DataFrame(np.random.default_rng(1).normal(size=x.shape), x.index)
    found = call_lines(Views([(set(disease.lines.index), noise)]), disease)
    trust = reliability_on_tumors(found)
    assert trust.accuracy < 0.55  # a third by chance; all, if tumors voted for themselves
    assert trust.n == len(disease.tumors)
    assert found.tumors["weight"].groupby(found.tumors["own"]).sum().to_numpy() == pytest.approx(1 / 3)


def test_probabilities_of_tumors_hold(calls):
    trust = reliability_on_tumors(calls)
    assert trust.accuracy > 0.7
    assert trust.error < trust.by_chance + 0.06


def test_each_line_is_called_in_the_view_of_its_own_model(brca):
    disease, x = brca
    first, second = disease.lines.index[::2], disease.lines.index[1::2]
    swapped = x.copy()  # in this view, the lines lie among tumors of another subtype
    other = {"LumA": "Basal", "Basal": "LumA", "LumB": "LumB"}
    groups = {name: disease.lines.index[disease.lines == name] for name in SIZES}
    for name in SIZES:
        swapped.loc[groups[name]] = x.loc[groups[other[name]]].to_numpy()
    whole = call_lines(Views([(set(disease.lines.index), x)]), disease).lines
    turned = call_lines(Views([(set(disease.lines.index), swapped)]), disease).lines
    mixed = call_lines(Views([(set(first), x), (set(second), swapped)]), disease).lines
    assert mixed.index.equals(disease.lines.index)
    assert (mixed.loc[first, "call"] == whole.loc[first, "call"]).all()
    assert (mixed.loc[second, "call"] == turned.loc[second, "call"]).all()
    assert (mixed["call"] != whole["call"]).any()


def test_a_line_outside_the_tumors_is_far_from_them_and_its_call_not_clear(brca):
    disease, x = brca
    line, middle = disease.lines.index[0], disease.tumors.index[:20]
    moved = x.copy()
    moved.loc[line] = np.random.default_rng(5).normal(size=N_GENES)
    moved.loc[disease.lines.index[1]] = x.loc[middle].mean()
    found = call_lines(Views([(set(disease.lines.index), moved)]), disease).lines
    far, near = found.iloc[0], found.iloc[1]
    assert far["closeness"] < 0.01
    assert far["outside"]
    assert far["confidence"] > UNCLEAR_BELOW
    assert not far["clear"]
    assert near["closeness"] > 0.95
    assert not near["outside"]


def test_calls_do_not_depend_on_the_order_of_samples(brca, calls):
    disease, x = brca
    turned = diseases(
        pd.concat([disease.tumors, disease.lines])
        .rename("subtype")
        .to_frame()
        .assign(
            cancer_type="BRCA",
            sample_type=["tumor"] * len(disease.tumors) + ["cell_line"] * len(disease.lines),
        )
        .iloc[::-1]
    )["BRCA"]
    again = call_lines(Views([(set(disease.lines.index), x)]), turned)
    pd.testing.assert_frame_equal(again.probabilities.loc[calls.lines.index], calls.probabilities, rtol=1e-6)


def test_subtypes_may_have_the_names_of_columns(brca, calls):
    disease, x = brca
    names = {"LumA": "call", "LumB": "clear", "Basal": "own"}
    renamed = replace(
        disease,
        groups=tuple(sorted(names.values())),
        tumors=disease.tumors.map(names),
        lines=disease.lines.map(names),
    )
    found = call_lines(Views([(set(disease.lines.index), x)]), renamed)
    assert (found.lines["call"] == calls.lines["call"].map(names)).all()
    expected = calls.probabilities.rename(columns=names)[list(renamed.groups)]
    pd.testing.assert_frame_equal(found.probabilities, expected, rtol=1e-6)


def test_a_disease_without_lines_cannot_be_called(brca):
    disease = diseases(cohort(("BRCA", "tumor", "LumA", 9), ("BRCA", "tumor", "Basal", 6)))["BRCA"]
    with pytest.raises(ValueError, match="no cell lines of BRCA"):
        call_lines(Views([]), disease)


def test_lines_are_judged_by_labels_in_other_words():
    ids = ["a", "b", "c", "d"]
    rows = [[0.7, 0.1, 0.1, 0.1], [0.3, 0.1, 0.3, 0.3], [0.1, 0.6, 0.2, 0.1], [0.1, 0.1, 0.1, 0.7]]
    likely = pd.DataFrame(rows, ids, ["Basal", "Her2", "LumA", "LumB"])
    lines = pd.DataFrame({"own": ["TNBC-A (basal)", "Luminal A", "Luminal B", None]}, index=ids)
    found = reliability_on_lines(LineCalls(15, lines, likely, pd.DataFrame()), basal_or_luminal)
    assert found.n == 3
    assert found.calls["confidence"].tolist() == pytest.approx([0.7, 0.6, 0.6])
    assert found.calls["right"].tolist() == [True, True, False]  # Her2 is neither
    assert reliability_on_lines(LineCalls(15, lines, likely, pd.DataFrame())) is None


def test_preservation_is_measured_on_the_profiles(finished_run):
    run = finished_run("full")
    opened = AlignedRun(run)
    lung = diseases(opened.samples)["NSCLC"]
    found = preservation(opened, lung)
    with_residual = opened.alignment.profiles_with_residual(opened.inputs, run.settings.residual_weight)
    rows = opened.samples.index.get_indexer(lung.tumors.index)
    for space, x in {
        "input": opened.inputs.x,
        "residual": with_residual,
        "decoded": opened.alignment.profiles(),
    }.items():
        expected = subtype_preservation(x[rows], lung.tumors, min_tumors=5)
        assert found[space].estimates == expected.estimates
    calls = call_lines(opened, lung)
    assert len(calls.lines) == 15
    assert (calls.lines["call"] == calls.lines["own"]).mean() > 0.8
