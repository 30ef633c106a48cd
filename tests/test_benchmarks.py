"""The scripts in ``benchmarks/`` run as their own text says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rnalign_core.cohort import save_cohort
from rnalign_core.cohort.demo import simulate

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_tuning_reports_what_the_choice_is_worth_and_goes_on(tmp_path):
    save_cohort(simulate(3, n_tumors=400, n_lines=150, n_genes=200).cohort, tmp_path / "cohort.h5ad")

    def tune(trials):
        command = ["benchmarks/tune.py", "--cohort", tmp_path / "cohort.h5ad", "--search", "lda"]
        command += ["--trials", str(trials), "--out", tmp_path / "out"]
        done = subprocess.run(
            [sys.executable, *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout

    tune(2)
    first = (tmp_path / "out" / "trial-001.parquet").stat().st_mtime_ns
    shown = tune(3)
    assert (tmp_path / "out" / "trial-001.parquet").stat().st_mtime_ns == first
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["trials"] == 3
    assert set(result["chosen_for_fold"]) == set("01234")
    assert 0 < result["nested"]["profiles"]["match"] <= 1
    assert result["n_lines"] > 50
    assert shown.count('"n_components"') >= 3
