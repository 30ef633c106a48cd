"""The report of a benchmark: one HTML file with every table, figure, definition and setting."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import pandas as pd

from rnalign_core.evidence import appendix, tables, webpage, words
from rnalign_core.evidence.appendix import metric_table, paragraph
from rnalign_core.evidence.benchmark import ECHO_DEALS
from rnalign_core.evidence.verdicts import findings, rnalign_rows, verdicts
from rnalign_core.plots.evidence import (
    echo_alt,
    echo_figure,
    overall_alt,
    overall_rates,
    rates_alt,
    rates_by_type,
    rates_by_type_panels,
)

# Side by side in the large figure, those that ran.
COMPARED = (
    "input_standardised",
    "celligner",
    "lda",
    "rnalign",
    "rnalign.residual",
    "rnalign.latent",
)
INTERVALS = (
    "In brackets: 95 % intervals. After ±: standard deviation over seeds. A dash: point at it for the reason. "
    "Arrows say which way is better. Press a heading to sort."
)
MARKS = {True: ("yes", "✓ Yes"), False: ("no", "✗ No"), None: ("open", "? Cannot be judged")}
SIMULATED = (
    "Simulated data. The numbers on this page show how the program works, "
    "not what is true of cancer or of any method."
)


def report_html(results: dict) -> str:
    """Return the report of a benchmark as a page of its own that needs no network.

    Parameters
    ----------
    results
        Content of ``results.json``.
    """
    sections = (
        ("numbers-allow", "What the numbers allow to say", _verdicts),
        ("methods", "Table 1. Methods", _methods),
        ("types", "Match rate per cancer type", _types),
        ("ablations", "Table 2. RNAlign without its parts", _ablations),
        ("echo", "Label-echo control", _echo),
        ("told", "Label-conditioned, not evidence of similarity", _label_conditioned),
        ("differences", "Differences to RNAlign", _differences),
        ("poster", "The poster's published values", appendix.poster),
        ("metrics", "Every metric", appendix.metrics),
        ("definitions", "What each metric means", appendix.definitions),
        ("costs", "Costs and settings", appendix.costs),
        ("problems", "What could not be computed", appendix.problems),
        ("made", "How this was made", appendix.made),
    )
    links = " ".join(f'<a href="#{name}">{escape(title)}</a>' for name, title, _ in sections)
    parts = [*_head(results), f"<nav>{links}</nav>"]
    for name, title, section in sections:
        parts += [f'<h2 id="{name}">{escape(title)}</h2>', *section(results)]
    return webpage.page(f"{results['title']}: RNAlign benchmark", "\n".join(parts))


def _head(results: dict) -> Iterator[str]:
    cohort = results["cohort"]
    yield f"<h1>{escape(results['title'])}</h1>"
    yield '<p class="soft">Methods that align tumors and cancer cell lines, compared on one cohort in one run.</p>'
    if cohort["simulated"]:
        yield f'<div class="banner" role="alert">{SIMULATED}</div>'
    facts = {
        "Cohort": cohort["title"],
        "Tumors": _count(cohort["n_tumors"]),
        "Cell lines": _count(cohort["n_lines"]),
        "Scored": f"{_count(cohort['n_scored_lines'])} lines of {_count(cohort['n_scored_types'])} types",
        "Genes": f"{_count(cohort['n_genes_used'])} of {_count(cohort['n_genes'])}",
        "Seeds": results["seeds"],
        "Folds": results["n_folds"],
        "Made": f"{appendix.when(results)}, RNAlign {results['code_version']}",
    }
    spans = (f"<span>{escape(name)} <b>{escape(str(value))}</b></span>" for name, value in facts.items())
    yield f'<div class="facts">{"".join(spans)}</div>'


def _verdicts(results: dict) -> Iterator[str]:
    yield f'<p class="summary">{escape(verdicts(results)[0])}</p>'
    found = findings(results)
    if not found:
        return
    heads = "".join(f'<th scope="col">{escape(row["title"])}</th>' for row in rnalign_rows(results).values())
    yield f'<div class="scroll"><table><thead><tr><th scope="col">Question</th>{heads}</tr></thead><tbody>'
    for claim in dict.fromkeys(finding.claim for finding in found):
        cells = []
        for finding in found:
            if finding.claim == claim:
                kind, answer = MARKS[finding.holds]
                cells.append(
                    f'<td><span class="{kind}">{answer}</span><br><small>{escape(finding.detail)}</small></td>'
                )
        yield f'<tr><th scope="row">{escape(claim)}?</th>{"".join(cells)}</tr>'
    yield "</tbody></table></div>"


def _methods(results: dict) -> Iterator[str]:
    yield paragraph(
        "Methods that were told no type of the line that they align. Label-free methods learn from no types at all; "
        "those told the types of other folds learn from the types of tumors and of the lines in other folds, "
        "the same folds for all."
    )
    table = tables.methods_table(results)
    yield metric_table(table, results)
    yield paragraph(INTERVALS, "soft")
    if table["match_micro"].notna().any():
        yield webpage.figure(
            overall_rates(table, tables.rate_by_chance(results)),
            overall_alt(table),
            "Marks with 95 % intervals. Chance is the rate of calls that are dealt out in the lines' own "
            "proportions. Methods that were told the answer are not here.",
            "figure-overall",
        )


def _types(results: dict) -> Iterator[str]:
    types, titles = pd.DataFrame(results["types"]), tables.row_titles(results)
    rows = [row for row in titles if len(types) and row in set(types["row"])]
    if not rows:
        yield paragraph("No cancer type has enough tumors and lines to be scored.")
        return
    compared = [row for row in COMPARED if row in rows] or rows[:6]
    yield webpage.figure(
        rates_by_type(types, compared, titles),
        rates_alt(types, compared, titles),
        "Numbers beside a type: scored lines · tumors. Lines are 95 % intervals. Types with few lines have wide "
        "ones: read the interval, not the dot. Press a name in the legend to hide a method.",
        "figure-types",
    )
    yield "<h3>Every method</h3>"
    yield webpage.figure(
        rates_by_type_panels(types[types["row"].isin(rows)], rows, titles, "input_standardised"),
        rates_alt(types, rows, titles),
        "Dots are the method's rates with 95 % intervals, grey ticks those of the standardised input.",
        "figure-panels",
    )


def _ablations(results: dict) -> Iterator[str]:
    yield paragraph(
        "Each part of RNAlign is stated to help: without L_grad, without L_cor and without purity labels the match "
        "rate should be lower and the distance larger. Match rates are compared on the same lines, paired; distances "
        "by Welch's interval over seeds or, with one seed, by whether their intervals overlap."
    )
    spaces = [row["space"] for row in rnalign_rows(results).values()]
    for space in spaces or ["profiles"]:
        table = tables.ablations_table(results, space)
        if len(table) < 2:
            continue
        if space != "profiles":
            yield f"<h3>{escape(table['title'].iloc[0])}</h3>"
        yield metric_table(table, results, labels=False)


def _echo(results: dict) -> Iterator[str]:
    yield paragraph(
        f"All scored lines were given wrong cancer types, each another than its own, and everything was run again; "
        f"{ECHO_DEALS} times, with types dealt out anew. A method "
        "that reads expression does not put more lines among tumors of the wrong type than chance would. One that "
        "repeats labels does, and its match rate with right types says nothing about the lines."
    )
    known = [entry for entry in results["echo"] if words.has_value(entry["follow"])]
    if known:
        caption = (
            "Marks with 95 % intervals. Below the dashed line: methods that are told the type of the line."
        )
        yield webpage.figure(echo_figure(known), echo_alt(known), caption, "figure-echo")
    else:
        yield paragraph("The control has no result.")


def _label_conditioned(results: dict) -> Iterator[str]:
    yield paragraph(
        "These methods were told the cancer type of the very lines that they align. How well the lines then match "
        "that type is no evidence that they resemble tumors, so these rows stand in no other table of methods."
    )
    table = tables.label_conditioned_table(results)
    follow = {entry["row"]: entry for entry in results["echo"] if words.has_value(entry["follow"])}
    text, sort, why = (f(table, results) for f in (tables.shown, tables.sortable, tables.reasons))
    entries = [follow.get(row) for row in table.index]
    for name, values in (
        (
            "follow the wrong label",
            [words.estimate(e["follow"] if e else None, "percent") for e in entries],
        ),
        ("chance", [words.percent(e["chance"]) if e else words.NOTHING for e in entries]),
    ):
        text[name] = values
        sort[name] = [
            (e["chance"] if name == "chance" else e["follow"]["value"]) if e else float("nan")
            for e in entries
        ]
        why[name] = ["" if e else "the label-echo control has no result" for e in entries]
    text, sort, why = (t.drop(columns="Types it was told") for t in (text, sort, why))
    yield webpage.table(text, sort=sort, why=why)


def _differences(results: dict) -> Iterator[str]:
    yield paragraph(
        "Match rate of each space of RNAlign minus that of every row of Table 1, over the same lines (paired "
        "bootstrap), in percentage points. Where the interval includes 0, the two cannot be told apart on this cohort."
    )
    table = tables.differences_table(results)
    text = table[["title", "minus_title", "labels", "verdict"]].copy()
    sort = text.copy()
    kinds = {"micro": "match rate", "macro": "mean over types", "median_types": "median over types"}
    for kind, name in kinds.items():
        sort[name] = table[kind]
        text[name] = [
            words.difference(dict(zip(("value", "low", "high"), ends, strict=True)))
            for ends in table[[kind, f"{kind}_low", f"{kind}_high"]].itertuples(index=False)
        ]
    names = {"title": "RNAlign's row", "minus_title": "minus", "labels": "types it was told"}
    names["verdict"] = "RNAlign's match rate is"
    yield webpage.table(text.rename(columns=names), sort=sort)


def _count(n: int | None) -> str:
    return words.NOTHING if n is None else f"{n:,}"
