import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnalign_core.cohort import CELL_LINE, TUMOR, UNIT, import_cohort, load_cohort, save_cohort
from rnalign_core.problems import InputError


@pytest.fixture
def run(save, samples):
    """Return a function that imports expression tables, with the standard table of samples or another."""

    def run(*frames, samples=samples, **options):
        paths = [save(frame, f"expression{k}.csv") for k, frame in enumerate(frames)]
        return import_cohort(paths, save(samples, "samples.csv"), **options)

    return run


def errors(run, *args, **options):
    with pytest.raises(InputError) as caught:
        run(*args, **options)
    return [p.what for p in caught.value.problems if p.severity == "error"]


def warnings(imported):
    return [w.what for w in imported.warnings]


def test_a_sound_table_gives_a_cohort_without_warnings(run, expression):
    imported = run(expression, title="Mine")
    cohort = imported.cohort
    assert imported.warnings == ()
    assert list(cohort.obs_names) == list(expression.index)
    assert list(cohort.var_names) == sorted(expression.columns)
    np.testing.assert_allclose(cohort.X, expression[sorted(expression.columns)], rtol=1e-6)
    assert cohort.obs["sample_type"].tolist() == [TUMOR] * 5 + [CELL_LINE] * 3
    assert cohort.obs["purity"].iloc[5:].tolist() == [1, 1, 1]
    assert cohort.obs["purity"].isna().sum() == 1
    assert cohort.obs["name"].tolist() == list(expression.index)
    about = cohort.uns["rnalign"]
    assert (about["title"], about["unit"], about["simulated"]) == ("Mine", UNIT, False)
    (report,) = imported.tables
    assert (report.file, report.n_samples, report.n_genes) == ("expression0.csv", 8, 10)
    assert (report.orientation, report.gene_ids, report.unit) == ("samples x genes", "HGNC symbols", UNIT)
    assert (report.n_genes_unmapped, report.n_genes_collapsed) == (0, 0)


def test_provenance_names_files_but_not_folders(run, expression, tmp_path):
    provenance = " ".join(run(expression).cohort.uns["rnalign"]["provenance"])
    assert "expression0.csv: 8 of 8 samples; 10 genes by HGNC symbols" in provenance
    assert "in log2(TPM+1)" in provenance
    assert str(tmp_path) not in provenance


def test_the_cohort_can_be_saved(run, expression, tmp_path):
    cohort = run(expression).cohort
    save_cohort(cohort, tmp_path / "cohort.h5ad")
    assert (
        load_cohort(tmp_path / "cohort.h5ad").uns["rnalign"]["cohort_id"]
        == cohort.uns["rnalign"]["cohort_id"]
    )


LAYOUTS = {
    "transposed": lambda x, e: x.T,
    "shuffled": lambda x, e: x.iloc[::-1, ::-1],
    "Ensembl": lambda x, e: x.rename(columns=e),
    "Ensembl with version, transposed": lambda x, e: x.rename(columns={s: f"{i}.7" for s, i in e.items()}).T,
    "pairs": lambda x, e: x.rename(columns={s: f"{s} ({i})" for s, i in e.items()}),
    "a column of notes": lambda x, e: x.assign(note="text"),
    "a stranger": lambda x, e: pd.concat([x, x.iloc[:1].rename(index={"T0": "stranger"})]),
    "a gene of another kind": lambda x, e: x.assign(**{"1007_s_at": 1.5}),
    "the same gene twice": lambda x, e: pd.concat([x, x[["TP53"]]], axis=1),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layout_of_a_file_does_not_change_the_cohort(run, expression, ensembl, layout):
    plain = run(expression).cohort
    other = run(LAYOUTS[layout](expression, ensembl)).cohort
    assert other.uns["rnalign"]["cohort_id"] == plain.uns["rnalign"]["cohort_id"]


@pytest.mark.parametrize(
    ("unit", "convert"),
    [("TPM", lambda x: np.exp2(x) - 1), ("log2(TPM+0.001)", lambda x: np.log2(np.exp2(x) - 0.999))],
)
def test_the_unit_of_a_file_does_not_change_the_cohort(run, expression, unit, convert):
    expression.iloc[0, 0] = 0
    imported = run(convert(expression.astype(float)))
    np.testing.assert_allclose(imported.cohort.X, run(expression).cohort.X, atol=1e-3)
    assert imported.tables[0].unit == unit


def test_splitting_a_file_does_not_change_the_cohort(run, expression, ensembl):
    whole = run(expression).cohort
    parts = run(expression.iloc[5:].rename(columns=ensembl), expression.iloc[:5].T)
    assert parts.cohort.uns["rnalign"]["cohort_id"] == whole.uns["rnalign"]["cohort_id"]
    assert [t.n_samples for t in parts.tables] == [3, 5]


def test_counts_are_scaled_and_said_not_to_be_tpm(run, expression):
    counts = np.rint(np.exp2(expression + 5))
    imported = run(counts)
    cpm = 1e6 * counts.div(counts.sum(axis=1), axis=0)
    np.testing.assert_allclose(imported.cohort.X, np.log2(cpm + 1)[sorted(counts)], rtol=1e-5)
    (warning,) = warnings(imported)
    assert "log2(CPM+1), not TPM" in warning
    assert "log2(CPM+1)" in " ".join(imported.cohort.uns["rnalign"]["provenance"])


def test_a_given_unit_wins(run, expression):
    tpm = run(expression, units=["TPM"]).cohort
    np.testing.assert_allclose(tpm.X, np.log2(expression[sorted(expression)] + 1), rtol=1e-5)


def test_genes_of_one_symbol_are_averaged_after_conversion(run, expression):
    tpm = np.exp2(expression.astype(float)) - 1
    tpm = tpm.assign(ENSG00000141510=3.0)  # TP53 again, log2(3+1) = 2
    imported = run(tpm)
    np.testing.assert_allclose(imported.cohort[:, "TP53"].X[:, 0], (expression["TP53"] + 2) / 2, rtol=1e-4)
    assert imported.tables[0].n_genes_collapsed == 1
    assert warnings(imported) == ["1 gene with the symbol of another, averaged with it in log2(TPM+1)"]


def test_what_is_left_out_is_counted(run, expression, samples):
    expression["MYC"] = 2.5
    expression["junk"] = 1.5
    first, second = expression.iloc[:5].drop(columns="KRAS"), expression.iloc[5:]
    second = pd.concat([second, second.iloc[:1].rename(index={"L0": "stranger"})])
    more = pd.concat([samples, samples.tail(1).assign(sample_id="L9")])
    imported = run(first, second, samples=more)
    assert set(imported.cohort.var_names) == set(expression.columns) - {"MYC", "KRAS", "junk"}
    found = "\n".join(warnings(imported))
    assert "1 of 10 genes left out" in found
    assert "1 of 11 genes left out" in found
    assert "1 sample not in the table of samples, left out: stranger" in found
    assert "1 sample without expression, left out: L9" in found
    assert "1 of 10 genes not in all files, left out" in found
    assert "1 gene constant over all samples, left out: MYC" in found
    assert imported.tables[0].n_genes_unmapped == 1


def test_everything_wrong_is_reported_at_once(run, expression, samples, tmp_path):
    expression = expression.astype(object)
    expression.iloc[0, 0], expression.iloc[1, 1], expression.iloc[2, 2], expression.iloc[3, 3] = (
        "x",
        "",
        "inf",
        -4,
    )
    samples.loc[0, "sample_type"], samples.loc[1, "purity"] = "normal", 60
    (tmp_path / "empty.csv").touch()
    broken = [tmp_path / "expression0.csv", tmp_path / "empty.csv", tmp_path / "absent.csv"]
    expression.to_csv(broken[0])
    samples.to_csv(tmp_path / "samples.csv", index=False)
    found = errors(import_cohort, broken, tmp_path / "samples.csv", units=[None, "FPKM"])
    assert found == [
        "2 units for 3 expression files",
        "no such unit: FPKM",
        "1 cell with text instead of a number: sample T0, gene TP53 ('x')",
        "1 cell in 1 sample without a value: sample T1, gene EGFR (nan)",
        "1 cell in 1 sample with an infinite value: sample T2, gene BRCA1 (inf)",
        "1 cell in 1 sample with a value impossible in log2(TPM+1) (negative, or too large for a logarithm): "
        "sample T3, gene BRCA2 (-4)",
        "the file is empty",
        "there is no such file",
        "1 row of the unknown sample type 'normal': T0",
        "1 row with a purity that looks like percent: T1 (60.0)",
    ]


def test_a_broken_table_of_samples_does_not_hide_a_broken_file(tmp_path):
    (tmp_path / "expression.csv").touch()
    (tmp_path / "samples.csv").write_text("id,type\nS1,tumor\n")
    found = errors(import_cohort, [tmp_path / "expression.csv"], tmp_path / "samples.csv")
    assert len(found) == 3
    assert any("no column `sample_type`" in what for what in found)
    assert "the file is empty" in found


def test_z_scores_are_refused(run, expression):
    (what,) = errors(run, (expression - expression.mean()) / expression.std())
    assert "impossible in log2(TPM+1)" in what


def test_files_without_a_common_gene(run, expression):
    found = errors(run, expression.iloc[:5, :5], expression.iloc[5:, 5:])
    assert found == ["the expression files share no gene"]


def test_a_sample_in_two_files(run, expression):
    found = errors(run, expression.iloc[:6], expression.iloc[5:])
    assert found == ["1 sample in more than one expression file: L0"]


def test_a_sample_twice_in_one_file(run, expression):
    assert errors(run, pd.concat([expression, expression.tail(1)])) == ["1 sample more than once: L2"]


def test_constant_genes_only(run, expression):
    assert errors(run, expression * 0 + 1.5) == ["every gene is constant"]


def test_samples_without_expression_of_anything(run, expression):
    expression.iloc[2] = 0
    assert errors(run, expression) == ["1 sample without any expression: T2"]


def test_only_tumors_and_only_lines(run, expression):
    assert errors(run, expression.iloc[:5]) == ["no cell line among the 5 samples with expression"]
    assert errors(run, expression.iloc[5:]) == ["no tumor among the 3 samples with expression"]


def test_no_file_at_all(run):
    assert errors(run) == ["no expression file"]


@pytest.mark.realdata
def test_real_data(tmp_path):
    folder = os.environ.get("RNALIGN_REALDATA")
    if not folder:
        pytest.skip("RNALIGN_REALDATA is not set")
    files = Path(folder) / "expression.parquet", Path(folder) / "samples.csv"
    imported = import_cohort([files[0]], files[1])
    frame, samples = pd.read_parquet(files[0]), pd.read_csv(files[1], index_col=0)
    cohort = imported.cohort
    assert cohort.shape == frame.shape
    assert cohort.obs["cancer_type"].astype(object).equals(samples["cancer_type"])
    assert {"CCN2", "WARS1"} <= set(cohort.var_names)
    np.testing.assert_array_equal(cohort[:, "CCN2"].X[:, 0], frame["CTGF"])
    np.testing.assert_array_equal(cohort[:, "GATA3"].X[:, 0], frame["GATA3"])
    assert any("million" in w.what for w in imported.warnings)
