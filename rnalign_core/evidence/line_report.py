"""The report of a ranking: one HTML page with figures, table, settings, versions and the link that reproduces it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

from rnalign_core.evidence import webpage
from rnalign_core.model import Run
from rnalign_core.plots.compared_lines import lines_on_map
from rnalign_core.plots.panels import shortened
from rnalign_core.plots.ranking import MAX_NAME, SCORE, ranked_alt, ranked_lines
from rnalign_core.rank.cautions import GROUP, LINE, SHORT
from rnalign_core.rank.ranking import Ranking

N_LINES = 25
COLUMNS = {
    "rank": "Rank",
    "name": "Line",
    "annotation": "Annotated as",
    "score": "Score, interval",
    "z": "z",
    "competitor": "Competitor",
    "margin": "Margin",
    "rank_unaligned": "Rank unaligned",
    "cautions": "Cautions",
}
SIMULATED = "Simulated data. No sample is a real tumor or cell line: the page shows how the program works."


def line_report(
    run: Run,
    ranking: Ranking,
    samples: pd.DataFrame,
    compared: Sequence[str],
    *,
    link: str | None,
    provenance: Sequence[str],
) -> str:
    """Return the report as a page of its own that needs no network. All text is escaped.

    Parameters
    ----------
    run
        The run.
    ranking
        The ranking.
    samples
        Samples with their places on the map, for :func:`rnalign_core.plots.ranking.lines_on_map`.
    compared
        Ids of the lines to show on the map; by default the first three.
    link
        Address that shows the same view, if it is known.
    provenance
        Lines that say where the results come from.
    """
    group, lines = ranking.group, ranking.lines
    title = f"Cell lines for {group.title}"
    marked = list(compared) or lines.index[:3].tolist()
    named = ", ".join(samples.loc[marked, "name"].astype(str))
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<div class="banner" role="alert">{SIMULATED}</div>' if run.info["simulated"] else "",
        _facts(run, ranking),
        *(f'<p class="no">{escape(GROUP[code])}</p>' for code in ranking.cautions),
        webpage.figure(
            ranked_lines(lines, ranking.tumor_z.to_numpy(), group.cancer_types, N_LINES, ranking.measured_by),
            ranked_alt(lines, group.title, N_LINES),
            f"Diamonds: lines with {ranking.settings.confidence:.0%} intervals; hollow: it resembles no tumors here. "
            f"Brown: {ranking.measured_by}, the middle half and the middle 90 % of them, dashed their median. Right: "
            "score with its interval.",
            "figure-ranking",
        ),
        f"<h2>The first {min(N_LINES, len(lines))} of {len(lines):,} {escape(ranking.listed)}</h2>",
        _table(ranking),
        "<h2>On the map after alignment</h2>",
        webpage.figure(
            lines_on_map(samples, group.tumor_ids, group.title, marked),
            f"UMAP of all tumors with the tumors of {group.title} and the lines {named} brought out.",
            "Distances on a UMAP mean nothing; no score is computed on it.",
            "figure-map",
        ),
        "<h2>What the numbers mean</h2>",
        f"<p>{escape(ranking.definition())}</p>",
        "<p>That transcriptomes resemble each other does not say that mutations, drug response or growth do.</p>",
        "<h2>How this was made</h2>",
        _made(run, ranking, link, provenance),
    ]
    return webpage.page(title, "\n".join(parts))


def _facts(run: Run, ranking: Ranking) -> str:
    known = ranking.purity.dropna()
    facts = {
        "Cohort": run.info["cohort_title"],
        "Run": run.info["title"],
        "Tumors of the group": f"{len(ranking.purity):,}",
        "Median purity": f"{known.median():.2f}, measured in {len(known):,}"
        if len(known)
        else "not measured",
        "Cell lines": f"{len(ranking.lines):,}",
        "Agreement with the unaligned order": f"Spearman {ranking.agreement:.2f}",
    }
    spans = (f"<span>{escape(name)} <b>{escape(str(value))}</b></span>" for name, value in facts.items())
    return f'<div class="facts">{"".join(spans)}</div>'


def _table(ranking: Ranking) -> str:
    lines = ranking.lines.head(N_LINES)
    columns = COLUMNS | {"neighbour_share": f"Of {ranking.neighbours}"}
    text = pd.DataFrame(
        {
            "name": lines["name"].map(_short),
            "rank": lines["rank"],
            "annotation": [
                " · ".join(map(_short, filter(None, labels))) or "not known"
                for labels in lines[["cancer_type", "subtype"]].itertuples(index=False)
            ],
            "score": [
                SCORE.format(*row)
                for row in lines[["score", "score_low", "score_high"]].itertuples(index=False)
            ],
            "z": lines["z"].map("{:.2f}".format),
            "neighbour_share": lines["neighbour_share"].map("{:.0%}".format),
            "competitor": lines["competitor"].fillna("").map(_short),
            "margin": lines["margin"].map("{:+.2f}".format),
            "rank_unaligned": lines["rank_unaligned"],
            "cautions": [", ".join(SHORT[code] for code in codes) for codes in lines["cautions"]],
        }
    )
    sort = text.copy()
    for column in ("score", "z", "neighbour_share", "margin"):
        sort[column] = lines[column]
    meant = [code for code in LINE if any(code in codes for codes in lines["cautions"])]
    explained = "".join(f"<li>{escape(SHORT[code])}: {escape(LINE[code])}</li>" for code in meant)
    return (
        webpage.table(
            text.rename(columns=columns),
            sort=sort.rename(columns=columns),
            about={columns["neighbour_share"]: ranking.about_neighbours},
        )
        + f"<ul>{explained}</ul>"
    )


def _short(name: str) -> str:
    return shortened(name, MAX_NAME)


def _made(run: Run, ranking: Ranking, link: str | None, provenance: Sequence[str]) -> str:
    settings = ranking.settings
    rows = [
        f"ranking: {settings.n_resamples} resamples, {settings.confidence:.0%} intervals, seed {settings.seed}, at "
        f"most {settings.max_tumors:,} tumors of a group",
        f"tumors: {', '.join(ranking.group.tumor_ids[:20])}"
        + (f" and {len(ranking.group.tumor_ids) - 20:,} more" if len(ranking.group.tumor_ids) > 20 else ""),
        *provenance,
    ]
    items = "".join(f"<li><code>{escape(row)}</code></li>" for row in rows)
    shown = f'<p>The same view: <a href="{escape(link)}">{escape(link)}</a></p>' if link else ""
    return f"{shown}<ul>{items}</ul>"
