"""What follows the last fold: weights together, alignment, maps, honest numbers; then the run is finished."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace

import anndata as ad
import numpy as np
import pandas as pd

from rnalign_core.decode.aligned import Alignment, sample_folds
from rnalign_core.decode.ensemble import Ensemble, assemble_weights
from rnalign_core.embed import layout, principal_components
from rnalign_core.files import atomic_path, check_room, write_text
from rnalign_core.metrics import (
    MatchResult,
    MatchSettings,
    derange,
    follow_rate,
    latent_dependence,
    match,
    paired_difference,
    views,
)
from rnalign_core.model.inputs import Inputs
from rnalign_core.model.runs import Run

OnEvent = Callable[[dict], None]


def finish_run(run: Run, *, on_event: OnEvent = lambda event: None) -> None:
    """Compute and store everything a page shows of a run whose folds are all trained.

    ``metrics.json`` is written last and makes the run finished; the checkpoints go after it.

    Parameters
    ----------
    run
        A run with every ``checkpoint/fold-*.done.safetensors`` in place.
    on_event
        Called with ``{"stage", "fraction"}`` as the work goes on.
    """
    started = time.perf_counter()
    if run.finished:
        return
    on_event({"stage": "aligning", "fraction": 0.0})
    inputs = Inputs.of(run.cohort, run.settings.n_genes)
    assemble_weights(run, inputs)
    ensemble = Ensemble.load(run)
    fold = sample_folds(run, inputs.sample_ids)
    alignment = Alignment.of(ensemble, inputs, fold)

    on_event({"stage": "matching lines to tumors", "fraction": 0.1})
    results = match_spaces(run, inputs, alignment)
    metrics = evaluate(run, inputs, ensemble, alignment, results)
    with atomic_path(run.path / "matches.parquet") as temporary:
        line_table(run, results).to_parquet(temporary)

    seed = run.settings.seed
    on_event({"stage": "drawing the map before alignment", "fraction": 0.3})
    columns = run.cohort.var_names.get_indexer(list(ensemble.genes))
    expression = np.asarray(run.cohort.X)[:, columns]
    before = layout(expression - expression.mean(axis=0), metric="pearson", seed=seed)
    on_event({"stage": "drawing the map after alignment", "fraction": 0.7})
    after = layout(alignment.coordinates("pearson"), metric="pearson", seed=seed)

    on_event({"stage": "writing", "fraction": 0.95})
    stored = ad.AnnData(obs=run.cohort.obs, var=pd.DataFrame(index=pd.Index(ensemble.genes, name="gene")))
    stored.obsm["X_rnalign"] = alignment.latent
    stored.obsm["X_umap_before"], stored.obsm["X_umap_after"] = before, after
    stored.uns["rnalign"] = run.cohort.uns["rnalign"]
    check_room(run.path, alignment.latent.nbytes)
    with atomic_path(run.path / "aligned.h5ad") as temporary:
        stored.write_h5ad(temporary, compression="gzip")
    history = run.history
    checkpoint = run.path / "checkpoint"
    files = [checkpoint / f"fold-{f}.jsonl" for f in run.settings.fold_ids]
    write_text(run.path / "history.jsonl", "".join(file.read_text(encoding="utf-8") for file in files))
    training = float(history.groupby("fold")["seconds"].max().sum())
    metrics["seconds"] = {
        "training": round(training, 1),
        "finishing": round(time.perf_counter() - started, 1),
    }
    write_text(run.path / "metrics.json", json.dumps(metrics, indent=1))
    shutil.rmtree(checkpoint)


def match_spaces(run: Run, inputs: Inputs, alignment: Alignment) -> dict[str, MatchResult]:
    """Match lines to tumors in every space that is reported: the standardised input, decoded profiles, latent."""
    spaces = {
        "input_standardised": lambda fold: inputs.x,
        "rnalign": lambda fold: alignment.view(fold).coordinates("pearson"),
        "latent": lambda fold: alignment.view(fold).latent,
    }
    return {name: match_lines(run, inputs, profiles) for name, profiles in spaces.items()}


def match_lines(
    run: Run, inputs: Inputs, profiles: Callable[[int], np.ndarray], settings: MatchSettings | None = None
) -> MatchResult:
    """Match the lines of a run's cohort to its tumors, each line in the view of its own model.

    Parameters
    ----------
    run
        The run.
    inputs
        Its cohort.
    profiles
        Returns what the model of a fold makes of all samples, (n_samples, n_features); if negative, all models.
    settings
        As in :func:`rnalign_core.metrics.match`.
    """
    is_line = inputs.labels.is_line
    types = pd.Series(run.cohort.obs["cancer_type"].astype(object).to_numpy(), index=list(inputs.sample_ids))
    each = views(profiles, sample_folds(run, inputs.sample_ids), is_line, ~is_line)
    return match(each, types[is_line], types[~is_line], settings)


def evaluate(
    run: Run, inputs: Inputs, ensemble: Ensemble, alignment: Alignment, results: dict[str, MatchResult]
) -> dict:
    """Return the content of ``metrics.json`` except for timings.

    Returns
    -------
    ``headline`` (the space whose match rate is the honest number; none if types were labels), ``match`` and
    ``types`` by space, the paired ``difference`` of decoded and standardised input, ``dcor`` of the latent space
    with the labels, ``r2`` on held-out samples; for a run whose labels include types, ``label_conditioned`` with its
    follow rate, or why both are ``withheld``. Where no line counts, estimates are None.
    """
    summaries = {name: result.summary() for name, result in results.items()}
    input_pcs = principal_components(inputs.x, 50)
    by_pcs = {
        "input_standardised": lambda fold: input_pcs,
        "rnalign": lambda fold: principal_components(alignment.view(fold).coordinates("euclidean"), 50),
    }
    for name, profiles in by_pcs.items():
        matched = match_lines(run, inputs, profiles, MatchSettings(metric="euclidean"))
        summaries[name]["euclidean_50_pcs"] = matched.summary()["micro"]
    tables = {
        name: result.types.rename_axis("cancer_type").reset_index().to_dict("records")
        for name, result in results.items()
    }
    metrics = {
        key: summaries["rnalign"][key] for key in ("definition", "k", "metric", "min_tumors", "min_lines")
    }
    types = run.cohort.obs["cancer_type"].astype(object).to_numpy()
    fold = None if run.settings.conditions_on_type else sample_folds(run, inputs.sample_ids)
    metrics["dcor"] = latent_dependence(alignment.latents, inputs.labels, types, fold)
    history = run.history
    final = history.loc[history.groupby("fold")["heldout_loss"].idxmin()]
    metrics["r2"] = {"heldout": float(final["heldout_r2"].mean())}
    if run.settings.conditions_on_type:
        told, told_types = summaries.pop("rnalign"), tables.pop("rnalign")
        del summaries["latent"], tables["latent"]
        metrics |= {"headline": None, "label_conditioned": None, "withheld": None}
        try:
            follow = echo_control(run, inputs, ensemble, results["rnalign"])
            metrics["label_conditioned"] = {"match": told, "types": told_types, "follow": follow}
        except ValueError as error:  # without its control, the number is not for showing
            metrics["withheld"] = f"the echo control cannot be made: {error}"
    else:
        any_scored = results["rnalign"].lines["scored"].any()
        difference = (
            paired_difference(results["rnalign"], results["input_standardised"]) if any_scored else {}
        )
        nothing = {"value": None, "low": None, "high": None}
        metrics["difference"] = {
            name: difference.get(name, nothing) for name in ("micro", "macro", "median_types")
        }
        metrics |= {"headline": "rnalign", "label_conditioned": None}
    return metrics | {"match": summaries, "types": tables}


def echo_control(run: Run, inputs: Inputs, ensemble: Ensemble, own: MatchResult) -> dict[str, float]:
    """Feed every scored line the type of another and return how often it matches the type it was fed.

    High values show that the match rate of this model repeats its labels.
    """
    labels = inputs.labels
    scored = own.lines.index[own.lines["scored"].to_numpy()]
    fed_types = derange(own.lines.loc[scored, "cancer_type"], run.settings.seed)
    codes = labels.cancer_type.copy()
    rows = pd.Index(inputs.sample_ids).get_indexer(scored)
    codes[rows] = pd.Index(labels.types).get_indexer(fed_types)
    fold = sample_folds(run, inputs.sample_ids)
    fed = Alignment.of(ensemble, inputs, fold, fed=replace(labels, cancer_type=codes))
    profiles = fed.coordinates("pearson")  # of the one model
    calls = match_lines(run, inputs, lambda fold: profiles, own.settings).lines["call"]
    return follow_rate(calls.loc[scored], fed_types, own.lines.loc[scored, "cancer_type"])


def line_table(run: Run, results: dict[str, MatchResult]) -> pd.DataFrame:
    """Return one row a cell line: type, fold, whether it counts, and calls before and after alignment.

    Where types were labels, whether a line matches after alignment says nothing and is left missing.
    """
    before, after = results["input_standardised"].lines, results["rnalign"].lines
    table = before[["cancer_type", "scored"]].copy()
    table["fold"] = run.folds.reindex(table.index).astype("Int64")
    for suffix, lines in (("before", before), ("after", after)):
        for column in ("call", "match", "own_share"):
            table[f"{column}_{suffix}"] = lines[column]
    if run.settings.conditions_on_type:
        table[["match_after", "own_share_after"]] = pd.NA
    return table.rename_axis("sample_id")
