"""For which tumors the page Pick a line ranks cell lines, and what it says where it cannot."""

from __future__ import annotations

import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.plots.palette import type_name
from rnalign_core.rank.cautions import GROUP
from rnalign_core.rank.groups import cancer_types, subtypes
from rnalign_core.rank.ranking import Ranking
from rnalign_core.rank.score import MIN_TUMORS
from rnalign_core.rank.verdict import verdict
from rnalign_core.ui.pick_data import Wanted
from rnalign_core.ui.pick_state import (
    ALL,
    EVERY_LINE,
    LINK,
    OWN_LINES,
    SELECTION,
    PickKeys,
    follow,
    follow_selection,
    selected_tumors,
)
from rnalign_core.ui.selection import say_not_in_link, selected_samples
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
    too_few = _too_few(len(selected_samples(run)), len(chosen))
    follow("only", PickKeys.ONLY, (EVERY_LINE, OWN_LINES), EVERY_LINE)
    usual = FIRST if FIRST in options else options[0]
    if follow("type", PickKeys.TYPE, options, usual, explained=SELECTION if too_few else None):
        LINK.pop("subtype")  # of the type that is not here
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
    if too_few:
        left.caption(too_few)
    cancer_type = st.session_state[PickKeys.TYPE]
    if cancer_type == SELECTION:
        follow("subtype", PickKeys.SUBTYPE, [ALL], ALL)
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


def _too_few(n_selected: int, n_tumors: int) -> str:
    """Say why the selected samples cannot be ranked for; nothing where they can, or where none are selected."""
    if n_selected == 0 or n_tumors >= MIN_TUMORS:
        return ""
    tumors = f"{count(n_tumors, 'tumor')} {'is' if n_tumors == 1 else 'are'} selected"
    return f"{tumors if n_tumors else 'Only cell lines are selected'}; a ranking needs {MIN_TUMORS} tumors."


def _label(code: str, n_tumors: int | None, n_selected: int) -> str:
    if code == SELECTION:
        return f"Current selection ({count(n_selected, 'tumor')})"
    name = "" if type_name(code) == code else f" · {type_name(code)}"
    return f"{code}{name} ({count(n_tumors, 'tumor')})"


def about_group(ranking: Ranking) -> None:
    """Say in words what the ranking found, and what to mind about the group."""
    st.markdown(verdict(ranking, plain, "**{}**".format))
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
