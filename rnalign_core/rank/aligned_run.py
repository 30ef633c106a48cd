"""A finished run, opened for questions: who is near whom, what does a gene do, what if the labels were others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import CELL_LINE, TUMOR
from rnalign_core.decode.aligned import Alignment, of_own_model, sample_folds
from rnalign_core.decode.ensemble import EVERYONE, Ensemble
from rnalign_core.decode.residual import ResidualForm
from rnalign_core.metrics.differential import Moments
from rnalign_core.model.inputs import Inputs
from rnalign_core.model.runs import Run

Space = Literal["latent", "decoded", "residual", "input"]
Kind = Literal["observed", "decoded", "residual"]
COLUMNS = (
    "sample_type",
    "cancer_type",
    "subtype",
    "purity",
    "name",
    "source",
    "depmap_id",
    "cellosaurus_id",
    "ccle_name",
    "aliases",
)
KEPT_GROUPS = 8  # groups of tumors whose inner products are kept


@dataclass(frozen=True)
class Block:
    """Similarities as one model sees them: that of the lines' fold, which was never told their types.

    Parameters
    ----------
    line_ids
        The lines.
    to_tumors
        Pearson correlations of lines with tumors, (n_lines, n_tumors), float32.
    among_tumors
        The same of tumors with each other, (n_tumors, n_tumors), if asked for.
    """

    line_ids: pd.Index
    to_tumors: np.ndarray
    among_tumors: np.ndarray | None


class AlignedRun:
    """The samples of a finished run in every space, by sample id.

    `samples` are those that a sample is compared with unless others are named. They are the run's own; a run that is
    joined by guests (:mod:`rnalign_core.place.guests`) can be asked for these too.

    Parameters
    ----------
    run
        A finished run. Reads its cohort and weights and encodes every sample: seconds, and the memory of the expression
        of the modelled genes twice.
    """

    def __init__(self, run: Run):
        ensemble = Ensemble.load(run)
        inputs = ensemble.inputs(run.cohort)
        fold = sample_folds(run, inputs.sample_ids)
        samples = run.cohort.obs.reindex(columns=list(COLUMNS)).astype({"sample_type": str})
        self.samples = samples.assign(fold=fold).rename_axis("sample_id")
        self._set(run, ensemble, inputs, Alignment.of(ensemble, inputs, fold))

    def _set(self, run: Run, ensemble: Ensemble, inputs: Inputs, alignment: Alignment) -> None:
        self.run, self.ensemble, self.inputs, self.alignment = run, ensemble, inputs, alignment
        self.fold = alignment.fold
        self.genes = pd.Index(inputs.genes)
        self._rows = pd.Series(
            np.arange(len(inputs.sample_ids)), pd.Index(inputs.sample_ids, name="sample_id")
        )
        self._views = {EVERYONE: alignment}
        self._scales: dict[int, np.ndarray] = {}
        self._forms: dict[tuple[str, int], Callable[..., np.ndarray]] = {}
        self._inner: OrderedDict[tuple, np.ndarray] = OrderedDict()
        self._moments: dict[int, Moments] = {}

    def similarities(
        self,
        tumor_ids: Sequence[str],
        space: Space,
        *,
        line_ids: Sequence[str] | None = None,
        among: bool = False,
    ) -> Iterator[Block]:
        """Yield the similarities of lines to tumors, each line in the view of its own model.

        Parameters
        ----------
        tumor_ids
            The tumors, in the order of the columns.
        space
            ``latent``: posterior means less the tumors' mean, where several models are averaged in the frame of the
            first (:func:`rnalign_core.decode.aligned.common_latent`); ``decoded``: decoded as cell lines of purity 1;
            ``residual``: the same with each sample's own residual; ``input``: standardised expression.
        line_ids
            The lines; by default all.
        among
            Whether to give the similarities among the tumors too.

        Raises
        ------
        KeyError
            If there is no such sample.
        """
        lines = self._rows.loc[self._of(CELL_LINE) if line_ids is None else list(line_ids)].to_numpy()
        tumors = self._rows.loc[list(tumor_ids)].to_numpy()
        for fold in np.unique(self.fold[lines]):
            rows = lines[self.fold[lines] == fold]
            correlate = self._correlation(space, int(fold))
            yield Block(
                self._rows.index[rows],
                correlate(rows, tumors),
                correlate(tumors, tumors) if among else None,
            )

    def nearest(
        self, sample_id: str, k: int = 25, space: Space = "latent", kind: str | None = None
    ) -> pd.DataFrame:
        """Return the nearest tumors or lines of a sample, nearest first.

        Lines are compared in the view of their own models, a tumor with other tumors by all models on average.

        Parameters
        ----------
        sample_id
            The sample.
        k
            How many, at most.
        space
            As of :meth:`similarities`.
        kind
            ``tumor`` or ``cell_line``; by default what the sample is not.

        Returns
        -------
        Table by sample id: ``distance`` (1 - Pearson correlation), ``cancer_type``, ``subtype``, ``name``.
        """
        if kind is None:
            kind = TUMOR if self.inputs.labels.is_line[self._rows[sample_id]] else CELL_LINE
        others = self._of(kind).drop(sample_id, errors="ignore")
        if kind == TUMOR:
            [block] = self.similarities(others, space, line_ids=[sample_id])
            distance = pd.Series(1 - block.to_tumors[0], others)
        else:
            blocks = self.similarities([sample_id], space, line_ids=others)
            distance = pd.concat([pd.Series(1 - b.to_tumors[:, 0], b.line_ids) for b in blocks])
        found = distance.sort_values(kind="stable").head(k).rename("distance").to_frame()
        return found.join(self.samples[["cancer_type", "subtype", "name"]]).rename_axis("sample_id")

    def _of(self, kind: str) -> pd.Index:
        return self.samples.index[self.samples["sample_type"] == kind]

    def profiles(self, sample_ids: Sequence[str], space: Space, *, model: int = EVERYONE) -> np.ndarray:
        """Return the profiles of samples, for what correlations alone do not give: principal components, genes.

        Parameters
        ----------
        sample_ids
            The samples.
        space
            As of :meth:`similarities`.
        model
            The fold of the model in whose view they are. By default a line is seen by its own model, and a tumor by
            all on average: good for maps, but compare a line with tumors in the view of its own model.

        Returns
        -------
        Array of shape (n_samples, n_genes) in standardised units, or (n_samples, n_latent).

        Raises
        ------
        KeyError
            If there is no such sample.
        """
        _check("space", space, Space)
        rows = self._rows.loc[list(sample_ids)].to_numpy()
        if space == "input":
            return self.inputs.x[rows]
        view = self._view(model)
        if space == "latent":
            return view.latent[rows]
        if space == "decoded":
            return view.coefficients[rows] @ view.dictionary
        scale = self._residual_scale(model)[rows, None]
        g = view.coefficients[rows] - scale * view.reconstruction[rows]  # see decode.residual
        found = g @ view.dictionary
        found += scale * self.inputs.x[rows]
        return found

    def expression(
        self, gene: str, kind: Kind = "observed", sample_ids: Sequence[str] | None = None
    ) -> pd.Series:
        """Return the expression of a gene by sample id, log2(TPM+1): as of :meth:`expressions`.

        Of the samples that are named, or of all.
        """
        return self.expressions([gene], kind, sample_ids)[gene]

    def expressions(
        self,
        genes: Sequence[str],
        kind: Kind = "observed",
        sample_ids: Sequence[str] | None = None,
        *,
        model: int = EVERYONE,
    ) -> pd.DataFrame:
        """Return the expression of genes, log2(TPM+1), samples x genes.

        Parameters
        ----------
        genes
            The genes.
        kind
            ``observed``, of which there are only the run's own samples; or on the scale of cell lines: ``decoded``, or
            ``residual``, the same with each sample's own residual.
        sample_ids
            The samples, by default all.
        model
            The fold of the model in whose view aligned values are, as of :meth:`profiles`.

        Raises
        ------
        KeyError
            If the cohort has no such gene or sample, or a gene was not modelled and is wanted decoded.
        """
        _check("kind", kind, Kind)
        n_known = len(self.run.cohort) if kind == "observed" else None  # guests come last
        rows = self._rows.iloc[:n_known]
        rows = rows if sample_ids is None else rows.loc[list(sample_ids)]
        if kind == "observed":
            cohort = self.run.cohort
            columns = [cohort.var_names.get_loc(gene) for gene in genes]
            values = cohort.X[np.ix_(rows.to_numpy(), columns)].astype(np.float32)
        else:
            columns = [self.genes.get_loc(gene) for gene in genes]
            values = self._decoded(rows.to_numpy(), columns, kind == "residual", model)
        return pd.DataFrame(values, rows.index, list(genes))

    def moments(self, tumor_ids: Sequence[str]) -> Moments:
        """Return the moments of tumors' standardised expression. Those of whole cancer types are kept."""
        rows, code, x = self._rows.loc[list(tumor_ids)].to_numpy(), self._tumor_type, self.inputs.x
        sizes, asked = (np.bincount(of, minlength=code.max() + 1)[1:] for of in (code, code[rows]))
        whole = 1 + np.flatnonzero((asked == sizes) & (asked > 0))
        for of_type in whole:
            if of_type not in self._moments:
                self._moments[of_type] = Moments.of(x, np.flatnonzero(code == of_type))
        rest = rows[~np.isin(code[rows], whole)]
        parts = [*(self._moments[of_type] for of_type in whole), Moments.of(x, rest)]
        return Moments.merged((part for part in parts if part.n), len(self.genes))

    @cached_property
    def _tumor_type(self) -> np.ndarray:
        """Number of each tumor's cancer type, from 1; 0 for a line and where it is not known."""
        labels = self.inputs.labels
        return np.where(labels.is_line, 0, labels.cancer_type + 1)

    def calls(self) -> pd.DataFrame:
        """Return the run's table of lines with the type head's call and its probability, by each line's own model."""
        return self.run.matches.join(self.head)

    @cached_property
    def head(self) -> pd.DataFrame:
        """The type head's call and its probability for every sample: ``call_head, probability_head`` by sample id.

        Both are missing where the head was not trained.
        """
        if self.run.settings.w_type == 0:
            return pd.DataFrame({"call_head": None, "probability_head": np.nan}, self._rows.index)
        own = of_own_model(self.ensemble.type_probabilities(self.alignment.latents), self.fold)
        calls = np.array(self.ensemble.types, dtype=object)[own.argmax(axis=1)]
        return pd.DataFrame({"call_head": calls, "probability_head": own.max(axis=1)}, self._rows.index)

    def _decoded(self, rows: np.ndarray, genes: list[int], with_residual: bool, model: int) -> np.ndarray:
        view, inputs = self._view(model), self.inputs
        dictionary = view.dictionary[:, genes]
        values = view.coefficients[rows] @ dictionary
        if with_residual:
            own = inputs.x[np.ix_(rows, genes)] - view.reconstruction[rows] @ dictionary
            values = values + self._residual_scale(model)[rows, None] * own
        return (values * inputs.scaler.sd[1, genes] + inputs.scaler.mean[1, genes]).astype(np.float32)

    def _view(self, model: int) -> Alignment:
        if model not in self._views:
            self._views[model] = self.alignment.view(model)
        return self._views[model]

    def prepare_residuals(self) -> None:
        """Compute how residuals are scaled in the view of every model, which otherwise takes part of a second each."""
        for model in np.unique(self.fold):
            self._residual_scale(int(model))

    def _residual_scale(self, model: int) -> np.ndarray:
        if model not in self._scales:
            weight = self.run.settings.residual_weight
            self._scales[model] = self._view(model).residual_scale(self.inputs, weight)
        return self._scales[model]

    def unit_expression(self, sample_ids: Sequence[str]) -> np.ndarray:
        """Return standardised expression, each row centred over genes and of norm 1, (n_samples, n_genes).

        Inner products of its rows are the correlations of the space ``input``.
        """
        rows = self._rows.loc[list(sample_ids)].to_numpy()
        return self._centred[rows] / self._norm[rows, None]

    @cached_property
    def unit_lines(self) -> pd.DataFrame:
        """Unit expression of all lines, lines x genes."""
        lines = self._of(CELL_LINE)
        return pd.DataFrame(self.unit_expression(lines), lines, self.genes)

    @cached_property
    def _centred(self) -> np.ndarray:
        return self.inputs.x - self.inputs.x.mean(axis=1, keepdims=True)

    @cached_property
    def _norm(self) -> np.ndarray:
        norm = np.linalg.norm(self._centred, axis=1)
        return np.where(norm > 0, norm, 1)  # a constant row correlates 0 with every other

    def _correlation(self, space: Space, fold: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Return the function that correlates two lists of samples in the view of a fold's model."""
        _check("space", space, Space)
        fold = EVERYONE if space == "input" else fold
        if (space, fold) not in self._forms:
            self._forms[space, fold] = self._make(space, fold)
        return self._forms[space, fold]

    def _make(self, space: Space, fold: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        view = self._view(fold)
        if space == "residual":
            form = ResidualForm(view, self._centred, self._residual_scale(fold))
            return lambda rows, columns: form.correlation(rows, columns, self._products(rows, columns))
        if space == "input":
            norm = self._norm
            return lambda rows, columns: self._products(rows, columns) / norm[rows, None] / norm[columns]
        x = view.latent if space == "latent" else view.coordinates("pearson")
        unit = x - x.mean(axis=1, keepdims=True)
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        return lambda rows, columns: unit[rows] @ unit[columns].T

    def _products(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return inner products of centred expression; those among tumors of the last groups are kept."""
        if rows is not columns:
            return self._centred[rows] @ self._centred[columns].T
        key = tuple(columns)
        found = self._inner.pop(key, None)  # sessions share this object, each in a thread of its own
        if found is None:
            found = self._centred[columns] @ self._centred[columns].T
        self._inner[key] = found
        while len(self._inner) > KEPT_GROUPS:
            self._inner.popitem(last=False)
        return found


def _check(name: str, value: str, allowed: object) -> None:
    if value not in get_args(allowed):
        raise ValueError(f"{name} is {value!r}, but must be one of {', '.join(get_args(allowed))}")
