"""How well lines match tumors when all samples are decoded with the same labels, as quickly as a slider moves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from rnalign_core.cohort.schema import CELL_LINE, SAMPLE_TYPES
from rnalign_core.decode.ensemble import Ensemble
from rnalign_core.metrics.match import MatchSettings
from rnalign_core.metrics.samples import scored_types
from rnalign_core.metrics.vote import vote
from rnalign_core.model.inputs import Labels
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.at_labels import HOMOGENISED, AtLabels, DecodeLabels

_ROWS_AT_A_TIME = 256


@dataclass(frozen=True)
class Numbers:
    """What a set of labels does to a cohort; each line sees tumors as its own model does.

    Parameters
    ----------
    match, median_types
        Match rate over all scored lines, and of the median cancer type; None if no line is scored.
    relative_delta_d
        As of :func:`rnalign_core.metrics.delta_d`; None where that is undefined.
    distance
        Mean Euclidean distance of a line to the tumors of its type, mean over scored types; standardised units.
    moved
        Mean distance of scored lines and of tumors from their homogenised profiles; the same units.
    """

    match: float | None
    median_types: float | None
    relative_delta_d: float | None
    distance: float | None
    moved: float


@dataclass(frozen=True)
class View:
    """One model, and what it is shown: all tumors in the order of `LiveDecode.tumors`, then its scored lines.

    Parameters
    ----------
    rows
        Positions of these samples in the cohort.
    lines
        Positions of its lines among the scored ones.
    base
        Of the samples, from :meth:`AtLabels.base`.
    home
        Their coordinates in the homogenised decode.
    """

    rows: np.ndarray
    lines: np.ndarray
    base: Tensor
    home: Tensor


class LiveDecode:
    """A run, ready to be decoded with any labels.

    Parameters
    ----------
    ensemble
        Its models.
    labels
        Labels of the samples of its cohort.
    latents
        Posterior means of every model, (n_models, n_samples, n_latent).
    fold
        Model of each sample, from :func:`rnalign_core.decode.sample_folds`.
    cancer_types
        Cancer type of each sample, by sample id in the cohort's order; may be missing.
    settings
        Neighbours and denominators. Bootstrap intervals are not computed.
    """

    @torch.inference_mode()
    def __init__(
        self,
        ensemble: Ensemble,
        labels: Labels,
        latents: np.ndarray,
        fold: np.ndarray,
        cancer_types: pd.Series,
        settings: MatchSettings | None = None,
    ):
        self.settings = settings or MatchSettings()
        self.decoder = AtLabels(ensemble, labels, latents, fold)
        self.cancer_types = cancer_types.astype(object).where(cancer_types.notna(), None)
        is_line = labels.is_line
        self.types = pd.Index(sorted(set(self.cancer_types[~is_line].dropna())), dtype=object)
        codes = self.types.get_indexer(self.cancer_types)
        # By type, those without one last: then the tumors of a type are one block, and so are all that vote.
        order = np.argsort(np.where(codes < 0, len(self.types), codes), kind="stable")
        self.tumors = order[~is_line[order]]
        self.voter_codes = codes[self.tumors][codes[self.tumors] >= 0]
        self.type_sizes = np.bincount(self.voter_codes, minlength=len(self.types))
        counted = scored_types(
            self.cancer_types[is_line],
            self.cancer_types[~is_line],
            self.settings.min_tumors,
            self.settings.min_lines,
        )
        self.scored = order[(is_line & self.cancer_types.isin(counted.index).to_numpy())[order]]
        self.scored_codes = codes[self.scored]
        self.views = [self._view(model) for model in self.decoder.models]

    @classmethod
    def of(cls, aligned: AlignedRun) -> LiveDecode:
        """Prepare a run that is open."""
        labels, latents = aligned.inputs.labels, aligned.alignment.latents
        return cls(aligned.ensemble, labels, latents, aligned.fold, aligned.samples["cancer_type"])

    def _view(self, model: int) -> View:
        alone = len(self.decoder.models) == 1  # then it is everyone's
        lines = np.flatnonzero((self.decoder.fold[self.scored] == model) | alone)
        rows = np.concatenate([self.tumors, self.scored[lines]])
        base = self.decoder.base(model, rows)
        return View(rows, lines, base, self.decoder.coordinates(model, base, rows, HOMOGENISED))

    @torch.inference_mode()
    def numbers(self, at: DecodeLabels) -> Numbers:
        """Decode the whole cohort with the same labels.

        Raises
        ------
        ValueError
            If a cancer type is given, but is no label of these models.
        """
        n_lines, n_tumors = len(self.scored), len(self.tumors)
        calls = np.empty(n_lines, dtype=int)
        distance, within, moved_lines = np.empty((3, n_lines))
        moved_tumors = np.zeros(n_tumors)
        for model, view in enumerate(self.views):
            x = self.decoder.coordinates(model, view.base, view.rows, at)
            moved = (x - view.home).norm(dim=1).numpy()
            moved_tumors += moved[:n_tumors] / len(self.views)
            moved_lines[view.lines] = moved[n_tumors:]
            if len(view.lines):
                calls[view.lines] = self._calls(x)
                distance[view.lines], within[view.lines] = self._distances(x, self.scored_codes[view.lines])
        moved = float(np.concatenate([moved_lines, moved_tumors]).mean())
        if not n_lines:
            return Numbers(None, None, None, None, moved)
        matched = calls == self.scored_codes
        lines = pd.DataFrame({"match": matched, "distance": distance, "within": within})
        types = lines.groupby(self.scored_codes).mean()
        return Numbers(
            match=float(matched.mean()),
            median_types=float(types["match"].median()),
            relative_delta_d=_relative(types["distance"], types["within"]),
            distance=float(types["distance"].mean()),
            moved=moved,
        )

    def _calls(self, x: Tensor) -> np.ndarray:
        unit = nn.functional.normalize(x[:, :-1], dim=1)
        best = (unit[len(self.tumors) :] @ unit[: len(self.voter_codes)].T).topk(self.settings.k)
        codes = self.voter_codes[best.indices.numpy()]
        return vote(codes, 1 - best.values.double().numpy(), self.type_sizes)[0]

    def _distances(self, x: Tensor, line_codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return of each line its mean distance to tumors of its type, and the mean distance of two of these."""
        distance, within = np.empty((2, len(line_codes)))
        lines, ends = x[len(self.tumors) :], np.cumsum(self.type_sizes)
        for code in np.unique(line_codes):
            tumors = x[ends[code] - self.type_sizes[code] : ends[code]]
            of_type = line_codes == code
            distance[of_type], within[of_type] = _type_distances(lines[torch.from_numpy(of_type)], tumors)
        return distance, within

    def input_relative_delta_d(self, x: np.ndarray) -> float | None:
        """Return relative Delta D of the input, for comparison.

        Parameters
        ----------
        x
            Standardised expression, (n_samples, n_genes).
        """
        rows = []
        for code in np.unique(self.scored_codes):
            lines = self.scored[self.scored_codes == code]
            tumors = self.tumors[: len(self.voter_codes)][self.voter_codes == code]
            distance, within = _type_distances(torch.from_numpy(x[lines]), torch.from_numpy(x[tumors]))
            rows.append((distance.mean(), within))
        types = pd.DataFrame(rows, columns=["distance", "within"])
        return _relative(types["distance"], types["within"]) if rows else None

    @torch.inference_mode()
    def genes(self, at: DecodeLabels, sample_id: str | None = None) -> pd.Series:
        """Return by how much decoded expression differs from the homogenised decode, by gene.

        The mean over tumors, or that of one sample; log2(TPM+1) on the scale of cell lines. The last layer is linear,
        so it is one product of a mean difference of hidden units with the dictionary.

        Raises
        ------
        KeyError
            If there is no such sample.
        ValueError
            If a cancer type is given, but is no label of these models.
        """
        ensemble = self.decoder.ensemble
        whole = sample_id is None
        rows = self.tumors if whole else self.row(sample_id)
        models = self.decoder.models if whole else self.models_of(sample_id)
        change = torch.zeros(len(ensemble.genes))
        for model in models:
            base = self.views[model].base[: len(rows)] if whole else self.decoder.base(model, rows)
            there, here = (self.decoder.hidden(model, base, rows, y).mean(dim=0) for y in (at, HOMOGENISED))
            change += ensemble.networks[model].output.weight @ (there - here) / len(models)
        sd = ensemble.scaler.sd[SAMPLE_TYPES.index(CELL_LINE)]
        return pd.Series(change.numpy() * sd, index=pd.Index(ensemble.genes, name="gene"), name="change")

    def row(self, sample_id: str) -> np.ndarray:
        """Return the position of a sample in the cohort, as an array of one."""
        return np.array([self.cancer_types.index.get_loc(sample_id)])

    def models_of(self, sample_id: str) -> range:
        """Return the models that see a sample: that of its fold, else all of them."""
        fold = int(self.decoder.fold[self.row(sample_id)[0]])
        return range(fold, fold + 1) if fold >= 0 else self.decoder.models

    @cached_property
    def mixed_tumors(self) -> Tensor:
        """Rows of :meth:`AtLabels.mixed` of the tumors in their order here, homogenised."""
        return self.decoder.mixed(self.tumors, HOMOGENISED)

    @torch.inference_mode()
    def profiles(self, at: DecodeLabels) -> np.ndarray:
        """Return short rows with the correlations of the aligned profiles, which mix models, for maps.

        Returns
        -------
        Array of shape (n_samples, n_coordinates), float32, in the order of the cohort.
        """
        return self.decoder.mixed(np.arange(len(self.cancer_types)), at)[:, :-1].numpy()


def _relative(distance: pd.Series, within: pd.Series) -> float | None:
    """Return relative Delta D of the cancer types' mean distances of line and tumor, and of two tumors."""
    scale = within.mean()
    return float((distance - within).mean() / scale) if scale > 0 else None


def _type_distances(lines: Tensor, tumors: Tensor) -> tuple[np.ndarray, float]:
    """Return of each line its mean distance to the tumors, and the mean distance of two of these."""
    centre = tumors.mean(dim=0)  # near the origin, float32 has digits to spare
    tumors = tumors - centre
    return torch.cdist(lines - centre, tumors).mean(dim=1).numpy(), _mean_distance(tumors)


def _mean_distance(x: Tensor) -> float:
    """Return the mean Euclidean distance of two different rows, each pair measured once."""
    squared, total = (x * x).sum(dim=1), 0.0
    for start in range(0, len(x), _ROWS_AT_A_TIME):
        block = slice(start, start + _ROWS_AT_A_TIME)
        distances = torch.addmm(squared[start:, None] + squared[block], x[start:], x[block].T, alpha=-2)
        distances.clamp_(min=0).sqrt_().fill_diagonal_(0)
        total += float(distances[:_ROWS_AT_A_TIME].sum() + 2 * distances[_ROWS_AT_A_TIME:].sum())
    return total / (len(x) * (len(x) - 1))
