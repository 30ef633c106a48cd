"""Look over an h5ad file from elsewhere before anything reads its values.

AnnData's elements are arrays of numbers and of text in groups. HDF5 can do much more: links into other files, arrays
whose values lie elsewhere on the disk, compressed arrays of any size, filters loaded as plugins, pointers, raw bytes.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterator
from pathlib import Path

import h5py
from h5py import h5z

from rnalign_core.problems import InputError, Problem

MAX_OBJECTS = 2000  # a cohort has about 60
MAX_FAULTS = 20
MAX_RATIO = 200  # of unpacked values to the file; expression packs about 4 to 1, codes 1000 to 1 but are few
SLACK = 2**24
MAX_ATTRIBUTE_BYTES = 2**20
PLAIN = frozenset(
    (
        *("anndata", "dataframe", "dict", "array", "numeric-scalar", "string", "string-array", "categorical"),
        *("nullable-boolean", "nullable-integer", "nullable-string-array"),
    )
)
WITH_SPARSE = PLAIN | {"csr_matrix", "csc_matrix"}
SPARSE_PARTS = ("data", "indices", "indptr")  # arrays of a sparse matrix, which say nothing about themselves
FILTERS = frozenset({h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32, h5z.FILTER_LZF})


def check_h5ad(
    path: str | os.PathLike[str],
    max_bytes: int,
    *,
    only: Collection[str] = (),
    encodings: frozenset[str] = PLAIN,
) -> int:
    """Check that a file holds plain AnnData elements of bounded size and nothing else.

    Only names, shapes and types are read, no values.

    Parameters
    ----------
    path
        The file.
    max_bytes
        Largest size of all values together when unpacked.
    only
        Elements of the root to look at, where nothing else will be read; by default all.
    encodings
        Kinds of elements that may occur.

    Returns
    -------
    Size of all values when unpacked, in bytes. A text counts as a pointer: its letters cannot be compressed.

    Raises
    ------
    InputError
        With every problem, up to 20.
    """
    path = Path(path)
    fix = "Write the file anew with RNAlign or AnnData, without links or data in other files."
    try:
        with h5py.File(path, "r") as file:
            faults, n_bytes = _look_over(file, only, encodings)
    except Exception as error:  # h5py raises many kinds for damaged files
        raise InputError.single(
            f"it is damaged, or not a readable HDF5 file ({error})", path.name, fix
        ) from error
    limit = min(max_bytes, MAX_RATIO * path.stat().st_size + SLACK)
    if n_bytes > limit:
        faults.append(
            ("/", f"its values would take {n_bytes / 1e9:,.1f} GB, more than {limit / 1e9:,.1f} GB")
        )
    if faults:
        raise InputError([Problem(what, f"{path.name}, {where}", fix) for where, what in faults])
    return n_bytes


def _look_over(
    file: h5py.File, only: Collection[str], encodings: frozenset[str]
) -> tuple[list[tuple[str, str]], int]:
    """Return what is wrong, as (name, what), and the size of all values."""
    faults, n_bytes, seen = list(_attribute_faults("/", file, encodings)), 0, set()
    groups: list[tuple[str, h5py.Group]] = [("/", file)]
    while groups:
        parent, group = groups.pop()
        for name in group:
            if only and parent == "/" and name not in only:
                continue
            where = parent + name
            if len(seen) > MAX_OBJECTS or len(faults) >= MAX_FAULTS:
                return [*faults, ("/", "there may be more: not everything in it was looked at")], n_bytes
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                faults.append((where, "it is a link to another place"))
                continue
            found = group[name]
            address = h5py.h5o.get_info(found.id).addr
            if address in seen:  # a circle, or the same values counted once and read many times
                faults.append((where, "the same object is stored under two names"))
                continue
            seen.add(address)
            if isinstance(found, h5py.Group):
                groups.append((where + "/", found))
            elif isinstance(found, h5py.Dataset):
                n_bytes += _size(found)
                faults += [(where, what) for what in _dataset_faults(found)]
            else:
                faults.append((where, "it is neither a group nor an array"))
                continue
            faults += _attribute_faults(where, found, encodings)
    return faults, n_bytes


def _size(dataset: h5py.Dataset) -> int:
    chunk = math.prod(dataset.chunks or (0,))  # may be larger than the array, and is unpacked whole
    return max(dataset.size or 0, chunk) * dataset.dtype.itemsize


def _dataset_faults(dataset: h5py.Dataset) -> Iterator[str]:
    if dataset.external is not None or dataset.is_virtual:
        yield "its values lie in another file"
    if not _plain(dataset.dtype):
        yield "it holds neither numbers nor text"
    plan = dataset.id.get_create_plist()
    filters = {plan.get_filter(i)[0] for i in range(plan.get_nfilters())}
    if not filters <= FILTERS:
        yield f"it is packed in an unusual way (HDF5 filter {min(filters - FILTERS)})"


def _plain(dtype: object) -> bool:
    return h5py.check_string_dtype(dtype) is not None or (dtype.kind in "biuf" and dtype.itemsize <= 8)


def _attribute_faults(
    where: str, found: h5py.Group | h5py.Dataset, encodings: frozenset[str]
) -> Iterator[tuple[str, str]]:
    for name in found.attrs:
        attribute = found.attrs.get_id(name)
        n_bytes = math.prod(attribute.shape) * attribute.dtype.itemsize
        if not _plain(attribute.dtype) or n_bytes > MAX_ATTRIBUTE_BYTES:
            yield where, f"its attribute {name[:40]!r} holds neither numbers nor text, or too many"
            return
    encoding = found.attrs.get("encoding-type")
    if encoding is None and encodings == WITH_SPARSE and where.endswith(SPARSE_PARTS):
        return
    if encoding not in encodings:
        yield where, f"it is not one of the plain AnnData elements ({str(encoding)[:40]!r})"
