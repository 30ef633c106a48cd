import csv
import gzip
from importlib.resources import files

import pytest

from rnalign_core.cohort.genes import known_symbols, match_genes

# symbol, Ensembl gene, Entrez gene: looked up by hand, not in the project's own table
KNOWN = """
TP53 ENSG00000141510 7157
EGFR ENSG00000146648 1956
BRCA1 ENSG00000012048 672
BRCA2 ENSG00000139618 675
KRAS ENSG00000133703 3845
MYC ENSG00000136997 4609
PTEN ENSG00000171862 5728
ESR1 ENSG00000091831 2099
ERBB2 ENSG00000141736 2064
GAPDH ENSG00000111640 2597
ACTB ENSG00000075624 60
TSPAN6 ENSG00000000003 7105
CD19 ENSG00000177455 930
"""
KNOWN = [line.split() for line in KNOWN.strip().splitlines()]
SYMBOLS, ENSEMBL, ENTREZ = (list(column) for column in zip(*KNOWN, strict=True))


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (SYMBOLS, "HGNC symbols"),
        (ENSEMBL, "Ensembl ids"),
        ([f"{e}.{k}" for k, e in enumerate(ENSEMBL, 1)], "Ensembl ids with version"),
        (ENTREZ, "Entrez ids"),
        (
            [f"{s} ({e})" for s, e in zip(SYMBOLS, ENTREZ, strict=True)],
            "pairs of HGNC symbols and Entrez ids",
        ),
        (
            [f"{s} ({e})" for s, e in zip(SYMBOLS, ENSEMBL, strict=True)],
            "pairs of HGNC symbols and Ensembl ids",
        ),
        ([f"{s}|{e}" for s, e in zip(SYMBOLS, ENTREZ, strict=True)], "pairs of HGNC symbols and Entrez ids"),
        ([f" {s} " for s in SYMBOLS], "HGNC symbols"),
    ],
)
def test_every_kind_of_id_gives_the_symbols(labels, kind):
    match = match_genes(labels)
    assert match.symbols.tolist() == SYMBOLS
    assert match.kind == kind
    assert match.share_known == 1


@pytest.mark.parametrize(
    ("old", "current"),
    [
        ("CTGF", "CCN2"),
        ("SEPT2", "SEPTIN2"),
        ("MARCH1", "MARCHF1"),
        ("WARS", "WARS1"),
        ("H3F3A", "H3-3A"),
        ("PD-L1", "CD274"),
        ("HER2", "ERBB2"),
        ("C9ORF72", "C9orf72"),
    ],
)
def test_old_names_become_current_ones(old, current):
    assert match_genes([old]).symbols.tolist() == [current]


@pytest.mark.parametrize(
    "label",
    [
        "",
        "p40",
        "Trp53",
        "tp53",
        "1007_s_at",
        "ENSMUSG00000059552",
        "ENSG00000002586.20_PAR_Y",
        "N_unmapped",
        "(7157)",
    ],
)
def test_what_is_ambiguous_or_not_a_human_gene_has_no_symbol(label):
    match = match_genes([label])
    assert match.symbols.tolist() == [None]
    assert match.share_known == 0


def test_the_id_of_a_pair_decides():
    assert (
        match_genes(["CTGF (7157)", "?|7157", "MISNAMED (ENSG00000141510)"]).symbols.tolist() == ["TP53"] * 3
    )
    assert match_genes(["TP53 (999999999)"]).symbols.tolist() == ["TP53"]


def test_an_old_name_does_not_compete_with_the_current_one():
    assert match_genes(["CTGF", "CCN2", "HER2"]).symbols.tolist() == [None, "CCN2", "ERBB2"]


def test_ids_of_one_gene_are_all_kept():
    assert match_genes(["TP53", "7157", "TP53"]).symbols.tolist() == ["TP53"] * 3


def test_no_labels():
    assert match_genes([]).share_known == 0


def test_known_symbols_are_protein_coding():
    symbols = known_symbols()
    assert symbols == sorted(set(symbols))
    assert 19_000 < len(symbols) < 20_000
    assert {*SYMBOLS, "CCN2", "MT-CO1", "PCDHA1"} < set(symbols)
    assert not {"CTGF", "XIST", "MALAT1", "TRBC1", "PTENP1"} & set(symbols)
    assert {"XIST", "MALAT1", "TRBC1"} == set(match_genes(["XIST", "MALAT1", "TRBC1"]).symbols)


def test_the_table_names_its_sources_and_every_name_has_one_gene():
    with gzip.open(files("rnalign_core.cohort") / "gene_ids.tsv.gz", "rt") as text:
        lines = text.read().splitlines()
    notes = [line for line in lines if line.startswith("#")]
    assert "CC0" in " ".join(notes)
    assert "public domain" in " ".join(notes)
    rows = list(csv.DictReader(lines[len(notes) :], delimiter="\t"))
    owners = {}
    for row in rows:
        names = [
            row["symbol"],
            row["ensembl"],
            row["entrez"],
            *row["previous"].split("|"),
            *row["alias"].split("|"),
        ]
        for name in filter(None, names):
            assert owners.setdefault(name, row["symbol"]) == row["symbol"]
