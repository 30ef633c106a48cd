"""What an h5ad file may hold: plain arrays in itself, and nothing that only HDF5 can do."""

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from rnalign_core.cohort.hdf5 import MAX_OBJECTS, check_h5ad
from rnalign_core.problems import InputError

ENOUGH = 10**9


@pytest.fixture
def path(tmp_path):
    """A file with every kind of element that a cohort or an aligned run has."""
    obs = pd.DataFrame(
        {"kind": pd.Categorical(["a", None, "b"]), "purity": [0.5, np.nan, 1], "yes": [True, False, True]},
        index=["s1", "s2", "s3"],
    )
    data = ad.AnnData(np.ones((3, 2), np.float32), obs, pd.DataFrame(index=["g1", "g2"]))
    data.obsm["X_map"] = np.zeros((3, 2))
    data.uns["about"] = {"title": "t", "lines": ["x", "y"], "n": 3, "simulated": True}
    data.write_h5ad(tmp_path / "a.h5ad", compression="gzip")
    return tmp_path / "a.h5ad"


@pytest.fixture
def faults(path):
    """Return a function that changes the open file and tells what is then wrong, as (place, what)."""

    def faults(change, max_bytes=ENOUGH):
        with h5py.File(path, "r+") as file:
            change(file)
        with pytest.raises(InputError) as error:
            check_h5ad(path, max_bytes)
        assert all(p.fix for p in error.value.problems)
        assert all(
            p.where.startswith("a.h5ad, ") for p in error.value.problems
        )  # an upload's folder is nobody's
        return [(p.where.removeprefix("a.h5ad, "), p.what) for p in error.value.problems]

    return faults


def replace(file, name, **how):
    """Put another array in the place of one, as an AnnData element."""
    del file[name]
    file.create_dataset(name, **how).attrs["encoding-type"] = "array"


def test_a_plain_file_is_accepted_and_measured(path):
    with h5py.File(path) as file:
        sizes = []
        file.visititems(lambda _, x: sizes.append(x.nbytes) if isinstance(x, h5py.Dataset) else None)
    n_bytes = check_h5ad(path, ENOUGH)
    assert n_bytes == sum(sizes)
    check_h5ad(path, n_bytes)
    with pytest.raises(InputError, match=r"more than 0\.0 GB"):
        check_h5ad(path, n_bytes - 1)


@pytest.mark.parametrize("data", [b"", b"no", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(4000)])
def test_what_is_not_hdf5(path, data):
    path.write_bytes(data)
    with pytest.raises(InputError, match="not a readable HDF5 file") as error:
        check_h5ad(path, ENOUGH)
    assert [p.where for p in error.value.problems] == ["a.h5ad"]
    assert str(path.parent) not in str(error.value)


@pytest.mark.parametrize(
    "link", [h5py.ExternalLink("/etc/secret.h5", "/X"), h5py.SoftLink("/obs"), h5py.SoftLink("/no")]
)
def test_links(faults, link):
    def change(file):
        file["uns/more"] = link

    assert faults(change) == [("/uns/more", "it is a link to another place")]


def test_a_circle_and_one_array_under_two_names(faults):
    def change(file):
        file["uns/round"] = file["uns"]
        file["layers/again"] = file["X"]

    assert {place for place, what in faults(change) if "under two names" in what} >= {"/uns/round"}


def test_values_in_another_file(faults, tmp_path):
    (tmp_path / "secret").write_bytes(bytes(24))

    def change(file):
        replace(file, "X", shape=(3, 2), dtype="f4", external=[(str(tmp_path / "secret"), 0, 24)])

    assert faults(change) == [("/X", "its values lie in another file")]


def test_a_virtual_array(faults, tmp_path):
    def change(file):
        layout = h5py.VirtualLayout((3, 2), "f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "X", (3, 2))
        del file["X"]
        file.create_virtual_dataset("X", layout).attrs["encoding-type"] = "array"

    assert faults(change) == [("/X", "its values lie in another file")]


@pytest.mark.parametrize(
    "dtype",
    [
        np.dtype("V8"),
        np.dtype([("a", "f4"), ("b", "i4")]),
        np.dtype("c8"),
        h5py.vlen_dtype(np.uint8),
        h5py.ref_dtype,
        h5py.regionref_dtype,
    ],
)
def test_neither_numbers_nor_text(faults, dtype):
    assert faults(lambda file: replace(file, "X", shape=(3, 2), dtype=dtype)) == [
        ("/X", "it holds neither numbers nor text")
    ]


@pytest.mark.parametrize(
    "how", [{"shape": (10**6, 10**5)}, {"shape": (1,), "chunks": (10**9 // 4,), "maxshape": (None,)}]
)
def test_bombs(faults, how):
    """A large array of which nothing is stored, and one small array in a chunk that is unpacked whole."""
    [(place, what)] = faults(
        lambda file: replace(file, "X", dtype="f4", compression="gzip", **how), max_bytes=10**12
    )
    assert place == "/"
    assert "its values would take" in what


def test_an_unusual_filter(faults):
    def change(file):
        replace(file, "X", shape=(3, 2), dtype="i4", scaleoffset=0, chunks=(3, 2))

    assert faults(change) == [("/X", "it is packed in an unusual way (HDF5 filter 6)")]


def test_sparse_and_unknown_elements(faults, path):
    data = ad.read_h5ad(path)
    data.layers["counts"] = sp.csr_matrix(np.eye(3, 2))
    data.write_h5ad(path)

    def change(file):
        file["uns/about/n"].attrs["encoding-type"] = "awkward-array"
        del file["uns/about/title"].attrs["encoding-type"]

    places = dict(faults(change))
    assert {"/layers/counts", "/uns/about/n", "/uns/about/title"} <= places.keys()
    assert "csr_matrix" in places["/layers/counts"]


def test_attributes_that_are_no_text(faults):
    def change(file):
        file["obs"].attrs["column-order"] = np.zeros(3, np.dtype([("a", "f4")]))

    assert "its attribute 'column-order'" in faults(change)[0][1]


def test_a_named_type(faults):
    def change(file):
        file["uns/type"] = np.dtype("f8")

    assert faults(change) == [("/uns/type", "it is neither a group nor an array")]


def test_a_crowd_is_not_counted_to_its_end(faults):
    def change(file):
        for i in range(MAX_OBJECTS + 5):
            file["uns"].create_group(f"g{i}").attrs["encoding-type"] = "dict"

    assert faults(change) == [("/", "there may be more: not everything in it was looked at")]
