"""The command as a whole: help, versions, problems, exit codes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rnalign_core
from rnalign_core import cli
from rnalign_core.cli.text import describe, table
from rnalign_core.problems import InputError, Problem, RNAlignError

COMMANDS = ("import", "demo", "train", "runs", "match", "align", "benchmark", "app")


class TestMain:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_help_has_an_example_that_parses(self, command, capsys):
        with pytest.raises(SystemExit) as stop:
            cli.main([command, "--help"])
        assert stop.value.code == 0
        examples = capsys.readouterr().out.split("examples:\n")[1].strip().splitlines()
        for example in examples:
            words = example.split("#")[0].split(">")[0].split()
            assert words[:2] == ["rnalign", command]
            cli.build_parser().parse_args(words[1:])

    def test_every_command_is_in_the_help(self, capsys):
        with pytest.raises(SystemExit):
            cli.main(["--help"])
        listed = capsys.readouterr().out
        assert all(re.search(rf"\n    {command}\s", listed) for command in COMMANDS)

    @pytest.mark.parametrize(
        ("error", "code", "message"),
        [
            (RNAlignError("the worker died"), 1, "rnalign: the worker died\n"),
            (PermissionError(13, "Permission denied", "x"), 1, "Permission denied"),
            (KeyboardInterrupt(), 130, "interrupted"),
            (InputError.single("found this", "in here", "do that"), 2, "found:      found this\n"),
        ],
    )
    def test_expected_errors_become_exit_codes(self, error, code, message, monkeypatch, capsys):
        def fail(*args, **kwargs):
            raise error

        monkeypatch.setattr("rnalign_core.cohort.demo.simulate", fail)
        assert cli.main(["demo", "--out", "x.h5ad"]) == code
        assert message in capsys.readouterr().err
        assert not Path("x.h5ad").exists()

    def test_a_bug_is_not_hidden(self, monkeypatch):
        monkeypatch.setattr("rnalign_core.cohort.demo.simulate", lambda seed: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cli.main(["demo", "--out", "x.h5ad"])

    def test_a_closed_pipe_is_no_traceback(self, make_run, honest):
        make_run(metrics=honest)
        process = subprocess.Popen(
            [sys.executable, "-m", "rnalign_core", "match", "--run", "run"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(rnalign_core.__file__).parents[1])},
        )
        process.stdout.close()  # before it has printed
        assert process.stderr.read() == b""
        assert process.wait() == 1
        process.stderr.close()

    def test_describe_lists_every_problem_errors_first(self):
        problems = [
            Problem(f"what {n}", f"where {n}", f"fix {n}", kind)
            for n, kind in enumerate(["warning", "error", "error"])
        ]
        lines = describe(InputError(problems)).splitlines()
        assert "2 problems" in lines[0]
        assert [line.strip() for line in lines[1::3]] == [
            "error: where 1",
            "error: where 2",
            "warning: where 0",
        ]
        assert lines[2:4] == ["    found:      what 1", "    what to do: fix 1"]

    def test_table_aligns_columns(self):
        assert table([("type", "n"), ("BRCA", "10")]) == "type   n\nBRCA  10"
