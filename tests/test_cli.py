"""The command line, from its arguments to its exit code, outputs and messages."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import rnalign_core
from rnalign_core import cli, jobs
from rnalign_core.cli.progress import ProgressBar, duration
from rnalign_core.cli.text import describe, table
from rnalign_core.cohort import load_cohort, save_cohort
from rnalign_core.cohort.demo import simulate
from rnalign_core.jobs import cluster
from rnalign_core.model import PRESETS, VARIANTS, Run, Settings, create_run
from rnalign_core.problems import InputError, Problem, RNAlignError

COMMANDS = ("import", "demo", "train", "runs", "match", "align", "benchmark", "app")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Give every test a data home of its own, as its working directory is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RNALIGN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RNALIGN_RUN", "")
    return tmp_path / "home"


@pytest.fixture(scope="session")
def cohort():
    return simulate(3, n_tumors=300, n_lines=100, n_genes=200).cohort


@pytest.fixture
def cohort_file(cohort, tmp_path):
    path = tmp_path / "small.h5ad"
    save_cohort(cohort, path)
    return path


@pytest.fixture
def files(cohort, tmp_path):
    """Tables as a user has them: tumors genes x samples, lines samples x genes, labels with empty cells."""
    tumors = cohort[cohort.obs["sample_type"] == "tumor"].to_df().T
    lines = cohort[cohort.obs["sample_type"] == "cell_line"].to_df()
    tumors.to_csv(tmp_path / "tumors.tsv", sep="\t")
    lines.to_csv(tmp_path / "lines.csv")
    labels = cohort.obs[["sample_type", "cancer_type", "purity"]].rename_axis("sample_id")
    labels.to_csv(tmp_path / "samples.csv")
    return ["--expression", "tumors.tsv", "--expression", "lines.csv", "--samples", "samples.csv"]


def interval(value, low, high):
    return {"value": value, "low": low, "high": high}


def rates(micro, macro, median, chance):
    """Summary of a match rate whose intervals are 4 points to either side."""
    values = {"micro": micro, "macro": macro, "median_types": median}
    around = {name: interval(v, v - 0.04, v + 0.04) for name, v in values.items()}
    return around | {"chance": chance, "n_lines": 123, "n_types": 9}


def type_row(cancer_type, rate):
    counts = {"n_lines": 20, "n_tumors": 80}
    return {"cancer_type": cancer_type, **counts, "rate": rate, "low": 0.1, "high": 0.9, "chance": 0.05}


HONEST = {
    "definition": "share of lines whose call is their own type.",
    "headline": "rnalign",
    "match": {
        "input_standardised": rates(0.531, 0.512, 0.476, 0.081),
        "rnalign": rates(0.684, 0.665, 0.637, 0.078),
    },
    "difference": {
        "micro": interval(0.153, 0.101, 0.207),
        "macro": interval(0.153, -0.011, 0.317),
        "median_types": interval(0.161, 0.022, 0.303),
    },
    "types": {
        "input_standardised": [type_row("LUAD", 0.4), type_row("BRCA", 0.55)],
        "rnalign": [type_row("BRCA", 0.95), type_row("LUAD", None)],
    },
    "label_conditioned": None,
}
ECHOING = {
    **{key: HONEST[key] for key in ("definition", "types")},
    "headline": None,
    "match": {"input_standardised": HONEST["match"]["input_standardised"]},
    "label_conditioned": {
        "match": rates(0.991, 0.992, 0.993, 0.079),
        "follow": interval(0.964, 0.931, 0.988) | {"chance": 0.031, "n": 117},
    },
}


@pytest.fixture
def make_run(cohort_file, tmp_path):
    """Return a function that makes a run folder, finished if metrics are given."""

    def make(name="run", metrics=None, **settings):
        run = create_run(tmp_path / name, cohort_file, Settings(**settings))
        if metrics:
            (run.path / "metrics.json").write_text(json.dumps(metrics))
        return run

    return make


def refused(capsys, *arguments) -> str:
    """Run a command that must be refused as bad input; return what it says."""
    assert cli.main(list(map(str, arguments))) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err


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

    def test_a_closed_pipe_is_no_traceback(self, make_run):
        make_run(metrics=HONEST)
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


class TestImport:
    def test_writes_the_cohort_and_prints_its_path(self, files, cohort, capsys):
        assert cli.main(["import", *files, "--out", "mine.h5ad"]) == 0
        out, err = capsys.readouterr()
        assert out == "mine.h5ad\n"
        assert "tumors.tsv: 300 samples, 200 genes (genes x samples)" in err
        assert "lines.csv: 100 samples, 200 genes (samples x genes)" in err
        assert "300 tumors, 100 cell lines" in err
        made = load_cohort("mine.h5ad")
        np.testing.assert_allclose(
            made.to_df().loc[cohort.obs_names], cohort.to_df()[made.var_names], atol=1e-4
        )

    def test_lines_without_a_cancer_type_are_kept_and_told(self, files, cohort, capsys):
        untyped = cohort.obs_names[cohort.obs["cancer_type"].isna()]
        assert len(untyped)
        assert cli.main(["import", *files, "--out", "mine.h5ad"]) == 0
        assert all(line in capsys.readouterr().err for line in untyped)
        assert load_cohort("mine.h5ad").obs.loc[untyped, "cancer_type"].isna().all()

    def test_goes_to_the_data_home_under_its_title(self, files, home, capsys):
        assert cli.main(["import", *files, "--title", "Breast / lung, v2"]) == 0
        path = home / "cohorts" / "Breast-lung-v2.h5ad"
        assert capsys.readouterr().out == f"{path}\n"
        assert load_cohort(path).uns["rnalign"]["title"] == "Breast / lung, v2"
        assert "exists already" in refused(capsys, "import", *files, "--title", "Breast / lung, v2")

    def test_all_problems_are_listed_and_nothing_is_written(self, files, home, capsys):
        Path("lines.csv").unlink()
        labels = pd.read_csv("samples.csv")
        labels.loc[0, "purity"] = 85
        labels.loc[1, "sample_type"] = "blood"
        labels.to_csv("samples.csv", index=False)
        err = refused(capsys, "import", *files, "--unit", "auto", "--unit", "FPKM")
        for found in ("lines.csv", "85", "blood", "FPKM"):
            assert found in err
        assert err.count("what to do: ") == err.count("found: ") >= 4
        assert not home.exists()

    def test_units_are_taken_in_the_order_of_the_files(self, files, cohort):
        linear = np.exp2(pd.read_csv("lines.csv", index_col=0)) - 1
        linear.to_csv("lines.csv")
        units = ["--unit", "auto", "--unit", "TPM"]
        assert cli.main(["import", *files, *units, "--out", "mine.h5ad"]) == 0
        made = load_cohort("mine.h5ad").to_df()
        np.testing.assert_allclose(
            made.loc[linear.index], cohort.to_df().loc[linear.index, made.columns], atol=1e-3
        )

    def test_an_existing_file_is_replaced_by_force_only(self, files, capsys):
        out = Path("mine.h5ad")
        out.write_text("precious")
        assert "exists already" in refused(capsys, "import", *files, "--out", out)
        assert out.read_text() == "precious"
        assert cli.main(["import", *files, "--out", str(out), "--force"]) == 0
        assert load_cohort(out).n_obs == 400


class TestDemo:
    def test_writes_cohort_and_truth(self, monkeypatch, capsys):
        monkeypatch.setattr(
            "rnalign_core.cohort.demo.simulate",
            lambda seed: simulate(seed, n_tumors=100, n_lines=60, n_genes=200),
        )
        assert cli.main(["demo", "--seed", "5", "--out", "sim.h5ad"]) == 0
        assert capsys.readouterr().out == "sim.h5ad\n"
        made, truth = load_cohort("sim.h5ad"), pd.read_csv("sim.truth.csv", index_col="sample_id")
        expected = simulate(5, n_tumors=100, n_lines=60, n_genes=200)
        assert made.uns["rnalign"]["cohort_id"] == expected.cohort.uns["rnalign"]["cohort_id"]
        assert list(truth.index) == list(made.obs_names)
        assert list(truth["true_cancer_type"]) == list(expected.truth["true_cancer_type"])

    def test_neither_file_is_overwritten(self, capsys):
        Path("sim.truth.csv").write_text("precious")
        assert "sim.truth.csv" in refused(capsys, "demo", "--out", "sim.h5ad")
        assert not Path("sim.h5ad").exists()


@pytest.fixture
def training(monkeypatch):
    """Put a training in place of the real one that ends in the given state, and note the runs it is given."""
    started = []

    def end_in(state, metrics=None, error=None):
        def wait(run, on_progress):
            if state == "ctrl-c":
                raise KeyboardInterrupt
            if metrics:
                (run.path / "metrics.json").write_text(json.dumps(metrics))
            return SimpleNamespace(state=state, error=error, message=f"{state} at epoch 7")

        monkeypatch.setattr(jobs, "start", started.append)
        monkeypatch.setattr(jobs, "wait", wait)
        return started

    return end_in


class TestTrain:
    def test_the_choices_are_those_of_the_settings(self, capsys):
        with pytest.raises(SystemExit):
            cli.main(["train", "--help"])
        listed = capsys.readouterr().out
        assert f"--preset {{{','.join(PRESETS)}}}" in listed
        assert f"--variant {{{','.join(VARIANTS)}}}" in listed

    def test_the_run_has_the_settings_of_the_command_line(self, cohort_file, training, capsys):
        (run,) = [training("finished", HONEST)]
        changes = [
            "--variant",
            "no_cor",
            "--seed",
            "4",
            "--folds",
            "3",
            "--set",
            "n_genes=none",
            "--set",
            "w_grad=0.5",
        ]
        assert (
            cli.main(["train", "--cohort", str(cohort_file), "--out", "run", "--preset", "quick", *changes])
            == 0
        )
        changed = {"variant": "no_cor", "seed": 4, "n_folds": 3, "n_genes": None, "w_grad": 0.5, "w_cor": 0.0}
        assert run[0].settings.model_dump() == PRESETS["quick"].model_dump() | changed
        out, err = capsys.readouterr()
        assert out == "run\n"
        assert "68.4 (64.4 to 72.4)" in err

    def test_every_wrong_setting_is_listed(self, cohort_file, capsys):
        wrong = ["--seed", "-1", "--set", "n_epochs=abc", "--set", "n_layers=3", "--set", "w_cor"]
        err = refused(capsys, "train", "--cohort", cohort_file, "--out", "run", *wrong)
        assert all(f"error: setting {name}\n" in err for name in ("seed", "n_epochs", "n_layers", "w_cor"))
        assert "Choose from variant, seed, n_folds" in err
        assert not Path("run").exists()

    def test_a_cohort_must_be_named_and_be_there(self, capsys):
        assert "no cohort is named" in refused(capsys, "train", "--out", "run")
        assert "no such file" in refused(capsys, "train", "--out", "run", "--cohort", "nowhere.h5ad")
        assert not Path("run").exists()

    def test_runs_without_a_name_get_one_each(self, cohort_file, training, home):
        started = training("finished", HONEST)
        for _ in range(2):
            assert cli.main(["train", "--cohort", str(cohort_file), "--preset", "quick"]) == 0
        first, second = (run.path for run in started)
        assert first.parent == home / "runs"
        assert first.name.endswith("-quick")
        assert second.name == f"{first.name}-2"

    def test_an_existing_folder_is_left_alone(self, cohort_file, make_run, capsys):
        settings = (make_run().path / "settings.json").read_bytes()
        assert "not empty" in refused(capsys, "train", "--cohort", cohort_file, "--out", "run", "--seed", 9)
        assert Path("run/settings.json").read_bytes() == settings

    def test_ctrl_c_tells_how_to_go_on(self, cohort_file, training, capsys):
        training("ctrl-c")
        assert cli.main(["train", "--cohort", str(cohort_file), "--out", "my run"]) == 130
        out, err = capsys.readouterr()
        assert out == ""
        assert "rnalign train --resume --out 'my run'" in err
        assert Run.open("my run").settings == PRESETS["full"]

    @pytest.mark.parametrize(("state", "error"), [("failed", "memory ran out"), ("cancelled", None)])
    def test_a_training_that_ends_early_is_a_failure(self, state, error, cohort_file, training, capsys):
        training(state, error=error)
        assert cli.main(["train", "--cohort", str(cohort_file), "--out", "run"]) == 1
        err = capsys.readouterr().err
        assert (error or "cancelled at epoch 7") in err
        assert "rnalign train --resume --out run" in err

    def test_resume_takes_the_run_as_it_is(self, make_run, training, capsys):
        settings = make_run(seed=3).settings
        started = training("finished", HONEST)
        assert cli.main(["train", "--resume", "--out", "run"]) == 0
        assert [(run.path, run.settings) for run in started] == [(Path("run"), settings)]

    def test_resume_refuses_new_settings(self, capsys):
        err = refused(capsys, "train", "--resume", "--seed", 0, "--set", "w_cor=1", "--preset", "full")
        assert all(f"error: --{name}\n" in err for name in ("resume", "seed", "set", "preset"))


def test_progress_away_from_a_terminal_is_a_line_each_tenth(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with ProgressBar() as bar:
        for step in range(101):
            fraction = step / 100
            bar.update(
                SimpleNamespace(state="training", fraction=fraction, message=f"step {step}", eta_seconds=120)
            )
    lines = sys.stderr.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[1] == " 10% about 2 min left, step 10"


@pytest.mark.parametrize(("seconds", "words"), [(40.2, "40 s"), (720, "12 min"), (12600, "3.5 h")])
def test_duration(seconds, words):
    assert duration(seconds) == words


class TestRuns:
    def test_lists_runs_with_their_state(self, home, cohort_file, capsys):
        create_run(home / "runs" / "begun", cohort_file, Settings(variant="no_cor"))
        done = create_run(home / "runs" / "done", cohort_file, Settings())
        (done.path / "metrics.json").write_text(json.dumps(HONEST))
        assert cli.main(["runs"]) == 0
        rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[1:]}
        assert set(rows) == {"begun", "done"}
        assert "no_cor" in rows["begun"]
        assert rows["begun"].endswith("interrupted")
        assert rows["done"].endswith("finished")

    def test_none_is_no_error(self, capsys):
        assert cli.main(["runs"]) == 0
        out, err = capsys.readouterr()
        assert out == ""
        assert "rnalign train" in err


class TestMatch:
    def test_before_and_after_with_intervals(self, make_run, capsys):
        make_run(metrics=HONEST)
        assert cli.main(["match", "--run", "run"]) == 0
        shown = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
        cells = {row[0]: [cell.strip() for cell in row[1:] if cell.strip()] for row in shown}
        assert cells["all lines (micro)"] == [
            "53.1 (49.1 to 57.1)",
            "68.4 (64.4 to 72.4)",
            "+15.3 (+10.1 to +20.7)",
        ]
        assert cells["mean over types"] == [
            "51.2 (47.2 to 55.2)",
            "66.5 (62.5 to 70.5)",
            "+15.3 (-1.1 to +31.7)",
        ]
        assert cells["median over types"][:2] == ["47.6 (43.6 to 51.6)", "63.7 (59.7 to 67.7)"]
        assert cells["by chance (micro)"] == ["8.1", "7.8"]
        assert cells["BRCA"] == ["20", "80", "55.0 (10.0 to 90.0)", "95.0 (10.0 to 90.0)", "5.0"]
        assert cells["LUAD"] == ["20", "80", "40.0 (10.0 to 90.0)", "-", "5.0"]

    def test_says_what_was_counted(self, make_run, capsys):
        make_run(metrics=HONEST)
        cli.main(["match", "--run", "run"])
        out = capsys.readouterr().out
        assert HONEST["definition"] in out
        assert "123 cell lines of 9 cancer types" in out
        assert "300 tumors, 100 cell lines, 200 genes" in out

    def test_label_conditioned_is_never_shown_as_a_match(self, make_run, capsys):
        make_run(metrics=ECHOING, variant="type_conditioned")
        assert cli.main(["match", "--run", "run"]) == 0
        out = capsys.readouterr().out
        assert "label-conditioned: not evidence of similarity" in out
        assert "96.4 (93.1 to 98.8)" in out
        assert "by chance 3.1" in out
        assert "of 117 lines told a wrong type" in out
        assert not {"after", "never"} & set(out.split())

    def test_json_is_the_metrics_file(self, make_run, capsys):
        make_run(metrics=HONEST)
        assert cli.main(["match", "--run", "run", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"metrics": HONEST}

    def test_a_run_is_found_by_its_name_in_the_data_home(self, home, cohort_file, capsys):
        run = create_run(home / "runs" / "mine", cohort_file, Settings())
        (run.path / "metrics.json").write_text(json.dumps(HONEST))
        assert cli.main(["match", "--run", "mine"]) == 0
        assert "Run mine" in capsys.readouterr().out

    def test_the_run_must_be_finished(self, make_run, capsys):
        make_run()
        assert "rnalign train --resume --out run" in refused(capsys, "match", "--run", "run")
        assert "not a run" in refused(capsys, "match", "--run", "elsewhere")


class TestAlign:
    @pytest.fixture
    def aligned(self, make_run, monkeypatch):
        make_run(metrics=HONEST)
        values = np.array([[1.23456, 0], [7, 2.5]], dtype=np.float32)
        made = ad.AnnData(values + 1, pd.DataFrame(index=["a", "b"]), pd.DataFrame(index=["TP53", "MYC"]))
        made.layers["rnalign"], made.layers["rnalign_residual"] = values, values + 10
        monkeypatch.setattr("rnalign_core.decode.aligned_cohort", lambda run: made, raising=False)
        return made

    def test_h5ad_holds_input_and_aligned(self, aligned, capsys):
        assert cli.main(["align", "--run", "run", "--out", "new/aligned.h5ad"]) == 0
        assert capsys.readouterr().out == "new/aligned.h5ad\n"
        read = ad.read_h5ad("new/aligned.h5ad")
        np.testing.assert_array_equal(read.layers["rnalign"], aligned.layers["rnalign"])
        np.testing.assert_array_equal(read.X, aligned.X)

    @pytest.mark.parametrize(("suffix", "read"), [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
    def test_tables_are_the_aligned_layer(self, aligned, suffix, read):
        assert cli.main(["align", "--run", "run", "--out", f"aligned.{suffix}"]) == 0
        made = read(f"aligned.{suffix}")
        made = made if suffix == "parquet" else made.set_index(made.columns[0])
        assert made.loc["b"].to_dict() == {"TP53": 7, "MYC": 2.5}
        assert made.loc["a", "TP53"] == pytest.approx(1.23456, abs=1e-4)

    def test_with_the_residual(self, aligned):
        assert cli.main(["align", "--run", "run", "--residual", "--out", "aligned.parquet"]) == 0
        assert pd.read_parquet("aligned.parquet").loc["b"].to_dict() == {"TP53": 17, "MYC": 12.5}

    def test_other_kinds_of_file_and_existing_ones_are_refused(self, aligned, capsys):
        assert "'.xlsx'" in refused(capsys, "align", "--run", "run", "--out", "aligned.xlsx")
        Path("aligned.csv").write_text("precious")
        assert "exists already" in refused(capsys, "align", "--run", "run", "--out", "aligned.csv")
        assert Path("aligned.csv").read_text() == "precious"


class TestApp:
    @pytest.fixture
    def served(self, monkeypatch, tmp_path):
        """Put a checkout with a dashboard in place; return the arguments that Streamlit gets."""
        (tmp_path / "source" / "pages").mkdir(parents=True)
        (tmp_path / "source" / "app.py").touch()
        monkeypatch.setattr(
            rnalign_core, "__file__", str(tmp_path / "source" / "rnalign_core" / "__init__.py")
        )
        command = []
        monkeypatch.setattr("streamlit.web.cli.main", lambda arguments, prog_name: command.extend(arguments))
        return command

    def test_serves_this_computer_only(self, served, tmp_path):
        assert cli.main(["app", "--port", "8600", "--no-browser"]) == 0
        assert served[:2] == ["run", str(tmp_path / "source" / "app.py")]
        options = dict(option.removeprefix("--").split("=") for option in served[2:])
        assert options["server.address"] == "localhost"
        assert options["server.port"] == "8600"
        assert options["server.headless"] == "true"
        assert os.environ["RNALIGN_RUN"] == ""

    def test_opens_the_run_by_its_full_path(self, served, make_run):
        run = make_run()
        assert cli.main(["app", "--run", "run"]) == 0
        assert os.environ["RNALIGN_RUN"] == str(run.path.resolve())
        assert "--server.headless=false" in served

    def test_a_wrong_run_is_not_served(self, served, capsys):
        assert "not a run" in refused(capsys, "app", "--run", "nowhere")
        assert served == []

    def test_an_installed_package_has_no_dashboard(self, served, tmp_path, capsys):
        (tmp_path / "source" / "app.py").unlink()
        assert "make app" in refused(capsys, "app")
        assert served == []


def test_from_files_to_aligned_table(files, cohort, home, capsys):
    """Nothing is replaced here: import, train in worker processes, match, align, as a user does it."""
    assert cli.main(["import", *files, "--out", "mine.h5ad"]) == 0
    small = ["--folds", "2", "--set", "n_epochs=2", "--set", "n_latent=4", "--set", "encoder_width=16"]
    with contextlib.closing(cluster):
        assert cli.main(["train", "--cohort", "mine.h5ad", "--preset", "quick", *small]) == 0
    run = Path(capsys.readouterr().out.splitlines()[-1])
    assert run.parent == home / "runs"
    assert cli.main(["match", "--run", run.name, "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert metrics == json.loads((run / "metrics.json").read_text())
    assert cli.main(["match", "--run", run.name]) == 0
    micro = metrics["match"]["rnalign"]["micro"]["value"]
    assert f"  {100 * micro:.1f} (" in capsys.readouterr().out
    assert cli.main(["align", "--run", run.name, "--out", "aligned.parquet"]) == 0
    aligned = pd.read_parquet("aligned.parquet")
    assert sorted(aligned.index) == sorted(cohort.obs_names)
    assert np.isfinite(aligned.to_numpy()).all()
