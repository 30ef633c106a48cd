import pandas as pd
import pytest

from rnalign_core.cohort.samples import check_labels, read_samples
from rnalign_core.problems import InputError


def read(tmp_path, text, name="samples.csv"):
    path = tmp_path / name
    path.write_text(text)
    return read_samples(path)


def test_a_table_is_read(tmp_path):
    table = read(
        tmp_path,
        "sample_id,sample_type,cancer_type,purity,name,depmap_id\n"
        "S1,tumor,LUAD,0.7,,\n"
        "S2, Cell Line ,LUAD,,A549,ACH-000681\n"
        "S3,tumor,NA,NA,,\n",
    )
    assert table.problems == ()
    frame = table.frame
    assert frame.index.tolist() == ["S1", "S2", "S3"]
    assert frame["sample_type"].tolist() == ["tumor", "cell_line", "tumor"]
    assert frame["cancer_type"].tolist()[:2] == ["LUAD", "LUAD"]
    assert frame["cancer_type"].isna().tolist() == [False, False, True]
    assert frame["purity"].iloc[0] == 0.7
    assert frame["purity"].isna().tolist() == [False, True, True]
    assert frame["name"].tolist() == ["S1", "A549", "S3"]
    assert frame["depmap_id"].iloc[1] == "ACH-000681"


def test_purities_with_decimal_commas(tmp_path):
    table = read(tmp_path, "sample_id;sample_type;cancer_type;purity\nS1;tumor;LUAD;0,77\nS2;CL;LUAD;\n")
    assert table.problems == ()
    assert table.frame["purity"].iloc[0] == 0.77


@pytest.mark.parametrize(
    ("word", "sample_type"),
    [
        *[
            (w, "tumor")
            for w in ["tumour", "Tumor", "TUMORS", "primary tumor", "Primary Solid Tumour", "Metastatic"]
        ],
        *[
            (w, "cell_line")
            for w in ["cell line", "CL", "line", "Lines", "Cell-Line", "cell_lines", "CellLine"]
        ],
    ],
)
def test_words_for_sample_types(tmp_path, word, sample_type):
    table = read(tmp_path, f"sample_id,sample_type,cancer_type\nS1,{word},LUAD\n")
    assert table.frame["sample_type"].tolist() == [sample_type]


def test_first_column_is_the_id_and_names_of_columns_are_read_loosely(tmp_path):
    table = read(tmp_path, "ModelID\tSample type\tCancer Type\nACH-1\tCL\tLUAD\n", "samples.tsv")
    assert table.frame.index.tolist() == ["ACH-1"]
    assert table.frame["cancer_type"].tolist() == ["LUAD"]


def test_parquet_with_an_index(tmp_path):
    frame = pd.DataFrame({"sample_type": ["CL"], "cancer_type": ["LUAD"], "purity": [0.5]}, index=["S1"])
    frame.to_parquet(tmp_path / "samples.parquet")
    table = read_samples(tmp_path / "samples.parquet")
    assert table.frame.index.tolist() == ["S1"]
    assert table.frame["purity"].tolist() == [0.5]


def test_all_problems_of_all_columns_are_found_at_once(tmp_path):
    table = read(
        tmp_path,
        "sample_id,sample_type,cancer_type,purity,age\n"
        "S1,normal,LUAD,85,1\n"
        "S2,tumor,LUAD,-1,1\n"
        "S2,tumor,LUAD,0.5,1\n"
        ",tumor,LUAD,0.5,1\n"
        "S5,normal,LUAD,high,1\n"
        "S6,,LUAD,0.5,1\n",
    )
    found = {p.what: p for p in table.problems}
    assert set(found) == {
        "1 column not used: age",
        "1 row without a sample id: lines 5",
        "1 sample id more than once: S2",
        "1 row of the unknown sample type '(empty)': S6",
        "2 rows of the unknown sample type 'normal': S1, S5",
        "1 row with a purity that looks like percent: S1 (85)",
        "1 row with a purity outside 0 to 1: S2 (-1)",
        "1 row with a purity that is not a number: S5 (high)",
    }
    assert "100" in found["1 row with a purity that looks like percent: S1 (85)"].fix
    assert [p.what for p in table.problems if p.severity == "warning"] == ["1 column not used: age"]


def test_missing_and_repeated_columns_and_rows_are_found_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, "sample_id,purity,Purity\nS1,1,1\n")
    whats = [p.what for p in caught.value.problems]
    assert len(whats) == 3
    assert "no column `sample_type`" in whats[0]
    assert "no column `cancer_type`" in whats[1]
    assert whats[2] == "1 column more than once: purity"


def frame(rows):
    return pd.DataFrame(
        rows, columns=["sample_type", "cancer_type"], index=[f"S{i}" for i in range(len(rows))]
    )


@pytest.mark.parametrize(("present", "absent"), [("tumor", "cell line"), ("cell_line", "tumor")])
def test_both_sample_types_are_needed(present, absent):
    (problem,) = check_labels(frame([(present, "LUAD")]), "samples.csv")
    assert problem.severity == "error"
    assert problem.what == f"no {absent} among the 1 sample with expression"


def test_types_that_cannot_match_and_missing_types_are_warnings():
    rows = [
        ("tumor", "LUAD"),
        ("tumor", None),
        ("cell_line", "LUAD"),
        ("cell_line", "SCLC"),
        ("cell_line", None),
    ]
    problems = check_labels(frame(rows), "samples.csv")
    assert [p.severity for p in problems] == ["warning"] * 3
    assert [p.what for p in problems] == [
        "1 of 2 tumors without a cancer type: S1",
        "1 of 3 cell lines without a cancer type: S4",
        "1 cancer type with cell lines but no tumors: SCLC",
    ]
