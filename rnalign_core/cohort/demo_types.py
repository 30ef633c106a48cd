"""Cancer types of the simulated demo cohort: how many, how pure, which programmes, which subtypes."""

from __future__ import annotations

from dataclasses import dataclass, field

Weights = dict[str, float]


@dataclass(frozen=True)
class Subtype:
    """One expression subtype.

    Parameters
    ----------
    share, line_share
        Its share of the tumors of the type, and of the lines where that differs.
    programmes
        What it adds to the weights of the type.
    """

    share: float
    programmes: Weights
    line_share: float | None = None


@dataclass(frozen=True)
class CancerType:
    """What the simulation knows about a cancer type.

    Parameters
    ----------
    tumors, lines
        Sizes in about the proportions of TCGA and of CCLE.
    purity
        Mean share of cancer cells in a tumor, in about the proportions of Aran et al. 2015.
    surroundings
        Key of :data:`SURROUNDINGS`.
    programmes
        Weights of the lineage programmes in the cancer cells.
    subtypes
        Expression subtypes by name, as TCGA names them; empty where the demo has none.
    """

    tumors: int
    lines: int
    purity: float
    surroundings: str
    programmes: Weights
    subtypes: dict[str, Subtype] = field(default_factory=dict)


# fmt: off
# The cells around the cancer cells: fully differentiated, hardly dividing.
CELL_TYPES: dict[str, Weights] = {
    "fibroblast":  {"fibroblast": 1, "mesenchymal": 2.5, "proliferation": -1.5},
    "muscle":      {"muscle": 1, "proliferation": -1.5},
    "endothelium": {"endothelium": 1, "mesenchymal": 1.5, "proliferation": -1.5},
    "fat":         {"fat": 1, "proliferation": -1.5},
    "T cell":      {"T cell": 1, "blood": .9, "interferon": .5, "proliferation": -.5},
    "B cell":      {"B cell": .9, "blood": .9, "plasma cell": .5, "proliferation": -.5},
    "macrophage":  {"macrophage": 1, "blood": .9, "proliferation": -1.5},
    "neuron":      {"neuron": 1, "neuroendocrine": .3, "proliferation": -1.5},
}

# Mean composition of what is not cancer. "normal" is the healthy tissue of origin.
SURROUNDINGS: dict[str, Weights] = {
    "organ": {"normal": .30, "fibroblast": .25, "muscle": .05, "endothelium": .12, "macrophage": .12,
              "T cell": .13, "B cell": .03},
    "lung": {"normal": .22, "fibroblast": .20, "muscle": .03, "endothelium": .12, "macrophage": .18,
             "T cell": .17, "B cell": .08},
    "dense": {"normal": .15, "fibroblast": .45, "muscle": .08, "endothelium": .10, "macrophage": .11,
              "T cell": .08, "B cell": .03},
    "fatty": {"normal": .15, "fibroblast": .30, "fat": .22, "endothelium": .10, "macrophage": .09,
              "T cell": .11, "B cell": .03},
    "wall": {"normal": .20, "fibroblast": .25, "muscle": .20, "endothelium": .08, "macrophage": .10,
             "T cell": .12, "B cell": .05},
    "brain": {"normal": .20, "neuron": .38, "fibroblast": .03, "endothelium": .14, "macrophage": .22,
              "T cell": .03},
    "vessel": {"normal": .22, "fibroblast": .13, "endothelium": .30, "macrophage": .16,
               "T cell": .17, "B cell": .02},
    "skin": {"normal": .10, "fibroblast": .25, "endothelium": .12, "macrophage": .17,
             "T cell": .28, "B cell": .08},
    "immune": {"fibroblast": .10, "endothelium": .06, "macrophage": .15, "T cell": .55, "B cell": .14},
}

CANCER_TYPES: dict[str, CancerType] = {
    "ACC": CancerType(79, 1, .85, "vessel", {"adrenal": 1, "proliferation": -.2}),
    "BLCA": CancerType(408, 14, .62, "wall", {"epithelial": 1, "bladder": .6}, {
        "Luminal_papillary": Subtype(.40, {"bladder": .5, "FGFR3": 1, "mesenchymal": -.3}),
        "Luminal": Subtype(.25, {"bladder": .4}),
        "Basal_squamous": Subtype(.35, {"bladder": -.3, "squamous": .6, "basal-like": .3}),
    }),
    "BRCA": CancerType(1093, 54, .65, "fatty", {"epithelial": 1, "breast": .8}, {
        "LumA": Subtype(.48, {"luminal": 1.3, "proliferation": -.9}, .16),
        "LumB": Subtype(.20, {"luminal": 1.2, "8p11 amplicon": .4, "proliferation": .3}, .17),
        "Her2": Subtype(.09, {"HER2 amplicon": 1.5, "luminal": .3, "proliferation": .5}, .22),
        "Basal": Subtype(.18, {"basal-like": 1.5, "breast": -.5, "proliferation": 1}, .33),
        "Normal": Subtype(.05, {"myoepithelial": 1.5, "luminal": .4, "proliferation": -1}, .12),
    }),
    "CESC": CancerType(304, 7, .66, "organ", {"epithelial": .9, "squamous": .75, "cervix": 1, "gyn": .2}),
    "CHOL": CancerType(36, 4, .58, "dense",
                       {"epithelial": 1, "bile duct": 1, "liver": .3, "gastrointestinal": .2}),
    "COADREAD": CancerType(620, 34, .66, "wall", {"epithelial": 1, "gastrointestinal": 1, "colon": .9}, {
        "CMS1": Subtype(.16, {"interferon": .8, "wnt": -.5, "colon": -.2}, .25),
        "CMS2": Subtype(.42, {"wnt": 1, "colon": .1}, .35),
        "CMS3": Subtype(.15, {"goblet": 1, "proliferation": -.3}, .15),
        "CMS4": Subtype(.27, {"mesenchymal": .8, "wnt": .2}, .25),
    }),
    "DLBC": CancerType(48, 14, .72, "immune",
                       {"blood": 1, "B cell": 1, "germinal center": 1, "proliferation": .7}),
    "ESCA": CancerType(184, 16, .62, "wall", {"epithelial": .9, "esophagus": .4}, {
        "ESCC": Subtype(.52, {"squamous": .9, "esophagus": .4}, .75),
        "CIN": Subtype(.48, {"gastrointestinal": .8, "stomach": .7, "esophagus": -.2}, .25),
    }),
    "GBM": CancerType(160, 26, .80, "brain", {"glioma": .8, "high grade glioma": 1}, {
        "Classical": Subtype(.27, {"high grade glioma": .3, "proneural": -.2, "wnt": .4}),
        "Mesenchymal": Subtype(.33, {"mesenchymal": .9, "glioma": -.3, "interferon": .4}),
        "Proneural": Subtype(.26, {"proneural": 1, "high grade glioma": -.3}),
        "Neural": Subtype(.14, {"neuroendocrine": .3, "glioma": .2}),
    }),
    "HNSC": CancerType(520, 20, .58, "wall", {"epithelial": .7, "squamous": .9, "mouth": .9}, {
        "Atypical": Subtype(.25, {"mouth": .2, "mesenchymal": -.4}),
        "Basal": Subtype(.31, {"squamous": .25, "hypoxia": .4}),
        "Classical": Subtype(.18, {"oxidative stress": 1, "bronchus": .3}),
        "Mesenchymal": Subtype(.26, {"mesenchymal": .8, "squamous": -.15}),
    }),
    "KICH": CancerType(66, 0, .85, "vessel",
                       {"epithelial": .6, "kidney": .6, "chromophobe kidney": 1, "proliferation": -.8}),
    "KIRC": CancerType(533, 16, .58, "vessel", {"epithelial": .3, "kidney": .9, "clear cell kidney": 1}),
    "KIRP": CancerType(290, 3, .74, "vessel", {"epithelial": .7, "kidney": .9, "papillary kidney": 1}),
    "LAML": CancerType(173, 20, .90, "immune", {"blood": 1, "myeloid precursor": 1}),
    "LGG": CancerType(516, 6, .78, "brain",
                      {"glioma": 1, "low grade glioma": .9, "proneural": .3, "proliferation": -.5}),
    "LIHC": CancerType(371, 15, .68, "organ", {"epithelial": .4, "liver": 1, "gastrointestinal": .1}),
    "LUAD": CancerType(515, 46, .50, "lung", {"epithelial": 1, "lung": .8}, {
        "TRU": Subtype(.38, {"lung": .3, "proliferation": -.7}, .2),
        "prox.-inflam": Subtype(.34, {"interferon": .8, "mesenchymal": .4, "lung": -.15}, .4),
        "prox.-prolif.": Subtype(.28, {"proliferation": .5, "oxidative stress": .7, "goblet": .4}, .4),
    }),
    "LUSC": CancerType(501, 27, .56, "lung", {"epithelial": .8, "squamous": .85, "bronchus": .9}, {
        "basal": Subtype(.24, {"squamous": .3, "basal-like": .3, "mesenchymal": .3}),
        "classical": Subtype(.37, {"oxidative stress": 1, "bronchus": .3}),
        "primitive": Subtype(.15, {"squamous": -.3, "proliferation": .7, "neuroendocrine": .15}),
        "secretory": Subtype(.24, {"airway": .9, "lung": .2, "proliferation": -.3}),
    }),
    "MESO": CancerType(87, 9, .62, "dense", {"mesothelium": 1, "epithelial": .3, "mesenchymal": .4}),
    "OV": CancerType(304, 28, .76, "organ", {"epithelial": .9, "gyn": .8, "ovary": 1}),
    "PAAD": CancerType(178, 26, .45, "dense",
                       {"epithelial": 1, "gastrointestinal": .6, "stomach": .3, "pancreas": .9}),
    "PCPG": CancerType(179, 0, .78, "vessel",
                       {"neuroendocrine": .8, "sympathoadrenal": .9, "paraganglia": 1, "proliferation": -.8}),
    "PRAD": CancerType(497, 6, .66, "wall", {"epithelial": .9, "prostate": 1, "proliferation": -.7}),
    "SARC": CancerType(259, 14, .66, "dense", {"sarcoma": .9, "mesenchymal": .5}, {
        "LMS": Subtype(.40, {"smooth muscle": 1}),
        "DDLPS": Subtype(.28, {"lipogenic amplicon": 1}),
        "UPS": Subtype(.32, {"interferon": .4, "proliferation": .3}),
    }),
    "SKCM": CancerType(470, 36, .68, "skin", {"melanocyte": 1, "skin melanoma": .9}),
    "STAD": CancerType(415, 22, .55, "wall", {"epithelial": 1, "gastrointestinal": .8, "stomach": .8}, {
        "CIN": Subtype(.55, {"colon": .25, "HER2 amplicon": .2}),
        "EBV": Subtype(.08, {"interferon": 1}),
        "GS": Subtype(.14, {"mesenchymal": .7, "proliferation": -.5, "goblet": .3}),
        "MSI": Subtype(.23, {"proliferation": .5, "interferon": .4}),
    }),
    "TGCT": CancerType(150, 2, .64, "immune", {"germ cell": 1, "epithelial": .2, "proliferation": .5}),
    "THCA": CancerType(501, 8, .72, "organ", {"epithelial": .9, "thyroid": 1, "proliferation": -.9}),
    "THYM": CancerType(120, 0, .45, "immune", {"epithelial": .6, "squamous": .3, "thymus": 1}),
    "UCEC": CancerType(545, 18, .74, "organ", {"epithelial": 1, "gyn": .9, "uterus": .9}),
    "UCS": CancerType(57, 0, .74, "organ",
                      {"epithelial": .5, "gyn": .6, "uterus": .4, "carcinosarcoma": 1, "mesenchymal": .4,
                       "proliferation": .6}),
    "UVM": CancerType(80, 3, .90, "skin", {"melanocyte": 1, "uveal": 1, "proliferation": -.5}),
    # cell lines without tumors
    "ALL": CancerType(0, 18, .9, "immune", {"blood": 1, "lymphoblast": 1, "B cell": .4, "proliferation": .5}),
    "EWS": CancerType(0, 10, .9, "dense", {"ewing": 1, "neuroendocrine": .2, "mesenchymal": .2}),
    "MB": CancerType(0, 4, .9, "brain", {"medulloblast": 1, "glioma": .2, "neuroendocrine": .4}),
    "MM": CancerType(0, 14, .9, "immune", {"blood": .7, "plasma cell": 1}),
    "NB": CancerType(0, 14, .9, "vessel", {"neuroendocrine": .7, "sympathoadrenal": .9, "neuroblast": 1}),
    "OS": CancerType(0, 6, .9, "dense", {"bone": 1, "sarcoma": .5, "mesenchymal": .4}),
    "SCLC": CancerType(0, 28, .9, "lung",
                       {"epithelial": .6, "neuroendocrine": 1, "small cell": 1, "proliferation": .6}),
}
# fmt: on
