"""What each number of a benchmark means, in words for a reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class About:
    """What a reader must know about a metric.

    Parameters
    ----------
    title, short
        Name, and name for a column.
    better
        Which values are better; None where neither is.
    format
        ``percent`` for shares, ``number`` for others.
    meaning
        Two sentences for somebody who is not a statistician.
    reference
        Where the metric comes from.
    """

    title: str
    short: str
    better: Literal["higher", "lower"] | None
    format: Literal["percent", "number"]
    meaning: str
    reference: str


_MATCH = "Alvarez, Krishnamachari & Skanderup, AI4X 2025 (their name; the definition is RNAlign's)"
_OWN = "RNAlign's own definition"
_KNN = "Fix & Hodges 1951"
_AUROC = "Hanley & McNeil, Radiology 1982"
_DCOR = "Szekely & Rizzo, J Multivar Anal 2013"

METRICS: dict[str, About] = {
    "match_micro": About(
        "Match rate",
        "match",
        "higher",
        "percent",
        "The share of cell lines whose 25 nearest tumors are mostly of the line's own cancer type. "
        "Types with many lines count more.",
        _MATCH,
    ),
    "match_median": About(
        "Match rate, median over types",
        "match, median type",
        "higher",
        "percent",
        "The match rate of the cancer type in the middle, when types are ordered by their rate. "
        "Few lines in a type make it jump.",
        _MATCH,
    ),
    "match_macro": About(
        "Match rate, mean over types",
        "match, mean type",
        "higher",
        "percent",
        "The mean of the match rates of the cancer types. Every type counts the same, however few lines it has.",
        _MATCH,
    ),
    "match_balanced": About(
        "Match rate, balanced vote",
        "match, balanced",
        "higher",
        "percent",
        "The match rate when every tumor's vote is divided by the number of tumors of its type. "
        "It does not favour types with many tumors.",
        _MATCH,
    ),
    "own_share": About(
        "Own-type neighbours",
        "own neighbours",
        "higher",
        "percent",
        "The mean share of a line's 25 nearest tumors that are of its own cancer type. "
        "It changes gradually where the match rate changes by whole lines.",
        _OWN,
    ),
    "match_euclidean": About(
        "Match rate, Euclidean",
        "match, Euclidean",
        "higher",
        "percent",
        "The match rate by Euclidean distance in 50 principal components in place of correlation. "
        "A good alignment should not depend on the choice of distance.",
        _MATCH,
    ),
    "classifier_micro": About(
        "Own classifier",
        "own classifier",
        "higher",
        "percent",
        "The share of lines whose cancer type the method's own classifier calls right, where it has one. "
        "The classifier was not told the type of the line that it calls.",
        _OWN,
    ),
    "relative_delta_d": About(
        "Relative delta D",
        "relative ΔD",
        "lower",
        "percent",
        "How much farther a line is from the tumors of its type than these are from each other, as a share of their "
        "distance. Zero means that a line is like one more tumor.",
        _MATCH,
    ),
    "delta_d": About(
        "Delta D",
        "ΔD",
        "lower",
        "number",
        "The same difference of mean distances in the method's own units. "
        "It shrinks when everything is shrunk, so methods with other units cannot be compared by it.",
        _MATCH,
    ),
    "variance_within": About(
        "Variance within types kept",
        "within-type variance",
        "higher",
        "percent",
        "How much of the variance between tumors of one cancer type is left, compared with the method's input. "
        "A method that keeps little has thrown differences between patients away.",
        _OWN,
    ),
    "variance_total": About(
        "Variance kept",
        "variance",
        "higher",
        "percent",
        "How much of the variance between all tumors is left, compared with the method's input. "
        "Distances that only shrank show up here.",
        _OWN,
    ),
    "pvca": About(
        "PVCA, sample type",
        "PVCA",
        "lower",
        "percent",
        "The share of the variance in expression that goes with being a line or a tumor, when cancer type is taken "
        "into account. Alignment should bring it towards zero.",
        "Bushel, Bioconductor pvca; Li, Bushel, Chu & Wolfinger 2009",
    ),
    "kbet": About(
        "kBET delta",
        "ΔkBET",
        "lower",
        "percent",
        "How often the mixture of lines and tumors around a sample is not that of its cancer type, beyond what chance "
        "would do. Zero is perfect mixing, one is none.",
        "Büttner et al., Nat Methods 2019",
    ),
    "ilisi": About(
        "iLISI",
        "iLISI",
        "higher",
        "number",
        "How well lines and tumors are mixed around a sample, from 0 to 1. "
        "There are fewer lines than tumors, so that 1 cannot be reached.",
        "Korsunsky et al., Nat Methods 2019; Luecken et al., Nat Methods 2022",
    ),
    "clisi": About(
        "cLISI",
        "cLISI",
        "higher",
        "number",
        "How pure the cancer types are around a sample, from 0 to 1. "
        "It warns of a method that mixes lines and tumors by mixing cancers.",
        "Korsunsky et al., Nat Methods 2019; Luecken et al., Nat Methods 2022",
    ),
    "subtype_brca": About(
        "PAM50 kept",
        "PAM50",
        "higher",
        "percent",
        "The share of breast tumors whose 15 nearest other breast tumors are mostly of the tumor's own PAM50 subtype. "
        "It should not fall below that of the input.",
        f"{_KNN}; PAM50: Parker et al., J Clin Oncol 2009",
    ),
    "subtype_nsclc": About(
        "LUAD and LUSC kept apart",
        "LUAD / LUSC",
        "higher",
        "percent",
        "The share of lung tumors whose 15 nearest other lung tumors are mostly of the tumor's own type. "
        "Methods that learn from the types of tumors have seen these.",
        _KNN,
    ),
    "call_basal_majority": About(
        "Basal or luminal, majority",
        "basal, majority",
        "higher",
        "percent",
        "The share of breast lines that most of their 15 nearest breast tumors call right as basal or luminal. "
        "Luminal tumors are many more than basal ones, which favours luminal.",
        _KNN,
    ),
    "call_basal_balanced": About(
        "Basal or luminal, balanced",
        "basal, balanced",
        "higher",
        "percent",
        "The same with every vote divided by the number of tumors of its kind. It is the fairer of the two votes.",
        _KNN,
    ),
    "call_basal_auroc": About(
        "Basal or luminal, AUROC",
        "basal, AUROC",
        "higher",
        "number",
        "The chance that a basal line lies nearer to basal tumors, relative to luminal ones, than a luminal line does. "
        "0.5 is a coin, 1 tells all lines apart.",
        _AUROC,
    ),
    "call_lusc_majority": About(
        "LUAD or LUSC, majority",
        "LUSC, majority",
        "higher",
        "percent",
        "The share of lung lines that most of their 15 nearest lung tumors call right as LUAD or LUSC. "
        "No model was told the type of the line that it places.",
        _KNN,
    ),
    "call_lusc_balanced": About(
        "LUAD or LUSC, balanced",
        "LUSC, balanced",
        "higher",
        "percent",
        "The same with every vote divided by the number of tumors of its kind. It is the fairer of the two votes.",
        _KNN,
    ),
    "call_lusc_auroc": About(
        "LUAD or LUSC, AUROC",
        "LUSC, AUROC",
        "higher",
        "number",
        "The chance that a LUSC line lies nearer to LUSC tumors, relative to LUAD ones, than a LUAD line does. "
        "0.5 is a coin, 1 tells all lines apart.",
        _AUROC,
    ),
    "dcor_sample_type": About(
        "Sample type left in the latent space",
        "dCor sample type",
        "lower",
        "number",
        "How much the latent space still tells whether a sample is a line or a tumor, within its cancer type. "
        "Zero is nothing; judged by lines whose type the model did not know.",
        _DCOR,
    ),
    "dcor_purity": About(
        "Purity left in the latent space",
        "dCor purity",
        "lower",
        "number",
        "How much the latent space still tells of the purity of a tumor. Zero is nothing.",
        _DCOR,
    ),
    "r2": About(
        "Reconstruction",
        "R²",
        "higher",
        "number",
        "The share of the variance of samples kept from training that the model reconstructs. "
        "Independence of the labels costs some of it.",
        _OWN,
    ),
}
