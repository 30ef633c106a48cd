"""Pickled tensors, honest and hostile, against PyTorch itself."""

from __future__ import annotations

import io
import os
import pickle
import subprocess

import numpy as np
import pytest
import torch

from rnalign_core.sources.arrays_only import load_arrays


def load(content: bytes) -> dict[str, np.ndarray]:
    return load_arrays(io.BytesIO(content))


def test_reads_what_torch_wrote():
    rng = np.random.default_rng(1)
    tensors = {f"LINE{i}": torch.from_numpy(rng.normal(size=50).astype(np.float32)) for i in range(4)}
    arrays = load(pickle.dumps(tensors))
    assert list(arrays) == list(tensors)
    for name, tensor in tensors.items():
        assert arrays[name].dtype == np.float32
        np.testing.assert_array_equal(arrays[name], tensor.numpy())


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_reads_every_protocol_that_has_bytes(protocol):
    np.testing.assert_array_equal(load(pickle.dumps({"a": torch.arange(3.0)}, protocol))["a"], [0, 1, 2])


class Calls:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "call",
    [
        Calls(os.system, "touch called"),
        Calls(eval, "open('called', 'w')"),
        Calls(subprocess.call, ["touch", "called"]),
        Calls(getattr, "", "upper"),
        Calls(np.frombuffer, b"\0\0\0\0", "f4"),
        Calls(torch.load, "called"),
    ],
)
def test_calls_nothing(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for content in ({"a": call}, call, {"a": torch.ones(2), "b": [call]}):
        with pytest.raises(pickle.UnpicklingError, match="it asks for"):
            load(pickle.dumps(content))
    assert not (tmp_path / "called").exists()


def test_calls_nothing_from_within_a_storage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stored = io.BytesIO()
    torch.save(Calls(os.system, "touch called"), stored, _use_new_zipfile_serialization=False)
    inner = Calls(torch.storage._load_from_bytes, stored.getvalue())
    with pytest.raises(pickle.UnpicklingError, match="it asks for"):
        load(pickle.dumps({"a": inner}))
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize(
    "content",
    [
        [torch.ones(2)],
        {"a": 1.0},
        {1: torch.ones(2)},
        {"a": torch.ones(2, dtype=torch.float64)},
        {"a": torch.ones(2, 2)},
        {"a": torch.ones(4)[1:3]},
        {"a": torch.ones(1).expand(1000)},
        {"a": torch.ones(4)[::2]},
    ],
)
def test_refuses_what_is_no_table_of_rows(content):
    with pytest.raises(pickle.UnpicklingError):
        load(pickle.dumps(content))


def test_refuses_what_is_cut_off_or_changed():
    content = pickle.dumps({"a": torch.arange(4.0)})
    for length in range(len(content)):
        with pytest.raises((pickle.UnpicklingError, EOFError)):
            load(content[:length])
    for position in range(0, len(content), 3):
        changed = bytearray(content)
        changed[position] ^= 0x55
        try:
            found = load(bytes(changed))
        except (pickle.UnpicklingError, EOFError):
            continue
        assert all(isinstance(array, np.ndarray) for array in found.values())
