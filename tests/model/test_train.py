"""Training: reproducible, resumable to the bit, blind to hidden types, and moved by its losses."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from rnalign_core.cohort.schema import make_cohort
from rnalign_core.model import Settings
from rnalign_core.model.inputs import Inputs, Labels
from rnalign_core.model.train import (
    FoldTraining,
    Stopped,
    held_out_samples,
    hidden_lines,
    label_matrix,
    sampling_weights,
    single_thread,
    train_fold,
)


def weights_of(run, fold=0):
    return load_file(run.path / "checkpoint" / f"fold-{fold}.done.safetensors")


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def trained(run, fold=0):
    train_fold(run, fold, on_event=lambda event: None)
    return weights_of(run, fold)


def test_same_seed_same_weights_and_another_seed_others(new_run):
    first = trained(new_run("a"))
    assert same(first, trained(new_run("b")))
    assert not same(first, trained(new_run("c", seed=1)))


def test_a_hidden_line_leaves_no_trace_of_its_type(new_run, structured):
    """The guarantee behind every honest number: swap the hidden lines' types, get the very same model."""
    run = new_run("a")
    hidden = run.folds.index[run.folds == 1]
    samples = structured.obs.astype(object).copy()
    swapped = samples.loc[hidden, "cancer_type"].map({"BRCA": "LUAD", "LUAD": "LUSC", "LUSC": "BRCA"})
    assert (swapped != samples.loc[hidden, "cancer_type"]).all()
    samples.loc[hidden, "cancer_type"] = swapped
    other_cohort = make_cohort(structured.X, structured.var_names, samples, title="swapped", provenance=[])
    other = new_run("b", of=other_cohort)
    (other.path / "folds.csv").write_bytes((run.path / "folds.csv").read_bytes())
    assert same(trained(run, fold=1), trained(other, fold=1))
    assert not same(trained(run, fold=0), trained(other, fold=0))


def test_the_type_conditioned_variant_hides_nothing_and_feeds_types(new_run):
    run = new_run(variant="type_conditioned")
    inputs = Inputs.of(run.cohort, None)
    assert list(run.settings.fold_ids) == [0]
    assert not hidden_lines(run, 0, inputs).any()
    assert label_matrix(inputs.labels, run.settings).shape[1] == 4 + len(inputs.labels.types)


def test_stopping_and_resuming_ends_with_the_weights_of_an_unbroken_training(new_run):
    whole, broken = new_run("a"), new_run("b")
    expected = trained(whole)
    seen = []
    for _ in range(3):  # twice stopped after two epochs, then to the end
        budget = len(seen) + 2
        try:
            train_fold(
                broken, 0, on_event=seen.append, should_stop=lambda budget=budget: len(seen) + 1 >= budget
            )
        except Stopped:
            assert not (broken.path / "checkpoint" / "fold-0.done.safetensors").exists()
    train_fold(broken, 0, on_event=seen.append)
    assert same(expected, weights_of(broken))
    assert [event["epoch"] for event in seen] == [1, 2, 3, 4, 5, 6]
    columns = ["fold", "epoch", "loss", "heldout_loss"]
    pd.testing.assert_frame_equal(broken.history[columns], whole.history[columns])


KILLED = """
import sys, time
from pathlib import Path
from rnalign_core.model import Run
import rnalign_core.model.train as train
train.CHECKPOINT_SECONDS = 0.0
def slow(event):
    print(event["epoch"], flush=True)
    time.sleep(0.2)
train.train_fold(Run.open(Path(sys.argv[1])), 0, on_event=slow)
"""


def test_kill_nine_and_resume_gives_identical_weights(new_run):
    whole, killed = new_run("a"), new_run("b")
    expected = trained(whole)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(killed.path)], stdout=subprocess.PIPE, text=True
    )
    while process.stdout.readline().strip() != "3":
        assert process.poll() is None
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not (killed.path / "checkpoint" / "fold-0.done.safetensors").exists()
    assert same(expected, trained(killed))


def test_a_finished_fold_is_left_alone(new_run):
    run = new_run()
    trained(run)
    train_fold(run, 0, on_event=lambda event: pytest.fail("trained again"))


@pytest.mark.parametrize(
    "change", [{"w_grad": 0.0}, {"grad_form": "elbo"}, {"w_cor": 0.0}, {"cor_form": "marginal"}]
)
def test_every_loss_moves_the_weights(new_run, change):
    full = {"w_cor": 1.0, "cor_form": "within_type", "w_grad": 0.5, "grad_form": "decoder"}
    assert not same(trained(new_run("a", **full)), trained(new_run("b", **full | change)))


def test_training_learns_and_reports(new_run):
    run = new_run(n_epochs=150, learning_rate=0.01, w_cor=0.1)
    trained(run)
    history = run.history
    assert {"fold", "epoch", "n_epochs", "seconds", "loss", "reconstruction", "kl", "l_cor", "l_grad", "l_type",
            "heldout_loss", "heldout_r2"} == set(history.columns)  # fmt: skip
    assert history["heldout_r2"].iloc[-1] > 0.5
    assert history["l_type"].iloc[-1] < 0.3 * history["l_type"].iloc[0]
    assert history["seconds"].is_monotonic_increasing


def test_early_stopping_keeps_the_best_held_out_weights(structured, new_run):
    run = new_run(n_epochs=400, patience=3, learning_rate=0.02, kl_warmup=0.0)
    with single_thread():
        state = FoldTraining(
            Inputs.of(structured, None), run.settings, hidden_lines(run, 0, Inputs.of(structured, None)), 0
        )
        losses = []
        while not state.finished:
            losses.append(state.run_epoch()["heldout_loss"])
    assert len(losses) < 400
    assert state.best_epoch == int(np.argmin(losses)) + 1
    assert len(losses) == state.best_epoch + 3


def test_unknown_purity_is_masked_not_invented(structured):
    labels = Labels.of(structured.obs)
    missing = structured.obs["purity"].isna().to_numpy()
    assert missing.any()
    y = label_matrix(labels, Settings())
    known = ~missing & ~labels.is_line
    assert np.allclose(y[missing, 2], structured.obs["purity"][known].mean())
    assert (y[missing, 3] == 0).all()
    assert (y[known, 3] == 1).all()
    assert (y[labels.is_line, 2:] == 1).all()


def test_no_purity_leaves_purity_out(structured):
    y = label_matrix(Labels.of(structured.obs), Settings().model_copy(update={"variant": "no_purity"}))
    assert y.shape[1] == 2


def test_small_groups_are_drawn_more_often_than_their_share():
    is_line = np.array([False] * 90 + [True] * 10)
    weights = sampling_weights(is_line, np.zeros(100, dtype=int))
    assert weights[is_line].sum() / weights.sum() == pytest.approx(10**0.5 / (10**0.5 + 90**0.5))


def test_threads_are_given_back():
    torch.set_num_threads(2)
    state = torch.get_rng_state()
    with single_thread():
        assert torch.get_num_threads() == 1
        torch.rand(3)
    assert torch.get_num_threads() == 2
    assert torch.equal(state, torch.get_rng_state())


def test_the_samples_that_a_model_was_not_trained_on_are_known_afterwards(new_run, monkeypatch):
    trainings = []

    class Kept(FoldTraining):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            trainings.append(self)

    monkeypatch.setattr("rnalign_core.model.train.FoldTraining", Kept)
    run = new_run(seed=3, n_epochs=1)
    is_line = (run.cohort.obs["sample_type"] == "cell_line").to_numpy()
    for fold in run.settings.fold_ids:
        train_fold(run, fold, on_event=lambda event: None)
        apart = held_out_samples(is_line, run.settings, fold)
        np.testing.assert_array_equal(np.flatnonzero(apart), trainings[fold].held_out)
        np.testing.assert_array_equal(np.flatnonzero(~apart), trainings[fold].training)
