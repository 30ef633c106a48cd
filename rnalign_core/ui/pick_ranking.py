"""The ranking as a figure and as a table, and its downloads."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from rnalign_core.cohort.links_out import links_out
from rnalign_core.evidence.line_report import line_report
from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.ranking import HOLLOW, MOST_LINES, ranked_alt, ranked_lines
from rnalign_core.rank.cautions import GROUP, LINE, SHORT
from rnalign_core.rank.ranking import Ranking
from rnalign_core.ui import runs
from rnalign_core.ui.charts import csv_button, html_button, stamped
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.pick_state import EVERY_LINE, OWN_LINES, PickKeys, link_is_full
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.selection import MAX_IN_LINK
from rnalign_core.ui.text import plain

SITES = ("DepMap", "Cellosaurus", "cBioPortal")
UPLOADED = "No link shows this view again: the tumors were uploaded."
TOO_MANY = (
    f"No link shows this view again: a link names up to {MAX_IN_LINK} selected tumors. All are named below."
)


def ranking_figure(run: Run, ranking: Ranking) -> None:
    """Let the user choose which lines to list, and show the first of them with their intervals."""
    if _has_choice(ranking):
        one_of(
            "Lines",
            {EVERY_LINE: "all", OWN_LINES: f"annotated as {plain(ranking.own_types)}, or of unknown type"},
            PickKeys.ONLY,
            help="Which lines the figure, the table and the report list. Lines of other cancers may resemble these "
            "tumors too. Ranks stay those among all lines.",
        )
    shown, key = _listed(ranking), stem("ranking", run)
    st.plotly_chart(
        _draw(shown),
        key=key,
        config=screen_config(key),
        alt=ranked_alt(shown.lines, ranking.group.title),
    )
    st.caption(
        f"Diamonds: lines with 90 % intervals; hollow: it {HOLLOW}. Brown: "
        f"{plain(ranking.measured_by)}, the middle half and the middle 90 % of them, dashed their median. Right: score "
        "with interval, the percentile of the line among these tumors: 0.50 is as typical as the median tumor, 0 less "
        "typical than any. A line is only ever seen by the model that was never told its cancer type; its score is by "
        "the tumors as that model sees them, the brown areas and the axis above are of all models together."
    )


def _has_choice(ranking: Ranking) -> bool:
    """Return whether some lines are of another cancer type, and some are not."""
    return ranking.of_own_type().nunique() > 1


def _listed(ranking: Ranking) -> Ranking:
    """Return the ranking with the lines that the user wants listed."""
    only = st.session_state.get(PickKeys.ONLY) == OWN_LINES and _has_choice(ranking)
    return ranking.among_own_type() if only else ranking


def ranking_table(run: Run, ranking: Ranking) -> None:
    """Show all lines, or those that the user wants listed."""
    ranking = _listed(ranking)
    table, columns = ranking_rows(run, ranking), _columns(ranking)
    shown = table.assign(
        cautions=[", ".join(SHORT[code] for code in codes) for codes in ranking.lines["cautions"]]
    )
    shown["neighbour_share"] *= 100
    shown["margin"] = shown["margin"].round(2) + 0.0  # no minus before nothing
    shown["interval"] = [
        f"{low:.2f} to {high:.2f}" for low, high in shown[["score_low", "score_high"]].to_numpy()
    ]
    st.dataframe(
        shown[list(columns)],
        hide_index=True,
        placeholder="",
        height=38 + 35 * 10,
        key=stem("ranking-table", run),
        column_config=columns,
        alt=f"{len(shown):,} cell {ranking.listed}, ranked for {ranking.group.title}",
    )


def downloads(
    run: Run,
    ranking: Ranking,
    compared: list[str],
    *,
    samples: pd.DataFrame | None = None,
    uploaded: Sequence[str] = (),
) -> None:
    """Offer the ranking as CSV, as a report and as a figure.

    Parameters
    ----------
    run, ranking
        What to offer.
    compared
        Lines to show on the report's map.
    samples
        Samples with their places on the map, by default those of the run.
    uploaded
        Lines that say which upload the tumors are from; then no link can show the view again, and the report says no
        more about what was found than the page.
    """
    shown, file_name = _listed(ranking), stem(f"lines-{ranking.group.title}", run)
    source = [*provenance(run), *uploaded]
    defined = _defined(source, ranking)
    no_link = UPLOADED if uploaded else "" if link_is_full(run) else TOO_MANY
    link = None if no_link else _address()  # known while the page runs, not when the report is asked for
    with st.container(horizontal=True):
        st.download_button(
            "Report",
            lambda: line_report(
                run,
                shown,
                runs.map_samples(run) if samples is None else samples,
                compared,
                judged=None if uploaded else ranking,
                link=link,
                no_link=no_link,
                provenance=stamped(source),
            ),
            f"{file_name}.html",
            "text/html",
            icon=":material/description:",
            on_click="ignore",
            key=f"report-{file_name}",
            help="One page with figures, table, settings, versions and a link to this view; works without a network.",
        )
        csv_button("CSV, all lines", lambda: ranking_rows(run, ranking), defined, file_name)
        with st.popover("Figure", icon=":material/download:"):
            title = f"Cell lines for {ranking.group.title}"
            html_button(lambda: _draw(shown), title, _defined(source, shown), file_name)
            st.caption("PNG: camera icon on the figure.")


def _defined(source: Sequence[str], ranking: Ranking) -> list[str]:
    cautions = [f"caution: {GROUP[code]}" for code in ranking.cautions]
    return [*source, f"group: {ranking.group.title}", *cautions, f"definition: {ranking.definition()}"]


def _address() -> str | None:
    """Return the address of this view, as far as the server knows it."""
    base = st.context.url
    return f"{base.partition('?')[0]}?{urlencode(st.query_params.to_dict())}" if base else None


def ranking_rows(run: Run, ranking: Ranking) -> pd.DataFrame:
    """Return the ranking as a table to write: cautions in words, links to databases."""
    lines = ranking.lines
    samples = run.aligned.obs.loc[lines.index]
    table = lines.assign(cautions=[" ".join(LINE[code] for code in codes) for codes in lines["cautions"]])
    links = [
        links_out(sample, row) for sample, row in zip(lines.index, samples.to_dict("records"), strict=True)
    ]
    return table.assign(**{site: [found.get(site) for found in links] for site in SITES})


def _draw(ranking: Ranking):
    return ranked_lines(
        ranking.lines,
        ranking.tumor_z.to_numpy(),
        ranking.group.cancer_types,
        MOST_LINES,
        ranking.measured_by,
    )


def _number(label: str, form: str, help_: str, width: str = "small") -> object:
    return st.column_config.NumberColumn(label, format=form, help=help_, width=width)


def _columns(ranking: Ranking) -> dict[str, object]:
    if not ranking.has_others:
        return {name: column for name, column in _COLUMNS.items() if name != "neighbour_share"}
    share = _number(f"Of {ranking.neighbours}", "%.0f %%", ranking.about_neighbours, "medium")
    return _COLUMNS | {"neighbour_share": share}


_COLUMNS = {
    "rank": _number("Rank", "%d", "By z: how typical of the group the line is."),
    "name": st.column_config.TextColumn("Line", pinned=True),
    "cancer_type": st.column_config.TextColumn(
        "Type", width="small", help="As annotated; no model that saw it ranks it."
    ),
    "subtype": st.column_config.TextColumn("Subtype", width="small", help="As annotated in its source."),
    "score": _number(
        "Score", "%.2f", "Percentile of the line among the tumors in brown above. 0.5: as the median one."
    ),
    "interval": st.column_config.TextColumn("90 %", width="small", help="Interval of the score."),
    "z": _number("z", "%.2f", "The same in standard deviations of these tumors. Lines are ordered by it."),
    "cautions": st.column_config.TextColumn("Cautions", width="medium"),
    "neighbour_share": None,  # by ranking
    "competitor": st.column_config.TextColumn("Competitor", width="small", help="Most similar other group."),
    "margin": _number(
        "Margin",
        "%+.2f",
        "Mean correlation with the group minus that with the competitor. Below 0 the other is closer.",
    ),
    "rank_unaligned": _number(
        "Unaligned", "%d", "Rank by the same measure in expression that was not aligned."
    ),
    "type_call": st.column_config.TextColumn(
        "Type call", width="small", help="Of the model that never saw its type."
    ),
    "type_probability": _number("Probability", "%.2f", "Of the type call."),
    **{
        site: st.column_config.LinkColumn(
            site, display_text="open", width="small", help=f"The line in {site}."
        )
        for site in SITES
    },
}
