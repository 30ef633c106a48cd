"""Cancer types of OncoTree codes."""

import pandas as pd
import pytest

from rnalign_core.plots.palette import CANCER_TYPES
from rnalign_core.problems import InputError
from rnalign_core.sources.oncotree import cancer_types, read_mapping
from rnalign_core.sources.xena import DISEASES


@pytest.mark.parametrize(
    ("code", "cancer_type"),
    [
        ("LUAD", "LUAD"), ("LUSC", "LUSC"), ("NSCLC", "NSCLC_NOS"), ("LCLC", "NSCLC_NOS"), ("SCLC", "SCLC"),
        ("BRCA", "BRCA"), ("IDC", "BRCA"), ("ILC", "BRCA"), ("COAD", "COADREAD"), ("READ", "COADREAD"),
        ("COADREAD", "COADREAD"), ("MEL", "SKCM"), ("SKCM", "SKCM"), ("GB", "GBM"), ("GBM", "GBM"),
        ("ASTR", "LGG"), ("ODG", "LGG"), ("ESCC", "ESCA"), ("ESCA", "ESCA"), ("DSTAD", "STAD"),
        ("HGSOC", "OV"), ("UEC", "UCEC"), ("UCS", "UCS"), ("CCRCC", "KIRC"), ("PRCC", "KIRP"), ("HCC", "LIHC"),
        ("IHCH", "CHOL"), ("PLEMESO", "MESO"), ("AML", "LAML"), ("AMLNOS", "LAML"), ("DLBCLNOS", "DLBC"),
        ("UM", "UVM"), ("PHC", "PCPG"), ("EMBCA", "TGCT"), ("DDLS", "SARC"), ("CML", "LCML"), ("PCM", "MM"),
        ("ES", "EWS"), ("NBL", "NB"), ("BLL", "ALL"),
        # the same letters mean something else at TCGA
        ("TGCT", None), ("ACCC", None), ("SRCC", None),
        # histologies that TCGA left out
        ("NPC", None), ("CCOV", None), ("THAP", None), ("GBC", None), ("PANET", None), ("CSCC", None),
    ],
)  # fmt: skip
def test_codes(code, cancer_type):
    found, problems = cancer_types(pd.Series([code]), read_mapping())
    assert found.tolist() == [cancer_type]
    assert problems == []


def test_every_type_is_one_of_the_program():
    types = set(read_mapping().dropna())
    assert types <= set(CANCER_TYPES)
    assert types >= set(DISEASES.values()), "each study of TCGA has a code"


def test_unknown_codes_are_said_and_lines_without_a_code_are_not():
    codes = pd.Series(["LUAD", "ZZZ", None, "zzz", "spcc"], list("abcde"))
    types, (problem,) = cancer_types(codes, read_mapping())
    assert types.to_dict() == {"a": "LUAD", "b": None, "c": None, "d": None, "e": "NSCLC_NOS"}
    assert problem.what == "OncoTree codes that the table of cancer types does not have: ZZZ (2)"
    assert problem.severity == "warning"


def test_own_table_stands_before_that_of_the_program(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("cancer_type,oncotree_code,why\nTHCA,thap,as others do\n,RCC,not sure\n")
    mapping = read_mapping(own)
    assert mapping["THAP"] == "THCA"
    assert mapping["RCC"] is None
    assert mapping["LUAD"] == "LUAD"
    assert mapping.index.is_unique


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("oncotree_code,tcga\nLUAD,LUAD\n", "no column cancer_type; the columns are oncotree_code, tcga"),
        ("oncotree_code,cancer_type\nLUAD,LUAD\nluad,LUSC\n", "codes more than once: LUAD"),
        ("oncotree_code,cancer_type\n,LUAD\n", "1 row without a code"),
    ],
)
def test_faults_of_an_own_table(tmp_path, text, found):
    own = tmp_path / "own.csv"
    own.write_text(text)
    with pytest.raises(InputError, match=found):
        read_mapping(own)
