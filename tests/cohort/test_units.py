import numpy as np
import pytest

from rnalign_core.cohort.units import UNITS, find_unit, out_of_range, to_log2_tpm, without_expression


@pytest.fixture
def tpm():
    """TPM of 30 samples and 2,000 genes, a third of them silent, each sample a million in sum."""
    rng = np.random.default_rng(1)
    x = np.exp(rng.normal(1, 2, size=(30, 2000))) * (rng.random((30, 2000)) > 0.3)
    return 1e6 * x / x.sum(axis=1, keepdims=True)


@pytest.fixture
def in_unit(tpm):
    return {
        "TPM": tpm,
        "log2(TPM+1)": np.log2(tpm + 1),
        "log2(TPM+0.001)": np.log2(tpm + 0.001),
        "counts": np.rint(tpm * 30),
    }


@pytest.mark.parametrize("unit", UNITS)
def test_each_unit_is_recognised_without_doubt(in_unit, unit):
    found = find_unit(in_unit[unit].astype(np.float32))
    assert (found.name, found.doubt) == (unit, "")
    assert found.evidence


@pytest.mark.parametrize("unit", UNITS)
def test_each_unit_is_recognised_from_few_genes(in_unit, unit):
    assert find_unit(in_unit[unit][:, :100].astype(np.float32)).name == unit


@pytest.mark.parametrize("unit", ["TPM", "log2(TPM+1)", "log2(TPM+0.001)"])
def test_conversion_is_that_of_the_definition(in_unit, tpm, unit):
    converted = to_log2_tpm(in_unit[unit].astype(np.float32), unit)
    assert converted.dtype == np.float32
    np.testing.assert_allclose(converted, np.log2(tpm + 1), atol=2e-4)


def test_counts_become_log2_cpm():
    converted = to_log2_tpm(np.array([[1, 3], [0, 50]], dtype=np.float32), "counts")
    np.testing.assert_allclose(converted, np.log2([[250_001, 750_001], [1, 1_000_001]]), rtol=1e-6)


def test_rounded_tpm_are_not_counts(tpm):
    rounded = np.rint(tpm * 10) / 10
    rounded[:, 0] += 1e6 - rounded.sum(axis=1)
    assert find_unit(np.rint(rounded).astype(np.float32)).name == "TPM"


def test_rsem_values_pass_as_logarithms_with_a_doubt(tpm):
    found = find_unit(np.log2(tpm * 20 + 1).astype(np.float32))
    assert found.name == "log2(TPM+1)"
    assert "million" in found.doubt


def test_values_that_are_neither_whole_nor_tpm_are_doubted(tpm):
    found = find_unit((tpm * 20 + 0.3).astype(np.float32))
    assert found.name == "counts"
    assert "not whole numbers" in found.doubt


def test_fpkm_are_doubted():
    rng = np.random.default_rng(2)
    fpkm = rng.lognormal(1, 1.5, size=(5, 16_000))
    assert "FPKM" in find_unit((fpkm * 3e5 / fpkm.sum(axis=1, keepdims=True)).astype(np.float32)).doubt


def test_a_mixture_of_units_is_doubted(tpm):
    mixed = tpm.astype(np.float32)
    mixed[20:] = np.log2(mixed[20:] + 1)
    assert "10 of 30 samples" in find_unit(mixed).doubt


def test_few_small_whole_numbers_are_doubted():
    found = find_unit(np.array([[1, 2], [0, 3]], dtype=np.float32))
    assert found.name == "counts"
    assert "few for counts" in found.doubt


@pytest.mark.parametrize(
    ("unit", "wrong"),
    [
        ("TPM", [True, True, False, False, False]),
        ("counts", [True, True, False, False, False]),
        ("log2(TPM+1)", [True, True, False, False, True]),
        ("log2(TPM+0.001)", [True, False, False, False, True]),
    ],
)
def test_impossible_values(unit, wrong):
    values = np.array([[-10, -9.9658, 0, 20, 3000]], dtype=np.float32)
    assert out_of_range(values, unit).tolist() == [wrong]


def test_samples_without_expression(in_unit):
    for unit, values in in_unit.items():
        values = values.copy()
        values[3] = values.min()
        assert np.flatnonzero(without_expression(values.astype(np.float32), unit)).tolist() == [3]
