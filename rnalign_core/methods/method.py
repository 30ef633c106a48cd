"""What a method of alignment is: samples in, one profile a sample out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import anndata as ad
import numpy as np
import pandas as pd
from pydantic import BaseModel

from rnalign_core.cohort.schema import CELL_LINE
from rnalign_core.model.inputs import choose_genes

NO_FOLD = -1
MAIN = "profiles"


@dataclass(frozen=True)
class Samples:
    """What methods may use to align tumors and cell lines.

    Parameters
    ----------
    expression
        Array of shape (n_samples, n_genes), log2(TPM+1), float32.
    is_line
        Boolean array of shape (n_samples,).
    cancer_type
        Object array of shape (n_samples,), None where missing.
    purity
        Array of shape (n_samples,), fraction 0..1, NaN where missing.
    fold
        Cross-fitting fold of each sample, :data:`NO_FOLD` for samples without one; integer array of shape
        (n_samples,). A line's fold names the model that must not know its cancer type.
    seed
        Seed of whatever a method draws.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, there are fewer than 2 tumors or 2 lines, or a tumor has a fold.
    """

    expression: np.ndarray
    is_line: np.ndarray
    cancer_type: np.ndarray
    purity: np.ndarray
    fold: np.ndarray
    seed: int = 0

    def __post_init__(self):
        n_samples = len(self.expression)
        problems = [
            f"{name} has shape {value.shape}, but there are {n_samples} samples"
            for name in ("is_line", "cancer_type", "purity", "fold")
            if (value := getattr(self, name)).shape != (n_samples,)
        ]
        if self.expression.ndim != 2 or not np.isfinite(self.expression).all():
            problems.append("expression must be a table of samples x genes without NaN or infinite values")
        if not problems and min(self.is_line.sum(), (~self.is_line).sum()) < 2:
            problems.append("alignment needs at least 2 tumors and 2 cell lines")
        if not problems and (self.fold[~self.is_line] != NO_FOLD).any():
            problems.append("a tumor has a fold, but only cell lines are hidden from models")
        if problems:
            raise ValueError("; ".join(problems))

    @classmethod
    def of(cls, cohort: ad.AnnData, fold: pd.Series, *, n_genes: int | None = None, seed: int = 0) -> Samples:
        """Take the samples of a cohort and its most variable genes (all if `n_genes` is None).

        Parameters
        ----------
        cohort
            The cohort.
        fold
            Folds of lines by sample id, from :func:`rnalign_core.model.folds.assign_folds`.
        n_genes
            As in :func:`rnalign_core.model.inputs.choose_genes`.
        seed
            Seed of whatever a method draws.
        """
        is_line = (cohort.obs["sample_type"] == CELL_LINE).to_numpy()
        columns = choose_genes(cohort.X, is_line, n_genes)
        types = cohort.obs["cancer_type"].astype(object)
        return cls(
            cohort.X if len(columns) == cohort.n_vars else cohort.X[:, columns],
            is_line,
            types.where(types.notna(), None).to_numpy(dtype=object),
            cohort.obs["purity"].to_numpy(dtype=np.float32),
            fold.reindex(cohort.obs_names).fillna(NO_FOLD).to_numpy(dtype=int),
            seed,
        )


@dataclass(frozen=True)
class Fitted:
    """What the function of a method returns where it has more to tell than one table of profiles.

    Parameters
    ----------
    profiles
        Array of shape (n_samples, n_dimensions): the dimensions of the method's own space, or genes. These are
        centred, so that a correlation is not about which genes are abundant; only the raw input is not.
    spaces
        Other profiles of the same samples by name, such as ``latent``. In these as in `profiles`, a line's row comes
        from the model that was not told its type, a tumor's row is the mean over models.
    calls
        The method's own call of each sample's cancer type, None where it makes none, by a model that was not told
        the type; object array of shape (n_samples,).
    facts
        Other findings, as plain JSON values.
    view
        For cross-fitted methods: returns what the model of one fold makes of all samples, in the space of a name
        (:data:`MAIN` is that of `profiles`). Lines are compared with tumors in the view of their own fold, since the
        other models were told their types (:mod:`rnalign_core.metrics.views`).
    """

    profiles: np.ndarray
    spaces: dict[str, np.ndarray] = field(default_factory=dict)
    calls: np.ndarray | None = None
    facts: dict = field(default_factory=dict)
    view: Callable[[str, int], np.ndarray] | None = None


def cross_fitted(latents: np.ndarray, samples: Samples) -> Fitted:
    """Return what one model a fold makes of the samples, in one frame and in the frame of each.

    Parameters
    ----------
    latents
        Profiles by the model of each fold, (n_folds, n_samples, n_dimensions).
    samples
        The samples, with their folds.
    """
    from rnalign_core.decode.aligned import common_latent  # brings torch along

    def frame(latents: np.ndarray, fold: np.ndarray) -> np.ndarray:
        return common_latent(latents, fold, ~samples.is_line)

    def view(space: str, fold: int) -> np.ndarray:
        return frame(latents[fold : fold + 1], np.zeros_like(samples.fold))

    return Fitted(frame(latents, samples.fold), view=view)


@dataclass(frozen=True)
class Aligned(Fitted):
    """What a method makes of samples: its profiles, float32, and how they were made.

    Parameters
    ----------
    name
        Name of the method.
    settings
        Every setting of the method, defaults included, as plain JSON values.
    """

    name: str = ""
    settings: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Method:
    """A method of alignment and what a fair comparison must know about it.

    Parameters
    ----------
    name
        Identifier.
    title
        Name for a reader.
    function
        Called with :class:`Samples` and settings as keywords, each with a default; returns profiles or
        :class:`Fitted`.
    description
        What it does, in one sentence.
    supervised
        Whether it learns from cancer types. Then it is cross-fitted by fold, unless it is `label_conditioned`.
    label_conditioned
        Whether it is told the cancer types of the very lines it aligns: how well these match is then no
        evidence of similarity.
    stochastic
        Whether the result depends on the seed.
    units
        Of profiles that have a column a gene: log2(TPM+1), centred or not, or standardised within sample type.
    ablation
        Whether it is another method with a part left out.
    settings_tried
        Number of settings among which its defaults were chosen (docs/decisions/007); 1 where there are none to choose.
    """

    name: str
    title: str
    function: Callable[..., np.ndarray | Fitted]
    description: str
    supervised: bool = False
    label_conditioned: bool = False
    stochastic: bool = False
    units: Literal["log2", "standardised"] = "standardised"
    ablation: bool = False
    settings_tried: int = 1

    def align(self, samples: Samples, **settings: object) -> Aligned:
        """Align samples.

        Raises
        ------
        TypeError
            If the method has no such setting.
        ValueError
            If the method cannot align these samples.
        """
        used = inspect.signature(self.function).bind(samples, **settings)
        used.apply_defaults()
        found = self.function(*used.args, **used.kwargs)
        fitted = found if isinstance(found, Fitted) else Fitted(found)
        return Aligned(
            fitted.profiles.astype(np.float32, copy=False),
            {name: x.astype(np.float32, copy=False) for name, x in fitted.spaces.items()},
            fitted.calls,
            fitted.facts,
            fitted.view,
            self.name,
            {name: _plain(value) for name, value in used.kwargs.items()},
        )


def _plain(setting: object) -> object:
    return setting.model_dump() if isinstance(setting, BaseModel) else setting
