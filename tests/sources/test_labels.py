"""Purity and subtypes of TCGA's tumors."""

import gzip

import numpy as np
import pandas as pd
import pytest

from rnalign_core.problems import InputError
from rnalign_core.sources.labels import read_purity, read_subtypes

PURITY_COLUMNS = "array, sample, call status, purity, ploidy, Genome doublings, Cancer DNA fraction, solution"
PURITY_ROWS = [
    "TCGA-OR-A5J1-01, TCGA-OR-A5J1-01A-11D-A29H-01, called, 0.9, 2, 0, 0.9, new",
    "TCGA-A1-A0SO-01, TCGA-A1-A0SO-01A-22D-A087-01, , , , , , new",
    "TCGA-B6-A0X4-01, WU-BRCA-TCGA-B6-A0X4-01A-11D-A10G-09, maf_call, 1, 2.03, 0, 0.81, old",
]
PURITY = "\n".join([PURITY_COLUMNS, *PURITY_ROWS, ""]).replace(", ", "\t")
COLUMNS = ["Subtype_mRNA", "Subtype_DNAmeth", "Subtype_Integrative", "Subtype_Selected"]


@pytest.fixture
def write(tmp_path):
    def write(text, name="table.tsv"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return write


@pytest.fixture
def subtypes(write):
    """Return a function that reads the subtypes of tumors, from rows of a table and cancer type by sample."""

    def subtypes(rows, types, ids="sampleID", name="table.tsv.gz"):
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["Subtype_mRNA", "Subtype_Selected"])
        table = table.reindex(columns=COLUMNS).rename_axis(ids)
        path = write(table.to_csv(sep="\t", na_rep="NA"), name)
        return read_subtypes(path, pd.Series(types, dtype=object)).to_dict()

    return subtypes


def test_purity_by_sample(write):
    purity, problems = read_purity(write(PURITY))
    assert purity.to_dict() == {"TCGA-OR-A5J1-01": 0.9, "TCGA-B6-A0X4-01": 1.0}
    assert problems == []


def test_purity_that_is_no_fraction_is_not_used(write):
    purity, (problem,) = read_purity(write(PURITY.replace("called\t0.9", "called\t90")))
    assert list(purity.index) == ["TCGA-B6-A0X4-01"]
    assert problem.what == "1 rows with a purity that is no fraction: 90"


def test_purity_with_another_column(write):
    with pytest.raises(InputError, match=r"no column purity; the columns are array, sample"):
        read_purity(write(PURITY.replace("\tpurity\t", "\ttumor_purity\t")))


def test_expression_subtypes_without_the_code_of_the_study(subtypes):
    rows = {
        "TCGA-BR-0001-01": ("LumA", "BRCA.LumA"),
        "TCGA-BR-0002-01": ("Basal", "BRCA.Basal"),
        "TCGA-BR-0003-01": (np.nan, "BRCA.NA"),
        "TCGA-KI-0001-01": ("1", "KIRC.1"),
        "TCGA-NO-0001-01": ("LumA", "BRCA.LumA"),
    }
    types = {sample: {"BR": "BRCA", "KI": "KIRC"}.get(sample[5:7]) for sample in rows}
    assert subtypes(rows, types) == {
        "TCGA-BR-0001-01": "LumA",
        "TCGA-BR-0002-01": "Basal",
        "TCGA-BR-0003-01": None,
        "TCGA-KI-0001-01": "KIRC 1",
        "TCGA-NO-0001-01": None,
    }


def test_preferred_subtypes_where_more_tumors_have_them(subtypes):
    rows = {
        "TCGA-CO-0001-01": ("Invasive", "GI.MSI"),
        "TCGA-CO-0002-01": (np.nan, "GI.HM-SNV"),
        "TCGA-GB-0001-01": ("Classical", "GBM_LGG.Classic-like"),
    }
    types = {"TCGA-CO-0001-01": "COADREAD", "TCGA-CO-0002-01": "COADREAD", "TCGA-GB-0001-01": "GBM"}
    assert list(subtypes(rows, types).values()) == ["MSI", "HM-SNV", "Classical"]


def test_ids_as_the_gdc_has_them(subtypes):
    rows = {
        "TCGA-BR-0001-01A-11R-A12D-07": ("LumA", "BRCA.LumA"),
        "TCGA-BR-0001-11A-11R-A12D-07": ("Normal", "BRCA.Normal"),
        "TCGA-AC-0001": ("C1A", "ACC.CIMP-high"),
    }
    types = {"TCGA-BR-0001-01": "BRCA", "TCGA-AC-0001-01": "ACC"}
    assert subtypes(rows, types, ids="pan.samplesID", name="table.tsv") == {
        "TCGA-BR-0001-01": "LumA",
        "TCGA-AC-0001-01": "C1A",
    }


def test_subtypes_with_other_columns(subtypes, write):
    with pytest.raises(InputError, match="no column sampleID; the columns are id, Subtype_mRNA"):
        subtypes({"TCGA-BR-0001-01": ("LumA", "BRCA.LumA")}, {"TCGA-BR-0001-01": "BRCA"}, ids="id")
    with pytest.raises(
        InputError, match="no column Subtype_mRNA, Subtype_Selected; the columns are sampleID"
    ):
        read_subtypes(write("sampleID\tx\nTCGA-BR-0001-01\ty\n"), pd.Series(dtype=object))


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"", "No columns"), (b"array\tpurity\n", "no rows"), (b"\x1f\x8b\x08\x00cut", "damaged, cut off")],
)
def test_files_that_hold_nothing(tmp_path, content, found):
    (tmp_path / "purity.txt").write_bytes(content)
    with pytest.raises(InputError, match=found):
        read_purity(tmp_path / "purity.txt")


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_purity(tmp_path / "purity.txt")
