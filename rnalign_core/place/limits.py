"""How large an upload may be, and how unlike all types a sample that is still called."""

from __future__ import annotations

import gzip
from pathlib import Path

import h5py
import numpy as np
import pyarrow.parquet as pa_parquet

from rnalign_core.cohort.words import count
from rnalign_core.problems import Problem

MAX_BYTES = 200_000_000
MAX_EXPANDED = 2_000_000_000  # bytes in memory; files are compressed
MAX_SAMPLES = 5_000
UNLIKE = 0.9  # share of samples of known types that are less unlike; measured: docs/decisions/012
_BLOCK = 1 << 24


def check_files(*paths: Path | None) -> list[Problem]:
    """Report files that are too large; what else is wrong with them is for the readers to say."""
    problems = []
    for path in map(Path, filter(None, paths)):
        n_bytes = path.stat().st_size if path.is_file() else 0
        if n_bytes > MAX_BYTES:
            what = f"{n_bytes / 1e6:,.0f} MB, more than {MAX_BYTES / 1e6:,.0f} MB"
            problems.append(Problem(what, path.name, "Give fewer samples, or parquet, which is smaller."))
        elif n_bytes and _expanded(path) > MAX_EXPANDED:
            what = f"more than {MAX_EXPANDED / 1e9:g} GB when it is read"
            problems.append(Problem(what, path.name, "Give fewer samples, and expression alone."))
    return problems


def check_size(file: str, n_samples: int) -> list[Problem]:
    """Report too many samples."""
    if n_samples <= MAX_SAMPLES:
        return []
    fix = f"Place at most {MAX_SAMPLES:,} at a time."
    return [Problem(f"{count(n_samples, 'sample')}, more than {MAX_SAMPLES:,}", file, fix)]


def _expanded(path: Path) -> int:
    """Return about how many bytes a file takes when it is read, by its own account; 0 where it gives none."""
    name = path.name.lower()
    try:
        if name.endswith(".h5ad"):
            return _expanded_hdf5(path)
        if name.endswith((".parquet", ".pq")):
            about = pa_parquet.ParquetFile(path).metadata
            return max(
                about.num_rows * about.num_columns * 4,
                sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups)),
            )
        return _expanded_gzip(path)
    except Exception:  # damaged: the readers say how
        return 0


def _expanded_gzip(path: Path) -> int:
    total = 0
    with gzip.open(path) as stream:  # its own account of the size is modulo 4 GB, and not to be believed
        while total <= MAX_EXPANDED and (block := stream.read(_BLOCK)):
            total += len(block)
    return total


def _expanded_hdf5(path: Path) -> int:
    sizes = []

    def add(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset):
            sizes.append(item.size * item.dtype.itemsize)
        elif len(shape := np.atleast_1d(item.attrs.get("shape", ()))) == 2:  # sparse
            sizes.append(int(shape[0]) * int(shape[1]) * 4)

    with h5py.File(path) as file:
        file.visititems(add)
    return sum(sizes)
