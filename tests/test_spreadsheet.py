"""Large tables as CSV: the numbers, where they come from, and nothing that runs."""

import csv
import itertools

import numpy as np
import pandas as pd
import pytest

from rnalign_core.spreadsheet import ROWS_AT_A_TIME, comment_lines, harmless, stamped, write_matrix

SEPARATORS = [",", ";", "\t"]
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cells(text, separator):
    """Cells as spreadsheets see them, some of which leave out blanks at the start of a cell."""
    rows = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    return [version for row in rows for cell in row for version in (cell, cell.lstrip(" "))]


@pytest.fixture
def matrix():
    rng = np.random.default_rng(0)
    names = [f"s{i}" for i in range(2 * ROWS_AT_A_TIME + 1)]
    return pd.DataFrame(rng.normal(0, 5, (len(names), 3)), names, ["TP53", "MYC", "A,B"]).astype("float32")


def test_all_rows_come_back_with_four_decimals(matrix, tmp_path):
    write_matrix(matrix, tmp_path / "m.csv", ["cohort: x"])
    read = pd.read_csv(tmp_path / "m.csv", comment="#", index_col="sample_id")
    pd.testing.assert_frame_equal(
        read, matrix.round(4), check_dtype=False, check_names=False, rtol=0, atol=6e-6
    )


def test_provenance_is_on_top_and_a_line_each(matrix, tmp_path):
    write_matrix(matrix, tmp_path / "m.csv", ["cohort: x\n=1+1", "run: é"])
    assert (tmp_path / "m.csv").read_text("utf-8").splitlines()[:2] == ["# cohort: x =1+1", "# run: é"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_name_runs_as_a_formula(matrix, tmp_path, text):
    table = matrix.head(2).set_axis([text, 'say "hi"\n=1+1']).set_axis([text + "g", "b", "c"], axis=1)
    write_matrix(table, tmp_path / "m.csv", [])
    with (tmp_path / "m.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    line = text.replace("\r", " ").replace("\n", " ").replace("\t=", "\t'=")
    assert rows[0][1] == f"'{line}g"
    assert [row[0] for row in rows[1:]] == [f"'{line}", 'say "hi" =1+1']
    assert all(cell == harmless(cell) for row in rows for cell in row[:1])


@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_line_of_provenance_has_a_formula_in_a_cell(separator, matrix, tmp_path):
    """Titles are everything that may begin a cell and run, behind every separator."""
    starts = ["", " ", '"', '" ', "\r", "\n", "\x0b", "\x85", "\u2028", "\u00a0", "\ufeff", "\0", "'", '""']
    titles = [
        "".join(title)
        for title in itertools.product(
            ["Mine", '"', ""], [*SEPARATORS, ""], starts, ["=1", "+1", "-1", "@A()"]
        )
    ]
    write_matrix(matrix.head(2), tmp_path / "m.csv", [f"cohort: {title}" for title in titles])
    text = (tmp_path / "m.csv").read_bytes().decode()
    assert [line[:2] for line in text.splitlines()] == ["# "] * len(titles) + ['"s', *['"s'] * 2]
    comments = "".join(text.splitlines(keepends=True)[: len(titles)])
    assert [cell for cell in cells(comments, separator) if cell.startswith(FORMULAS)] == []
    assert len(list(csv.reader(text.splitlines(), delimiter=separator))) == len(titles) + 3
    assert pd.read_csv(tmp_path / "m.csv", comment="#").shape == (2, 4)


def test_provenance_stays_readable():
    line = 'nearest tumors of A,@SUM(1); settings: {"w": -1,"v": "full"}; 5 - 3, a+b'
    assert comment_lines([line]) == (
        "# nearest tumors of A,'@SUM(1); settings: {'w': -1,'v': 'full'}; 5 - 3, a+b\n"
    )


@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_name_hides_a_formula_behind_a_separator(separator, tmp_path):
    names = [f"ER{separator}{blank}{formula}1" for blank in ("", " ") for formula in FORMULAS[:4]]
    table = pd.DataFrame({"g": range(len(names))}, names)
    write_matrix(table, tmp_path / "m.csv", [])
    found = cells((tmp_path / "m.csv").read_text(), separator)
    assert [cell for cell in found if cell.startswith(FORMULAS)] == []


def test_numbers_keep_their_sign(tmp_path):
    table = pd.DataFrame({"g": [-1.5, 0]}, ["a", "b"])
    write_matrix(table, tmp_path / "m.csv", [])
    assert (tmp_path / "m.csv").read_text().splitlines()[1:] == ['"a",-1.5', '"b",0']


def test_the_stamp_is_the_last_line():
    assert stamped(["a"])[0] == "a"
    assert stamped(["a"])[-1].startswith("made with RNAlign ")
