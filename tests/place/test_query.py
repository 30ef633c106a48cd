"""An upload is read whichever way it lies, or refused with everything that is wrong."""

import gzip

import numpy as np
import pandas as pd
import pytest

from rnalign_core.cohort.genes import known_symbols
from rnalign_core.place import limits, read_query
from rnalign_core.problems import InputError

GENES = pd.Index(known_symbols()[100:140])
LOG = pd.DataFrame(
    np.random.default_rng(0).gamma(2, 2, (6, 40)).astype(np.float32),
    [f"patient-{i}" for i in range(6)],
    GENES,
)


@pytest.fixture
def write(tmp_path):
    """A function that writes a table as a file and returns its path."""

    def written(table, name="upload.csv", **options):
        table.to_csv(tmp_path / name, sep="\t" if ".tsv" in name else ",", **options)
        return tmp_path / name

    return written


def problems_of(*arguments, **options):
    with pytest.raises(InputError) as caught:
        read_query(*arguments, **options)
    return "\n".join(map(str, caught.value.problems))


@pytest.mark.parametrize("lies", ["samples x genes", "genes x samples"])
@pytest.mark.parametrize("name", ["upload.csv", "upload.tsv.gz"])
def test_either_way_round_without_a_table_of_samples(write, lies, name):
    table = LOG if lies == "samples x genes" else LOG.T
    found = read_query(write(table.iloc[:, ::-1], name), genes=GENES)
    assert found.report.orientation == lies
    assert found.genes.equals(GENES)
    assert sorted(found.samples.index) == list(LOG.index)
    np.testing.assert_allclose(found.values, LOG.loc[found.samples.index], rtol=1e-5)
    assert (found.samples["sample_type"] == "tumor").all()
    assert found.samples["purity"].isna().all()
    assert found.samples["name"].tolist() == found.samples.index.tolist()


def test_units_are_brought_to_log2_tpm(write):
    tpm = np.exp2(LOG) - 1
    found = read_query(write(tpm), genes=GENES, unit="TPM")
    np.testing.assert_allclose(found.values, LOG, atol=1e-4)
    counts = (tpm * 1000).round()
    found = read_query(write(counts), genes=GENES)
    assert found.report.unit == "counts"
    million = counts.div(counts.sum(axis=1), axis=0) * 1e6
    np.testing.assert_allclose(found.values, np.log2(million + 1), atol=1e-3)


def test_columns_about_genes_are_left_out_and_said(write):
    table = LOG.T.rename_axis("Hugo_Symbol").reset_index()
    table.insert(1, "Length", np.arange(300, 300 + len(GENES)))
    table.insert(1, "Entrez_Gene_Id", np.arange(10**6, 10**6 + len(GENES)))
    found = read_query(write(table, "cna.tsv", index=False), genes=GENES)
    assert found.samples.index.tolist() == list(LOG.index)
    assert found.report.unit == "log2(TPM+1)"
    assert "2 columns without expression left out: Length, Entrez_Gene_Id" in [p.what for p in found.warnings]


def test_genes_that_are_missing_stay_missing_and_are_said(write):
    found = read_query(write(LOG.iloc[:, 10:]), genes=GENES)
    assert np.isnan(found.values[:, :10]).all()
    assert not np.isnan(found.values[:, 10:]).any()
    assert found.missing.tolist() == [True] * 10 + [False] * 30
    [warning] = [p for p in found.warnings if "genes (25%) are missing" in p.what]
    assert warning.severity == "warning"


def test_with_too_few_genes_nothing_is_placed(write):
    assert "34 of the model's 40 genes (85%) are missing" in problems_of(write(LOG.iloc[:, :6]), genes=GENES)


def test_what_a_table_of_samples_says(write, tmp_path):
    samples = tmp_path / "samples.csv"
    samples.write_text(
        "Sample ID,Sample type,purity,cancer type\npatient-3,cell line,,\npatient-1,,0.4,BRCA\n"
        "patient-0,tumour,,\nQ9,tumor,,\n"
    )
    found = read_query(write(LOG), samples, genes=GENES)
    assert found.samples.index.tolist() == ["patient-3", "patient-1", "patient-0"]
    assert found.samples["sample_type"].tolist() == ["cell_line", "tumor", "tumor"]
    np.testing.assert_array_equal(found.samples["purity"], [1, 0.4, np.nan])
    assert found.samples["cancer_type"].tolist()[1] == "BRCA"
    np.testing.assert_allclose(found.values, LOG.loc[["patient-3", "patient-1", "patient-0"]], rtol=1e-5)
    said = " ".join(p.what for p in found.warnings)
    assert "1 sample without expression, left out: Q9" in said
    assert "3 samples not in the table of samples, left out" in said


def test_new_lines_without_a_table_of_samples(write):
    found = read_query(write(LOG), genes=GENES, sample_type="cell_line")
    assert (found.samples["sample_type"] == "cell_line").all()
    assert (found.samples["purity"] == 1).all()


def test_the_column_that_names_the_genes_can_be_chosen(write):
    table = LOG.T.rename_axis("symbol").reset_index()
    table.insert(1, "neighbour", np.roll(GENES, 1))
    path = write(table, index=False)
    by_symbol = read_query(path, genes=GENES, gene_ids="symbol")
    np.testing.assert_allclose(by_symbol.values, LOG, rtol=1e-5)
    by_neighbour = read_query(path, genes=GENES, gene_ids="neighbour")
    np.testing.assert_allclose(by_neighbour.values, np.roll(LOG, -1, axis=1), rtol=1e-5)
    assert "no column of text 'gene'" in problems_of(path, genes=GENES, gene_ids="gene")


def test_the_orientation_can_be_corrected(write):
    """Samples that are named like genes."""
    table = LOG.iloc[:, :3].set_axis(known_symbols()[:6])
    assert read_query(write(table), genes=GENES[:3], orientation="samples x genes").values.shape == (6, 3)
    wrong = problems_of(write(LOG), genes=GENES, orientation="genes x samples")
    assert "no known human gene" in wrong


def test_corrections_that_are_none(write):
    found = problems_of(
        write(LOG), genes=GENES, orientation="upside down", unit="litres", sample_type="mouse"
    )
    assert all(word in found for word in ("upside down", "litres", "mouse"))


def test_every_problem_of_both_files_is_said_at_once(write, tmp_path):
    samples = tmp_path / "samples.csv"
    samples.write_text(
        "sample_id,sample_type,purity\npatient-0,normal,60\npatient-1,tumor,\npatient-1,tumor,\n"
    )
    table = LOG.astype(object)
    table.iloc[1, 2] = "high"
    found = problems_of(write(table), samples, genes=GENES)
    for words in ("unknown sample type 'normal'", "percent", "more than once", "1 cell with text"):
        assert words in found


def test_ids_that_do_not_join(write, tmp_path):
    samples = tmp_path / "samples.csv"
    samples.write_text("sample_id,name\nA,a\nB,b\n")
    assert "is in the table of samples" in problems_of(write(LOG), samples, genes=GENES)


def test_no_genes_at_all(write):
    table = LOG.set_axis([f"probe{i}" for i in range(40)], axis=1)
    assert "no known human gene" in problems_of(write(table), genes=GENES)


def test_a_file_that_is_not_there(tmp_path):
    assert "no such file" in problems_of(tmp_path / "none.csv", genes=GENES)


def test_limits(write, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_SAMPLES", 5)
    assert "6 samples, more than 5" in problems_of(write(LOG), genes=GENES)
    monkeypatch.setattr(limits, "MAX_BYTES", 1000)
    assert "more than 0 MB" in problems_of(write(LOG), genes=GENES)


@pytest.mark.parametrize("kind", ["gzip", "parquet", "dense h5ad", "sparse h5ad"])
def test_a_small_file_that_is_large_in_memory_is_not_read(tmp_path, monkeypatch, kind):
    import anndata as ad
    from scipy import sparse

    zeros = np.zeros((300, 40), dtype=np.float32)
    monkeypatch.setattr(limits, "MAX_EXPANDED", zeros.nbytes // 2)
    if kind == "gzip":
        path = tmp_path / "bomb.csv.gz"
        path.write_bytes(gzip.compress(b"0" * 60_000))
    elif kind == "parquet":
        path = tmp_path / "bomb.parquet"
        pd.DataFrame(zeros, columns=GENES).to_parquet(path, compression="gzip")
    else:
        path = tmp_path / "bomb.h5ad"
        x = sparse.csr_matrix(zeros) if kind.startswith("sparse") else zeros
        ad.AnnData(x, var=pd.DataFrame(index=GENES)).write_h5ad(path, compression="gzip")
    assert "when it is read" in problems_of(path, genes=GENES)
