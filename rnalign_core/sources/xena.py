"""TCGA's tumors as UCSC Xena publishes them: RNA-seq of TCGA, TARGET and GTEx, computed anew by the Toil pipeline.

Vivian et al., Nature Biotechnology 2017; Goldman et al., Nature Biotechnology 2020.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from rnalign_core.cohort.genes import match_genes
from rnalign_core.cohort.read import RawTable, is_gzip
from rnalign_core.cohort.words import count, some
from rnalign_core.problems import InputError, Problem
from rnalign_core.sources.download import Progress, RemoteFile, intact
from rnalign_core.sources.labels import PATIENT_CHARACTERS, read_labels

HUB = "https://toil-xena-hub.s3.us-east-1.amazonaws.com/download/"
EXPRESSION = RemoteFile(
    "TcgaTargetGtex_rsem_gene_tpm.gz",
    HUB + "TcgaTargetGtex_rsem_gene_tpm.gz",
    1_400_000_000,
    other_names=("TcgaTargetGtex_rsem_gene_tpm", "TcgaTargetGtex_rsem_gene_tpm.tsv"),
)
PHENOTYPE = RemoteFile(
    "TcgaTargetGTEX_phenotype.txt.gz",
    HUB + "TcgaTargetGTEX_phenotype.txt.gz",
    200_000,
    other_names=("TcgaTargetGTEX_phenotype.txt",),
)
UNIT = "log2(TPM+0.001)"
LOWEST = np.log2(0.001)
BLOCK = 2**26  # bytes of text at a time: some 400 genes
DISEASE = "primary disease or tissue"
DISEASES = {
    "acute myeloid leukemia": "LAML",
    "adrenocortical cancer": "ACC",
    "bladder urothelial carcinoma": "BLCA",
    "brain lower grade glioma": "LGG",
    "breast invasive carcinoma": "BRCA",
    "cervical & endocervical cancer": "CESC",
    "cholangiocarcinoma": "CHOL",
    "colon adenocarcinoma": "COADREAD",
    "diffuse large b-cell lymphoma": "DLBC",
    "esophageal carcinoma": "ESCA",
    "glioblastoma multiforme": "GBM",
    "head & neck squamous cell carcinoma": "HNSC",
    "kidney chromophobe": "KICH",
    "kidney clear cell carcinoma": "KIRC",
    "kidney papillary cell carcinoma": "KIRP",
    "liver hepatocellular carcinoma": "LIHC",
    "lung adenocarcinoma": "LUAD",
    "lung squamous cell carcinoma": "LUSC",
    "mesothelioma": "MESO",
    "ovarian serous cystadenocarcinoma": "OV",
    "pancreatic adenocarcinoma": "PAAD",
    "pheochromocytoma & paraganglioma": "PCPG",
    "prostate adenocarcinoma": "PRAD",
    "rectum adenocarcinoma": "COADREAD",
    "sarcoma": "SARC",
    "skin cutaneous melanoma": "SKCM",
    "stomach adenocarcinoma": "STAD",
    "testicular germ cell tumor": "TGCT",
    "thymoma": "THYM",
    "thyroid carcinoma": "THCA",
    "uterine carcinosarcoma": "UCS",
    "uterine corpus endometrioid carcinoma": "UCEC",
    "uveal melanoma": "UVM",
}
PRIMARY, BLOOD, METASTASIS = "01", "03", "06"  # sample codes of TCGA
BY_METASTASES = ("SKCM",)  # whose tumors in TCGA are metastases for the most part


def choose_tumors(samples: Sequence[str], phenotype: Path) -> tuple[pd.Series, list[Problem]]:
    """Return the cancer type of each sample that is used, and what was left out.

    Used is one sample a patient: the primary tumor (sample code 01; blood, 03, for leukaemia), for melanoma else a
    metastasis (06). Normal tissue (10 to 19, and GTEx), TARGET, recurrences and further tumors are left out.

    Parameters
    ----------
    samples
        Sample ids of the expression table.
    phenotype
        Table with the columns `sample` and `primary disease or tissue`.

    Raises
    ------
    InputError
        If the table cannot be read or lacks a column, or no sample is a tumor of TCGA.
    """
    table = read_labels(phenotype, ("sample", DISEASE), separator="\t", encoding="latin-1")
    ids = pd.Index(samples).unique()
    disease = table.drop_duplicates("sample").set_index("sample")[DISEASE].reindex(ids)
    types = disease.str.lower().map(DISEASES)
    types = types.where(types.notna(), None)
    codes = ids.to_series().str.extract(r"^TCGA-..-....-(\d\d)")[0]
    usable = codes.isin([PRIMARY, BLOOD]) | ((codes == METASTASIS) & types.isin(BY_METASTASES))
    by_code = codes[usable].sort_values(kind="stable").index
    tumors = ids[ids.isin(by_code[~by_code.str[:PATIENT_CHARACTERS].duplicated()])]
    if tumors.empty:
        what = f"none of its {count(len(ids), 'sample')} is a primary tumor of TCGA: {some(ids, 3)}"
        raise InputError.single(what, EXPRESSION.name, "Give the table of TCGA, TARGET and GTEx.")
    problems = _report_left_out(codes, usable, tumors)
    unknown = disease[tumors][types[tumors].isna()].fillna("(none)").value_counts()
    if len(unknown):
        diseases = some(f"{name} ({n})" for name, n in unknown.items())
        what = f"tumors of diseases that are not known: {diseases}"
        problems.append(Problem(what, f"{phenotype.name}, column {DISEASE}", "They get no type.", "warning"))
    return types[tumors].rename("cancer_type"), problems


def _report_left_out(codes: pd.Series, usable: pd.Series, tumors: pd.Index) -> list[Problem]:
    """Count the samples that are not used, by the reason."""
    ids = codes.index
    reasons = pd.Series("others", ids)
    reasons[codes.notna()] = "recurrences, metastases and further tumors (other sample codes)"
    reasons[codes.str.startswith("1", na=False)] = "normal tissue next to a tumor (sample codes 10 to 19)"
    reasons[ids.str.startswith("GTEX-")] = "normal tissue of GTEx"
    reasons[ids.str.startswith("TARGET-")] = "childhood cancers of TARGET"
    reasons[usable] = "further samples of a patient"
    left_out = reasons[~ids.isin(tumors)].value_counts()
    if left_out.empty:
        return []
    parts = "; ".join(f"{n:,} {reason}" for reason, n in left_out.items())
    what = f"{left_out.sum():,} of {count(len(ids), 'sample')} left out: {parts}"
    return [Problem(what, EXPRESSION.name, "Nothing to do.", "warning")]


def read_samples(path: Path) -> list[str]:
    """Return the sample ids of the expression table.

    Raises
    ------
    InputError
        If it cannot be read, or its first line holds no ids.
    """
    with intact(path):
        first = next(_blocks(path, lambda share: None, 2**20), [b""])[0]
    return _samples(first, path)


def read_expression(
    path: Path, samples: Sequence[str], genes: Sequence[str], progress: Progress
) -> tuple[RawTable, dict[str, int]]:
    """Read some genes of some samples from the expression table, a block of lines at a time.

    One thread unpacks while another reads the numbers of the wanted genes; memory is that of the result and of a few
    blocks.

    Parameters
    ----------
    samples
        Ids of the wanted samples.
    genes
        Current HGNC symbols of the wanted genes.
    progress
        Told which share of the file is read.

    Returns
    -------
    The wanted genes x the wanted samples; and `n_samples` and `n_genes` of the file, and `n_genes_unmapped`, those
    without a current symbol.

    Raises
    ------
    InputError
        If the file is cut off or damaged, a line has not as many cells as the first, a cell holds no number, or the
        values are not log2(TPM+0.001).
    """
    wanted, header, reader = frozenset(genes), [], None
    labels, values, n_genes, n_unmapped = [], [], 0, 0
    with intact(path):
        for lines in _blocks(path, lambda share: progress(share, f"Reading {path.name}")):
            if reader is None:
                header = _samples(lines.pop(0), path)
                reader = _Rows(header, samples)
            names = [line[: line.find(b"\t")].decode("utf-8", "replace") for line in lines]
            symbols = match_genes(names).symbols
            n_genes += len(names)
            n_unmapped += sum(symbol is None for symbol in symbols)
            if keep := [i for i, symbol in enumerate(symbols) if symbol in wanted]:
                labels += [names[i] for i in keep]
                values.append(reader.read([lines[i] for i in keep]))
    if not values:
        what = f"none of its {count(n_genes, 'gene')} is in the table of cell lines"
        raise InputError.single(what, path.name, "Give the tables as their sources publish them.")
    raw = RawTable(path.name, np.concatenate(values), list(samples), {"gene": labels})
    lowest = float(np.nanmin(raw.values))
    if not LOWEST - 0.01 < lowest < LOWEST + 0.01:
        what = f"the lowest value is {lowest:.2f}, not {LOWEST:.2f}, the log2 of 0.001: it is not in {UNIT}"
        raise InputError.single(what, path.name, f"Give the file at {EXPRESSION.url}.")
    return raw, {"n_samples": len(header), "n_genes": n_genes, "n_genes_unmapped": n_unmapped}


def _samples(line: bytes, path: Path) -> list[str]:
    names = [name.strip() for name in line.decode("utf-8", "replace").split("\t")]
    if len(names) < 2:
        what = f"the first line is no list of samples: {names[0][:40]!r}"
        raise InputError.single(what, path.name, "Delete it, to have it downloaded again.")
    return names[1:]


class _Rows:
    """Reader of lines of numbers: the cells of the wanted samples, as float32."""

    def __init__(self, header: list[str], samples: Sequence[str]):
        position = {sample: str(j + 1) for j, sample in enumerate(header)}
        columns = [position[sample] for sample in samples]
        self.options = (
            pa_csv.ReadOptions(column_names=[str(j) for j in range(len(header) + 1)], block_size=2 * BLOCK),
            pa_csv.ParseOptions(delimiter="\t", quote_char=False),
            pa_csv.ConvertOptions(include_columns=columns, column_types=dict.fromkeys(columns, pa.float32())),
        )

    def read(self, lines: list[bytes]) -> np.ndarray:
        table = pa_csv.read_csv(pa.BufferReader(b"\n".join(lines)), *self.options)
        (batch,) = table.combine_chunks().to_batches()
        return batch.to_tensor(null_to_nan=True, row_major=True).to_numpy()


def _blocks(path: Path, report: Callable[[float], None], n_bytes: int = BLOCK) -> Iterator[list[bytes]]:
    """Return the lines of a text, packed or not, a block at a time; the next block is unpacked meanwhile."""
    size = path.stat().st_size
    with pa.OSFile(str(path)) as file, ThreadPoolExecutor(1) as thread:
        stream = pa.CompressedInputStream(file, "gzip") if is_gzip(path) else file
        coming, rest = thread.submit(stream.read, n_bytes), b""
        while block := coming.result():
            report(file.tell() / size)
            coming = thread.submit(stream.read, n_bytes)
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            if lines:
                yield lines
        if rest:
            yield [rest]
