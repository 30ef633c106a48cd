import importlib
import json

import numpy as np
import pandas as pd
import pytest

from rnalign_core.metrics.pvca import EFFECTS, pvca

module = importlib.import_module("rnalign_core.metrics.pvca")  # the package exports the function


def cohort(n_genes=400, by_kind=0.0, by_type=0.0, by_both=0.0, noise=1.0, seed=0):
    """Lines and tumors of four types with effects of the given sizes on all genes."""
    rng = np.random.default_rng(seed)
    line_types = pd.Series(rng.choice(list("ABCD"), 60), [f"l{i}" for i in range(60)])
    tumor_types = pd.Series(rng.choice(list("ABCD"), 240), [f"t{i}" for i in range(240)])
    kinds, types = (
        np.repeat([0, 1], [60, 240]),
        pd.factorize(pd.concat([line_types, tumor_types]), sort=True)[0],
    )
    x = by_kind * rng.normal(size=(2, n_genes))[kinds] + by_type * rng.normal(size=(4, n_genes))[types]
    x += by_both * rng.normal(size=(2, 4, n_genes))[kinds, types] + noise * rng.normal(size=(300, n_genes))
    return x[:60], x[60:], line_types, tumor_types


def correlation_spectrum(lines, tumors):
    x = np.vstack([lines, tumors])
    return np.linalg.eigh(np.corrcoef(x - x.mean(axis=0)))


@pytest.mark.parametrize("n_genes", [400, 200])
@pytest.mark.parametrize("first_guess", [2, 32, 100])
def test_components_are_eigenvectors_of_the_correlation_matrix(monkeypatch, first_guess, n_genes):
    monkeypatch.setattr(
        module, "_FIRST_GUESS", first_guess
    )  # few: truncated, several rounds; many: all at once
    lines, tumors, *types = cohort(n_genes, by_type=1, by_kind=0.5)
    spectrum, vectors = correlation_spectrum(lines, tumors)
    spectrum, vectors = spectrum[::-1], vectors[:, ::-1]
    cumulative = np.cumsum(spectrum) / 300
    eigenvalues, eigenvectors = module._correlation_eigenvectors(np.vstack([lines, tumors]), 0.6, 3)
    n = int(np.argmax(cumulative > 0.6)) + 1
    assert len(eigenvalues) == n > 5
    np.testing.assert_allclose(eigenvalues, spectrum[:n], rtol=1e-9)
    agreement = np.abs(np.einsum("ij,ij->j", eigenvectors, vectors[:, :n]))
    np.testing.assert_allclose(agreement, 1, atol=1e-6)
    components = pvca(lines, tumors, *types, threshold=0.35).components
    np.testing.assert_allclose(components["cumulative"], cumulative[: len(components)], rtol=1e-9)
    assert components["cumulative"].iloc[-1] > 0.35 >= components["cumulative"].iloc[-2]


def test_at_least_three_components():
    result = pvca(*cohort(by_kind=3, noise=0.1))
    assert result.components.index.tolist() == [1, 2, 3]
    assert result.components["cumulative"].iloc[0] > 0.6
    assert len(pvca(*cohort(by_kind=3, noise=0.1), min_components=1).components) == 1


def test_shares_are_the_weighted_shares_of_the_components():
    result = pvca(*cohort(by_kind=1, by_type=1, by_both=0.5))
    variances = result.components[list(EFFECTS)].to_numpy()
    eigenvalues = result.components["eigenvalue"].to_numpy()
    expected = eigenvalues @ (variances / variances.sum(axis=1, keepdims=True)) / eigenvalues.sum()
    assert list(result.shares.values()) == pytest.approx(expected.tolist())
    assert sum(result.shares.values()) == pytest.approx(1)
    summary = json.loads(json.dumps(result.summary()))
    assert summary["n_components"] == len(result.components)
    assert "cumulative share of 0.6" in summary["definition"]
    assert "300 samples of 4 cancer types" in summary["definition"]


@pytest.mark.parametrize(
    ("effect", "name"), [({"by_kind": 3}, "sample_type"), ({"by_type": 3}, "cancer_type"), ({}, "residual")]
)
def test_the_largest_share_is_that_of_the_only_effect(effect, name):
    # Without an effect the first three components of 300 samples are noise.
    shares = pvca(*cohort(**effect), threshold=0.01).shares if not effect else pvca(*cohort(**effect)).shares
    assert max(shares, key=shares.get) == name
    assert shares[name] > 0.5


def test_samples_without_a_type_are_left_out():
    lines, tumors, line_types, tumor_types = cohort(by_type=1)
    expected = pvca(lines[5:], tumors, line_types[5:], tumor_types).shares
    line_types.iloc[:5] = None
    assert pvca(lines, tumors, line_types, tumor_types).shares == expected


def test_bad_input_is_refused():
    lines, tumors, line_types, tumor_types = cohort()
    with pytest.raises(ValueError, match="threshold is 1"):
        pvca(lines, tumors, line_types, tumor_types, threshold=1)
    with pytest.raises(ValueError, match=r"3 components need .*\(300, 2\)"):
        pvca(lines[:, :2], tumors[:, :2], line_types, tumor_types)
    with pytest.raises(ValueError, match="only one level"):
        pvca(lines, tumors, line_types.replace(list("BCD"), "A"), tumor_types.replace(list("BCD"), "A"))
    with pytest.raises(ValueError, match="line profiles"):
        pvca(lines[1:], tumors, line_types, tumor_types)
    with pytest.raises(ValueError, match="no correlations"):
        pvca(lines * 0, tumors * 0, line_types, tumor_types)


@pytest.mark.parametrize("name", ["expression", "expression_null"])
@pytest.mark.parametrize("threshold", [0.6, 0.8])
def test_equals_bioconductor(oracles, name, threshold):
    folder = oracles / "pvca"
    factors = pd.read_csv(folder / "factors.csv", index_col=0)
    x = pd.read_csv(folder / f"{name}.csv.gz", index_col=0).loc[factors.index].to_numpy()
    is_line = (factors["sample_type"] == "CL").to_numpy()
    types = factors["cancer_type"]
    result = pvca(x[is_line], x[~is_line], types[is_line], types[~is_line], threshold=threshold)

    lme4 = pd.read_csv(folder / "per_pc_lme4.csv", skipinitialspace=True)
    lme4 = lme4[lme4["set"] == name].iloc[: len(result.components)]
    np.testing.assert_allclose(result.components["eigenvalue"], lme4["eigenvalue"], rtol=1e-9)
    np.testing.assert_allclose(result.components["log_likelihood"], lme4["reml_loglik"], atol=5e-7)
    expected = lme4[["st", "ct", "inter", "resid"]].to_numpy()
    np.testing.assert_allclose(
        result.components[list(EFFECTS)], expected, atol=1e-4 * expected.sum(axis=1).max()
    )

    shares = pd.read_csv(folder / "pvca_shares.csv")
    shares = shares[(shares["set"] == name) & (shares["threshold"] == threshold)].set_index("effect")["share"]
    names = {"interaction": "sample_type:cancer_type", "residual": "resid"}
    for effect, share in result.shares.items():
        assert share == pytest.approx(shares[names.get(effect, effect)], abs=2e-5), effect
