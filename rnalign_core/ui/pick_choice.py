"""For which tumors the page Pick a line ranks cell lines, and what it says where it cannot."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.plots.palette import type_name
from rnalign_core.rank.cautions import GROUP
from rnalign_core.rank.groups import cancer_types, subtypes
from rnalign_core.rank.ranking import Ranking
from rnalign_core.rank.score import MIN_TUMORS
from rnalign_core.ui.pick_data import Wanted
from rnalign_core.ui.pick_state import (
    ALL,
    EVERY_LINE,
    OWN_LINES,
    SELECTION,
    USUAL_LEAST,
    PickKeys,
    follow,
    follow_selection,
    selected_tumors,
)
from rnalign_core.ui.selection import say_not_in_link
from rnalign_core.ui.text import plain

FIRST = "BRCA"


def choose_group(run: Run) -> Wanted:
    """Let the user choose a cancer type and a subtype, or the selected tumors."""
    follow_selection(run)
    samples = run.aligned.obs
    types, chosen = cancer_types(samples), selected_tumors(run)
    if types.empty:
        st.info(
            f"No cancer type of this cohort has {MIN_TUMORS} tumors or more, so there is nothing to rank for."
        )
        st.stop()
    options = list(types.index) + ([SELECTION] if len(chosen) >= MIN_TUMORS else [])
    follow("only", PickKeys.ONLY, (EVERY_LINE, OWN_LINES), EVERY_LINE)
    follow("type", PickKeys.TYPE, options, FIRST if FIRST in options else options[0])
    left, right = st.columns([3, 2], gap="medium")
    left.selectbox(
        "Tumor type",
        options,
        key=PickKeys.TYPE,
        persist_state="session",
        format_func=lambda code: _label(code, types.get(code), len(chosen)),
        help=f"Types with at least {MIN_TUMORS} tumors. Tumors that you select on the Overview or on Explore can be "
        "chosen here too.",
    )
    cancer_type = st.session_state[PickKeys.TYPE]
    if cancer_type == SELECTION:
        st.session_state[PickKeys.SUBTYPE] = ALL
        say_not_in_link(chosen)
        return None, chosen
    known = subtypes(samples, cancer_type)
    follow("subtype", PickKeys.SUBTYPE, [ALL, *known.index], ALL)
    right.selectbox(
        "Subtype",
        [ALL, *known.index],
        key=PickKeys.SUBTYPE,
        persist_state="session",
        format_func=lambda name: f"{name} ({count(known[name], 'tumor')})" if name else "all",
        disabled=known.empty,
        help=f"Subtypes with at least {MIN_TUMORS} tumors. For a subtype, lines are compared with the tumors of the "
        "disease, and being closer to it than to the other subtypes counts too.",
    )
    return cancer_type, st.session_state[PickKeys.SUBTYPE] or None


def _label(code: str, n_tumors: int | None, n_selected: int) -> str:
    if code == SELECTION:
        return f"Current selection ({count(n_selected, 'tumor')})"
    name = "" if type_name(code) == code else f" · {type_name(code)}"
    return f"{code}{name} ({count(n_tumors, 'tumor')})"


def about_group(ranking: Ranking) -> None:
    """Say in words what the ranking found, and what to mind about the group."""
    st.markdown(_verdict(ranking))
    known = ranking.purity.dropna()
    purity = (
        f"median purity {known.median():.2f}, measured in {len(known):,}"
        if len(known)
        else "purity not measured"
    )
    st.caption(
        f"{count(len(ranking.purity), 'tumor')}, {purity}. The order agrees with the one without alignment to "
        f"Spearman's {ranking.agreement:.2f} over all lines."
    )
    for code in ranking.cautions:
        st.warning(GROUP[code], icon=":material/warning:")


def _verdict(ranking: Ranking) -> str:
    """Say how many lines are like the group's tumors: those of its cancer first, those of others apart."""
    lines, title, own = ranking.lines, plain(ranking.group.title), ranking.of_own_type()
    good, types = lines["score_low"] >= USUAL_LEAST, plain(ranking.own_types)
    ours, others = lines[good & own], lines[good & ~own]
    if len(ours):
        which = f"{len(ours):,} of {len(lines):,} lines"
        if types:
            which = f"{count(len(ours), 'line')} {_kinds(ours, types)}"
        verdict = (
            f"**{which}** {_lie(ours)} clearly within the range of {title}: the lower end of the score is above the "
            f"least typical {100 * USUAL_LEAST:g} % of these tumors. First: {_first(ours)}."
        )
    else:
        which = f" annotated as {types} or of unknown type" if types else ""
        nearest = f" The nearest: {_first(lines[own])}." if own.any() else ""
        verdict = (
            f"**No line{which} lies clearly within the range of {title}**: of none the lower end of the score is above "
            f"the least typical {100 * USUAL_LEAST:g} % of these tumors.{nearest}"
        )
    if others.empty:
        return verdict
    return (
        f"{verdict} **{count(len(others), 'line')} annotated as other cancers** {_lie(others)} there too, first "
        f"{_first(others.head(1))}: a score alone makes none of them a model of {types}."
    )


def _lie(lines: pd.DataFrame) -> str:
    return "lies" if len(lines) == 1 else "lie"


def _kinds(lines: pd.DataFrame, types: str) -> str:
    """Say how many of the lines are annotated as the group's types, and of how many no type is known."""
    n_unknown = int(lines["cancer_type"].isna().sum())
    if n_unknown == len(lines):
        return "of unknown type"
    if not n_unknown:
        return f"annotated as {types}"
    return f"annotated as {types} ({len(lines) - n_unknown:,}) or of unknown type ({n_unknown:,})"


def _first(lines: pd.DataFrame) -> str:
    """Name the first three lines, annotated ones before those of unknown type."""
    first = lines.sort_values("cancer_type", key=pd.Series.isna, kind="stable").head(3)
    return "; ".join(
        f"**{plain(line.name)}**, {plain(line.cancer_type or 'type not known')}, {line.score:.2f} "
        f"({line.score_low:.2f} to {line.score_high:.2f})"
        for line in first[["name", "cancer_type", "score", "score_low", "score_high"]].itertuples(index=False)
    )
