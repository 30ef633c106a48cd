"""``rnalign place``: tables with provenance, or nothing written and every problem said."""

import argparse

import numpy as np
import pandas as pd
import pytest

from rnalign_core.cli import place
from rnalign_core.model.runs import Run, demo_run_path
from rnalign_core.problems import InputError


@pytest.fixture
def command():
    """A function that runs the command."""
    parser = argparse.ArgumentParser()
    place.add_commands(parser.add_subparsers())

    def run(*arguments):
        parsed = parser.parse_args(["place", "--run", "demo", *map(str, arguments)])
        parsed.command(parsed)

    return run


def tumors(cancer_type, names):
    """Expression of tumors of a type of the demo under other names."""
    cohort = Run.open(demo_run_path()).cohort
    of_type = (cohort.obs["cancer_type"] == cancer_type) & (cohort.obs["sample_type"] == "tumor")
    part = cohort[of_type.to_numpy()][: len(names)]
    return pd.DataFrame(np.asarray(part.X), names, part.var_names)


@pytest.fixture(scope="module")
def upload(tmp_path_factory):
    """Eight tumors of a type of the demo under other names, one of them a spreadsheet formula."""
    table = tumors("LUAD", [f"patient {i}" for i in range(7)] + ["=1+1"])
    path = tmp_path_factory.mktemp("upload") / "patients.csv"
    table.T.to_csv(path)
    return path


def read(path):
    text = path.read_text()
    comments = [line for line in text.splitlines() if line.startswith("# ")]
    return comments, pd.read_csv(path, comment="#", index_col=0)


def test_samples_and_the_ranking_for_them_are_written(command, upload, tmp_path, capsys):
    out, lines = tmp_path / "placed.csv", tmp_path / "lines.csv"
    command("--expression", upload, "--out", out, "--lines", lines)
    assert capsys.readouterr().out.split() == [str(out), str(lines)]
    comments, placed = read(out)
    assert any("demo" in line for line in comments)
    assert any("patients.csv, genes x samples" in line for line in comments)
    assert (placed["call"] == "LUAD").all()
    assert placed.index.tolist()[-1] == "'=1+1"
    for column in ("probability", "abstained", "unlike", "umap1", "umap2", "standardised"):
        assert placed[column].notna().all()
    assert (placed["nearest_tumors"].str.count(";") == 4).all()
    assert placed["nearest_lines"].str.contains("LUAD").all()
    comments, ranking = read(lines)
    assert any(line.startswith("# definition: ") for line in comments)
    assert set(ranking.index) == {"8 LUAD tumors (type as called)"}
    assert ranking["rank"].tolist() == list(range(1, len(ranking) + 1))
    assert ranking["cancer_type"].head(5).isin(["LUAD", "NSCLC_NOS"]).all()


def test_lines_are_ranked_for_the_tumors_of_each_type_apart(command, tmp_path, capsys):
    path, lines = tmp_path / "both.csv", tmp_path / "lines.csv"
    pd.concat([tumors("BRCA", list("abcdef")), tumors("LUAD", list("ghijk"))]).to_csv(path)
    command("--expression", path, "--out", tmp_path / "placed.csv", "--lines", lines)
    comments, ranking = read(lines)
    titles = ["6 BRCA tumors (type as called)", "5 LUAD tumors (type as called)"]
    assert ranking.index.unique().tolist() == titles
    for title, types in zip(titles, (["BRCA"], ["LUAD", "NSCLC_NOS"]), strict=True):
        part = ranking.loc[title]
        assert part["rank"].tolist() == list(range(1, len(part) + 1))
        assert part["cancer_type"].head(5).isin(types).all()
    few = "The group has fewer than 15 tumors"
    said = capsys.readouterr().err
    assert all(f"warning: {title}: {few}" in said for title in titles)
    assert sum(line.startswith(f"# caution: {few}") for line in comments) == 2
    assert [line for line in comments if line.startswith("# group: ")] == [f"# group: {t}" for t in titles]


def test_warnings_are_said(command, upload, tmp_path, capsys):
    few = tmp_path / "few.csv"
    pd.read_csv(upload, index_col=0).iloc[::2].to_csv(few)
    command("--expression", few, "--out", tmp_path / "placed.csv")
    assert "genes (50%) are missing" in capsys.readouterr().err
    assert any("genes (50%) are missing" in line for line in read(tmp_path / "placed.csv")[0])


@pytest.mark.parametrize("fault", ["few genes", "no tumors to rank for", "wrong unit"])
def test_nothing_is_written_where_something_is_wrong(command, upload, tmp_path, fault):
    options = ["--out", tmp_path / "placed.csv", "--lines", tmp_path / "lines.csv"]
    path = upload
    if fault == "few genes":
        path = tmp_path / "few.csv"
        pd.read_csv(upload, index_col=0).head(100).to_csv(path)
    elif fault == "wrong unit":
        options += ["--unit", "grams"]
    else:
        options += ["--sample-type", "cell_line"]
    with pytest.raises(InputError):
        command("--expression", path, *options)
    assert not {"placed.csv", "lines.csv"} & {file.name for file in tmp_path.iterdir()}


def test_outputs_are_two_csv_files(command, upload, tmp_path):
    with pytest.raises(InputError, match="same file"):
        command("--expression", upload, "--out", tmp_path / "a.csv", "--lines", tmp_path / "a.csv")
    with pytest.raises(InputError, match=r"not '\.xlsx'"):
        command("--expression", upload, "--out", tmp_path / "a.xlsx")
    assert [file for file in tmp_path.iterdir() if file.suffix != ".h5ad"] == []


def test_files_are_not_replaced_unasked(command, upload, tmp_path):
    (tmp_path / "placed.csv").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        command("--expression", upload, "--out", tmp_path / "placed.csv")
    assert (tmp_path / "placed.csv").read_text() == "mine"
