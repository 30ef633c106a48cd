"""Files that users upload: kept in their session's memory, read by way of private files that are deleted at once."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from rnalign_core.cohort import TableReport
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.text import plain

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_WORKBOOKS = ["xlsx", "xls"]  # the readers say how to save these
EXPRESSION_KINDS = ["csv", "tsv", "tab", "txt", "gct", "parquet", "h5ad", "gz", *_WORKBOOKS]
SAMPLES_KINDS = ["csv", "tsv", "tab", "txt", "parquet", "gz", *_WORKBOOKS]
FOUND_OUT = "found out"
REPORT_COLUMNS = {
    "file": "File",
    "n_samples": "Samples",
    "n_genes": "Genes",
    "orientation": "Rows x columns",
    "gene_ids": "Genes are named by",
    "unit": "Unit",
    "unit_evidence": "Why this unit",
    "n_genes_unmapped": "Genes without a current symbol (left out)",
    "n_genes_collapsed": "Genes averaged with another of the same symbol",
}


@dataclass(frozen=True)
class Upload:
    """An uploaded file.

    Parameters
    ----------
    name
        File name, as the user's computer has it.
    data
        Its bytes.
    """

    name: str
    data: bytes

    @classmethod
    def of(cls, file: UploadedFile) -> Upload:
        """Take over what Streamlit holds; the bytes are not copied."""
        return cls(Path(file.name).name, file.getvalue())

    @cached_property
    def sha256(self) -> str:
        """Hash of the bytes, which tells uploads apart."""
        return hashlib.sha256(self.data).hexdigest()


@contextmanager
def private_files(uploads: Sequence[Upload]) -> Iterator[list[Path]]:
    """Yield the paths of uploads, as files that this user alone can read; they are deleted on leaving."""
    with tempfile.TemporaryDirectory(prefix="rnalign-upload-") as folder:  # of mode 0700
        paths = []
        for i, upload in enumerate(uploads):
            path = Path(folder) / str(i) / upload.name  # two files may have the same name
            path.parent.mkdir()
            path.touch(0o600)
            path.write_bytes(upload.data)
            paths.append(path)
        yield paths


def numbered(names: Iterable[str]) -> list[str]:
    """Return names with a number after the second and further ones of the same."""
    seen = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def report_table(reports: Sequence[TableReport]) -> None:
    """Show what was found out about expression files, a column a file."""
    report = pd.DataFrame([asdict(table) for table in reports]).rename(columns=REPORT_COLUMNS)
    report = report.set_index("File").T.rename_axis("")
    report.columns = [plain(name) for name in numbered(report.columns)]
    st.table(report.map(lambda value: f"{value:,}" if isinstance(value, int) else plain(value)))


def correction(label: str, options: Sequence[str], key: str, help_: str | None = None) -> str | None:
    """Let the user say with one click how to read a file; None where it is to be found out."""
    chosen = one_of(label, {option: option for option in (FOUND_OUT, *options)}, key, help=help_)
    return None if chosen == FOUND_OUT else chosen
