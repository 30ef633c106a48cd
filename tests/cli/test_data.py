"""``rnalign data fetch``, with builders that download nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnalign_core.cli import build_parser
from rnalign_core.cohort import Imported, TableReport, load_cohort
from rnalign_core.problems import InputError, Problem
from rnalign_core.sources import starter, tcga_ccle

TABLE = TableReport("a package", 300, 200, "samples x genes", "HGNC symbols", "RSEM", "as published", 0, 0)


@pytest.fixture
def built(cohort, monkeypatch):
    """Let both builders give a small cohort; return what they were called with."""
    calls = []

    def build(folder, progress, **options):
        calls.append({"folder": folder, **options})
        for fraction in (0.0, 0.4, 0.8):
            progress(fraction, f"step {fraction}")
        problem = Problem("values are not TPM", "some package", "Nothing to do.", "warning")
        return Imported(cohort, (problem,), (TABLE,))

    monkeypatch.setattr(starter, "build_starter", build)
    monkeypatch.setattr(tcga_ccle, "build_tcga_ccle", build)
    return calls


def fetch(*arguments):
    chosen = build_parser().parse_args(["data", "fetch", *arguments])
    chosen.command(chosen)


@pytest.mark.parametrize(
    ("source", "options"), [("starter", {}), ("tcga-ccle", {"offline": False, "mapping": None})]
)
def test_goes_to_the_data_home_and_says_how_to_go_on(built, home, cohort, capsys, source, options):
    fetch(source)
    path = home / "cohorts" / f"{source}.h5ad"
    out, err = capsys.readouterr()
    assert out == f"{path}\n"
    assert load_cohort(path).uns["rnalign"]["cohort_id"] == cohort.uns["rnalign"]["cohort_id"]
    assert built == [{"folder": home / "downloads" / source, **options}]
    assert f"rnalign train --cohort {path}" in err
    assert "values are not TPM" in err
    assert "300 tumors, 100 cell lines" in err
    for line in (" 0% step 0.0", "40% step 0.4", "80% step 0.8"):
        assert line in err


def test_options(built, home):
    fetch("starter", "--out", "mine.h5ad", "--folder", "wheels")
    fetch("tcga-ccle", "--folder", "here", "--offline", "--mapping", "own.csv", "--out", "out.h5ad")
    assert built == [
        {"folder": Path("wheels")},
        {"folder": Path("here"), "offline": True, "mapping": Path("own.csv")},
    ]
    assert Path("mine.h5ad").is_file()
    assert Path("out.h5ad").is_file()
    assert not home.exists()


def test_replaces_a_cohort_only_with_force(built, tmp_path):
    (tmp_path / "out.h5ad").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        fetch("starter", "--out", "out.h5ad")
    assert built == []  # before anything is downloaded
    fetch("starter", "--out", "out.h5ad", "--force")
    assert load_cohort(tmp_path / "out.h5ad").n_obs == 400


def test_nothing_is_written_when_it_fails(built, home, monkeypatch):
    def build(folder, progress):
        raise InputError.single("the package index cannot be reached", "some package", "Check the network.")

    monkeypatch.setattr(starter, "build_starter", build)
    with pytest.raises(InputError, match="cannot be reached"):
        fetch("starter")
    assert not home.exists()


def test_missing_files_are_named(home):
    with pytest.raises(InputError) as error:
        fetch("tcga-ccle", "--offline")
    assert len(error.value.problems) == 6
    assert error.value.problems[0].where == str(home / "downloads" / "tcga-ccle")
