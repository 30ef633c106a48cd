"""Reading files: from CSV, parquet or h5ad to numbers and names, whichever way round the table lies."""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import string
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
from scipy import sparse

from rnalign_core.cohort.hdf5 import WITH_SPARSE, check_h5ad
from rnalign_core.cohort.words import count
from rnalign_core.problems import InputError

_T = TypeVar("_T")

_TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".gct")
_LINE_LIMIT = 64_000_000
_HEAD = 4_000_000  # characters that are looked at before a table of text is read
_ENOUGH = 20_000  # cells that tell the decimal sign
_BARE = str.maketrans("", "", string.punctuation + " ")
_GENE_NAMES = {"geneid", "genename", "ncbigeneid", "description"}
_GENE_POSITIONS = {"chr", "chrom", "chromosome", "start", "end", "strand"}
_NO_EXPRESSION = {"length", "genelength", "effectivelength", *_GENE_POSITIONS}
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_H5AD_PARTS = ("X", "obs", "var")
_H5AD_BYTES = 10**10  # 60,000 genes x 19,000 samples take 9.1e9 in float64
_MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "-")
_BINARY = "not readable as text: the file is binary, an Excel workbook, or not in UTF-8"
_SAVE_AGAIN = "Save the table again as CSV (UTF-8), parquet or h5ad."


@dataclass
class RawTable:
    """A table as it stands in a file.

    Parameters
    ----------
    file
        File name, without its folder.
    values
        float32 array of shape (n_rows, n_columns); NaN where a cell is empty or is not a number.
    columns
        Name of each column of `values`.
    row_names
        Text columns by name, each of length n_rows: the candidates for the names of the rows.
    text_cells
        One row per cell of `values` that holds text: its `row` and `column` position and its `text`.
    left_out
        Columns that say where genes lie and how long they are.
    """

    file: str
    values: np.ndarray
    columns: list[str]
    row_names: dict[str, list[str]]
    text_cells: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["row", "column", "text"]))
    left_out: list[str] = field(default_factory=list)


@np.errstate(over="ignore")  # what is too large for float32 becomes infinite, and is reported as that
def read_numbers(path: Path) -> RawTable:
    """Read an expression file: `.h5ad` (its `X`), `.parquet`, or `.csv`, `.tsv`, `.txt`, `.gct`, also `.gz`.

    Lines above the column names that begin with ``#`` are passed over. Columns that are called like names of genes
    (``Entrez_Gene_Id``) are candidates for the names of the rows, and columns that say where genes lie and how long
    they are (``Start``, ``Length``) are left out, though they hold numbers.

    Raises
    ------
    InputError
        If the file is missing, empty, damaged, of another format, or without names for its rows.
    """
    if _format(path) == "h5ad":
        return _guarded(_read_h5ad, path)
    table, names, n_index, decimal = _guarded(_read_arrow, path)
    raw = _split(path.name, table, names, n_index, decimal)
    if not raw.row_names:
        what = "no column holds the names of the rows"
        raise InputError.single(what, path.name, "Put sample ids or gene names into the first column.")
    if not raw.values.size:
        what = f"no numbers: {len(raw.columns)} numeric columns, {table.num_rows} rows"
        raise InputError.single(what, path.name, "Give samples and genes as rows and columns of numbers.")
    return raw


def read_text(path: Path) -> pd.DataFrame:
    """Read a small table (`.csv`, `.tsv`, `.txt`, also `.gz`, or `.parquet`) as stripped text.

    Empty cells and the usual words for "missing" become None. Column names are kept, even if repeated.

    Raises
    ------
    InputError
        If the file is missing, empty, damaged or of another format.
    """
    if _format(path) == "h5ad":
        raise InputError.single("h5ad is not a table of samples", path.name, "Give it as CSV or parquet.")
    table, names, *_ = _guarded(lambda p: _read_arrow(p, as_text=True), path)
    columns = [_as_text(table.column(j)).str.strip() for j in range(table.num_columns)]
    frame = pd.DataFrame(dict(enumerate(columns)), dtype=object)
    frame.columns = names
    return frame.where(frame.notna() & ~frame.isin(_MISSING), None)


def _format(path: Path) -> str:
    """Return ``"h5ad"``, ``"parquet"`` or ``"text"``, or raise what is wrong with the file as a whole."""
    name = path.name.lower()
    if path.is_dir():
        raise InputError.single("this is a folder", path.name, "Name the file inside it.")
    if not path.is_file():
        raise InputError.single("there is no such file", str(path), "Check the path.")
    if path.stat().st_size == 0:
        raise InputError.single("the file is empty", path.name, "Export or upload it again.")
    if name.endswith(".h5ad"):
        return "h5ad"
    if name.endswith((".parquet", ".pq")):
        return "parquet"
    if name.removesuffix(".gz").endswith(_TEXT_SUFFIXES):
        return "text"
    if name.endswith((".xlsx", ".xls", ".xlsm", ".ods")):
        fix = "Open it and save the sheet with the table as CSV (UTF-8)."
        raise InputError.single("spreadsheet workbooks are not read", path.name, fix)
    what = f"files ending in {path.suffix or 'nothing'} are not read"
    raise InputError.single(what, path.name, "Give .h5ad, .parquet, .csv, .tsv or .txt (these also as .gz).")


def _guarded(read: Callable[[Path], _T], path: Path) -> _T:
    """Run a reader; damaged files make the libraries raise errors of many kinds, which become one."""
    try:
        return read(path)
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError.single(_BINARY, path.name, _SAVE_AGAIN) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        what = f"the compressed file is damaged or cut off ({error})"
        raise InputError.single(what, path.name, "Copy or download it again.") from error
    except Exception as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        what = f"damaged, cut off, or not what its name says ({reason})"
        raise InputError.single(what, path.name, "Copy it again. " + _SAVE_AGAIN) from error


def _read_h5ad(path: Path) -> RawTable:
    check_h5ad(path, _H5AD_BYTES, only=_H5AD_PARTS, encodings=WITH_SPARSE)
    with h5py.File(path) as file:
        if missing := [name for name in _H5AD_PARTS if name not in file]:
            what = f"`{missing[0]}` is empty"
            raise InputError.single(what, path.name, "Put the expression matrix into `X`.")
        matrix, obs, var = (ad.io.read_elem(file[name]) for name in _H5AD_PARTS)
    if 0 in matrix.shape:
        raise InputError.single("`X` is empty", path.name, "Put the expression matrix into `X`.")
    if 4 * math.prod(matrix.shape) > _H5AD_BYTES:
        what = f"`X` is {matrix.shape[0]:,} x {matrix.shape[1]:,}, too large"
        raise InputError.single(what, path.name, "Give fewer samples or genes.")
    matrix = matrix.toarray() if sparse.issparse(matrix) else matrix
    rows, columns = ([str(name).strip() for name in table.index] for table in (obs, var))
    return RawTable(path.name, np.asarray(matrix, dtype=np.float32), columns, {"obs_names": rows})


def _read_arrow(path: Path, *, as_text: bool = False) -> tuple[pa.Table, list[str], int, str]:
    """Return the table of a text or parquet file, its column names, how many are an index, and the decimal sign."""
    if _format(path) == "text":
        table, names, decimal = _read_delimited(path, as_text=as_text)
        return table, names, 0, decimal
    table = pa_parquet.ParquetFile(path).read()
    index = [n for n in (table.schema.pandas_metadata or {}).get("index_columns", []) if isinstance(n, str)]
    positions = [table.column_names.index(n) for n in index]
    positions += [j for j in range(table.num_columns) if j not in set(positions)]
    table = table.select(positions)
    return table, [str(n).strip() for n in table.column_names], len(index), "."


def _read_delimited(path: Path, *, as_text: bool) -> tuple[pa.Table, list[str], str]:
    header, rows, n_skip = _head(path)
    separator = _separator(header, rows, path.name)
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator))]
    first = next(csv.reader(rows[:1], delimiter=separator))
    if len(first) == len(names) + 1:  # R's write.table leaves out the name of the first column
        names.insert(0, "")
    decimal = "." if as_text else _decimal_sign(rows, separator, path.name)
    text = {0} | {j for j, cell in enumerate(first) if not _is_number(cell, decimal)}
    text |= {j for j, name in enumerate(names) if _names_genes(name)}
    keys = [str(j) for j in range(len(names))]  # names may be repeated, these are not
    ragged: list[str] = []

    def note(row: pa_csv.InvalidRow) -> str:
        ragged.append(f"{row.text[:25]!r} has {row.actual_columns}")
        return "skip"

    def read(text: set[int]) -> pa.Table:
        ragged.clear()
        with pa.input_stream(path, compression="gzip" if is_gzip(path) else None) as stream:
            return pa_csv.read_csv(
                stream,
                pa_csv.ReadOptions(column_names=keys, skip_rows=n_skip, block_size=1 << 25),
                pa_csv.ParseOptions(delimiter=separator, invalid_row_handler=note),
                pa_csv.ConvertOptions(
                    column_types={k: pa.string() if int(k) in text else pa.float32() for k in keys},
                    null_values=_MISSING,
                    strings_can_be_null=True,
                    decimal_point=decimal,
                ),
            )

    everything = set(range(len(names)))
    try:
        table = read(everything if as_text else text)
    except pa.ArrowInvalid:  # text further down in a column of numbers: read all as text to name every cell
        if as_text:
            raise
        table = read(everything)
    if ragged:
        what = f"{count(len(ragged), 'row')} without {len(names)} cells: the one that starts with {ragged[0]}"
        raise InputError.single(what, path.name, "Write the table again with one cell per column.")
    return table, names, decimal


def _head(path: Path) -> tuple[str, list[str], int]:
    """Return the line of column names, the first rows, and the number of lines down to the column names.

    Blank lines are passed over, and those above the column names that begin with ``#``.
    """
    lines, numbers, n_lines, n_chars = [], [], 0, 0
    with (
        (gzip.open if is_gzip(path) else open)(path, "rb") as stream,
        io.TextIOWrapper(stream, encoding="utf-8-sig") as text,
    ):
        while n_chars < _HEAD or len(lines) - _n_comments(lines) < 2:
            if not (line := text.readline(_LINE_LIMIT)):
                break
            n_lines, n_chars = n_lines + 1, n_chars + len(line)
            if line.strip():
                lines.append(line.rstrip("\n"))
                numbers.append(n_lines)
    if any("\0" in line for line in lines):
        raise InputError.single(_BINARY, path.name, _SAVE_AGAIN)
    start = _n_comments(lines)
    if lines and re.fullmatch(r"#1\.3\W*", lines[0]):
        what = "GCT of version 1.3 is not read"
        raise InputError.single(what, path.name, "Save it as GCT 1.2, or as a table of genes and samples.")
    if len(lines) - start < 2:
        raise InputError.single("no rows below the column names", path.name, "Export or upload it again.")
    return lines[start], lines[start + 1 :], numbers[start]


def _n_comments(lines: Sequence[str]) -> int:
    """Return how many of the first lines stand above the column names."""
    n = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if n and re.fullmatch(r"#1\.2\W*", lines[0]):  # GCT: the numbers of rows and columns follow
        return min(n + 1, len(lines))
    if 0 < n < len(lines) and _names_columns(lines[n - 1], lines[n]):
        return n - 1
    return n


def _names_columns(comment: str, row: str) -> bool:
    """Return whether a line that begins with ``#`` names the columns: as many cells as below it, text above numbers."""
    separator = max("\t,;", key=comment.count)
    try:
        names, cells = (next(csv.reader([line], delimiter=separator)) for line in (comment, row))
    except csv.Error:  # a cell of more than its limit
        return False
    return 1 < len(names) == len(cells) and any(
        _is_number(cell, ",") and not _is_number(name, ",") for name, cell in zip(names, cells, strict=True)
    )


def _separator(header: str, rows: Sequence[str], file: str) -> str:
    """Return the separator that parts the first rows into the same number of cells, else the most frequent one."""
    found = sorted((s for s in "\t,;" if s in header), key=header.count, reverse=True)
    if not found:
        what = "only one column: no tab, comma or semicolon in the line of column names"
        raise InputError.single(what, file, _SAVE_AGAIN)
    return next((s for s in found if _is_even(header, rows[:20], s)), found[0])


def _is_even(header: str, rows: Sequence[str], separator: str) -> bool:
    try:
        n, *others = (len(cells) for cells in csv.reader([header, *rows], delimiter=separator))
    except csv.Error:  # a cell of more than its limit
        return False
    return 1 < others[0] in (n, n + 1) and len(set(others)) == 1


def _decimal_sign(rows: Sequence[str], separator: str, file: str) -> str:
    """Return the decimal sign of the numbers in rows, or raise that the commas in them part thousands."""

    def cells_with(sign: str, mark: str) -> Iterator[str]:
        parted = csv.reader((row for row in rows if mark in row), delimiter=separator)
        return islice((cell.strip() for cells in parted for cell in cells[1:] if sign in cell), _ENOUGH)

    mark = '"' if separator == "," else ","  # a cell that holds the separator is quoted
    with_comma = list(cells_with(",", mark))
    others = [cell for cell in with_comma if not _THOUSANDS.fullmatch(cell)]
    n_decimals = sum(_DECIMAL_COMMA.fullmatch(cell) is not None for cell in others)
    if n_decimals:
        n_points = sum(_is_number(cell, ".") for cell in cells_with(".", "."))
        return "," if n_decimals > n_points else "."
    if thousands := next((cell for cell in with_comma if _THOUSANDS.fullmatch(cell)), None):
        what = (
            f"every comma in a number is followed by three digits, as between thousands: such as {thousands}"
        )
        fix = "Write numbers without thousands separators, or with a point as decimal sign."
        raise InputError.single(what, file, fix)
    return "."


def _names_genes(column: str) -> bool:
    """Return whether a column of numbers that is called so holds names of genes."""
    called = column.lower().translate(_BARE)
    return called in _GENE_NAMES or called.startswith(("entrez", "ensembl"))


def is_gzip(path: Path) -> bool:
    """Return whether a file is compressed with gzip, whatever its name."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _is_number(cell: str, decimal: str) -> bool:
    cell = cell.strip()
    if cell in _MISSING:
        return True
    try:
        float(cell.replace(decimal, "."))
    except ValueError:
        return False
    return True


def _as_text(column: pa.ChunkedArray) -> pd.Series:
    try:
        return column.cast(pa.string()).to_pandas()
    except pa.ArrowException:  # lists and other nested cells
        return pd.Series([None if v is None else str(v) for v in column.to_pylist()], dtype=object)


def _split(file: str, table: pa.Table, names: list[str], n_index: int, decimal: str) -> RawTable:
    """Part the columns of a table into row names (text, or an index) and numbers."""
    values = np.empty((table.num_columns, table.num_rows), dtype=np.float32)
    columns, row_names, text_cells, left_out = [], {}, [], []
    for j, name in enumerate(names):
        if j >= max(n_index, 1) and name.lower().translate(_BARE) in _NO_EXPRESSION:
            left_out.append(name)
            continue
        column = table.column(j)
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            numbers, bad = column.to_numpy(), np.empty(0, dtype=int)
        else:
            numbers, bad = _parse(column, decimal)
        n_cells = table.num_rows - column.null_count
        is_name = j < n_index or (j > 0 and _names_genes(name))
        if is_name or len(bad) * 2 > n_cells or (j == 0 and np.array_equal(numbers, np.rint(numbers))):
            row_names.setdefault(name, _as_text(column).fillna("").str.strip().tolist())
            continue
        if len(bad):
            text = _as_text(column).to_numpy()[bad]
            text_cells.append(pd.DataFrame({"row": bad, "column": len(columns), "text": text}))
        values[len(columns)] = numbers
        columns.append(name)
    raw = RawTable(file, values[: len(columns)].T, columns, row_names, left_out=left_out)
    if text_cells:
        raw.text_cells = pd.concat(text_cells, ignore_index=True)
    return raw


def _parse(column: pa.ChunkedArray, decimal: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a text column as numbers, NaN where that fails, and the rows where it failed."""
    if decimal != ".":
        column = pc.replace_substring(pc.replace_substring(column, ".", "?"), decimal, ".")
    try:
        return column.cast(pa.float32()).to_numpy(), np.empty(0, dtype=int)
    except pa.ArrowException:
        text = _as_text(column)
        numbers = pd.to_numeric(text, errors="coerce")
        missing = text.isna() | text.isin(_MISSING)
        return numbers.to_numpy(dtype=np.float32), np.flatnonzero(numbers.isna() & ~missing)
