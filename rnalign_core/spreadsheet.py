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

FORMULA = r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]"  # the last four are of full width
DECIMALS = 4
ROWS_AT_A_TIME = 500


def stamped(provenance: Sequence[str]) -> list[str]:
    """Return the lines of provenance with what made the file, and when."""
    made = f"made with RNAlign {rnalign_core.__version__} on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return [*provenance, made]


def comment_lines(provenance: Sequence[str]) -> str:
    """Return provenance as the lines that a CSV begins with, each after ``# ``.

    Spreadsheets split them into cells, at commas, semicolons or tabs: none of these is a formula, and none opens a
    quotation that would reach into the table.
    """
    return "".join(f"# {_comment(str(line))}\n" for line in provenance)


def _comment(line: str) -> str:
    shown = "".join(character if character.isprintable() else " " for character in line)
    words = " ".join(shown.split()).replace('"', "'")
    return re.sub(rf"([,;])(?={FORMULA})", r"\1'", words)


def harmless(value: object) -> object:
    """Return text so that no spreadsheet runs it, on one line, since a formula may hide behind a line break.

    What would be run is preceded by an apostrophe, also where semicolons or tabs are taken to separate cells.
    """
    if not isinstance(value, str):
        return value
    line = re.sub(rf"([;\t])(?={FORMULA})", r"\1'", re.sub(r"[\r\n]+", " ", value))
    return "'" + line if re.match(rf"{FORMULA}|[\t\r\n]", value) else line


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
