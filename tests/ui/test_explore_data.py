import pytest

from rnalign_core.model.runs import Run, demo_run_path
from rnalign_core.ui.explore_data import gene_called, neighbours
from rnalign_core.ui.runs import aligned_run


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


def test_the_neighbours_of_a_line_are_those_that_its_match_was_computed_from():
    """Among them are lines whose neighbours in the latent space are of other types."""
    run = Run.open(demo_run_path())
    lines = run.matches[run.matches["scored"]].iloc[::6]
    of_latent = 0
    for line, row in lines.iterrows():
        found = neighbours(run, line)
        assert len(found) == 25
        own = (found["cancer_type"] == row["cancer_type"]).mean()
        assert own == pytest.approx(row["own_share_after"], abs=1e-9)
        latent = aligned_run(run).nearest(line, 25, "latent")
        of_latent += (latent["cancer_type"] == row["cancer_type"]).mean() == own
    assert 10 < of_latent < len(lines) - 5
