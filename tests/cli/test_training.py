"""``rnalign train`` and its progress."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from rnalign_core import cli, jobs
from rnalign_core.cli.progress import ProgressBar
from rnalign_core.model import PRESETS, VARIANTS, Run, Settings


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

    def test_the_run_has_the_settings_of_the_command_line(self, cohort_file, training, capsys, honest):
        (run,) = [training("finished", honest)]
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

    def test_what_the_variant_of_a_preset_implies_goes_with_it(self, cohort_file, training, honest):
        (run,) = [training("finished", honest)]
        cli.main(
            ["train", "--cohort", str(cohort_file), "--out", "run", "--preset", "poster", "--variant", "full"]
        )
        assert run[0].settings == Settings(grad_form="elbo")

    def test_every_wrong_setting_is_listed(self, cohort_file, refused):
        wrong = ["--seed", "-1", "--set", "n_epochs=abc", "--set", "n_layers=3", "--set", "w_cor"]
        err = refused("train", "--cohort", cohort_file, "--out", "run", *wrong)
        assert all(f"error: setting {name}\n" in err for name in ("seed", "n_epochs", "n_layers", "w_cor"))
        assert "Choose from variant, seed, n_folds" in err
        assert not Path("run").exists()

    def test_a_cohort_must_be_named_and_be_there(self, refused):
        assert "no cohort is named" in refused("train", "--out", "run")
        assert "no such file" in refused("train", "--out", "run", "--cohort", "nowhere.h5ad")
        assert not Path("run").exists()

    def test_runs_without_a_name_get_one_each(self, cohort_file, training, home, honest):
        started = training("finished", honest)
        for _ in range(2):
            assert cli.main(["train", "--cohort", str(cohort_file), "--preset", "quick"]) == 0
        first, second = (run.path for run in started)
        assert first.parent == home / "runs"
        assert first.name.endswith("-quick")
        assert second.name == f"{first.name}-2"

    def test_an_existing_folder_is_left_alone(self, cohort_file, make_run, refused):
        settings = (make_run().path / "settings.json").read_bytes()
        assert "not empty" in refused("train", "--cohort", cohort_file, "--out", "run", "--seed", 9)
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

    def test_resume_takes_the_run_as_it_is(self, make_run, training, capsys, honest):
        settings = make_run(seed=3).settings
        started = training("finished", honest)
        assert cli.main(["train", "--resume", "--out", "run"]) == 0
        assert [(run.path, run.settings) for run in started] == [(Path("run"), settings)]

    def test_resume_refuses_new_settings(self, refused):
        err = refused("train", "--resume", "--seed", 0, "--set", "w_cor=1", "--preset", "full")
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
    assert lines[1] == " 10% about 2 minutes left, step 10"
