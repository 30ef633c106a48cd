import pytest

from rnalign_core.cohort.links_out import (
    cbioportal_line_url,
    cbioportal_tumor_url,
    cellosaurus_url,
    depmap_url,
    links_out,
)


def test_lines_and_tumors_get_the_pages_of_their_ids():
    line = {
        "sample_type": "cell_line",
        "depmap_id": "ACH-000019",
        "cellosaurus_id": "CVCL_0031",
        "ccle_name": "MCF7_BREAST",
    }
    assert links_out("s1", line) == {
        "DepMap": "https://depmap.org/portal/cell_line/ACH-000019",
        "Cellosaurus": "https://www.cellosaurus.org/CVCL_0031",
        "cBioPortal": "https://www.cbioportal.org/patient?studyId=ccle_broad_2019&sampleId=MCF7_BREAST",
    }
    tumor = {"sample_type": "tumor", "cancer_type": "COADREAD", "depmap_id": None}
    url = "https://www.cbioportal.org/patient?studyId=coadread_tcga_pan_can_atlas_2018&caseId=TCGA-AA-A02Y"
    assert links_out("TCGA-AA-A02Y-01", tumor) == {"cBioPortal": url}


def test_a_sample_id_that_is_an_accession_counts():
    assert set(links_out("ACH-000019", {"sample_type": "cell_line"})) == {"DepMap"}


@pytest.mark.parametrize("code", ["COAD", "READ", "COADREAD"])
def test_colon_and_rectum_are_one_study(code):
    assert "studyId=coadread_tcga" in cbioportal_tumor_url("TCGA-AA-A02Y-01A-11R-A00A-07", code)


@pytest.mark.parametrize(
    "value",
    [
        None,
        float("nan"),
        "",
        "ACH-19",
        "ACH-000019/../x",
        "ACH-000019\n",
        "CVCL_31",
        "javascript:alert(1)",
        "mcf7",
    ],
)
def test_what_is_no_id_gets_no_link(value):
    assert depmap_url(value) is None
    assert cellosaurus_url(value) is None
    assert cbioportal_line_url(value) is None
    assert cbioportal_tumor_url(value, "BRCA") is None


@pytest.mark.parametrize("code", [None, float("nan"), "SCLC", "../x", "brca"])
def test_a_type_without_a_study_gets_no_link(code):
    assert cbioportal_tumor_url("TCGA-AA-A02Y", code) is None
