"""Tables of a benchmark: numbers to sort and to save, and the same numbers as a reader sees them.

Every function takes ``results`` as stored in ``results.json``. Tables of metrics have one row a space of a method,
indexed by its id, with ``title``, ``labels`` (which cancer types of lines the method was told), and for each metric
``NAME``, ``NAME_low``, ``NAME_high`` (95 % interval) and ``NAME_seed_sd``, NaN where there is none; shares are 0..1.
:func:`shown` and :func:`reasons` turn such a table into text.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rnalign_core.evidence import words
from rnalign_core.evidence.published import published_table
from rnalign_core.evidence.verdicts import (
    ABLATIONS,
    LABEL_FREE,
    STATED,
    TOLD,
    TRAINING_FOLDS,
    ablation_change,
    judge,
    rnalign_rows,
    verdicts,
)

__all__ = [
    "GROUPS",
    "HEADLINE",
    "ablations_table",
    "costs_table",
    "differences_table",
    "label_conditioned_table",
    "methods_table",
    "metric_names",
    "problems_table",
    "published_table",
    "rate_by_chance",
    "reasons",
    "row_titles",
    "shown",
    "sortable",
    "verdicts",
]

HEADLINE = (
    "match_micro",
    "match_median",
    "relative_delta_d",
    "delta_d",
    "variance_within",
    "pvca",
    "kbet",
    "clisi",
)
GROUPS = {
    "Lines among tumors of their own type": (
        "match_micro",
        "match_median",
        "match_macro",
        "match_balanced",
        "own_share",
        "match_euclidean",
        "classifier_micro",
    ),
    "Distance left between lines and tumors": ("relative_delta_d", "delta_d", "pvca", "kbet", "ilisi"),
    "Biology kept": ("variance_within", "variance_total", "clisi", "subtype_brca", "subtype_nsclc"),
    "Subtypes of lines": (
        "call_basal_majority",
        "call_basal_balanced",
        "call_basal_auroc",
        "call_lusc_majority",
        "call_lusc_balanced",
        "call_lusc_auroc",
    ),
    "The model itself": ("dcor_sample_type", "dcor_purity", "r2"),
}
AGAINST_FULL = "against full"
_LABELS = {LABEL_FREE: "none", TRAINING_FOLDS: "of other folds", TOLD: "its own"}
_PARTS = ("low", "high", "seed_sd")
_CHANGES = ("micro", "macro", "median_types")
_VERDICT = {1: "higher", -1: "lower", 0: "no difference beyond its interval"}


def metric_names(results: dict, group: str | None = None) -> list[str]:
    """Return the metrics of a group (all if None) that at least one row has, in reading order."""
    present = {name for row in results["rows"] for name in row["values"]}
    grouped = [name for names in GROUPS.values() for name in names]
    wanted = GROUPS[group] if group else [*grouped, *(m for m in results["metrics"] if m not in grouped)]
    return [name for name in wanted if name in present and name in results["metrics"]]


def row_titles(results: dict, *, ablations: bool = False) -> dict[str, str]:
    """Return titles by id of the rows whose match is evidence of similarity: none that was told the answer."""
    return {
        row["row"]: row["title"]
        for row in results["rows"]
        if not row["label_conditioned"] and (ablations or row["method"] not in ABLATIONS)
    }


def methods_table(results: dict, metrics: Sequence[str] | None = None) -> pd.DataFrame:
    """Compare methods: all rows but ablations and those that were told the lines' own types.

    Parameters
    ----------
    results
        Results of a benchmark.
    metrics
        Names of metrics; by default those of :data:`HEADLINE`.
    """
    return _table(results, list(row_titles(results)), metrics)


def label_conditioned_table(results: dict, metrics: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the rows that were told the types of the lines they align. Not evidence of similarity."""
    return _table(results, [row["row"] for row in results["rows"] if row["label_conditioned"]], metrics)


def ablations_table(results: dict, space: str = "profiles") -> pd.DataFrame:
    """Compare RNAlign with itself without one of its parts, in one of its spaces.

    Each part is stated to help: without it the match rate should be lower and the distance larger.

    Returns
    -------
    Table of metrics with, for match rate, delta D and relative delta D, ``NAME_change`` (without the part minus
    full), its interval ``NAME_change_low, NAME_change_high``, and ``NAME_verdict``.
    """
    known = {row["row"] for row in results["rows"]}
    ending = "" if space == "profiles" else f".{space}"
    ids = [method + ending for method in ("rnalign", *ABLATIONS) if method + ending in known]
    metrics = ["match_micro", "relative_delta_d", "delta_d", "variance_within"]
    table = _table(results, ids, [m for m in metrics if m in results["metrics"]])
    for metric in STATED:
        changes = {row: ablation_change(results, row, metric, space) for row in ids}
        for key in ("value", "low", "high"):
            column = f"{metric}_change" + ("" if key == "value" else f"_{key}")
            table[column] = [_float(changes[row].get(key)) for row in ids]
        table[f"{metric}_verdict"] = [changes[row]["verdict"] for row in ids]
    return table


def differences_table(results: dict) -> pd.DataFrame:
    """Return match rates of RNAlign's spaces minus those of the other methods, paired over the same lines.

    Returns
    -------
    Table of ``row, title, minus, minus_title, labels`` (of the row that is subtracted), ``verdict`` on micro, and
    ``micro, macro, median_types``, each with ``_low`` and ``_high``.
    """
    rows, ours = {row["row"]: row for row in results["rows"]}, rnalign_rows(results)
    others = row_titles(results)
    ends = {"": "value", "_low": "low", "_high": "high"}
    found = [
        {
            "row": entry["row"],
            "title": ours[entry["row"]]["title"],
            "minus": entry["minus"],
            "minus_title": others[entry["minus"]],
            "labels": _labels(rows[entry["minus"]]),
            "verdict": _VERDICT.get(judge(entry["micro"]), "cannot be judged"),
        }
        | {kind + end: _float(entry[kind][key]) for kind in _CHANGES for end, key in ends.items()}
        for entry in sorted(
            results["differences"], key=lambda d: [*map(list(rows).index, (d["row"], d["minus"]))]
        )
        if entry["row"] in ours and entry["minus"] in others
    ]
    numbers = [kind + end for kind in _CHANGES for end in ends]
    return pd.DataFrame(
        found, columns=["row", "title", "minus", "minus_title", "labels", "verdict", *numbers]
    )


def costs_table(results: dict) -> pd.DataFrame:
    """Return what each method cost, by method.

    Returns
    -------
    Table of ``title``; wall-clock ``seconds`` and peak memory ``peak_mb`` of one seed, mean and largest (``_max``);
    ``n_seeds``; ``settings_tried``, the number of settings that were tried, missing where it is not known; and
    ``problem``, why the method could not run.
    """
    methods = results["methods"]
    table = pd.DataFrame({"title": [m["title"] for m in methods]}, index=[m["method"] for m in methods])
    for name in ("seconds", "peak_mb"):
        for column, key in ((name, "mean"), (f"{name}_max", "max")):
            table[column] = [_float((m.get(name) or {}).get(key)) for m in methods]
    for name in ("n_seeds", "settings_tried"):
        table[name] = pd.array([m.get(name) for m in methods], dtype="Int64")
    table["problem"] = [m.get("problem") or "" for m in methods]
    return table.rename_axis("method")


def problems_table(results: dict) -> pd.DataFrame:
    """Return what could not be computed: ``what``, ``why``, and ``where`` (methods and rows it happened to)."""
    found = [("the whole method", m["problem"], m["title"]) for m in results["methods"] if m.get("problem")]
    for name, about in results["metrics"].items():
        for row in results["rows"]:
            if name in row["values"] and not words.has_value(row["values"][name]):
                found.append((about["title"], _reason(row["values"][name]), row["title"]))
    echo = [entry for entry in results["echo"] if entry.get("problem")]
    found += [("label-echo control", entry["problem"], entry["title"]) for entry in echo]
    together: dict[tuple[str, str], list[str]] = {}
    for what, why, where in found:
        together.setdefault((what, why), []).append(where)
    n_rows = len(results["rows"])
    return pd.DataFrame(
        [
            (what, why, "every row" if len(where) == n_rows > 1 else words.listed(where))
            for (what, why), where in together.items()
        ],
        columns=["what", "why", "where"],
    )


def rate_by_chance(results: dict) -> float | None:
    """Return the expected match rate of calls dealt out in the lines' own proportions, None without scored lines.

    With n_t lines of type t among n: the sum over types of (n_t / n)^2.
    """
    sizes = {entry["cancer_type"]: entry["n_lines"] for entry in results["types"]}
    shares = np.array(list(sizes.values()), dtype=float) / max(1, sum(sizes.values()))
    return float(np.square(shares).sum()) if sizes else None


def shown(table: pd.DataFrame, results: dict) -> pd.DataFrame:
    """Return a table of metrics as text: values with intervals, headings with arrows, a dash where there is none.

    A value without an interval has its SD over seeds, after a plus-minus sign. Ablations also have their difference
    to the full model and what follows from it.
    """
    rows = {row["row"]: row["values"] for row in results["rows"]}
    columns = {"Method": table["title"], "Types it was told": table["labels"]}
    for name, heading in _headings(table, results).items():
        form = results["metrics"][name]["format"]
        columns[heading] = [words.estimate(rows[row].get(name), form) for row in table.index]
        if f"{name}_verdict" in table:
            columns[f"{heading} {AGAINST_FULL}"] = [
                _change_text(table.loc[row], name, form) for row in table.index
            ]
    return pd.DataFrame(columns, index=table.index)


def sortable(table: pd.DataFrame, results: dict) -> pd.DataFrame:
    """Return, in the shape of :func:`shown`, what to sort by: numbers for metrics, NaN where there is none."""
    columns = {"Method": table["title"], "Types it was told": table["labels"]}
    for name, heading in _headings(table, results).items():
        columns[heading] = table[name]
        if f"{name}_verdict" in table:
            columns[f"{heading} {AGAINST_FULL}"] = table[f"{name}_change"]
    return pd.DataFrame(columns, index=table.index)


def reasons(table: pd.DataFrame, results: dict) -> pd.DataFrame:
    """Return, in the shape of :func:`shown`, why a value is missing; empty text where it is not."""
    rows = {row["row"]: row["values"] for row in results["rows"]}
    found = sortable(table, results).astype(object)
    found[:] = ""
    for name, heading in _headings(table, results).items():
        found[heading] = [_reason(rows[row].get(name)) for row in table.index]
    return found


def _headings(table: pd.DataFrame, results: dict) -> dict[str, str]:
    """Return the headings of the metrics in a table, by name."""
    metrics = results["metrics"]
    return {column: words.heading(metrics[column]) for column in table if column in metrics}


def _change_text(row: pd.Series, name: str, form: str) -> str:
    if np.isnan(row[f"{name}_change"]):
        return row[f"{name}_verdict"]
    ends = {"value": "", "low": "_low", "high": "_high"}
    change = {key: row[f"{name}_change{end}"] for key, end in ends.items()}
    known = {key: None if np.isnan(value) else value for key, value in change.items()}
    return f"{words.difference(known, form)}: {row[f'{name}_verdict']}"


def _table(results: dict, ids: list[str], metrics: Sequence[str] | None) -> pd.DataFrame:
    rows = {row["row"]: row for row in results["rows"]}
    names = [m for m in HEADLINE if m in results["metrics"]] if metrics is None else metrics
    columns: dict[str, list] = {
        "title": [rows[row]["title"] for row in ids],
        "labels": [_labels(rows[row]) for row in ids],
    }
    for name in names:
        values = [rows[row]["values"].get(name) or {} for row in ids]
        columns[name] = [_float(value.get("value")) for value in values]
        for part in _PARTS:
            columns[f"{name}_{part}"] = [_float(value.get(part)) for value in values]
    return pd.DataFrame(columns, index=pd.Index(ids, name="row"))


def _labels(row: dict) -> str:
    return _LABELS[TOLD if row["label_conditioned"] else TRAINING_FOLDS if row["supervised"] else LABEL_FREE]


def _reason(found: dict | None) -> str:
    if found is None:
        return "does not apply to this row"
    return "" if words.has_value(found) else found.get("problem") or "no reason was stored"


def _float(value: float | None) -> float:
    return float("nan") if value is None else float(value)
