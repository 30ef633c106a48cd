"""Reading TCGA's table of expression at its real size: speed beside the gzip stream, and memory of making a cohort.

    python benchmarks/read_table.py [--genes 60000] [--samples 19000] [--lines 1600] [--check]

Tables are made up in the layouts of UCSC Xena and DepMap, in a temporary folder that needs about 2 GB and is removed:
values of as many digits as in the real files, half of them 0 TPM, from so few different ones that the packed table is
about as large as the real one. `zcat | wc -l`, reading the wanted genes of the wanted samples, and the whole way to a
cohort are timed one after the other, each in a process of its own, whose largest resident size is its memory. Processor
time stands beside the time on the clock: on a busy machine it tells more.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd

from rnalign_core.sources import depmap, labels, xena
from rnalign_core.sources.tcga_ccle import FILES, build_tcga_ccle

N_WORDS = 2_000  # different numbers in a table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--genes", type=int, default=60_000, metavar="N")
    parser.add_argument("--samples", type=int, default=19_000, metavar="N")
    parser.add_argument("--lines", type=int, default=1_600, metavar="N")
    parser.add_argument("--max-gb", type=float, default=6, metavar="X", help="limit of memory (default: 6)")
    parser.add_argument(
        "--max-ratio", type=float, default=1.5, metavar="X", help="limit of reading to zcat (default: 1.5)"
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if a limit is exceeded")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rnalign-read-table-") as folder:
        free = shutil.disk_usage(folder).free
        needed = 1.5 * arguments.genes * arguments.samples + 1e9
        if free < needed:
            parser.error(f"{folder} has {free / 1e9:.1f} GB free, {needed / 1e9:.1f} GB are needed")
        n_bytes = make_tables(Path(folder), arguments.genes, arguments.samples, arguments.lines)
        return measure(Path(folder), n_bytes, arguments)


def measure(folder: Path, n_bytes: int, limits: argparse.Namespace) -> int:
    """Print the measured values; return the exit code."""
    table = folder / xena.EXPRESSION.name
    print(
        f"{limits.genes:,} genes x {limits.samples:,} samples: {table.stat().st_size / 1e9:.2f} GB packed, "
        f"{n_bytes / 1e9:.2f} GB unpacked; {limits.lines:,} cell lines"
    )
    zcat = timed(count_lines, table)
    rows = {"zcat | wc -l": zcat, "read": timed(read_tumors, folder), "cohort": timed(build, folder)}
    for name, row in rows.items():
        print(
            f"{name:12} {row.seconds:7.1f} s {row.cpu:7.1f} s of processor {n_bytes / 1e6 / row.seconds:5.0f} MB/s "
            f"{row.seconds / zcat.seconds:5.2f} x zcat {row.gigabytes:6.2f} GB  {row.result}"
        )
    slow = rows["read"].seconds > limits.max_ratio * zcat.seconds
    large = max(row.gigabytes for row in rows.values()) > limits.max_gb
    if slow or large:
        print(f"exceeded: {'time ' if slow else ''}{'memory' if large else ''}")
    return int(limits.check and (slow or large))


@dataclass(frozen=True)
class Row:
    """Seconds on the clock and of processor time that some work took, its largest resident size, and its result."""

    seconds: float
    cpu: float
    gigabytes: float
    result: str


def timed(work: Callable[[Path], str], path: Path) -> Row:
    """Do some work in a new process."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, path, sender))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        sys.exit(f"{work.__name__} failed")
    finally:
        process.join()


def _run(work: Callable[[Path], str], path: Path, sender) -> None:
    start = time.perf_counter()
    result = work(path).strip()
    seconds = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    sender.send(Row(seconds, cpu, max(one.ru_maxrss for one in used) / 1e6, result))


def count_lines(table: Path) -> str:
    with subprocess.Popen(["zcat", str(table)], stdout=subprocess.PIPE) as zcat:
        return subprocess.run(
            ["wc", "-l"], stdin=zcat.stdout, capture_output=True, text=True, check=True
        ).stdout


def read_tumors(folder: Path) -> str:
    table, phenotype = folder / xena.EXPRESSION.name, folder / xena.PHENOTYPE.name
    tumors, _ = xena.choose_tumors(xena.read_samples(table), phenotype)
    raw, *_ = xena.read_expression(table, tumors.index, coding_genes()["symbol"], lambda *now: None)
    return "{:,} genes x {:,} tumors".format(*raw.values.shape)


def build(folder: Path) -> str:
    cohort = build_tcga_ccle(folder, offline=True).cohort
    return f"{cohort.n_obs:,} samples x {cohort.n_vars:,} genes"


def coding_genes() -> pd.DataFrame:
    with as_file(files("rnalign_core.cohort") / "gene_ids.tsv.gz") as path:
        genes = pd.read_csv(path, sep="\t", comment="#", dtype=str, keep_default_na=False)
    return genes[(genes["kind"] == "protein-coding") & (genes["ensembl"] != "") & (genes["entrez"] != "")]


def make_tables(folder: Path, n_genes: int, n_samples: int, n_lines: int) -> int:
    """Write the six files; return how many bytes the table of tumors has unpacked."""
    rng = np.random.default_rng(0)
    genes = coding_genes()[: n_genes // 3]
    tpm = rng.gamma(0.5, 30, N_WORDS)
    samples = sample_ids(n_samples)
    names = [f"{ensembl.split('|')[0]}.{i % 15 + 1}" for i, ensembl in enumerate(genes["ensembl"])]
    names += [f"ENSG9{i:010d}.1" for i in range(n_genes - len(names))]
    words = [b"-9.9658", *(b"%.4f" % value for value in np.log2(tpm + 0.001))]
    with gzip.open(folder / xena.EXPRESSION.name, "wb", compresslevel=4) as file:
        n_bytes = write_rows(file, b"\t", ["sample", *samples], rng.permutation(names), words, rng)
    pairs = [f"{s} ({e.split('|')[0]})" for s, e in zip(genes["symbol"], genes["entrez"], strict=True)]
    words = [b"0.0", *(b"%.15g" % value for value in np.round(np.log2(tpm + 1), 6))]
    lines = [f"ACH-{i:06d}" for i in range(n_lines)]
    with (folder / depmap.EXPRESSION.name).open("wb") as file:
        write_rows(file, b",", ["", *pairs], lines, words, rng)
    write_labels(folder, samples, lines)
    for file in FILES:
        assert (folder / file.name).is_file()
    return n_bytes


def sample_ids(n_samples: int) -> list[str]:
    """Return ids in the shares of TCGA, TARGET and GTEx: half are primary tumors."""
    kinds = ["TCGA-{}-01"] * 50 + ["TCGA-{}-11"] * 4 + ["TARGET-10-{}-09"] * 4 + ["GTEX-{}-0005"] * 42
    return [kinds[i % 100].format(f"{i // 10_000:02d}-{i % 10_000:04d}") for i in range(n_samples)]


def write_rows(file, separator: bytes, header: list[str], names: list[str], words: list[bytes], rng) -> int:
    """Write rows of random words, half of them the first one; return how many bytes that were."""
    words = np.array(words, dtype=object)
    n_bytes = file.write(separator.join(name.encode() for name in header) + b"\n")
    for name in names:
        chosen = rng.integers(1, len(words), len(header) - 1)
        chosen[rng.random(len(chosen)) < 0.5] = 0
        n_bytes += file.write(separator.join([name.encode(), *words[chosen]]) + b"\n")
    return n_bytes


def write_labels(folder: Path, samples: list[str], lines: list[str]) -> None:
    diseases = [name.title() for name in xena.DISEASES]
    disease = [diseases[i % len(diseases)] for i in range(len(samples))]
    pd.DataFrame({"sample": samples, xena.DISEASE: disease}).to_csv(
        folder / xena.PHENOTYPE.name, sep="\t", index=False, encoding="latin-1"
    )
    pd.DataFrame({"array": samples, "purity": 0.7}).to_csv(folder / labels.PURITY.name, sep="\t", index=False)
    pd.DataFrame({"sampleID": samples, "Subtype_mRNA": None, "Subtype_Selected": "X.a"}).to_csv(
        folder / labels.SUBTYPES.name, sep="\t", index=False
    )
    codes = ["LUAD", "IDC", "COAD", "HGSOC"]
    pd.DataFrame(
        {
            "ModelID": lines,
            "StrippedCellLineName": lines,
            "OncotreeCode": [codes[i % 4] for i in range(len(lines))],
            "OncotreePrimaryDisease": "cancer",
        }
    ).to_csv(folder / depmap.MODELS.name, index=False)


if __name__ == "__main__":
    sys.exit(main())
