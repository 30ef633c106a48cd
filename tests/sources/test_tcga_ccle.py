"""The full cohort from small files in the layouts of its sources, served on this machine."""

import gzip
import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnalign_core.problems import InputError, RNAlignError
from rnalign_core.sources import depmap, labels, tcga_ccle, xena
from rnalign_core.sources.tcga_ccle import build_tcga_ccle

GENES = {  # symbol, as UCSC Xena and as DepMap name it
    "TP53": ("ENSG00000141510.16", "TP53 (7157)"),
    "EGFR": ("ENSG00000146648.15", "EGFR (1956)"),
    "KRAS": ("ENSG00000133703.11", "KRAS (3845)"),
    "TSPAN6": ("ENSG00000000003.14", "TSPAN6 (7105)"),
}
ONLY_XENA = {"H19": "ENSG00000130600.15", "no gene": "ENSG00000999999.1"}
ONLY_DEPMAP = "CD19 (930)"
SAMPLES = {
    "GTEX-S4Q7-0003": ("Lung", np.nan, None),
    "TCGA-19-1787-01": ("Glioblastoma Multiforme", 0.8, "Classical"),
    "TCGA-S9-A7J2-01": ("Breast Invasive Carcinoma", np.nan, "LumA"),
    "TCGA-G3-A3CH-11": ("Liver Hepatocellular Carcinoma", np.nan, None),
    "TCGA-EK-A2RE-01": ("Breast Invasive Carcinoma", 0.45, "Basal"),
    "TARGET-20-PANI-09": ("Acute Myeloid Leukemia", np.nan, None),
}
TUMORS = ["TCGA-19-1787-01", "TCGA-S9-A7J2-01", "TCGA-EK-A2RE-01"]
LINES = {"ACH-000019": ("MCF7", "IDC"), "ACH-000768": ("MDAMB231", "IDC"), "ACH-000075": ("U87MG", "GB")}
RNG = np.random.default_rng(0)
TPM = pd.DataFrame(
    np.round(RNG.gamma(0.8, 50, (len(GENES) + 2, len(SAMPLES))), 2), [*GENES, *ONLY_XENA], list(SAMPLES)
)
TPM.iloc[:, 1] = 0, 5, 100, 0, 7, 8
LINES_TPM = pd.DataFrame(
    np.round(RNG.gamma(0.8, 50, (len(LINES), len(GENES) + 1)), 2), list(LINES), [*GENES, "CD19"]
)


def tsv(table, **options):
    return table.to_csv(sep="\t", **options)


@pytest.fixture
def files():
    """Return the content of the files by name, as their sources publish them, the phenotypes in latin-1."""
    log = np.log2(TPM + 0.001).round(4).set_axis([*(e for e, _ in GENES.values()), *ONLY_XENA.values()])
    about = pd.DataFrame(SAMPLES, ["disease", "purity", "subtype"]).T
    phenotype = about[["disease"]].set_axis(["primary disease or tissue"], axis=1)
    phenotype.insert(0, "detailed_category", "Cells - Caf\xe9")
    subtypes = about[["subtype"]].dropna().set_axis(["Subtype_mRNA"], axis=1)
    subtypes["Subtype_Selected"] = "X." + subtypes["Subtype_mRNA"]
    purity = about.loc[about["purity"].notna() | (about.index == TUMORS[1]), ["purity"]]
    lines = np.log2(LINES_TPM + 1).round(6).set_axis([*(d for _, d in GENES.values()), ONLY_DEPMAP], axis=1)
    models = pd.DataFrame(LINES, ["StrippedCellLineName", "OncotreeCode"]).T
    models["OncotreePrimaryDisease"] = "cancer"
    return {
        xena.EXPRESSION.name: gzip.compress(tsv(log, index_label="sample").encode()),
        xena.PHENOTYPE.name: gzip.compress(tsv(phenotype, index_label="sample").encode("latin-1")),
        labels.PURITY.name: tsv(purity, index_label="array").encode(),
        labels.SUBTYPES.name: gzip.compress(tsv(subtypes, index_label="sampleID", na_rep="NA").encode()),
        depmap.EXPRESSION.name: lines.to_csv().encode(),
        depmap.MODELS.name: models.to_csv(index_label="ModelID").encode(),
    }


@pytest.fixture
def sources(site, files, monkeypatch):
    """Return the site that serves the files; changes to `site.files` after this have other checksums."""
    site.files |= files
    monkeypatch.setattr(
        tcga_ccle,
        "FILES",
        tuple(
            replace(
                file,
                url=site.url + file.name,
                n_bytes=len(files[file.name]),
                known_hash=file.known_hash and "md5:" + hashlib.md5(files[file.name]).hexdigest(),
            )
            for file in tcga_ccle.FILES
        ),
    )
    return site


@pytest.fixture
def folder(files, tmp_path):
    """Return a folder that holds all the files, for work without a network."""
    folder = tmp_path / "by hand"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def offline(folder, **options):
    return build_tcga_ccle(folder, offline=True, **options)


def expected(genes):
    tumors = np.log2(TPM.loc[genes, TUMORS].T + 1)
    return pd.concat([tumors, np.log2(LINES_TPM[genes] + 1)]).to_numpy()


def test_cohort_from_the_sources(sources, tmp_path):
    told = []
    sources.breaks[xena.EXPRESSION.name] = [100]
    imported = build_tcga_ccle(tmp_path / "new", lambda *now: told.append(now))
    cohort = imported.cohort
    assert cohort.obs_names.tolist() == [*TUMORS, *LINES]
    assert cohort.var_names.tolist() == sorted(GENES)
    # four decimals of a logarithm are 3e-5 of a TPM; -9.9658 is 0 TPM
    np.testing.assert_allclose(cohort.X, expected(sorted(GENES)), atol=2e-4)
    assert cohort[TUMORS[0], "TP53"].X[0, 0] == pytest.approx(0, abs=1e-6)
    obs = cohort.obs
    assert obs["cancer_type"].tolist() == ["GBM", "BRCA", "BRCA", "BRCA", "BRCA", "GBM"]
    assert obs["subtype"].tolist()[:3] == ["Classical", "LumA", "Basal"]
    assert obs["purity"].tolist() == pytest.approx([0.8, np.nan, 0.45, 1, 1, 1], nan_ok=True)
    assert obs["name"].tolist() == [*TUMORS, "MCF7", "MDAMB231", "U87MG"]
    assert obs["source"].tolist() == ["TCGA"] * 3 + ["DepMap"] * 3
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
    assert len(sources.requests) == 7
    again = build_tcga_ccle(tmp_path / "new").cohort
    assert again.uns["rnalign"]["cohort_id"] == cohort.uns["rnalign"]["cohort_id"]
    assert len(sources.requests) == 7


def test_what_the_user_is_told(folder, files):
    imported = offline(folder)
    warnings = "\n".join(map(str, imported.warnings))
    assert "3 of 6 samples left out: 1 " in warnings
    for reason in ("normal tissue of GTEx", "normal tissue next to a tumor", "childhood cancers of TARGET"):
        assert f"1 {reason}" in warnings
    assert "1 of 3 tumors without a purity" in warnings
    assert "1 of 6 genes not in the table of cell lines, left out" in warnings
    assert "1 of 5 genes not in all files, left out" in warnings
    tumors, lines = imported.tables
    assert (tumors.n_samples, tumors.n_genes, tumors.n_genes_unmapped) == (6, 6, 1)
    assert (tumors.gene_ids, tumors.unit) == ("Ensembl ids with version", "log2(TPM+0.001)")
    assert (lines.n_samples, lines.n_genes) == (3, 5)
    provenance = "\n".join(imported.cohort.uns["rnalign"]["provenance"])
    for name, content in files.items():
        assert f"{name}: put there by hand" in provenance
        assert hashlib.sha256(content).hexdigest() in provenance
    assert "24Q4 is CC BY 4.0" in provenance


def test_newer_layout_of_depmap(folder):
    table = pd.read_csv(folder / depmap.EXPRESSION.name, index_col=0)
    (folder / depmap.EXPRESSION.name).unlink()
    about = pd.DataFrame(
        {
            "SequencingID": [f"CDS-{i}" for i in range(4)],
            "ModelID": [*LINES, "ACH-000019"],
            "IsDefaultEntryForModel": ["Yes", "Yes", "Yes", "No"],
            "ModelConditionID": "MC-1",
            "IsDefaultEntryForMC": "Yes",
        }
    )
    profiles = pd.concat([about, table.iloc[[0, 1, 2, 0]].reset_index(drop=True)], axis=1)
    profiles.to_csv(folder / "OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv")
    cohort = offline(folder).cohort
    assert cohort.obs_names.tolist() == [*TUMORS, *LINES]
    np.testing.assert_allclose(cohort.X, expected(sorted(GENES)), atol=2e-4)


def test_unpacked_files_and_an_own_table_of_types(folder, tmp_path):
    for file, name in ((xena.EXPRESSION, xena.EXPRESSION.other_names[0]), (xena.PHENOTYPE, None)):
        content = gzip.decompress((folder / file.name).read_bytes())
        (folder / file.name).unlink()
        (folder / (name or file.name)).write_bytes(content)
    own = tmp_path / "own.csv"
    own.write_text("oncotree_code,cancer_type\nGB,LGG\n")
    cohort = offline(folder, mapping=str(own)).cohort
    assert cohort.obs["cancer_type"].tolist()[3:] == ["BRCA", "BRCA", "LGG"]


def test_genes_of_the_same_symbol_are_averaged(folder, files):
    table = gzip.decompress(files[xena.EXPRESSION.name]).decode()
    second = "ENSG00000141510.99" + "\t3.0" * len(SAMPLES)
    (folder / xena.EXPRESSION.name).write_bytes(gzip.compress(f"{table}{second}\n".encode()))
    cohort = offline(folder).cohort
    by_hand = (np.log2(TPM.loc["TP53", TUMORS] + 1) + np.log2(2**3.0 - 0.001 + 1)) / 2
    np.testing.assert_allclose(cohort[TUMORS, "TP53"].X[:, 0], by_hand, atol=2e-4)


def test_offline_without_files_says_which_and_where(tmp_path):
    with pytest.raises(InputError) as error:
        offline(tmp_path / "empty")
    fixes = [problem.fix for problem in error.value.problems]
    assert len(fixes) == 6
    assert all("https://" in fix for fix in fixes)
    assert sum("https://depmap.org/portal/data_page" in fix for fix in fixes) == 2


def test_wrong_checksum_of_a_source(sources, tmp_path):
    sources.files[depmap.MODELS.name] += b"ACH-1,x,LUAD,y\n"
    with pytest.raises(RNAlignError, match=r"Model\.csv was downloaded, but its checksum is not md5:"):
        build_tcga_ccle(tmp_path / "new")
    assert not (tmp_path / "new" / "Model.csv").exists()


@pytest.mark.parametrize("name", [xena.EXPRESSION.name, xena.PHENOTYPE.name, labels.SUBTYPES.name])
def test_truncated_file(folder, files, name):
    (folder / name).write_bytes(files[name][: len(files[name]) * 2 // 3])
    with pytest.raises(InputError, match=r"damaged, cut off.*Delete it, to have it downloaded again"):
        offline(folder)


@pytest.mark.parametrize(
    ("file", "column"),
    [
        (xena.PHENOTYPE, "primary disease or tissue"),
        (labels.PURITY, "purity"),
        (labels.SUBTYPES, "Subtype_mRNA"),
        (depmap.MODELS, "OncotreeCode"),
    ],
)
def test_changed_column(folder, files, file, column):
    content = files[file.name]
    packed = file.name.endswith(".gz")
    text = gzip.decompress(content) if packed else content
    text = text.replace(column.encode(), b"renamed", 1)
    (folder / file.name).write_bytes(gzip.compress(text) if packed else text)
    with pytest.raises(InputError, match=f"no column {column}; the columns are .*renamed"):
        offline(folder)


def test_a_folder_that_changed(folder):
    offline(folder)
    (folder / labels.PURITY.name).write_text("array\tpurity\n")
    with pytest.raises(InputError, match=r"it has changed since"):
        offline(folder)


def test_progress_can_end_the_work(folder):
    class Cancelled(Exception):
        pass

    def cancel(fraction, message):
        if message.startswith("Reading TcgaTarget"):
            raise Cancelled

    with pytest.raises(Cancelled):
        build_tcga_ccle(folder, cancel, offline=True)
