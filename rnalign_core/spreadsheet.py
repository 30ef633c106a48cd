"""CSV files: where they come from is on top, and no cell runs as a formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

import rnalign_core

DANGEROUS_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
DECIMALS = 4
ROWS_AT_A_TIME = 500


def stamped(provenance: Sequence[str]) -> list[str]:
    """Return the lines of provenance with what made the file, and when."""
    made = f"made with RNAlign {rnalign_core.__version__} on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return [*provenance, made]


def comment_lines(provenance: Sequence[str]) -> str:
    """Return provenance as the lines that a CSV begins with, each after ``# ``."""
    return "".join(f"# {' '.join(str(line).split())}\n" for line in provenance)


def harmless(value: object) -> object:
    """Return text so that no spreadsheet runs it, on one line, since a formula may hide behind a line break.

    Text that would be run is preceded by an apostrophe.
    """
    if not isinstance(value, str):
        return value
    line = re.sub(r"[\r\n]+", " ", value)
    return "'" + line if value.startswith(DANGEROUS_STARTS) else line


def write_matrix(matrix: pd.DataFrame, path: Path, provenance: Sequence[str]) -> None:
    """Write a large table of numbers as CSV below its provenance, four decimals, a part of the rows at a time.

    Parameters
    ----------
    matrix
        Numbers, with texts as names of rows and columns.
    path
        The file; it is replaced.
    provenance
        Where the table comes from.
    """
    index = pa.array(matrix.index.map(harmless).astype(str))
    names = [matrix.index.name or "sample_id", *map(harmless, matrix.columns)]
    schema = pa.schema([(names[0], pa.string()), *((name, pa.float32()) for name in names[1:])])
    options = pa_csv.WriteOptions(quoting_style="needed")
    with path.open("wb") as file:
        file.write(comment_lines(provenance).encode())
        with pa_csv.CSVWriter(file, schema, write_options=options) as writer:
            for start in range(0, len(matrix), ROWS_AT_A_TIME):
                rows = slice(start, start + ROWS_AT_A_TIME)
                values = matrix.iloc[rows].to_numpy("float32").round(DECIMALS)
                writer.write(pa.Table.from_arrays([index[rows], *values.T.copy()], schema=schema))
