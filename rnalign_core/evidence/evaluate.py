"""All metrics of one aligned space. What cannot be computed says why, and the rest still comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import anndata as ad
import numpy as np
import pandas as pd

from rnalign_core.cohort.schema import CELL_LINE
from rnalign_core.embed.pca import principal_components
from rnalign_core.methods.method import MAIN, Aligned, Method, Samples
from rnalign_core.metrics import (
    MatchResult,
    MatchSettings,
    View,
    delta_d,
    kbet,
    lisi,
    match,
    one_view,
    pvca,
    scored_types,
    subtype_calls,
    subtype_preservation,
    variance_kept,
    views,
)
from rnalign_core.rank.groups import JOINED

N_COMPONENTS = 50
NSCLC = JOINED["NSCLC"]


@dataclass(frozen=True)
class Subject:
    """A cohort's samples as metrics want them.

    Parameters
    ----------
    is_line
        Boolean array of shape (n_samples,).
    types, subtypes
        Cancer type and subtype by sample id, in the order of the samples; None where missing.
    seed
        Seed of bootstraps and principal components.
    """

    is_line: np.ndarray
    types: pd.Series
    subtypes: pd.Series
    seed: int = 0

    @classmethod
    def of(cls, cohort: ad.AnnData, seed: int = 0) -> Subject:
        """Take the labels of a cohort."""
        columns = (cohort.obs[name].astype(object) for name in ("cancer_type", "subtype"))
        types, subtypes = (column.where(column.notna(), None) for column in columns)
        return cls((cohort.obs["sample_type"] == CELL_LINE).to_numpy(), types, subtypes, seed)

    @property
    def line_types(self) -> pd.Series:
        """Types of lines."""
        return self.types[self.is_line]

    @property
    def tumor_types(self) -> pd.Series:
        """Types of tumors."""
        return self.types[~self.is_line]

    def parts(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, pd.Series, pd.Series]:
        """Return profiles of lines, profiles of tumors, types of lines and types of tumors."""
        return x[self.is_line], x[~self.is_line], self.line_types, self.tumor_types

    @property
    def scored_lines(self) -> pd.Series:
        """Own types of the lines that count, by sample id."""
        lines = self.line_types
        counted = scored_types(lines, self.tumor_types, MatchSettings.min_tumors, MatchSettings.min_lines)
        return lines[lines.isin(counted.index)]


@dataclass(frozen=True)
class Space:
    """One table of profiles that is to be measured.

    Parameters
    ----------
    profiles
        Array of shape (n_samples, n_features): a line's row by the model that was not told its type, a tumor's by all.
    of_fold
        Returns the same by the model of one fold alone, for a cross-fitted method.
    fold
        Fold of each sample, (n_samples,), where there are such models.
    reference
        The method's input in the same units and genes, shape of `profiles`; None where there is none.
    calls
        The method's own calls of cancer types, shape (n_samples,).
    facts
        What only the method knows: ``r2``, ``dcor``.
    """

    profiles: np.ndarray
    of_fold: Callable[[int], np.ndarray] | None = None
    fold: np.ndarray | None = None
    reference: np.ndarray | None = None
    calls: np.ndarray | None = None
    facts: dict | None = None

    def between(
        self, lines: np.ndarray, tumors: np.ndarray, prepare: Callable[[np.ndarray], np.ndarray] = np.asarray
    ) -> Iterator[View]:
        """Yield the views in which to compare lines with tumors.

        Parameters
        ----------
        lines, tumors
            Which samples to compare, boolean, (n_samples,).
        prepare
            What to make of the profiles of all samples first.
        """
        if self.of_fold is None:
            x = prepare(self.profiles)
            yield from one_view(x[lines], x[tumors])
        else:
            of_fold = self.of_fold
            yield from views(
                lambda f: prepare(of_fold(f) if f >= 0 else self.profiles), self.fold, lines, tumors
            )


def spaces_of(method: Method, aligned: Aligned, samples: Samples) -> Iterator[tuple[str, Space]]:
    """Yield the spaces of an aligned cohort by name; the main one is called ``profiles``."""
    from rnalign_core.methods.unaligned import raw, standardised

    reference = (raw if method.units == "log2" else standardised)(samples)
    for name, x in {MAIN: aligned.profiles, **aligned.spaces}.items():
        main = name == MAIN
        yield (
            name,
            Space(
                x,
                partial(aligned.view, name) if aligned.view else None,
                samples.fold,
                reference if x.shape == reference.shape else None,
                aligned.calls if main else None,
                aligned.facts if main else None,
            ),
        )


def evaluate(space: Space, subject: Subject) -> tuple[dict[str, dict], pd.DataFrame | None]:
    """Compute every metric that applies to a space.

    Returns
    -------
    By name of the metric ``value, low, high`` (None where unknown), ``problem`` (None, or why it could not be
    computed) and ``definition``; and the table of scored lines: ``cancer_type, call, match, own_share,
    balanced_match``, laid out type by type, None where lines cannot be matched.
    """
    found: dict[str, dict] = {}
    lines = None
    for names, measure in MEASURES:
        try:
            measured = measure(space, subject)
        except ValueError as error:
            found |= {name: _nothing(str(error)) for name in names}
            continue
        if measure is _match:
            lines = measured.pop("lines")
        found |= measured
    return found, lines


def match_space(
    space: Space,
    subject: Subject,
    settings: MatchSettings,
    prepare: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> MatchResult:
    """Match all lines to all tumors, each in the view of its model; `prepare` as in :meth:`Space.between`."""
    between = space.between(subject.is_line, ~subject.is_line, prepare)
    return match(between, subject.line_types, subject.tumor_types, settings)


def _scores(subject: Subject) -> Callable[[np.ndarray], np.ndarray]:
    return partial(principal_components, n_components=N_COMPONENTS, seed=subject.seed)


def _match(space: Space, subject: Subject) -> dict:
    result = match_space(space, subject, MatchSettings(seed=subject.seed))
    summary = result.summary()
    names = {
        "match_micro": "micro",
        "match_macro": "macro",
        "match_median": "median_types",
        "match_balanced": "balanced_micro",
        "own_share": "own_share",
    }
    problem = _no_type(MatchSettings()) if not summary["n_lines"] else None
    found = {name: _estimate(summary[key], summary["definition"], problem) for name, key in names.items()}
    lines = result.lines[result.lines["scored"]].sort_values("cancer_type", kind="stable")
    return found | {"lines": lines[["cancer_type", "call", "match", "own_share", "balanced_match"]]}


def _match_euclidean(space: Space, subject: Subject) -> dict:
    settings = MatchSettings(metric="euclidean", seed=subject.seed)
    summary = match_space(space, subject, settings, _scores(subject)).summary()
    problem = _no_type(settings) if not summary["n_lines"] else None
    definition = f"In {N_COMPONENTS} principal components. {summary['definition']}"
    return {"match_euclidean": _estimate(summary["micro"], definition, problem)}


def _classifier(space: Space, subject: Subject) -> dict:
    if space.calls is None:
        return {}
    own = subject.scored_lines
    if own.empty:
        raise ValueError(_no_type(MatchSettings()))
    calls = pd.Series(space.calls, index=subject.types.index)[own.index]
    definition = "Share of the scored lines whose type the method's own classifier calls right, cross-fitted."
    return {"classifier_micro": _value(float((calls == own).mean()), definition)}


def _delta_d(space: Space, subject: Subject) -> dict:
    between = space.between(subject.is_line, ~subject.is_line)
    found = delta_d(between, subject.line_types, subject.tumor_types, seed=subject.seed).summary()
    problem = _no_type(MatchSettings()) if not found["n_types"] else None
    return {
        "delta_d": _estimate(found["delta_d"], found["definition"], problem),
        "relative_delta_d": _estimate(
            found["relative"], found["definition"], problem or "all tumors of a type coincide"
        ),
    }


def _variance(space: Space, subject: Subject) -> dict:
    if space.reference is None:
        return {}
    tumors = ~subject.is_line
    kept = variance_kept(space.profiles[tumors], space.reference[tumors], subject.types[tumors])
    definition = f"Of tumors, against the method's input. {kept['definition']}"
    return {
        f"variance_{short}": _value(kept[name], definition, "the input does not vary")
        for short, name in (("total", "total"), ("within", "within_type"))
    }


def _pvca(space: Space, subject: Subject) -> dict:
    found = pvca(*subject.parts(space.profiles))
    return {"pvca": _value(found.shares["sample_type"], found.definition)}


def _kbet(space: Space, subject: Subject) -> dict:
    x = _scores(subject)(space.profiles)
    found = kbet(*subject.parts(x))
    definition = f"In {N_COMPONENTS} principal components. {found.definition}"
    return {"kbet": _value(found.delta, definition, _no_type(MatchSettings()))}


def _lisi(space: Space, subject: Subject) -> dict:
    x = _scores(subject)(space.profiles)
    found = lisi(*subject.parts(x))
    definition = f"In {N_COMPONENTS} principal components. {found.definition}"
    return {"ilisi": _value(found.ilisi, definition), "clisi": _value(found.clisi, definition)}


def _subtype_brca(space: Space, subject: Subject) -> dict:
    tumors = ~subject.is_line & (subject.types == "BRCA").to_numpy()
    return {"subtype_brca": _preservation(space, subject, tumors, subject.subtypes, "breast (BRCA) tumors")}


def _subtype_nsclc(space: Space, subject: Subject) -> dict:
    tumors = ~subject.is_line & subject.types.isin(NSCLC).to_numpy()
    return {"subtype_nsclc": _preservation(space, subject, tumors, subject.types, "LUAD and LUSC tumors")}


def _preservation(
    space: Space, subject: Subject, tumors: np.ndarray, groups: pd.Series, who: str
) -> dict[str, object]:
    groups = groups[tumors]
    if groups.nunique() < 2:
        raise ValueError(f"the cohort has no {who} of two subtypes")
    found = subtype_preservation(space.profiles[tumors], groups, seed=subject.seed)
    problem = "no subtype has 10 tumors" if found.subtypes.empty else None
    return _estimate(found.estimates["micro"], found.definition, problem)


def _call_basal(space: Space, subject: Subject) -> dict:
    groups = subject.subtypes.map(basal_or_luminal).where(subject.types == "BRCA")
    return _calls("basal", space, subject, groups, "basal and luminal breast (BRCA)")


def _call_lusc(space: Space, subject: Subject) -> dict:
    return _calls("lusc", space, subject, subject.types.where(subject.types.isin(NSCLC)), "LUAD and LUSC")


def _calls(name: str, space: Space, subject: Subject, groups: pd.Series, who: str) -> dict:
    member = groups.notna().to_numpy()
    lines, tumors = member & subject.is_line, member & ~subject.is_line
    if groups[lines].nunique() < 2 or groups[tumors].nunique() < 2:
        raise ValueError(f"the cohort has no {who} lines and tumors to compare")
    found = subtype_calls(space.between(lines, tumors), groups[lines], groups[tumors], seed=subject.seed)
    return {
        f"call_{name}_{kind}": _estimate(getattr(found, kind), found.definition)
        for kind in ("majority", "balanced", "auroc")
    }


def basal_or_luminal(subtype: object) -> str | None:
    """Return ``basal`` or ``luminal`` for a breast subtype that says so, such as LumA or TNBC-A (basal), else None."""
    word = str(subtype).lower()
    return "basal" if "basal" in word else "luminal" if "lum" in word else None


def _facts(space: Space, subject: Subject) -> dict:
    if not space.facts or "dcor" not in space.facts:
        return {}
    dcor = space.facts["dcor"]
    few = "too few samples"
    definition = "Bias-corrected squared distance correlation of the posterior mean, mean over the models."
    return {
        "r2": _value(
            space.facts["r2"],
            "1 - residual / total sum of squares of held-out samples, mean over the models.",
        ),
        "dcor_sample_type": _value(dcor["z_sample_type_within_type"], definition, few),
        "dcor_purity": _value(dcor["z_purity"], definition, few),
    }


def _no_type(settings: MatchSettings) -> str:
    return f"no cancer type has at least {settings.min_tumors} tumors and {settings.min_lines} cell lines"


def _estimate(estimate: dict, definition: str, problem: str | None = None) -> dict:
    known = estimate["value"] is not None
    return {**estimate, "problem": None if known else problem, "definition": definition}


def _value(value: float | None, definition: str, problem: str | None = None) -> dict:
    known = value is not None and bool(np.isfinite(value))
    estimate = {"value": float(value) if known else None, "low": None, "high": None}
    return _estimate(estimate, definition, problem)


def _nothing(problem: str) -> dict:
    return {"value": None, "low": None, "high": None, "problem": problem, "definition": None}


Measure = Callable[[Space, Subject], dict]
MEASURES: tuple[tuple[tuple[str, ...], Measure], ...] = (
    (("match_micro", "match_macro", "match_median", "match_balanced", "own_share"), _match),
    (("match_euclidean",), _match_euclidean),
    (("classifier_micro",), _classifier),
    (("delta_d", "relative_delta_d"), _delta_d),
    (("variance_total", "variance_within"), _variance),
    (("pvca",), _pvca),
    (("kbet",), _kbet),
    (("ilisi", "clisi"), _lisi),
    (("subtype_brca",), _subtype_brca),
    (("subtype_nsclc",), _subtype_nsclc),
    (("call_basal_majority", "call_basal_balanced", "call_basal_auroc"), _call_basal),
    (("call_lusc_majority", "call_lusc_balanced", "call_lusc_auroc"), _call_lusc),
    (("r2", "dcor_sample_type", "dcor_purity"), _facts),
)
