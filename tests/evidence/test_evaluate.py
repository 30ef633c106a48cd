"""Every metric of a space: right on a space that is easy to reason about, and said in words where it is undefined."""

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier

from rnalign_core.evidence import METRICS
from rnalign_core.evidence.evaluate import MEASURES, Space, Subject, basal_or_luminal, evaluate, spaces_of
from rnalign_core.methods import METHODS, NO_FOLD, Fitted, Method, Samples

TYPES = ("BRCA", "LUAD", "LUSC")


def subject(n=135, types=TYPES):
    """A third of the samples are lines; BRCA has subtypes."""
    is_line = np.arange(n) % 3 == 0
    cancer_type = np.array(types, dtype=object)[np.arange(n) // 3 % len(types)]
    subtype = np.where(np.arange(n) // 9 % 2, "Basal", "LumA")
    ids = [f"s{i}" for i in range(n)]
    types = pd.Series(cancer_type, index=ids)
    return Subject(is_line, types, pd.Series(subtype, index=ids).where(types == "BRCA", None))


def profiles(subject, n_genes=60, seed=0):
    """Types far apart, subtypes apart, lines shifted a little."""
    rng = np.random.default_rng(seed)
    centres = {name: rng.normal(0, 2, n_genes) for name in [*subject.types.unique(), "Basal"]}
    x = np.stack([centres[name] for name in subject.types]) + rng.normal(0, 1, (len(subject.types), n_genes))
    x[(subject.subtypes == "Basal").to_numpy()] += centres["Basal"] / 2
    x[subject.is_line] += 0.3
    return x.astype(np.float32)


def test_a_space_with_types_apart():
    who = subject()
    x = profiles(who)
    found, lines = evaluate(Space(x, reference=2 * x), who)
    assert {m: v["problem"] for m, v in found.items() if v["problem"]} == {}
    tumors = ~who.is_line
    classifier = KNeighborsClassifier(25, metric="correlation", algorithm="brute")
    calls = classifier.fit(x[tumors], who.types[tumors]).predict(x[who.is_line])
    assert found["match_micro"]["value"] == np.mean(calls == who.types[who.is_line])
    assert lines["call"].to_dict() == dict(zip(who.types.index[who.is_line], calls, strict=True))
    assert lines["cancer_type"].is_monotonic_increasing
    assert found["variance_within"]["value"] == pytest.approx(1 / 4)
    assert found["variance_total"]["value"] == pytest.approx(1 / 4)
    for name in ("subtype_brca", "subtype_nsclc", "call_basal_auroc", "call_lusc_balanced"):
        assert found[name]["value"] == 1
    assert not {"classifier_micro", "r2"} & set(found)  # of methods that have them only


def test_subtypes_are_those_of_the_disease_alone():
    who = subject()
    x = profiles(who)
    x[(who.types == "BRCA").to_numpy()] = np.random.default_rng(1).normal(0, 1, (45, 60))
    found, _ = evaluate(Space(x), who)
    assert found["subtype_nsclc"]["value"] == 1
    assert found["subtype_brca"]["value"] < 0.9
    assert found["call_basal_auroc"]["low"] < 0.5 < found["call_basal_auroc"]["high"]


def test_calls_of_a_classifier_count_lines_only():
    who = subject()
    calls = who.types.to_numpy(dtype=object).copy()
    calls[np.flatnonzero(who.is_line)[:9]] = "other"
    calls[~who.is_line] = None
    found, _ = evaluate(Space(profiles(who), calls=calls), who)
    assert found["classifier_micro"]["value"] == 36 / 45


def test_facts_of_the_model_are_passed_on():
    who = subject()
    facts = {"r2": 0.4, "dcor": {"z_sample_type_within_type": 0.05, "z_purity": None}}
    found, _ = evaluate(Space(profiles(who), facts=facts), who)
    assert (found["r2"]["value"], found["dcor_sample_type"]["value"]) == (0.4, 0.05)
    assert found["dcor_purity"]["problem"] == "too few samples"


@pytest.mark.parametrize(
    ("poison", "undefined", "message"),
    [
        ("one type", {"pvca", "ilisi", "clisi", "subtype_nsclc", "call_lusc_auroc"}, "no LUAD and LUSC"),
        ("no types", set(METRICS) - {"classifier_micro", "r2", "dcor_sample_type", "dcor_purity"}, "no tumor has"),
        ("identical samples", {"relative_delta_d", "variance_within", "pvca"}, "all tumors of a type coincide"),
        ("few samples", {"match_micro", "kbet", "ilisi", "subtype_brca", "delta_d"}, "between 1 and"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_says_why_and_the_rest_comes_out(poison, undefined, message):
    who = subject(types=("BRCA",)) if poison == "one type" else subject()
    if poison == "no types":
        who = Subject(who.is_line, who.types.where(who.types == "", None), who.subtypes)
    x = profiles(who) if poison != "no types" else np.random.default_rng(0).normal(0, 1, (135, 60))
    if poison == "identical samples":
        x[:] = x[0]
    if poison == "few samples":
        who, x = Subject(who.is_line[:12], who.types[:12], who.subtypes[:12]), x[:12]
    found, _ = evaluate(Space(x, reference=x), who)
    assert undefined <= {name for name, value in found.items() if value["problem"]}
    assert any(message in str(value["problem"]) for value in found.values())
    for value in found.values():  # one or the other
        assert (value["value"] is None) == bool(value["problem"])
    expected = {name for names, _ in MEASURES for name in names}
    assert set(found) == expected - {"classifier_micro", "r2", "dcor_sample_type", "dcor_purity"}


def test_a_constant_gene_changes_nothing():
    who = subject()
    x = profiles(who)
    x[:, 0] = 3
    found, _ = evaluate(Space(x, reference=x), who)
    assert not any(value["problem"] for value in found.values())


def test_variance_is_compared_in_the_units_of_the_method_only():
    rng = np.random.default_rng(0)
    is_line = np.arange(20) % 2 == 0
    samples = Samples(
        rng.normal(3, 2, (20, 5)).astype(np.float32), is_line, np.full(20, None), np.ones(20), np.full(20, NO_FOLD)
    )  # fmt: skip
    x = samples.expression

    def spaces(units):
        def function(samples):
            return Fitted(x, {"latent": x[:, :2]}, facts={"r2": 1})

        method = Method("m", "M", function, "For a test.", units=units)
        return dict(spaces_of(method, method.align(samples), samples))

    np.testing.assert_array_equal(spaces("log2")["profiles"].reference, x)
    standardised = spaces("standardised")["profiles"].reference
    np.testing.assert_allclose(standardised[is_line].mean(axis=0), 0, atol=1e-5)
    assert spaces("log2")["latent"].reference is None
    assert spaces("log2")["latent"].facts is None


def test_breast_subtypes_in_the_words_of_cohorts():
    words = {"Basal": "basal", "TNBC-A (basal)": "basal", "LumA": "luminal", "Luminal B": "luminal"}
    assert {word: basal_or_luminal(word) for word in words} == words
    assert [basal_or_luminal(word) for word in ("Her2", "TNBC-B (claudin-low)", None)] == [None] * 3


def test_every_metric_is_explained_in_two_sentences():
    assert {name for names, _ in MEASURES for name in names} == set(METRICS)
    for name, about in METRICS.items():
        assert about.meaning.count(". ") + about.meaning.endswith(".") == 2, name


def test_methods_have_titles_of_their_own():
    assert len({method.title for method in METHODS.values()}) == len(METHODS)
