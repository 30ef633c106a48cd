"""Pickled tables of PyTorch tensors as NumPy arrays, read without PyTorch and without running what a pickle names.

A pickle is a program that may call any function. Here it can call two, which are below, and gets nothing else: every
other name that it asks for is refused. Understood are contiguous float32 tensors as ``torch.save`` stored them before
PyTorch 1.6 and as pickling a tensor still does: a pickle of ``_rebuild_tensor_v2`` whose storage is the bytes of five
more pickles (magic number, protocol, machine, storage, keys) and the raw values.
"""

from __future__ import annotations

import io
import pickle
import struct
from typing import IO

import numpy as np

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_FLOAT32 = "float32"


def load_arrays(stream: IO[bytes]) -> dict[str, np.ndarray]:
    """Read a pickled dict of float32 tensors.

    Parameters
    ----------
    stream
        Open binary file. The caller bounds its size: what is read never takes much more memory than it has bytes.

    Returns
    -------
    A float32 array for each name, read-only.

    Raises
    ------
    pickle.UnpicklingError
        If the pickle asks for anything but tensors, or holds anything else.
    ValueError, EOFError
        If it is damaged.
    """
    found = _unpickle(_Tensors(stream))
    if not isinstance(found, dict) or not all(
        isinstance(name, str) and isinstance(array, np.ndarray) for name, array in found.items()
    ):
        raise pickle.UnpicklingError("not a table of named tensors")
    return found


class _Tensors(pickle.Unpickler):
    """Reads tensors as arrays, and allows nothing else."""

    def find_class(self, module: str, name: str) -> object:
        allowed = {
            ("torch._utils", "_rebuild_tensor_v2"): _array,
            ("torch.storage", "_load_from_bytes"): _storage,
            ("collections", "OrderedDict"): dict,  # of backward hooks, empty
        }
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return allowed[module, name]


class _Storage(pickle.Unpickler):
    """Reads the description of a storage."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) != ("torch", "FloatStorage"):
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _FLOAT32

    def persistent_load(self, description: tuple) -> tuple:
        return description


def _array(storage: np.ndarray, offset: int, shape: tuple, stride: tuple, *_: object) -> np.ndarray:
    """Return the tensor that covers a whole storage."""
    if offset != 0 or tuple(shape) != storage.shape or tuple(stride) != (1,):
        raise pickle.UnpicklingError("a tensor that is not one row of values")
    return storage


def _storage(content: bytes) -> np.ndarray:
    """Return the values of a storage as ``torch.save`` wrote it."""
    stream = io.BytesIO(content)
    magic, protocol, machine, storage, keys = (_unpickle(_Storage(stream)) for _ in range(5))
    if (magic, protocol) != (_MAGIC, _PROTOCOL) or not machine["little_endian"]:
        raise pickle.UnpicklingError("not a tensor of the format that is understood")
    _, kind, key, *_ = storage
    if kind != _FLOAT32 or list(keys) != [key]:
        raise pickle.UnpicklingError("not one storage of float32 values")
    (n_values,) = struct.unpack("<q", stream.read(8))
    values = stream.read()
    if len(values) != 4 * n_values:
        raise pickle.UnpicklingError(f"{len(values)} bytes for {n_values} values")
    return np.frombuffer(values, dtype="<f4")


def _unpickle(unpickler: pickle.Unpickler) -> object:
    """Run an unpickler; damaged pickles raise errors of many kinds, which become one."""
    try:
        return unpickler.load()
    except (pickle.UnpicklingError, EOFError):
        raise
    except Exception as error:
        raise pickle.UnpicklingError(f"damaged ({error})") from error
