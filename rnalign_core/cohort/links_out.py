"""Where more is known about a sample: pages of public databases, for ids that are well formed."""

from __future__ import annotations

import re
from collections.abc import Mapping

DEPMAP = re.compile(r"ACH-\d{6}")
CELLOSAURUS = re.compile(r"CVCL_[A-Z0-9]{4}")
CCLE = re.compile(r"[A-Z0-9]+_[A-Z][A-Z_]{3,}")
TCGA = re.compile(r"(TCGA-[A-Z0-9]{2}-[A-Z0-9]{4})(-\d{2})?([A-Z](-.*)?)?")

# Studies of the TCGA PanCancer Atlas in cBioPortal; colon and rectum are one there.
PANCANCER = frozenset(
    [
        "ACC",
        "BLCA",
        "BRCA",
        "CESC",
        "CHOL",
        "COADREAD",
        "DLBC",
        "ESCA",
        "GBM",
        "HNSC",
        "KICH",
        "KIRC",
        "KIRP",
        "LAML",
        "LGG",
        "LIHC",
        "LUAD",
        "LUSC",
        "MESO",
        "OV",
        "PAAD",
        "PCPG",
        "PRAD",
        "SARC",
        "SKCM",
        "STAD",
        "TGCT",
        "THCA",
        "THYM",
        "UCEC",
        "UCS",
        "UVM",
    ]
)
COLORECTAL = {"COAD": "COADREAD", "READ": "COADREAD"}


def depmap_url(depmap_id: object) -> str | None:
    """Return the page of a cell line in the DepMap portal, None for what is no DepMap id."""
    return f"https://depmap.org/portal/cell_line/{depmap_id}" if _is(DEPMAP, depmap_id) else None


def cellosaurus_url(cellosaurus_id: object) -> str | None:
    """Return the page of a cell line in Cellosaurus, None for what is no accession of it."""
    return f"https://www.cellosaurus.org/{cellosaurus_id}" if _is(CELLOSAURUS, cellosaurus_id) else None


def cbioportal_line_url(ccle_name: object) -> str | None:
    """Return the page of a cell line in cBioPortal (CCLE, Broad 2019), None for what is no CCLE name."""
    if not _is(CCLE, ccle_name):
        return None
    return f"https://www.cbioportal.org/patient?studyId=ccle_broad_2019&sampleId={ccle_name}"


def cbioportal_tumor_url(barcode: object, cancer_type: object) -> str | None:
    """Return the page of a TCGA patient in cBioPortal (PanCancer Atlas).

    None for what is no TCGA barcode, or where the cancer type has no study.
    """
    code = COLORECTAL.get(cancer_type, cancer_type) if isinstance(cancer_type, str) else None
    found = TCGA.fullmatch(barcode) if isinstance(barcode, str) else None
    if found is None or code not in PANCANCER:
        return None
    study = f"{code.lower()}_tcga_pan_can_atlas_2018"
    return f"https://www.cbioportal.org/patient?studyId={study}&caseId={found[1]}"


def links_out(sample_id: str, sample: Mapping[str, object]) -> dict[str, str]:
    """Return the pages that there are for a sample, by the name of the database.

    Parameters
    ----------
    sample_id
        Its id in the cohort; that of a TCGA tumor begins with its barcode.
    sample
        Its row in the table of samples: ``sample_type, cancer_type, depmap_id, cellosaurus_id, ccle_name``.
    """
    if sample.get("sample_type") == "tumor":
        urls = {"cBioPortal": cbioportal_tumor_url(sample_id, sample.get("cancer_type"))}
    else:
        urls = {
            "DepMap": depmap_url(sample.get("depmap_id")) or depmap_url(sample_id),
            "Cellosaurus": cellosaurus_url(sample.get("cellosaurus_id")) or cellosaurus_url(sample_id),
            "cBioPortal": cbioportal_line_url(sample.get("ccle_name")),
        }
    return {name: url for name, url in urls.items() if url}


def _is(pattern: re.Pattern, value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
