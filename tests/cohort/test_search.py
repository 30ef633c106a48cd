import pandas as pd
import pytest

from rnalign_core.cohort.search import decisive, find_samples

COLUMNS = ["name", "depmap_id", "cellosaurus_id", "ccle_name", "aliases"]
SAMPLES = pd.DataFrame.from_dict(
    {
        "s1": ["MCF-7", "ACH-000019", "CVCL_0031", "MCF7_BREAST", "MCF 7; IBMF-7"],
        "s2": ["MCF-10A", "ACH-001357", "CVCL_0598", "MCF10A_BREAST", None],
        "s3": ["NIH:OVCAR-3", "ACH-000001", "CVCL_0465", "NIHOVCAR3_OVARY", "OVCAR-3|OVCAR3"],
        "s4": ["TT", "ACH-000321", "CVCL_1774", "TT_THYROID", None],
        "s5": ["T.T", "ACH-000708", "CVCL_3174", "TT_OESOPHAGUS", "TT-esophageal"],
        "s6": ["MDA-MB-231", "ACH-000768", "CVCL_0062", "MDAMB231_BREAST", "MDA231"],
        "s7": ["MDA-MB-231-LM2", None, None, None, None],
        "TCGA-AA-A02Y-01": [None] * 5,
    },
    orient="index",
    columns=COLUMNS,
)


@pytest.mark.parametrize(
    ("query", "sample_id", "field"),
    [
        ("ACH-000019", "s1", "depmap_id"),
        ("ach000019", "s1", "depmap_id"),
        ("CVCL_0465", "s3", "cellosaurus_id"),
        ("tcga-aa-a02y-01", "TCGA-AA-A02Y-01", "sample_id"),
        ("mcf7", "s1", "name"),
        (" MCF 7 ", "s1", "name"),
        ("nih ovcar3", "s3", "name"),
        ("ovcar-3", "s3", "aliases"),
        ("IBMF7", "s1", "aliases"),
        ("NIHOVCAR3_OVARY", "s3", "ccle_name"),
        ("NIHOVCAR3", "s3", "name"),
        ("mda mb 231", "s6", "name"),
    ],
)
def test_every_way_to_write_a_name_or_id_finds_its_sample(query, sample_id, field):
    hits = find_samples(SAMPLES, query)
    assert hits.index[0] == sample_id
    assert hits["field"].iloc[0] == field
    assert decisive(hits) == sample_id


def test_namesakes_are_all_found_and_none_is_taken_for_meant():
    hits = find_samples(SAMPLES, "tt")
    assert set(hits.index) == {"s4", "s5"}
    assert set(hits["kind"]) == {"name"}
    assert decisive(hits) is None


def test_an_id_beats_a_name():
    samples = pd.DataFrame({"name": ["beta", "alpha"]}, index=["alpha", "x"])
    hits = find_samples(samples, "alpha")
    assert hits.index.tolist() == ["alpha", "x"]
    assert hits["kind"].tolist() == ["id", "name"]
    assert decisive(hits) is None  # two samples are called so: ask


def test_part_of_a_name_finds_those_that_begin_with_it_first_and_means_none_for_sure():
    hits = find_samples(SAMPLES, "mcf")
    assert hits.index.tolist() == ["s1", "s2"]
    assert set(hits["kind"]) == {"part"}
    assert decisive(hits) is None
    assert find_samples(SAMPLES, "A02Y").index.tolist() == ["TCGA-AA-A02Y-01"]


def test_the_name_itself_comes_before_longer_ones():
    assert find_samples(SAMPLES, "MDAMB231").index.tolist() == ["s6", "s7"]


@pytest.mark.parametrize(
    ("query", "sample_id"),
    [("MFC7", "s1"), ("MCF8", "s1"), ("NIHOVACR3", "s3"), ("MDAMD213", "s6"), ("mdaamb231", "s6")],
)
def test_typing_errors_are_forgiven_but_not_taken_for_meant(query, sample_id):
    hits = find_samples(SAMPLES, query)
    assert hits.index[0] == sample_id
    assert hits["kind"].iloc[0] == "similar"
    assert decisive(hits) is None


@pytest.mark.parametrize("query", ["ACH-000018", "CVCL_0032", "", " .-", "x", "MCF99999", "(((", "[a-z]+"])
def test_what_is_not_there_is_not_found(query):
    hits = find_samples(SAMPLES, query)
    assert hits.empty
    assert hits.columns.tolist() == ["kind", "field", "value"]
    assert decisive(hits) is None


def test_each_sample_is_found_once_and_none_is_left_out():
    samples = pd.DataFrame({"name": [f"LINE-{i}" for i in range(50)], "aliases": "LINE"})
    hits = find_samples(samples.rename(index="s{}".format), "line")
    assert len(hits) == len(set(hits.index)) == 50


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("MDAMB231_BREAST", ["s6"]),
        ("mdamb231_central_nervous_system", ["s6"]),
        ("TT_SKIN", ["s4", "s5"]),
        ("MDAMB231BREAST", []),
        ("NOBODY_BREAST", []),
        ("CVCL_0032", []),
    ],
)
def test_a_name_of_ccle_finds_the_line_without_its_tissue_but_is_not_taken_for_meant(query, ids):
    hits = find_samples(SAMPLES.drop(columns="ccle_name"), query)
    assert sorted(hits.index) == ids
    assert set(hits["kind"]) <= {"similar"}
    assert decisive(hits) is None


def test_categories_as_in_a_cohort_and_absent_columns_are_fine():
    samples = pd.DataFrame(
        {"name": pd.Categorical(["HeLa", None]), "ccle_name": None, "aliases": pd.Categorical([None, None])},
        index=["a", "b"],
    )
    assert find_samples(samples, "he-la").index.tolist() == ["a"]
