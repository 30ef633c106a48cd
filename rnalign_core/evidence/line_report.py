"""The report of a ranking: one HTML page with figures, table, settings, versions and the link that reproduces it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import pandas as pd

from rnalign_core.cohort.links_out import links_out
from rnalign_core.evidence import webpage
from rnalign_core.model import Run
from rnalign_core.plots.compared_lines import MAP_SIZE, lines_on_map
from rnalign_core.plots.panels import shortened
from rnalign_core.plots.ranking import HOLLOW, MAX_NAME, SCORE, ranked_alt, ranked_lines
from rnalign_core.rank.cautions import GROUP, LINE, SHORT
from rnalign_core.rank.groups import SELECTION
from rnalign_core.rank.ranking import Ranking
from rnalign_core.rank.verdict import verdict

N_LINES = 25
N_TUMORS = 20  # of a type or subtype, which the run itself knows
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
    judged: Ranking | None,
    link: str | None,
    no_link: str = "",
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
        Samples with their places on the map, for :func:`rnalign_core.plots.compared_lines.lines_on_map`.
    compared
        Ids of the lines to show on the map; by default the first three.
    judged
        Ranking of all lines, to say in sentences what it found; None to leave them out.
    link, no_link
        Address that shows the same view, if it is known, and why there is none.
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
        "" if judged is None else f"<p>{verdict(judged, escape, '<b>{}</b>'.format)}</p>",
        *(f'<p class="no">{escape(GROUP[code])}</p>' for code in ranking.cautions),
        webpage.figure(
            ranked_lines(lines, ranking.tumor_z.to_numpy(), group.cancer_types, N_LINES, ranking.measured_by),
            ranked_alt(lines, group.title, N_LINES),
            f"Diamonds: lines with {ranking.settings.confidence:.0%} intervals; hollow: it {HOLLOW}. "
            f"Brown: {ranking.measured_by}, the middle half and the middle 90 % of them, dashed their median. Right: "
            "score with its interval.",
            "figure-ranking",
        ),
        f"<h2>The first {min(N_LINES, len(lines))} of {len(lines):,} {escape(ranking.listed)}</h2>",
        _table(ranking),
        _elsewhere(run, ranking),
        "<h2>On the map after alignment</h2>",
        webpage.figure(
            lines_on_map(samples, group.tumor_ids, group.title, marked, **MAP_SIZE),
            f"UMAP of all tumors with the tumors of {group.title} and the lines {named} brought out.",
            "Distances on a UMAP mean nothing; no score is computed on it.",
            "figure-map",
        ),
        "<h2>What the numbers mean</h2>",
        f"<p>{escape(ranking.definition())}</p>",
        "<p>That transcriptomes resemble each other does not say that mutations, drug response or growth do.</p>",
        "<h2>How this was made</h2>",
        _made(ranking, link, no_link, provenance),
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
    share = {"neighbour_share": f"Of {ranking.neighbours}"} if ranking.has_others else {}
    columns = COLUMNS | share
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
            "margin": ["" if pd.isna(margin) else f"{margin:+.2f}" for margin in lines["margin"]],
            "rank_unaligned": lines["rank_unaligned"],
            "cautions": [", ".join(SHORT[code] for code in codes) for codes in lines["cautions"]],
        }
    )
    text = text[[name for name in text if name in columns]]
    sort = text.copy()
    for column in ("score", "z", *share, "margin"):
        sort[column] = lines[column]
    meant = [code for code in LINE if any(code in codes for codes in lines["cautions"])]
    explained = "".join(f"<li>{escape(SHORT[code])}: {escape(LINE[code])}</li>" for code in meant)
    return (
        webpage.table(
            text.rename(columns=columns),
            sort=sort.rename(columns=columns),
            about=dict.fromkeys(share.values(), ranking.about_neighbours),
        )
        + f"<ul>{explained}</ul>"
    )


def _short(name: str) -> str:
    return shortened(name, MAX_NAME)


def _elsewhere(run: Run, ranking: Ranking) -> str:
    """Return links to the pages of the lines in public databases; nothing where there are none."""
    found = "; ".join(_links(run, ranking.lines.head(N_LINES)))
    return f"<p>These lines in public databases: {found}.</p>" if found else ""


def _links(run: Run, lines: pd.DataFrame) -> Iterator[str]:
    samples = run.aligned.obs.loc[lines.index].to_dict("records")
    for sample_id, name, sample in zip(lines.index, lines["name"], samples, strict=True):
        found = links_out(sample_id, sample)
        if found:
            pages = (f'<a href="{escape(url)}">{escape(site)}</a>' for site, url in found.items())
            yield f"{escape(_short(name))} ({', '.join(pages)})"


def _made(ranking: Ranking, link: str | None, no_link: str, provenance: Sequence[str]) -> str:
    settings, ids = ranking.settings, ranking.group.tumor_ids
    named = ids if ranking.group.name == SELECTION else ids[:N_TUMORS]
    rows = [
        f"ranking: {settings.n_resamples} resamples, {settings.confidence:.0%} intervals, seed {settings.seed}, at "
        f"most {settings.max_tumors:,} tumors of a group",
        *provenance,
        f"tumors: {', '.join(named)}"
        + (f" and {len(ids) - len(named):,} more" if len(named) < len(ids) else ""),
    ]
    items = "".join(f"<li><code>{escape(row)}</code></li>" for row in rows)
    shown = (
        f'<p>The same view: <a href="{escape(link)}">{escape(link)}</a></p>'
        if link
        else f"<p>{escape(no_link)}</p>"
    )
    return f"{shown}<ul>{items}</ul>"
