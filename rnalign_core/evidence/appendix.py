"""The part of a report that one looks things up in: definitions, settings, costs, the poster, what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from itertools import chain

import pandas as pd

from rnalign_core.evidence import published, tables, webpage, words


def poster(results: dict) -> Iterator[str]:
    """Yield what the poster reports, apart from every number of ours."""
    cohort, match = published.COHORT, published.MATCH
    yield f"<p><b>{escape(published.NAME)}.</b> {escape(published.CITATION)}: {cohort['n_tumors']:,} tumors, "
    yield f"{cohort['n_lines']:,} lines; median match of lines {words.percent(match['before'])} before and "
    yield f"{words.percent(match['after'])} after alignment.</p>"
    yield paragraph(
        "The poster defines none of its metrics and its data are others. Its values are quoted so that the order of "
        "methods can be compared; they must not be read against the numbers of this page."
    )
    table = tables.published_table(results)
    heads = {"name": "Poster's row", "corresponds_to": "same method on this page"}
    for kind, title in (("methods", "Table 1 of the poster"), ("ablations", "Table 2 of the poster")):
        part = table[table["table"] == kind].drop(columns="table").dropna(axis=1, how="all")
        text = part.copy()
        for name in part.columns.intersection(["dD", "PVCA", "dkBET"]):
            text[name] = part[name].map("{:.2f}".format)
        yield f"<h3>{title}</h3>"
        yield webpage.table(text.rename(columns=heads), sort=part)


def metrics(results: dict) -> Iterator[str]:
    """Yield every metric, group by group, of the methods that it applies to."""
    values = {row["row"]: row["values"] for row in results["rows"]}
    for group in tables.GROUPS:
        names = tables.metric_names(results, group)
        table = tables.methods_table(results, names)
        table = table[[any(name in values[row] for name in names) for row in table.index]]
        if len(table):
            yield f"<h3>{escape(group)}</h3>"
            yield metric_table(table, results)


def definitions(results: dict) -> Iterator[str]:
    """Yield what each metric means, its exact definition and its reference; metrics of one definition together."""
    together: dict[str, list[dict]] = {}
    for name in tables.metric_names(results):
        about = results["metrics"][name]
        together.setdefault(about.get("definition") or "", []).append(about)
    yield "<dl>"
    for definition, metrics in together.items():
        for about in metrics:
            yield f"<dt>{escape(about['title'])}</dt><dd>{escape(about['meaning'])}</dd>"
        references = words.listed(list(dict.fromkeys(about["reference"] for about in metrics)))
        yield f'<dd class="soft">{escape(definition)} <small>Reference: {escape(references)}.</small></dd>'
    yield "</dl>"


def costs(results: dict) -> Iterator[str]:
    """Yield what each method cost and its settings."""
    yield paragraph(
        "Wall-clock time and peak memory of one alignment without its measuring, mean and largest over seeds. "
        "Settings tried: how many were compared before these were chosen, where that was counted."
    )
    table = tables.costs_table(results)
    text = pd.DataFrame({"Method": table["title"]})
    sort = text.copy()
    for name, column, form in (
        ("seconds", "seconds", "{:,.1f}"),
        ("seconds, largest", "seconds_max", "{:,.1f}"),
        ("peak memory, MB", "peak_mb", "{:,.0f}"),
        ("peak memory, largest", "peak_mb_max", "{:,.0f}"),
        ("seeds", "n_seeds", "{:,.0f}"),
        ("settings tried", "settings_tried", "{:,.0f}"),
    ):
        sort[name] = table[column].astype(float)
        text[name] = [words.NOTHING if pd.isna(value) else form.format(value) for value in sort[name]]
    yield webpage.table(text, sort=sort, ours="rnalign")
    yield "<h3>Settings</h3>"
    settings = {
        method["title"]: ", ".join(f"{key} = {value}" for key, value in _flat(method["settings"])) or "none"
        for method in results["methods"]
        if not method.get("problem")
    }
    what = {method["title"]: method["description"] for method in results["methods"]}
    yield webpage.table(
        pd.DataFrame(
            {"Method": list(settings), "what it does": map(what.get, settings), "settings": settings.values()}
        )
    )


def problems(results: dict) -> Iterator[str]:
    """Yield what could not be computed, and why."""
    table = tables.problems_table(results)
    yield paragraph("Everything that was asked for was computed.") if table.empty else webpage.table(table)


def made(results: dict) -> Iterator[str]:
    """Yield what the benchmark ran on, and with which versions."""
    machine, cohort = results["machine"], results["cohort"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    facts = {
        "Cohort id": cohort["cohort_id"],
        "Seeds of stochastic methods": results["seeds"],
        "Cross-fitting folds over cell lines": results["n_folds"],
        "RNAlign": results["code_version"],
        "Python": machine["python"],
        "Packages": packages,
        "Processor": f"{machine['processor']}, {machine['n_cores']} cores, {machine['memory_gb']} GB of memory",
        "Platform": machine["platform"],
        "Computing time": f"{results['computing_seconds']:,.0f} seconds, all parts together, measuring included",
        "Begun": when(results),
    }
    yield webpage.table(pd.DataFrame({"What": list(facts), "Value": map(str, facts.values())}))


def when(results: dict) -> str:
    """Return when a benchmark was begun."""
    return f"{datetime.fromisoformat(results['created']).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def metric_table(table: pd.DataFrame, results: dict, *, labels: bool = True) -> str:
    """Return a table of metrics as HTML: RNAlign stands out, dashes say why, headings say what they mean.

    Without `labels` it does not say which types the methods were told.
    """
    metrics = results["metrics"]
    about = {words.heading(metrics[name]): metrics[name]["meaning"] for name in table if name in metrics}
    text, sort, why = (f(table, results) for f in (tables.shown, tables.sortable, tables.reasons))
    if not labels:
        text, sort, why = (t.drop(columns="Types it was told") for t in (text, sort, why))
    return webpage.table(text, sort=sort, why=why, about=about, ours="rnalign")


def paragraph(text: str, kind: str = "") -> str:
    """Return text as a paragraph of HTML."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def _flat(settings: dict) -> list[tuple[str, object]]:
    """Return settings with those of a model written out in its place."""
    return list(
        chain.from_iterable(
            _flat(value) if isinstance(value, dict) else [(key, value)] for key, value in settings.items()
        )
    )
