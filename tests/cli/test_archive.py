"""``rnalign export`` and ``rnalign import-run``."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from rnalign_core.cli import archive as commands
from rnalign_core.cli import text
from rnalign_core.model import Run
from rnalign_core.model.runs import demo_run_path
from rnalign_core.problems import InputError


@pytest.fixture
def call():
    """Return a function that runs one of the two commands."""

    def call(*arguments):
        parser = argparse.ArgumentParser()
        commands.add_commands(parser.add_subparsers())
        parsed = parser.parse_args(list(map(str, arguments)))
        parsed.command(parsed)

    return call


@pytest.fixture
def said(call):
    """Return a function that runs a command that must be refused, and tells what it says."""

    def said(*arguments):
        with pytest.raises(InputError) as error:
            call(*arguments)
        return text.describe(error.value)

    return said


def test_a_run_goes_out_and_comes_back(call, home, capsys):
    call("export", "--run", "demo", "--out", "theirs.zip")
    assert capsys.readouterr().out == "theirs.zip\n"
    call("import-run", "theirs.zip")
    out, err = capsys.readouterr()
    got = Run.open(out.strip())
    assert got.path == home / "runs" / "theirs"
    assert got.matches.equals(Run.open(demo_run_path()).matches)
    assert "Run theirs, full model, on Demo (simulated): 3,000 tumors, 450 cell lines, 2,000 genes" in err


def test_what_cannot_be_exported(said, make_run, honest):
    make_run("begun")
    assert "has not finished" in said("export", "--run", "begun", "--out", "a.zip")
    assert "rnalign align" in said("export", "--run", "begun", "--out", "a.h5ad")
    make_run("damaged", metrics=honest)
    assert "weights.safetensors" in said("export", "--run", "damaged", "--out", "a.zip")
    assert not Path("a.zip").exists()


def test_a_file_is_not_overwritten_unless_asked(call, said):
    Path("a.zip").write_text("precious")
    assert "exists already" in said("export", "--run", "demo", "--out", "a.zip")
    assert Path("a.zip").read_text() == "precious"
    call("export", "--run", "demo", "--out", "a.zip", "--force")
    assert Path("a.zip").read_bytes().startswith(b"PK")


def test_what_cannot_be_imported(said, home):
    assert "no such file" in said("import-run", "a.zip")
    Path("a.zip").write_text("not a zip")
    assert "a.zip, end of the file" in said("import-run", "a.zip")
    assert "it is a folder, not a zip" in said("import-run", ".")
    assert not home.exists()
