"""TCGA's tumors from the table of UCSC Xena: which samples are used, and what its cells hold."""

import gzip

import numpy as np
import pytest

from rnalign_core.plots.palette import CANCER_TYPES
from rnalign_core.problems import InputError
from rnalign_core.sources import xena
from rnalign_core.sources.xena import DISEASES, choose_tumors, read_expression, read_samples

HEADER = "sample\tdetailed_category\tprimary disease or tissue\t_primary_site\t_sample_type\t_gender\t_study"
TUMORS = ["TCGA-A1-0001-01", "TCGA-A1-0002-01", "TCGA-A1-0003-01"]
GENES = {
    "ENSG00000141510.16": "TP53",
    "ENSG00000012048.20": "BRCA1",
    "ENSG00000999999.1": None,
    "ENSG00000146648.15": "EGFR",
    "ENSG00000182378.13_PAR_Y": None,
}


@pytest.fixture
def phenotype(tmp_path):
    """Return a function that writes the table of phenotypes, from disease by sample."""

    def write(diseases, header=HEADER):
        rows = [f"{sample}\tx\t{disease}\tSite\tType\tFemale\tTCGA" for sample, disease in diseases.items()]
        path = tmp_path / "phenotype.txt.gz"
        path.write_bytes(gzip.compress("\n".join([header, *rows, ""]).encode("latin-1")))
        return path

    return write


@pytest.fixture
def table(tmp_path):
    """Return a function that writes the table of expression, and the numbers in it."""

    def write(*, samples=(*TUMORS, "GTEX-1-2", "TARGET-10-PAAA-09"), packed=True, change=lambda text: text):
        rng = np.random.default_rng(1)
        values = np.round(np.log2(rng.gamma(1, 20, (len(GENES), len(samples))) + 0.001), 4)
        values[:, 0] = -9.9658
        rows = ["\t".join([gene, *map(str, row)]) for gene, row in zip(GENES, values, strict=True)]
        text = change("\n".join(["\t".join(["sample", *samples]), *rows, ""])).encode()
        path = tmp_path / "table"
        path.write_bytes(gzip.compress(text) if packed else text)
        return path, values

    return write


def read(path, samples=TUMORS, genes=("TP53", "BRCA1", "EGFR", "MYC")):
    told = []
    raw, counts = read_expression(path, samples, genes, lambda *now: told.append(now))
    assert all(0 <= fraction <= 1 for fraction, _ in told)
    return raw, counts


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("block", [40, 200, xena.BLOCK])  # shorter than a line, a few lines, all of it
def test_wanted_genes_of_wanted_samples(table, monkeypatch, packed, block):
    monkeypatch.setattr(xena._blocks, "__defaults__", (block,))
    path, values = table(packed=packed)
    raw, counts = read(path, samples=[TUMORS[2], TUMORS[0]])
    assert raw.columns == [TUMORS[2], TUMORS[0]]
    assert raw.row_names == {"gene": [gene for gene, symbol in GENES.items() if symbol]}
    assert raw.values.dtype == np.float32
    np.testing.assert_allclose(raw.values, values[[0, 1, 3]][:, [2, 0]], rtol=1e-6)
    assert counts == {"n_samples": 5, "n_genes": 5, "n_genes_unmapped": 2}


def test_last_line_without_an_end(table):
    path, values = table(change=lambda text: text.rstrip("\n"))
    assert read(path)[0].values[:, 1].tolist() == pytest.approx(values[[0, 1, 3], 1].tolist())


def test_samples_of_the_table(table):
    assert read_samples(table()[0]) == [*TUMORS, "GTEX-1-2", "TARGET-10-PAAA-09"]


def test_a_page_is_no_list_of_samples(tmp_path):
    (tmp_path / "page").write_text("<html>log in</html>")
    with pytest.raises(InputError, match="the first line is no list of samples: '<html>"):
        read_samples(tmp_path / "page")


def test_cells_without_a_value_are_missing(table):
    path, _ = table(change=lambda text: text.replace("-9.9658\t", "NA\t", 2))
    raw, _ = read(path)
    assert np.isnan(raw.values).sum() == 2


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda text: text.replace("-9.9658", "high", 1), "invalid value 'high'"),
        (lambda text: text.replace("-9.9658\t", "", 1), "Expected 6 columns, got 5"),
        (lambda text: text.replace("-9.9658", "0.0"), r"the lowest value is -?\d\.\d\d, not -9\.97"),
        (lambda text: text.replace("-9.9658", "-20"), r"the lowest value is -20\.00"),
        (
            lambda text: text.replace("ENSG00000", "probe"),
            "none of its 5 genes is in the table of cell lines",
        ),
        (lambda text: "<html>no such file</html>", "the first line is no list of samples: '<html>"),
        (lambda text: "", "none of its 0 genes is in the table of cell lines"),
    ],
)
def test_other_content(table, change, found):
    path, _ = table(change=change)
    with pytest.raises(InputError, match=found):
        read(path)


@pytest.mark.parametrize("kept", [30, 0.5, 0.95])
def test_cut_off(table, kept):
    path, _ = table()
    content = path.read_bytes()
    path.write_bytes(content[: kept if kept > 1 else int(kept * len(content))])
    with pytest.raises(InputError, match=r"damaged, cut off.*Delete it, to have it downloaded again"):
        read(path)


def test_damaged(table):
    path, _ = table()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        read(path)


def test_one_sample_a_patient_and_no_normal_tissue(phenotype):
    diseases = {
        "TCGA-BR-0001-11": "Breast Invasive Carcinoma",
        "TCGA-BR-0001-01": "Breast Invasive Carcinoma",
        "TCGA-BR-0001-06": "Breast Invasive Carcinoma",
        "TCGA-BR-0002-06": "Breast Invasive Carcinoma",
        "TCGA-SK-0001-06": "Skin Cutaneous Melanoma",
        "TCGA-SK-0002-06": "Skin Cutaneous Melanoma",
        "TCGA-SK-0002-01": "Skin Cutaneous Melanoma",
        "TCGA-LA-0001-03": "Acute Myeloid Leukemia",
        "TCGA-GB-0001-02": "Glioblastoma Multiforme",
        "TCGA-CO-0001-01": "Colon Adenocarcinoma",
        "TCGA-RE-0001-01": "Rectum Adenocarcinoma",
        "GTEX-1117F-0226": "Adipose - Subcutaneous",
        "GTEX-1117F-0227": "Muscle",
        "TARGET-10-PAAA-09": "Acute Lymphoblastic Leukemia",
        "K-562-SM-3NMAX": "Cells - Leukemia cell line (CML) \xe9",
    }
    types, (problem,) = choose_tumors(list(diseases), phenotype(diseases))
    assert types.to_dict() == {
        "TCGA-BR-0001-01": "BRCA",
        "TCGA-SK-0001-06": "SKCM",
        "TCGA-SK-0002-01": "SKCM",
        "TCGA-LA-0001-03": "LAML",
        "TCGA-CO-0001-01": "COADREAD",
        "TCGA-RE-0001-01": "COADREAD",
    }
    assert problem.severity == "warning"
    assert problem.what.startswith("9 of 15 samples left out: ")
    assert sorted(problem.what.partition(": ")[2].split("; ")) == [
        "1 childhood cancers of TARGET",
        "1 further samples of a patient",
        "1 normal tissue next to a tumor (sample codes 10 to 19)",
        "1 others",
        "2 normal tissue of GTEx",
        "3 recurrences, metastases and further tumors (other sample codes)",
    ]


def test_unknown_disease_and_sample_without_one_are_said(phenotype):
    diseases = {"TCGA-A1-0001-01": "Thymoma", "TCGA-A1-0002-01": "New Disease"}
    types, (problem,) = choose_tumors([*diseases, "TCGA-A1-0003-01"], phenotype(diseases))
    assert types.tolist() == ["THYM", None, None]
    assert problem.what == "tumors of diseases that are not known: New Disease (1), (none) (1)"


def test_changed_column(phenotype):
    path = phenotype({"TCGA-A1-0001-01": "Thymoma"}, HEADER.replace("primary disease or tissue", "disease"))
    with pytest.raises(InputError, match=r"no column primary disease or tissue; the columns are sample, det"):
        choose_tumors(["TCGA-A1-0001-01"], path)


def test_no_tumor(phenotype):
    with pytest.raises(InputError, match="none of its 1 sample is a primary tumor of TCGA: GTEX-1"):
        choose_tumors(["GTEX-1"], phenotype({"GTEX-1": "Lung"}))


def test_every_study_of_tcga_has_a_code():
    assert len(DISEASES) == 33
    assert len(set(DISEASES.values())) == 32  # colon and rectum are one
    assert set(DISEASES.values()) <= set(CANCER_TYPES)
