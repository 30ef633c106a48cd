"""From trained folds to a finished run, on a small cohort, against explicit computation."""

import json
from types import SimpleNamespace

import anndata as ad
import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from rnalign_core.cohort import save_cohort
from rnalign_core.decode import Ensemble, aligned_cohort
from rnalign_core.jobs.finish import finish_run
from rnalign_core.model import Settings, create_run
from rnalign_core.model.inputs import Inputs
from rnalign_core.model.train import train_fold


def test_a_finished_run_holds_what_it_should_and_nothing_else(finished_run):
    run = finished_run("full")
    assert run.finished
    assert sorted(p.name for p in run.path.iterdir()) == [
        "aligned.h5ad", "cohort.h5ad", "folds.csv", "history.jsonl", "matches.parquet", "metrics.json",
        "run.json", "settings.json", "weights.safetensors",
    ]  # fmt: skip
    assert set(run.history["fold"]) == {0, 1, 2}
    assert set(run.aligned.obsm) == {"X_rnalign", "X_umap_before", "X_umap_after"}
    assert np.isfinite(run.aligned.obsm["X_umap_after"]).all()


def explicit_alignment(run):
    """Decode sample by sample with the model of its fold, in plain torch."""
    import torch

    ensemble, inputs = Ensemble.load(run), Inputs.of(run.cohort, run.settings.n_genes)
    y = torch.tensor(
        [[not line, line, p, k] for line, p, k in
         zip(inputs.labels.is_line, inputs.labels.purity, inputs.labels.purity_known, strict=True)],
        dtype=torch.float32,
    )  # fmt: skip
    homogenised = torch.tensor([[0.0, 1.0, 1.0, 1.0]]).expand(len(y), -1)
    x = torch.from_numpy(inputs.x)
    decoded = np.stack([net.decode(net.encode(x, y)[0], homogenised).numpy() for net in ensemble.networks])
    fold = run.folds.reindex(run.cohort.obs_names)
    return np.stack(
        [decoded[:, i].mean(axis=0) if np.isnan(f) else decoded[int(f), i] for i, f in enumerate(fold)]
    )


def test_the_aligned_matrix_is_the_cross_fitted_homogenised_decode(finished_run):
    run = finished_run("full")
    out = aligned_cohort(run)
    line_sd, line_mean = (getattr(Ensemble.load(run).scaler, name)[1] for name in ("sd", "mean"))
    assert out.layers["rnalign"] == pytest.approx(explicit_alignment(run) * line_sd + line_mean, abs=1e-3)
    assert np.array_equal(np.asarray(out.X), np.asarray(run.cohort[:, out.var_names].X))
    assert json.loads(out.uns["rnalign"]["run"]["settings"])["n_epochs"] == 100


def test_the_aligned_cohort_can_be_written_and_read(finished_run, tmp_path):
    aligned_cohort(finished_run("full")).write_h5ad(tmp_path / "aligned.h5ad")
    again = ad.read_h5ad(tmp_path / "aligned.h5ad")
    assert "rnalign" in again.layers
    assert {"X_rnalign", "X_umap_before", "X_umap_after"} <= set(again.obsm)


def test_the_match_rate_is_that_of_a_nearest_neighbour_classifier_on_decoded_genes(finished_run):
    run = finished_run("full")
    profiles = explicit_alignment(run)
    obs = run.cohort.obs
    tumors = (obs["sample_type"] == "tumor").to_numpy()
    types = obs["cancer_type"].astype(object).to_numpy()
    classifier = KNeighborsClassifier(25, metric="correlation", algorithm="brute").fit(
        profiles[tumors], types[tumors]
    )
    scored = ~tumors & np.isin(types, ["BRCA", "LUAD", "LUSC"])
    expected = np.mean(classifier.predict(profiles[scored]) == types[scored])
    got = run.metrics["match"]["rnalign"]
    assert got["n_lines"] == scored.sum()
    assert got["micro"]["value"] == pytest.approx(expected)
    assert run.metrics["headline"] == "rnalign"
    assert set(run.metrics["difference"]) == {"micro", "macro", "median_types"}
    assert run.matches.loc[run.matches["scored"], "match_after"].mean() == pytest.approx(expected)


def test_a_type_conditioned_run_has_no_headline_but_an_echo_control(finished_run):
    metrics = finished_run("type_conditioned").metrics
    assert metrics["headline"] is None
    assert set(metrics["match"]) == {"input_standardised"}
    assert "difference" not in metrics
    follow = metrics["label_conditioned"]["follow"]
    assert 0 <= follow["low"] <= follow["value"] <= follow["high"] <= 1
    assert follow["n"] == 26
    matches = finished_run("type_conditioned").matches
    assert matches[["match_after", "own_share_after"]].isna().all(axis=None)


def test_finishing_twice_changes_nothing(finished_run):
    run = finished_run("full")
    before = {p.name: p.read_bytes() for p in run.path.iterdir()}
    finish_run(run)
    assert before == {p.name: p.read_bytes() for p in run.path.iterdir()}


def test_a_disk_without_room_leaves_a_run_that_can_be_finished_later(new_run, monkeypatch):
    run = new_run(n_epochs=1, n_folds=2)
    for fold in run.settings.fold_ids:
        train_fold(run, fold, on_event=lambda event: None)
    with monkeypatch.context() as context:
        context.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10_000))
        with pytest.raises(OSError, match="No space"):
            finish_run(run)
    assert not run.finished
    assert not list(run.path.glob("*aligned.h5ad"))  # on a full disk, HDF5 may crash
    finish_run(run)
    assert run.finished


@pytest.mark.parametrize("variant", ["full", "type_conditioned"])
def test_a_cohort_in_which_no_line_counts_is_finished_without_numbers(structured, tmp_path, variant):
    few = structured[structured.obs_names.str.contains(r"tumor-\d\d?$|line-[0-3]$")].copy()
    save_cohort(few, tmp_path / "few.h5ad")
    settings = Settings(
        n_epochs=2, n_folds=2, batch_size=32, encoder_width=16, decoder_width=8, variant=variant
    )
    run = create_run(tmp_path / "run", tmp_path / "few.h5ad", settings)
    for fold in run.settings.fold_ids:
        train_fold(run, fold, on_event=lambda event: None)
    finish_run(run)
    before = run.metrics["match"]["input_standardised"]
    assert before["n_lines"] == 0
    assert before["micro"]["value"] is None
    if variant == "full":
        assert run.metrics["difference"]["micro"] == {"value": None, "low": None, "high": None}
    else:
        assert run.metrics["label_conditioned"] is None
        assert "echo control" in run.metrics["withheld"]
