"""Cohort files: written whole, read as they were, and a large one without reading its expression."""

import anndata as ad
import h5py
import numpy as np
import pytest

from rnalign_core.cohort import load_cohort, load_gene, save_cohort, schema
from rnalign_core.problems import InputError


@pytest.fixture
def stored(structured, tmp_path, monkeypatch):
    """Return a function that writes a cohort as a small or as a large one and returns its path."""

    def write(large):
        monkeypatch.setattr(schema, "MAX_PACKED_BYTES", 0 if large else 2**26)
        save_cohort(structured, tmp_path / "cohort.h5ad")
        return tmp_path / "cohort.h5ad"

    return write


@pytest.mark.parametrize("large", [False, True])
def test_a_cohort_is_read_as_it_was_written(stored, structured, large):
    found = load_cohort(stored(large))
    np.testing.assert_array_equal(found.X, structured.X)
    assert found.obs.equals(structured.obs)
    assert found.var_names.equals(structured.var_names)
    assert schema.cohort_id(found) == schema.cohort_id(structured)
    np.testing.assert_array_equal(ad.read_h5ad(stored(large)).X, structured.X)


def test_expression_of_a_large_cohort_stays_on_the_disk(stored):
    found = load_cohort(stored(large=True))
    assert isinstance(found.X, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        found.X[0, 0] = 1
    assert not isinstance(load_cohort(stored(large=False)).X, np.memmap)


@pytest.mark.parametrize("large", [False, True])
def test_one_gene_is_read_by_itself(stored, structured, large):
    gene = structured.var_names[17]
    found = load_gene(stored(large), gene)
    np.testing.assert_array_equal(found, structured[:, gene].X.ravel())
    assert (found.name, found.index.tolist()) == (gene, structured.obs_names.tolist())
    assert not isinstance(found.to_numpy().base, np.memmap)
    with pytest.raises(KeyError):
        load_gene(stored(large), "NO SUCH GENE")


def test_expression_after_a_preface_is_found(stored, structured, tmp_path):
    """HDF5 files may begin with a block of the user's own, which shifts everything."""
    with (
        h5py.File(stored(large=True)) as file,
        h5py.File(tmp_path / "b.h5", "w", userblock_size=512) as moved,
    ):
        for name in file:
            file.copy(name, moved)
    np.testing.assert_array_equal(load_cohort(tmp_path / "b.h5").X, structured.X)


def test_a_file_that_was_cut_off_is_refused(stored):
    path = stored(large=True)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(InputError, match="not a readable h5ad file"):
        load_cohort(path)
