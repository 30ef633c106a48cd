"""Train the model of one cross-fitting fold: resumable to the bit, single-threaded so that folds run side by side."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from rnalign_core.files import atomic_path, write_text
from rnalign_core.model.inputs import Inputs, Labels
from rnalign_core.model.losses import bounded, correlation_loss, decoder_sensitivity, elbo_sensitivity
from rnalign_core.model.network import CVAE, Shape, kl_to_standard_normal
from rnalign_core.model.runs import Run
from rnalign_core.model.settings import Settings
from rnalign_core.problems import RNAlignError

HELD_OUT_SHARE = 0.05  # of samples, kept from training to tell when to stop
CHECKPOINT_SECONDS = 5.0
MAX_GRADIENT_NORM = 5.0


class Stopped(RNAlignError):
    """Training was asked to stop; its checkpoint allows it to go on."""


def label_matrix(labels: Labels, settings: Settings) -> np.ndarray:
    """Return label columns y of shape (n_samples, n_labels), float32.

    Columns: tumor, cell line, then purity and purity-known unless the variant leaves purity out, then one a cancer
    type in the type-conditioned variant (all zero where the type is unknown).
    """
    columns = [~labels.is_line, labels.is_line]
    if settings.uses_purity:
        columns += [labels.purity, labels.purity_known]
    if settings.conditions_on_type:
        columns += [labels.cancer_type == code for code in range(len(labels.types))]
    return np.stack(columns, axis=1).astype(np.float32)


def network_for(settings: Settings, n_genes: int, n_types: int) -> CVAE:
    """Build the untrained network that `settings` describe."""
    n_labels = 2 + 2 * settings.uses_purity + n_types * settings.conditions_on_type
    shape = Shape(
        n_genes, n_labels, settings.n_latent, settings.encoder_width, settings.decoder_width, n_types
    )
    return CVAE(shape, settings.input_dropout)


class FoldTraining:
    """State of the training of one fold: network, optimiser, random numbers, best weights so far.

    Parameters
    ----------
    inputs
        All samples of the cohort.
    settings
        Settings of the run.
    hidden
        Boolean array of shape (n_samples,): lines whose cancer type this model must not see.
    seed
        Seed of everything random.
    """

    def __init__(self, inputs: Inputs, settings: Settings, hidden: np.ndarray, seed: int):
        self.settings = settings
        labels = inputs.labels
        held_out, torch_seed = _held_out(labels.is_line, seed)
        torch.manual_seed(torch_seed)
        visible_type = np.where(hidden, -1, labels.cancer_type)
        self.x = torch.from_numpy(inputs.x)
        self.y = torch.from_numpy(label_matrix(labels, settings))
        self.is_line = torch.from_numpy(labels.is_line)
        self.cancer_type = torch.from_numpy(visible_type)
        self.held_out = torch.from_numpy(np.flatnonzero(held_out))
        self.training = torch.from_numpy(np.flatnonzero(~held_out))
        self.weights = torch.from_numpy(sampling_weights(labels.is_line, visible_type)[~held_out])

        self.network = network_for(settings, inputs.x.shape[1], len(labels.types))
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.steps_per_epoch = max(1, round(len(self.training) / settings.batch_size))
        self.epoch = 0
        self.best_loss = math.inf
        self.best_epoch = 0
        self.best_weights = self._weights()

    def _weights(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.network.state_dict().items()}

    @property
    def finished(self) -> bool:
        """Whether all epochs are done or the held-out loss has stopped falling."""
        # Until the KL weight has risen in full, losses of different epochs cannot be compared.
        warm = max(self.best_epoch, math.ceil(self.settings.kl_warmup * self.settings.n_epochs))
        return self.epoch >= self.settings.n_epochs or self.epoch - warm >= self.settings.patience

    def run_epoch(self) -> dict[str, float]:
        """Train for one epoch and return its mean losses and the held-out ones."""
        self.network.train()
        sums: dict[str, float] = {}
        for step in range(self.steps_per_epoch):
            self._set_learning_rate(self.epoch * self.steps_per_epoch + step)
            drawn = torch.multinomial(self.weights, self.settings.batch_size, replacement=True)
            terms = self._losses(self.training[drawn])
            self.optimiser.zero_grad(set_to_none=True)
            terms["loss"].backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT_NORM)
            self.optimiser.step()
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
        self.epoch += 1
        losses = {name: value / self.steps_per_epoch for name, value in sums.items()}
        losses |= self._held_out()
        if not math.isfinite(losses["loss"]):
            raise RNAlignError(
                f"the loss is no longer a number in epoch {self.epoch}; try a lower learning_rate"
            )
        warm = self.epoch >= self.settings.kl_warmup * self.settings.n_epochs
        if not warm or losses["heldout_loss"] < self.best_loss:
            self.best_loss = losses["heldout_loss"] if warm else math.inf
            self.best_epoch, self.best_weights = self.epoch, self._weights()
        return losses

    def _set_learning_rate(self, step: int) -> None:
        """One cycle: linear rise over the first tenth of all steps, then a cosine down to a hundredth."""
        progress = step / (self.settings.n_epochs * self.steps_per_epoch)
        rise = 0.1
        scale = (
            progress / rise
            if progress < rise
            else 0.5 * (1 + math.cos(math.pi * (progress - rise) / (1 - rise)))
        )
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * max(scale, 0.01)

    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        """Losses of a batch; `loss` is their weighted sum (per gene for the ELBO)."""
        s, network = self.settings, self.network
        x, y = self.x[rows], self.y[rows]
        y_encoder = y.clone().requires_grad_(s.w_grad > 0 and s.grad_form == "elbo")
        y_decoder = y.clone().requires_grad_(s.w_grad > 0)
        with torch.autocast("cpu", torch.bfloat16, enabled=has_fast_bfloat16()):
            mean, sd = network.encode(x, y_encoder)
            z = mean + sd * torch.randn_like(sd)
            decoded = network.decode(z, y_decoder).float()
        n_genes = x.shape[1]
        reconstruction = network.negative_log_likelihood(x, decoded) / n_genes
        kl = kl_to_standard_normal(mean, sd) / n_genes
        warmup = min(1.0, (self.epoch + 1) / max(1.0, s.kl_warmup * s.n_epochs))
        elbo_loss = reconstruction + s.kl_weight * warmup * kl
        terms = {"reconstruction": reconstruction.mean(), "kl": kl.mean()}
        loss = elbo_loss.mean()
        if s.w_cor > 0:
            within = s.cor_form == "within_type"
            terms["l_cor"] = correlation_loss(
                mean, y, self.is_line[rows], self.cancer_type[rows], within_type=within
            )
            loss = loss + s.w_cor * terms["l_cor"]
        if s.w_grad > 0:
            if s.grad_form == "decoder":
                sensitivity = decoder_sensitivity(decoded, y_decoder)
            else:
                sensitivity = elbo_sensitivity(elbo_loss, y_encoder, y_decoder)
            terms["l_grad"] = bounded(sensitivity)
            loss = loss + s.w_grad * terms["l_grad"]
        known = self.cancer_type[rows] >= 0
        if s.w_type > 0 and known.any():
            terms["l_type"] = torch.nn.functional.cross_entropy(
                network.type_head(z[known]), self.cancer_type[rows][known]
            )
            loss = loss + s.w_type * terms["l_type"]
        return {"loss": loss, **terms}

    def _held_out(self) -> dict[str, float]:
        """Negative ELBO per gene and R2 of held-out samples, from the posterior mean, at the full KL weight."""
        self.network.eval()
        with torch.no_grad():
            x, y = self.x[self.held_out], self.y[self.held_out]
            mean, sd = self.network.encode(x, y)
            decoded = self.network.decode(mean, y)
            elbo_loss = self.network.negative_log_likelihood(x, decoded)
            elbo_loss = elbo_loss + self.settings.kl_weight * kl_to_standard_normal(mean, sd)
            residual = (x - decoded).square().sum() / (x - x.mean(dim=0)).square().sum()
        return {"heldout_loss": float(elbo_loss.mean()) / x.shape[1], "heldout_r2": 1 - float(residual)}

    def save(self, path: Path) -> None:
        """Write everything needed to go on from here, in one step."""
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"best.{k}": v for k, v in self.best_weights.items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{k}": v for k, v in state.items()}
        tensors["random"] = torch.get_rng_state()
        progress = {"epoch": self.epoch, "best_epoch": self.best_epoch, "best_loss": repr(self.best_loss)}
        with atomic_path(path) as temporary:
            save_file(tensors, temporary, metadata={k: str(v) for k, v in progress.items()})

    def load(self, path: Path) -> None:
        """Take up the state written by :meth:`save`."""
        with safe_open(path, "pt") as file:
            progress = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        self.epoch, self.best_epoch = int(progress["epoch"]), int(progress["best_epoch"])
        self.best_loss = float(progress["best_loss"])
        self.network.load_state_dict(_under("network.", tensors))
        self.best_weights = _under("best.", tensors)
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in _under("optimiser.", tensors).items():
            index, key = name.split(".", 1)
            state.setdefault(int(index), {})[key] = value
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})
        torch.set_rng_state(tensors["random"])


def held_out_samples(is_line: np.ndarray, settings: Settings, fold: int) -> np.ndarray:
    """Return which samples the model of `fold` was not trained on, but by which it was told when to stop.

    Boolean, (n_samples,). `is_line` is that of the cohort of the run.
    """
    return _held_out(is_line, _fold_seed(settings, fold))[0]


def _fold_seed(settings: Settings, fold: int) -> int:
    return settings.seed * 1000 + fold


def _held_out(is_line: np.ndarray, seed: int) -> tuple[np.ndarray, int]:
    """Draw the held-out samples of a training and the seed of torch."""
    rng = np.random.default_rng(seed)
    torch_seed = int(rng.integers(2**31))
    held_out = np.zeros(len(is_line), dtype=bool)
    for kind in (is_line, ~is_line):
        members = np.flatnonzero(kind)
        held_out[rng.choice(members, math.ceil(HELD_OUT_SHARE * len(members)), replace=False)] = True
    return held_out, torch_seed


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def sampling_weights(is_line: np.ndarray, cancer_type: np.ndarray) -> np.ndarray:
    """Return a weight a sample, 1/sqrt(size of its group of sample type and cancer type), so that both kinds meet."""
    group = cancer_type * 2 + is_line
    _, member, size = np.unique(group, return_inverse=True, return_counts=True)
    return 1 / np.sqrt(size[member])


def has_fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices faster than float32 ones."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


@contextmanager
def single_thread() -> Iterator[None]:
    """Run torch on one thread: results do not depend on the number of cores, and folds share them fairly."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(before)


def train_fold(
    run: Run, fold: int, *, on_event: Callable[[dict], None], should_stop: Callable[[], bool] = lambda: False
) -> None:
    """Train the model of one fold, from its last checkpoint if there is one.

    Parameters
    ----------
    run
        An unfinished run.
    fold
        The fold whose lines' cancer types are hidden.
    on_event
        Called after every epoch with ``fold, epoch, n_epochs, seconds`` and the losses of the epoch; the same is
        appended to ``checkpoint/fold-<fold>.jsonl``.
    should_stop
        Asked after every epoch.

    Raises
    ------
    Stopped
        If `should_stop` said so; a checkpoint is written first.
    """
    folder = run.path / "checkpoint"
    folder.mkdir(exist_ok=True)
    done, checkpoint = folder / f"fold-{fold}.done.safetensors", folder / f"fold-{fold}.safetensors"
    history = folder / f"fold-{fold}.jsonl"
    if done.is_file():
        return
    settings = run.settings
    inputs = Inputs.of(run.cohort, settings.n_genes)
    with single_thread():
        state = FoldTraining(
            inputs, settings, hidden_lines(run, fold, inputs), seed=_fold_seed(settings, fold)
        )
        rows: list[str] = []
        if checkpoint.is_file():
            state.load(checkpoint)
            rows = history.read_text(encoding="utf-8").splitlines()[: state.epoch]
        write_text(history, "".join(row + "\n" for row in rows))
        started = time.perf_counter() - (json.loads(rows[-1])["seconds"] if rows else 0.0)
        saved = time.perf_counter()
        while not state.finished:
            losses = state.run_epoch()
            event = {"fold": fold, "epoch": state.epoch, "n_epochs": settings.n_epochs}
            event |= {"seconds": round(time.perf_counter() - started, 3)}
            event |= {name: round(value, 6) for name, value in losses.items()}
            with history.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event) + "\n")
            stopping = should_stop()
            if stopping or time.perf_counter() - saved > CHECKPOINT_SECONDS:
                state.save(checkpoint)
                saved = time.perf_counter()
            on_event(event)
            if stopping:
                raise Stopped(f"stopped in epoch {state.epoch} of fold {fold}")
        with atomic_path(done) as temporary:
            save_file(state.best_weights, temporary, metadata={"best_epoch": str(state.best_epoch)})
    checkpoint.unlink(missing_ok=True)


def fit_fold(
    inputs: Inputs, settings: Settings, hidden: np.ndarray, seed: int
) -> tuple[CVAE, dict[str, float]]:
    """Train the model of one fold in memory.

    Parameters
    ----------
    inputs, settings, hidden, seed
        As in :class:`FoldTraining`.

    Returns
    -------
    The best network, in evaluation mode, its weights in half precision as a run stores them; and the losses of its
    epoch.
    """
    with single_thread():
        state = FoldTraining(inputs, settings, hidden, seed)
        history = []
        while not state.finished:
            history.append(state.run_epoch())
    network = state.network
    network.load_state_dict({name: value.half().float() for name, value in state.best_weights.items()})
    return network.eval().requires_grad_(False), history[state.best_epoch - 1]


def hidden_lines(run: Run, fold: int, inputs: Inputs) -> np.ndarray:
    """Return which samples' cancer type the model of `fold` must not see: boolean, (n_samples,).

    None in the type-conditioned variant, whose point is that it is told them all.
    """
    if run.settings.conditions_on_type:
        return np.zeros(len(inputs.sample_ids), dtype=bool)
    in_fold = set(run.folds.index[run.folds == fold])
    return np.array([sample in in_fold for sample in inputs.sample_ids])


def fold_weights(run: Run, fold: int) -> dict[str, Tensor]:
    """Return the trained weights of a fold of an unfinished run."""
    return load_file(run.path / "checkpoint" / f"fold-{fold}.done.safetensors")
