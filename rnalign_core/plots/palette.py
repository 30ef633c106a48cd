"""One fixed colour per cancer type, the same in every figure; see ``docs/decisions/006-palette.md``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

UNKNOWN = "not known"

ACCENT = "#0e8a92"
BEFORE = "#8b95a5"
AFTER = ACCENT
NEUTRAL = "#9aa3af"

SAMPLE_TYPE_COLORS = {"tumor": "#c2703d", "cell_line": "#2f6fb7"}
MATCH_COLORS = {
    "matches its own type": "#1f77c4",
    "matches another type": "#d9661f",
    "not scored": "#8d7aa8",
    "tumor": NEUTRAL,
}


class CancerType(NamedTuple):
    """Full name and colour of a cancer type."""

    name: str
    color: str


# The commonest first: they got the most distinct colours.
CANCER_TYPES = {
    "BRCA": CancerType("Breast invasive carcinoma", "#dc5096"),
    "LUAD": CancerType("Lung adenocarcinoma", "#aabe00"),
    "KIRC": CancerType("Kidney clear cell carcinoma", "#5a5a00"),
    "COADREAD": CancerType("Colorectal adenocarcinoma", "#1496fa"),
    "GBM": CancerType("Glioblastoma", "#6e3cb4"),
    "SKCM": CancerType("Skin melanoma", "#c8aadc"),
    "PRAD": CancerType("Prostate adenocarcinoma", "#be6e00"),
    "HNSC": CancerType("Head and neck squamous cell carcinoma", "#8c5064"),
    "LIHC": CancerType("Liver hepatocellular carcinoma", "#00c896"),
    "STAD": CancerType("Stomach adenocarcinoma", "#9678c8"),
    "OV": CancerType("Ovarian serous carcinoma", "#00965a"),
    "LUSC": CancerType("Lung squamous cell carcinoma", "#1e64e6"),
    "THCA": CancerType("Thyroid carcinoma", "#a0148c"),
    "UCEC": CancerType("Endometrial carcinoma", "#be1432"),
    "BLCA": CancerType("Bladder urothelial carcinoma", "#c8a064"),
    "LGG": CancerType("Lower-grade glioma", "#3c8c96"),
    "PAAD": CancerType("Pancreatic adenocarcinoma", "#82a0be"),
    "ESCA": CancerType("Oesophageal carcinoma", "#f05a5a"),
    "SARC": CancerType("Sarcoma", "#aa46be"),
    "CESC": CancerType("Cervical carcinoma", "#1e5a8c"),
    "SCLC": CancerType("Small-cell lung cancer", "#fa9696"),
    "LAML": CancerType("Acute myeloid leukaemia", "#f0781e"),
    "DLBC": CancerType("Diffuse large B-cell lymphoma", "#96a0fa"),
    "KIRP": CancerType("Kidney papillary cell carcinoma", "#006446"),
    "MESO": CancerType("Mesothelioma", "#fa6ebe"),
    "TGCT": CancerType("Testicular germ cell tumor", "#326eb4"),
    "CHOL": CancerType("Cholangiocarcinoma", "#b48c82"),
    "PCPG": CancerType("Pheochromocytoma and paraganglioma", "#6478e6"),
    "ALL": CancerType("Acute lymphoblastic leukaemia", "#6ebefa"),
    "NB": CancerType("Neuroblastoma", "#be5032"),
    "MM": CancerType("Multiple myeloma", "#8c5a96"),
    "KICH": CancerType("Kidney chromophobe", "#00aadc"),
    "ACC": CancerType("Adrenocortical carcinoma", "#4646d2"),
    "UVM": CancerType("Uveal melanoma", "#8ca000"),
    "THYM": CancerType("Thymoma", "#b45078"),
    "UCS": CancerType("Uterine carcinosarcoma", "#d282dc"),
    "COAD": CancerType("Colon adenocarcinoma", "#be6e78"),
    "READ": CancerType("Rectal adenocarcinoma", "#8c6450"),
    "EWS": CancerType("Ewing sarcoma", "#b46eaa"),
    "MB": CancerType("Medulloblastoma", "#dcaab4"),
    "OS": CancerType("Osteosarcoma", "#b4be64"),
    "LCML": CancerType("Chronic myeloid leukaemia", "#963c78"),
    "CLL": CancerType("Chronic lymphocytic leukaemia", "#be8caa"),
    "HL": CancerType("Hodgkin lymphoma", "#64a05a"),
    "RMS": CancerType("Rhabdomyosarcoma", "#96823c"),
    "NSCLC_NOS": CancerType("Non-small-cell lung cancer, unspecified", "#1e783c"),
}

# Muted, so that a code without a colour of its own never passes for one that has.
FALLBACK = (
    "#7f8c8d", "#8d8471", "#7d8a6f", "#71898a", "#79829a", "#8d7d93",
    "#95797f", "#a08c84", "#8a9a94", "#9a96a8", "#a3927a", "#84939f",
)  # fmt: skip


def type_color(cancer_type: str) -> str:
    """Return the colour of a cancer type as ``#rrggbb``; an unlisted code always gets the same muted one."""
    if cancer_type in CANCER_TYPES:
        return CANCER_TYPES[cancer_type].color
    if cancer_type == UNKNOWN:
        return NEUTRAL
    return FALLBACK[int(hashlib.sha256(cancer_type.encode()).hexdigest(), 16) % len(FALLBACK)]


def type_name(cancer_type: str) -> str:
    """Return the full name of a cancer type, or the code itself where there is none."""
    if cancer_type == "NSCLC":
        return "Non-small-cell lung cancer"  # LUAD, LUSC and unspecified lines
    return CANCER_TYPES[cancer_type].name if cancer_type in CANCER_TYPES else cancer_type


def category_colors(categories: Iterable[str]) -> dict[str, str]:
    """Return a colour for each category that is not a cancer type, such as subtypes, by sorted name."""
    colors = [cancer_type.color for cancer_type in CANCER_TYPES.values()] + list(FALLBACK)
    names = sorted(set(categories) - {UNKNOWN})
    return {name: colors[i % len(colors)] for i, name in enumerate(names)} | {UNKNOWN: NEUTRAL}
