"""``rnalign import`` and ``rnalign demo``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from rnalign_core import cli
from rnalign_core.cohort import load_cohort
from rnalign_core.cohort.demo import simulate


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

    def test_goes_to_the_data_home_under_its_title(self, files, home, capsys, refused):
        assert cli.main(["import", *files, "--title", "Breast / lung, v2"]) == 0
        path = home / "cohorts" / "Breast-lung-v2.h5ad"
        assert capsys.readouterr().out == f"{path}\n"
        assert load_cohort(path).uns["rnalign"]["title"] == "Breast / lung, v2"
        assert "exists already" in refused("import", *files, "--title", "Breast / lung, v2")

    def test_only_a_cohort_file_is_written(self, files, refused):
        assert "ends in .h5ad" in refused("import", *files, "--out", "mine.csv")
        assert not Path("mine.csv").exists()

    def test_all_problems_are_listed_and_nothing_is_written(self, files, home, refused):
        Path("lines.csv").unlink()
        labels = pd.read_csv("samples.csv")
        labels.loc[0, "purity"] = 85
        labels.loc[1, "sample_type"] = "blood"
        labels.to_csv("samples.csv", index=False)
        err = refused("import", *files, "--unit", "auto", "--unit", "FPKM")
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

    def test_an_existing_file_is_replaced_by_force_only(self, files, refused):
        out = Path("mine.h5ad")
        out.write_text("precious")
        assert "exists already" in refused("import", *files, "--out", out)
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

    def test_only_a_cohort_file_is_written(self, refused):
        assert "ends in .h5ad" in refused("demo", "--out", "sim.csv")
        assert not list(Path().glob("sim*"))

    def test_neither_file_is_overwritten(self, refused):
        Path("sim.truth.csv").write_text("precious")
        assert "sim.truth.csv" in refused("demo", "--out", "sim.h5ad")
        assert not Path("sim.h5ad").exists()
