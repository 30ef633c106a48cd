"""``rnalign runs``, ``match`` and ``align``, and the way from files to an aligned table."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from rnalign_core import cli
from rnalign_core.jobs import cluster
from rnalign_core.model import Run, Settings, create_run


class TestRuns:
    def test_lists_runs_with_their_state(self, home, cohort_file, capsys, honest):
        create_run(home / "runs" / "begun", cohort_file, Settings(variant="no_cor"))
        done = create_run(home / "runs" / "done", cohort_file, Settings())
        (done.path / "metrics.json").write_text(json.dumps(honest))
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
    def test_before_and_after_with_intervals(self, make_run, capsys, honest):
        make_run(metrics=honest)
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

    def test_says_what_was_counted(self, make_run, capsys, honest):
        make_run(metrics=honest)
        cli.main(["match", "--run", "run"])
        out = capsys.readouterr().out
        assert honest["definition"] in out
        assert "123 cell lines of 9 cancer types" in out
        assert "300 tumors, 100 cell lines, 200 genes" in out

    def test_label_conditioned_is_never_shown_as_a_match(self, make_run, capsys, echoing):
        make_run(metrics=echoing, variant="type_conditioned")
        assert cli.main(["match", "--run", "run"]) == 0
        out = capsys.readouterr().out
        assert "label-conditioned: not evidence of similarity" in out
        assert "96.4 (93.1 to 98.8)" in out
        assert "by chance 3.1" in out
        assert "of 117 lines told a wrong type" in out
        assert not {"after", "never"} & set(out.split())

    def test_json_is_the_metrics_file(self, make_run, capsys, honest):
        make_run(metrics=honest)
        assert cli.main(["match", "--run", "run", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"metrics": honest}

    def test_a_run_is_found_by_its_name_in_the_data_home(self, home, cohort_file, capsys, honest):
        run = create_run(home / "runs" / "mine", cohort_file, Settings())
        (run.path / "metrics.json").write_text(json.dumps(honest))
        assert cli.main(["match", "--run", "mine"]) == 0
        assert "Run mine" in capsys.readouterr().out

    def test_the_run_must_be_finished(self, make_run, refused):
        make_run()
        assert "rnalign train --resume --out run" in refused("match", "--run", "run")
        assert "not a run" in refused("match", "--run", "elsewhere")


class TestAlign:
    @pytest.fixture
    def aligned(self, make_run, monkeypatch, honest):
        make_run(metrics=honest)
        values = np.array([[1.23456, 0], [7, 2.5]], dtype=np.float32)
        made = ad.AnnData(values + 1, pd.DataFrame(index=["a", "b"]), pd.DataFrame(index=["TP53", "MYC"]))
        made.layers["rnalign"], made.layers["rnalign_residual"] = values, values + 10
        monkeypatch.setattr("rnalign_core.decode.results.aligned_cohort", lambda run: made)
        return made

    def test_h5ad_holds_input_and_aligned(self, aligned, capsys):
        assert cli.main(["align", "--run", "run", "--out", "new/aligned.h5ad"]) == 0
        assert capsys.readouterr().out == "new/aligned.h5ad\n"
        read = ad.read_h5ad("new/aligned.h5ad")
        np.testing.assert_array_equal(read.layers["rnalign"], aligned.layers["rnalign"])
        np.testing.assert_array_equal(read.X, aligned.X)

    def test_parquet_is_the_aligned_layer_with_its_provenance(self, aligned):
        assert cli.main(["align", "--run", "run", "--out", "aligned.parquet"]) == 0
        made = pd.read_parquet("aligned.parquet")
        pd.testing.assert_frame_equal(made, aligned.to_df("rnalign"), check_names=False)
        assert made.attrs["provenance"][0].startswith("cohort: ")

    def test_csv_has_four_decimals_below_its_provenance(self, aligned):
        assert cli.main(["align", "--run", "run", "--out", "aligned.csv"]) == 0
        made = pd.read_csv("aligned.csv", comment="#", index_col="sample_id")
        assert made.loc["b"].to_dict() == {"TP53": 7, "MYC": 2.5}
        assert made.loc["a", "TP53"] == 1.2346
        head = Path("aligned.csv").read_text().splitlines()[0]
        assert head == "# " + Run.open("run").provenance[0]

    def test_with_the_residual(self, aligned):
        assert cli.main(["align", "--run", "run", "--residual", "--out", "aligned.parquet"]) == 0
        assert pd.read_parquet("aligned.parquet").loc["b"].to_dict() == {"TP53": 17, "MYC": 12.5}

    def test_other_kinds_of_file_and_existing_ones_are_refused(self, aligned, refused):
        assert "'.xlsx'" in refused("align", "--run", "run", "--out", "aligned.xlsx")
        Path("aligned.csv").write_text("precious")
        assert "exists already" in refused("align", "--run", "run", "--out", "aligned.csv")
        assert Path("aligned.csv").read_text() == "precious"


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
