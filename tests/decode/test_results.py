"""The aligned cohort as a file that scanpy, cellxgene and spreadsheets open."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from rnalign_core.cohort import load_cohort
from rnalign_core.decode import Alignment, Ensemble, sample_folds, write_aligned
from rnalign_core.model.inputs import Inputs
from rnalign_core.problems import InputError

MAPS = ("X_umap_before", "X_umap_after")


@pytest.fixture(scope="module")
def run(finished_run):
    return finished_run("full")


@pytest.fixture(scope="module")
def path(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("aligned") / "aligned.h5ad"
    write_aligned(run, path)
    return path


@pytest.fixture
def written(path):
    return ad.read_h5ad(path)


class TestH5ad:
    def test_layers_are_input_decode_and_residual(self, run, written):
        inputs = Inputs.of(run.cohort, run.settings.n_genes)
        alignment = Alignment.of(Ensemble.load(run), inputs, sample_folds(run, inputs.sample_ids))
        line = inputs.scaler
        np.testing.assert_array_equal(written.X, run.cohort[:, written.var_names].X)
        decoded = alignment.coefficients @ alignment.dictionary * line.sd[1] + line.mean[1]
        np.testing.assert_allclose(written.layers["rnalign"], decoded, rtol=0, atol=1e-4)
        residual = (
            alignment.profiles_with_residual(inputs, run.settings.residual_weight) * line.sd[1] + line.mean[1]
        )
        np.testing.assert_allclose(written.layers["rnalign_residual"], residual, rtol=0, atol=1e-4)
        for key in ("X_rnalign", *MAPS):
            np.testing.assert_array_equal(written.obsm[key], run.aligned.obsm[key])

    def test_labels_and_calls_of_every_line_are_columns(self, run, written):
        lines = run.matches.index
        assert (written.obs.loc[lines, "call_after"].astype(str) == run.matches["call_after"]).all()
        known = run.matches["match_after"].dropna()
        assert (written.obs.loc[known.index, "match_after"] == known.astype(str)).all()
        folds = written.obs["fold"].dropna().astype(int)
        pd.testing.assert_series_equal(
            folds, run.folds.reindex(folds.index), check_names=False, check_dtype=False
        )
        tumors = written.obs["sample_type"] == "tumor"
        assert written.obs.loc[tumors, ["fold", "scored", "call_before", "match_after"]].isna().all(axis=None)
        assert written.obs["cancer_type"].equals(run.cohort.obs["cancer_type"])

    def test_it_is_a_cohort_that_says_which_run_it_is_of(self, run, path):
        about = load_cohort(path).uns["rnalign"]
        assert about["run"]["run_id"] == run.run_id
        assert about["cohort_id"] == run.info["cohort_id"]

    def test_label_conditioned_is_said_in_every_file(self, finished_run, tmp_path):
        run = finished_run("type_conditioned")
        write_aligned(run, tmp_path / "a.csv")
        assert (tmp_path / "a.csv").read_text().startswith("# label-conditioned: not evidence of similarity")
        write_aligned(run, tmp_path / "a.h5ad")
        written = ad.read_h5ad(tmp_path / "a.h5ad")
        assert '"variant":"type_conditioned"' in written.uns["rnalign"]["run"]["settings"]
        assert written.obs["match_after"].isna().all()


def simple(value):
    """Whether a value of `uns` is one that every reader of h5ad knows."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and simple(inner) for key, inner in value.items())
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufU" or all(isinstance(text, str) for text in value)
    return isinstance(value, (str, bool, int, float, np.bool_, np.integer, np.floating))


def test_layout_that_cellxgene_asks_for(written):
    """As its loader checks: unique names, columns of few kinds, 2-D finite maps named X_, X of float32."""
    assert written.obs_names.is_unique
    assert written.var_names.is_unique
    assert written.obs.columns.is_unique
    assert type(written.X) is np.ndarray
    assert written.X.dtype == np.float32
    for column in written.obs:
        dtype = written.obs[column].dtype
        assert isinstance(dtype, pd.CategoricalDtype) or dtype == np.float32, column
        if isinstance(dtype, pd.CategoricalDtype):
            assert all(isinstance(category, str) for category in dtype.categories), column
    for key in MAPS:
        assert type(written.obsm[key]) is np.ndarray
        assert written.obsm[key].shape == (written.n_obs, 2)
    for values in written.obsm.values():
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
    assert all(key.startswith("X_") for key in written.obsm)


def test_nothing_that_a_reader_may_not_know(written):
    assert written.raw is None
    assert simple(dict(written.uns))
    assert not written.obsp
    assert not written.varm
    assert all(np.isfinite(layer).all() for layer in written.layers.values())


def test_scanpy_opens_it_and_works_on_it(path, run):
    sc = pytest.importorskip(
        "scanpy",
        reason="scanpy is not installed, so nothing checks that it opens our files: pip install scanpy",
    )
    data = sc.read_h5ad(path)
    sc.pp.neighbors(data, use_rep="X_rnalign", n_neighbors=10)
    latent = run.aligned.obsm["X_rnalign"].astype(np.float64)
    distance = np.linalg.norm(latent[:, None] - latent[None], axis=2)
    nearest = np.argsort(distance, axis=1)[:, 1:10]
    found = data.obsp["distances"].toarray() > 0
    assert np.take_along_axis(found, nearest, axis=1).mean() > 0.99
    sc.pp.pca(data, n_comps=5, layer="rnalign", random_state=0)
    centred = data.layers["rnalign"] - data.layers["rnalign"].mean(axis=0)
    explained = np.linalg.svd(centred.astype(np.float64), compute_uv=False)[:5] ** 2 / (data.n_obs - 1)
    np.testing.assert_allclose(data.uns["pca"]["variance"], explained, rtol=1e-3)
    sc.tl.rank_genes_groups(data[data.obs["cancer_type"].notna()].copy(), "cancer_type", method="t-test")
    assert list(sc.get.obs_df(data, ["cancer_type", "call_after"]).columns) == ["cancer_type", "call_after"]
    shown = sc.pl.embedding(data, "X_umap_after", color="cancer_type", show=False, return_fig=True)
    assert {text.get_text() for text in shown.axes[0].get_legend().get_texts()} >= set(
        data.obs["cancer_type"].cat.categories
    )


def test_tables_hold_the_layer_that_was_asked_for(run, written, tmp_path):
    for residual, layer in ((False, "rnalign"), (True, "rnalign_residual")):
        expected = written.to_df(layer)
        write_aligned(run, tmp_path / "a.parquet", residual=residual)
        read = pd.read_parquet(tmp_path / "a.parquet")
        pd.testing.assert_frame_equal(read, expected, check_names=False)
        assert f"values: {layer}, log2(TPM+1) on the scale of cell lines" in read.attrs["provenance"]
        write_aligned(run, tmp_path / "a.csv", residual=residual)
        read = pd.read_csv(tmp_path / "a.csv", comment="#", index_col="sample_id")
        pd.testing.assert_frame_equal(
            read, expected.round(4), check_names=False, check_dtype=False, atol=6e-5
        )


def test_another_suffix_is_refused_before_any_work(run, tmp_path):
    with pytest.raises(InputError, match=r"'\.xlsx'"):
        write_aligned(run, tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
