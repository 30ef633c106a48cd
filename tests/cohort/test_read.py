import gzip
import io
import zipfile

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from rnalign_core.cohort.read import read_numbers, read_text
from rnalign_core.problems import InputError

FRAME = pd.DataFrame(
    [[1.5, 0, 3], [2.25, 10, 1e-3]], index=pd.Index(["S1", "S2"], name="id"), columns=["TP53", "KRAS", "MYC"]
)


def only_problem(path, read=read_numbers):
    with pytest.raises(InputError) as caught:
        read(path)
    (problem,) = caught.value.problems
    assert problem.severity == "error"
    assert path.name in problem.where
    return problem


def write(path, text):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


WRITERS = {
    "a.csv": FRAME.to_csv,
    "a.tsv": lambda p: FRAME.to_csv(p, sep="\t"),
    "a.txt": lambda p: FRAME.to_csv(p, sep="\t"),
    "semicolons.csv": lambda p: FRAME.to_csv(p, sep=";"),
    "commas.csv": lambda p: FRAME.to_csv(p, sep=";", decimal=","),
    "a.csv.gz": FRAME.to_csv,
    "UPPER.CSV": FRAME.to_csv,
    "packed_without_saying.csv": lambda p: write(p, gzip.compress(FRAME.to_csv().encode())),
    "byte_order_mark.csv": lambda p: FRAME.to_csv(p, encoding="utf-8-sig"),
    "windows.csv": lambda p: FRAME.to_csv(p, lineterminator="\r\n"),
    "old_mac.csv": lambda p: FRAME.to_csv(p, lineterminator="\r"),
    "blank_lines.csv": lambda p: write(p, "\n\n" + FRAME.to_csv().replace("\n", "\n\n")),
    "comments.csv": lambda p: write(p, "# made by me, today\n#\n" + FRAME.to_csv()),
    "names_after_a_hash.tsv": lambda p: write(p, "# by me\n#" + FRAME.to_csv(sep="\t")),
    "a.gct": lambda p: write(
        p,
        "#1.2\n2\t3\n"
        + FRAME.reset_index()
        .assign(Description="na")[["id", "Description", *FRAME]]
        .to_csv(sep="\t", index=False),
    ),
    "zeros_first.csv": lambda p: write(
        p, FRAME.to_csv(sep=";", decimal=",").replace("S1;1,5;0,0;3,0", "S1;1,5;0;3")
    ),
    "quoted_commas.csv": lambda p: FRAME.to_csv(p, decimal=","),
    "quoted.csv": lambda p: FRAME.to_csv(p, quoting=1),
    "write_table.txt": lambda p: write(p, FRAME.to_csv(sep="\t").removeprefix("id\t")),
    "id_column.csv": lambda p: FRAME.reset_index().to_csv(p, index=False),
    "index.parquet": FRAME.to_parquet,
    "id_column.parquet": lambda p: FRAME.reset_index().to_parquet(p, index=False),
    "id_column_last.parquet": lambda p: FRAME.assign(id=FRAME.index).to_parquet(p, index=False),
    "categories.parquet": lambda p: FRAME.reset_index().astype({"id": "category"}).to_parquet(p),
    "text.parquet": lambda p: FRAME.astype(str).to_parquet(p),
    "a.h5ad": lambda p: ad.AnnData(FRAME).write_h5ad(p),
    "sparse.h5ad": lambda p: ad.AnnData(sparse.csr_matrix(FRAME), FRAME[[]], FRAME.T[[]]).write_h5ad(p),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_table(tmp_path, name):
    WRITERS[name](tmp_path / name)
    raw = read_numbers(tmp_path / name)
    assert raw.file == name
    assert raw.columns == ["TP53", "KRAS", "MYC"]
    assert next(iter(raw.row_names.values())) == ["S1", "S2"]
    assert raw.values.dtype == np.float32
    np.testing.assert_allclose(raw.values, FRAME, rtol=1e-6)
    assert raw.text_cells.empty


def test_entrez_ids_in_the_index_are_names(tmp_path):
    pd.DataFrame({"S1": [1.5]}, index=[7157]).to_parquet(tmp_path / "a.parquet")
    assert list(read_numbers(tmp_path / "a.parquet").row_names.values()) == [["7157"]]
    raw = read_numbers(write(tmp_path / "a.csv", "gene,S1\n7157,1.5\n"))
    assert raw.row_names == {"gene": ["7157"]}
    assert raw.columns == ["S1"]


def test_text_columns_are_candidates_for_names_of_rows(tmp_path):
    raw = read_numbers(write(tmp_path / "a.csv", ",gene,name,S1\n0,ENSG1,x,1\n1,ENSG2,y,2\n"))
    assert raw.row_names == {"": ["0", "1"], "gene": ["ENSG1", "ENSG2"], "name": ["x", "y"]}
    assert raw.columns == ["S1"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_text_among_numbers_is_found_with_its_place(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    frame = FRAME.astype(object)
    frame.iloc[1, 0], frame.iloc[0, 2], frame.iloc[0, 1] = "high", "1.5x", ""
    frame.to_csv(path) if suffix == "csv" else frame.astype(str).to_parquet(path)
    raw = read_numbers(path)
    found = raw.text_cells.sort_values("column").to_numpy().tolist()
    assert found == [[1, 0, "high"], [0, 2, "1.5x"]]
    assert np.isnan(raw.values).tolist() == [[False, True, True], [True, False, False]]


def test_decimal_commas_survive_text_further_down(tmp_path):
    raw = read_numbers(write(tmp_path / "a.csv", "id;TP53;KRAS\nS1;1,5;2\nS2;2,5;oops\n"))
    assert raw.values[:, 0].tolist() == [1.5, 2.5]
    assert raw.text_cells["text"].tolist() == ["oops"]


def test_decimal_commas_are_found_below_a_row_without_them(tmp_path):
    raw = read_numbers(write(tmp_path / "a.csv", "gene;S1;S2\nTP53;0;0\nKRAS;1,5;2,125\n"))
    assert raw.values.tolist() == [[0, 0], [1.5, 2.125]]


def test_what_is_no_number_is_quoted_as_it_is_written(tmp_path):
    raw = read_numbers(write(tmp_path / "a.csv", "id;TP53;KRAS\nS1;1,5;1,25\nS2;1,358,995;2.125\nS3;0,5;3\n"))
    assert raw.text_cells["text"].tolist() == ["1,358,995", "2.125"]


def test_commas_in_names_do_not_part_cells(tmp_path):
    raw = read_numbers(write(tmp_path / "a.tsv", "gene\tDoe, John, 1\nTP53\t1.5\nKRAS\t2\n"))
    assert (raw.columns, raw.row_names) == (["Doe, John, 1"], {"gene": ["TP53", "KRAS"]})


@pytest.mark.parametrize("suffix", ["txt", "parquet"])
def test_columns_about_genes_are_no_samples(tmp_path, suffix):
    frame = pd.DataFrame(
        [
            ["TP53", "17", 7661779, 7687550, "-", 19149, 7157, 1.5],
            ["KRAS", "12", 1, 2, "-", 45684, 100130426, 0.5],
        ],
        columns=["Geneid", "Chr", "Start", "End", "Strand", "Length", "Entrez_Gene_Id", "S1"],
    )
    path = tmp_path / f"a.{suffix}"
    frame.to_csv(path, sep="\t", index=False) if suffix == "txt" else frame.to_parquet(path)
    raw = read_numbers(path)
    assert raw.columns == ["S1"]
    assert raw.left_out == ["Chr", "Start", "End", "Strand", "Length"]
    assert raw.row_names == {"Geneid": ["TP53", "KRAS"], "Entrez_Gene_Id": ["7157", "100130426"]}


def test_missing_words_are_missing_values(tmp_path):
    raw = read_numbers(write(tmp_path / "a.csv", "id,a,b,c,d\nS1,NA,,nan,1\n"))
    assert np.isnan(raw.values).tolist() == [[True, True, True, False]]
    assert raw.text_cells.empty


def test_read_text_keeps_text_and_empties(tmp_path):
    frame = read_text(write(tmp_path / "a.csv", 'id,x,x\n S1 ,"a, b",007\nS2,NA,\n'))
    assert list(frame.columns) == ["id", "x", "x"]
    assert frame.to_numpy().tolist() == [["S1", "a, b", "007"], ["S2", None, None]]


WHOLE = gzip.compress(("id,TP53\n" + "".join(f"S{i},{i}\n" for i in range(5000))).encode())
EXCEL = io.BytesIO()
with zipfile.ZipFile(EXCEL, "w") as book:
    book.writestr("xl/workbook.xml", "<workbook/>")


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", "", "the file is empty"),
        ("a.csv", "id,TP53\n", "no rows below the column names"),
        ("a.csv", "\n\n", "no rows below the column names"),
        ("a.csv", "id TP53\nS1 1.5\n", "only one column"),
        (
            "a.csv",
            "id,TP53\nS1,1\nS2\nS3,1,2\n",
            "2 rows without 2 cells: the one that starts with 'S2' has 1",
        ),
        ("a.csv", "TP53,KRAS\n1.5,2.5\n", "no column holds the names of the rows"),
        ("a.csv", "id,note\nS1,high\n", "no numbers"),
        ("a.csv", EXCEL.getvalue(), "Excel"),
        ("a.csv", "id,TP53\nS1,1\n".encode("utf-16"), "not in UTF-8"),
        ("a.csv", b"id,TP53\nS\xe9,1\n", "not in UTF-8"),
        ("a.csv", b"id,TP53\n" + b"S1,1\n" * 900_000 + b"S\xe9,1\n", "UTF8"),
        ("a.csv.gz", WHOLE[: len(WHOLE) // 2], "cut off"),
        ("a.csv.gz", WHOLE[:-6], "cut off"),
        ("a.csv.gz", WHOLE[:40] + bytes(20) + WHOLE[60:], "damaged"),
        ("a.parquet", b"PAR1 and then nothing", "damaged"),
        ("a.h5ad", b"\x89HDF\r\n\x1a\n and then nothing", "damaged"),
        ("a.xlsx", EXCEL.getvalue(), "spreadsheet workbooks are not read"),
        ("a.gct", "#1.3\n1\t1\t1\t0\nid\tnote\tS1\nTP53\tx\t1.5\n", "GCT of version 1.3"),
        ("a.csv", "# nothing\n# but comments\n", "no rows below the column names"),
        ("a.tsv", "id\tTP53\tKRAS\nS1\t0\t771\nS2\t12\t5,401\n", "such as 5,401"),
        ("a.tsv", "id\tTP53\tKRAS\nS1\t0.50\t771.00\nS2\t12.00\t5,401.25\n", "such as 5,401.25"),
        ("a.csv", 'id,TP53\nS1,771\nS2,"1,358,995"\n', "such as 1,358,995"),
        ("a", "id,TP53\nS1,1\n", "files ending in nothing are not read"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, name, content, what):
    assert what in only_problem(write(tmp_path / name, content)).what


def test_ten_megabytes_of_noise_named_csv(tmp_path):
    noise = np.random.default_rng(0).bytes(10_000_000)
    assert "binary" in only_problem(write(tmp_path / "a.csv", noise)).what


def test_no_file_and_a_folder(tmp_path):
    assert only_problem(tmp_path / "absent.csv").what == "there is no such file"
    (tmp_path / "folder.csv").mkdir()
    assert only_problem(tmp_path / "folder.csv").what == "this is a folder"


@pytest.mark.parametrize("name", ["X", "obs"])
def test_h5ad_that_points_to_another_file_is_refused(tmp_path, name):
    secret = tmp_path / "secret.h5ad"
    ad.AnnData(FRAME).write_h5ad(secret)
    ad.AnnData(FRAME).write_h5ad(tmp_path / "a.h5ad")
    with h5py.File(tmp_path / "a.h5ad", "r+") as file:
        del file[name]
        file[name] = h5py.ExternalLink(str(secret), f"/{name}")
    assert "link to another place" in only_problem(tmp_path / "a.h5ad").what


def test_h5ad_reads_no_more_than_it_needs(tmp_path):
    ad.AnnData(FRAME, uns={"odd": 1}).write_h5ad(tmp_path / "a.h5ad")
    with h5py.File(tmp_path / "a.h5ad", "r+") as file:
        file["uns/odd"].attrs["encoding-type"] = "from the future"
    assert read_numbers(tmp_path / "a.h5ad").columns == list(FRAME.columns)


def test_h5ad_without_values_and_as_a_table_of_samples(tmp_path):
    ad.AnnData(obs=FRAME[[]], var=FRAME.T[[]]).write_h5ad(tmp_path / "a.h5ad")
    assert only_problem(tmp_path / "a.h5ad").what == "`X` is empty"
    assert only_problem(tmp_path / "a.h5ad", read_text).what == "h5ad is not a table of samples"
