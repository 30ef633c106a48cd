import numpy as np
import pandas as pd
import pytest

from rnalign_core.cohort.read import RawTable
from rnalign_core.cohort.table import (
    GENES_X_SAMPLES,
    SAMPLES_X_GENES,
    check_cells,
    collapse,
    copy_cells,
    orient,
    select,
)
from rnalign_core.problems import InputError

KNOWN = pd.Index(["S1", "S2", "S3"])


def raw(rows, columns, values=None, **more_names):
    if values is None:
        values = np.arange(len(rows) * len(columns)).reshape(len(rows), -1)
    return RawTable("a.csv", np.asarray(values, dtype=np.float32), columns, {"id": rows, **more_names})


def whats(caught):
    return [p.what for p in caught.value.problems]


def test_either_way_round_gives_samples_x_genes():
    as_rows = orient(raw(["S1", "S2"], ["TP53", "KRAS", "junk"]), KNOWN)
    as_columns = orient(raw(["TP53", "KRAS", "junk"], ["S1", "S2"], [[0, 3], [1, 4], [2, 5]]), KNOWN)
    assert (as_rows.orientation, as_columns.orientation) == (SAMPLES_X_GENES, GENES_X_SAMPLES)
    for table in (as_rows, as_columns):
        assert table.samples == ["S1", "S2"]
        assert table.genes == ["TP53", "KRAS", "junk"]
        np.testing.assert_array_equal(table.values, [[0, 1, 2], [3, 4, 5]])


def test_sample_ids_that_could_be_entrez_ids_are_told_apart():
    table = orient(raw(["2", "9", "10"], ["TP53", "KRAS"]), pd.Index(["2", "9", "10"]))
    assert table.orientation == SAMPLES_X_GENES


def test_the_text_column_that_joins_names_the_rows():
    table = orient(raw(["0", "1"], ["TP53"], sequencing=["X1", "X2"], model=["S1", "S2"]), KNOWN)
    assert table.samples == ["S1", "S2"]
    assert table.left_out == ["id", "sequencing"]


def test_ids_are_preferred_to_names_that_follow_them(ensembl):
    names, ids = list(ensembl), [f"{i}.1" for i in ensembl.values()]
    ids[9] = "ENSG00000002586.20_PAR_Y"  # has a name, but no place among the genes
    table = orient(RawTable("a.csv", np.ones((10, 1), np.float32), ["S1"], {"id": ids, "name": names}), KNOWN)
    assert table.genes == ids
    ids[:5] = ["unknown"] * 5
    table = orient(RawTable("a.csv", np.ones((10, 1), np.float32), ["S1"], {"id": ids, "name": names}), KNOWN)
    assert table.genes == names


def test_neither_way_is_an_error():
    with pytest.raises(InputError, match="cannot tell samples from genes") as caught:
        orient(raw(["a", "b"], ["c", "d"]), KNOWN)
    assert "S1, S2, S3" in caught.value.problems[0].fix


def test_ids_that_do_not_join_are_shown_from_both_sides():
    with pytest.raises(
        InputError, match="none of its 4 samples is in the table of samples: a, b, c and 1"
    ) as caught:
        orient(raw(list("abcd"), ["TP53"]), KNOWN)
    assert "S1, S2, S3" in caught.value.problems[0].fix


def test_ids_changed_by_r_are_recognised_as_such():
    with pytest.raises(InputError) as caught:
        orient(raw(["TP53"], ["TCGA.OR.A5J1"]), pd.Index(["TCGA-OR-A5J1"]))
    assert "'TCGA.OR.A5J1' and 'TCGA-OR-A5J1' differ in punctuation" in caught.value.problems[0].fix


def test_unknown_genes_are_shown():
    with pytest.raises(InputError) as caught:
        orient(raw(["S1"], ["1007_s_at", "1053_at"]), KNOWN)
    assert whats(caught) == ["none of its 2 genes is a known human gene: 1007_s_at, 1053_at"]


def test_select_orders_as_the_table_of_samples_and_counts_what_it_leaves_out():
    table = orient(raw(["S3", "X", "S1"], ["junk", "TP53", "CTGF"]), KNOWN)
    smaller, problems = select(table, KNOWN)
    assert smaller.samples == ["S1", "S3"]
    assert smaller.genes == ["TP53", "CTGF"]
    assert smaller.match.symbols.tolist() == ["TP53", "CCN2"]
    np.testing.assert_array_equal(smaller.values, [[7, 8], [1, 2]])
    assert [p.severity for p in problems] == ["warning", "warning"]
    assert problems[0].what == "1 sample not in the table of samples, left out: X"
    assert problems[1].what.startswith("1 of 3 genes left out")
    assert problems[1].what.endswith(": junk")


def test_repeated_samples_are_errors_only_if_they_are_wanted():
    table = orient(raw(["S1", "S1", "X", "X"], ["TP53"]), KNOWN)
    errors = [p for p in select(table, KNOWN)[1] if p.severity == "error"]
    assert [p.what for p in errors] == ["1 sample more than once: S1"]


@pytest.mark.parametrize("transposed", [False, True])
def test_cells_that_are_no_numbers_are_named(transposed):
    values = np.array([[1, np.nan, np.inf], [np.nan, 2, 3], [9, np.nan, 9]])
    text = pd.DataFrame({"row": [1, 2], "column": [0, 1], "text": ["high", "not asked for"]})
    rows, columns = ["S1", "S2", "X"], ["TP53", "KRAS", "MYC"]
    if transposed:
        values, rows, columns = values.T, columns, rows
        text = text.rename(columns={"row": "column", "column": "row"})
    table = raw(rows, columns, values)
    table.text_cells = text
    problems = check_cells(select(orient(table, KNOWN), KNOWN)[0], KNOWN)
    assert [p.what for p in problems] == [
        "1 cell with text instead of a number: sample S2, gene TP53 ('high')",
        "1 cell in 1 sample without a value: sample S1, gene KRAS (nan)",
        "1 cell in 1 sample with an infinite value: sample S1, gene MYC (inf)",
    ]


def test_columns_of_text_are_errors_only_if_they_are_data():
    table = orient(raw(["S1", "S2"], ["TP53"], KRAS=["low", "high"], note=["a", "b"]), KNOWN)
    problems = check_cells(select(table, KNOWN)[0], KNOWN)
    assert [(p.severity, p.what) for p in problems] == [
        ("error", "1 column of text instead of numbers: KRAS"),
        ("warning", "1 column without expression left out: note"),
    ]
    table = orient(raw(["TP53", "KRAS"], ["S1"], S2=["low", "high"]), KNOWN)
    (problem,) = check_cells(select(table, KNOWN)[0], KNOWN)
    assert problem.what == "1 column of text instead of numbers: S2"


def test_collapse_averages_columns_of_one_gene():
    values = np.array([[1, 2, 3, 6], [5, 6, 7, 8]], dtype=np.float32)
    collapsed, genes = collapse(values, np.array(["B", "A", "B", "B"], dtype=object))
    assert genes.tolist() == ["B", "A"]
    np.testing.assert_allclose(collapsed, [[10 / 3, 2], [20 / 3, 6]], rtol=1e-6)


def test_collapse_leaves_unique_genes_alone():
    values = np.ones((2, 2), dtype=np.float32)
    assert collapse(values, np.array(["B", "A"], dtype=object))[0] is values


def test_copy_cells_is_indexing():
    rng = np.random.default_rng(0)
    values = rng.random((200, 30), dtype=np.float32)
    rows, columns, places = rng.permutation(200)[:150], rng.permutation(30)[:20], rng.permutation(150)
    target = np.empty((150, 20), dtype=np.float32)
    copy_cells(np.asfortranarray(values), rows, columns, target, places)
    np.testing.assert_array_equal(target[places], values[np.ix_(rows, columns)])
