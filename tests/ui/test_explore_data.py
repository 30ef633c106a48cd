import pytest

from rnalign_core.ui.explore_data import gene_called


@pytest.mark.parametrize(
    ("name", "gene"),
    [
        ("ERBB2", "ERBB2"),
        ("HER2", "ERBB2"),
        ("her2 ", "ERBB2"),
        ("ENSG00000141736", "ERBB2"),
        ("NOSUCHGENE", None),
    ],
)
def test_a_gene_is_found_by_its_other_names_where_the_cohort_has_it(name, gene):
    assert gene_called(name, ["EGFR", "ERBB2"]) == gene
    assert gene_called("ERBB2", ["EGFR"]) is None
