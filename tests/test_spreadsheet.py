"""Large tables as CSV: the numbers, where they come from, and nothing that runs."""

import csv

import numpy as np
import pandas as pd
import pytest

from rnalign_core.spreadsheet import ROWS_AT_A_TIME, harmless, stamped, write_matrix


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
    line = text.replace("\r", " ").replace("\n", " ")
    assert rows[0][1] == f"'{line}g"
    assert [row[0] for row in rows[1:]] == [f"'{line}", 'say "hi" =1+1']
    assert all(cell == harmless(cell) for row in rows for cell in row[:1])


def test_numbers_keep_their_sign(tmp_path):
    table = pd.DataFrame({"g": [-1.5, 0]}, ["a", "b"])
    write_matrix(table, tmp_path / "m.csv", [])
    assert (tmp_path / "m.csv").read_text().splitlines()[1:] == ['"a",-1.5', '"b",0']


def test_the_stamp_is_the_last_line():
    assert stamped(["a"])[0] == "a"
    assert stamped(["a"])[-1].startswith("made with RNAlign ")
