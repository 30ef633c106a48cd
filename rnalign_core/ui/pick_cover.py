"""The smallest set of lines that covers chosen groups, and groups that no line covers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.rank.cover import cover_groups
from rnalign_core.rank.groups import cancer_types, subtypes
from rnalign_core.ui.charts import csv_button
from rnalign_core.ui.pick_data import Wanted, ranking_of
from rnalign_core.ui.pick_state import LEAST, USUAL_LEAST, PickKeys, follow, follow_several
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.text import plain


def covering_set(run: Run, wanted: Wanted) -> None:
    """Let the user choose groups, and show the fewest lines that cover them."""
    groups, of = _groups(run, wanted)
    st.subheader("A smallest set of lines", anchor=False)
    st.markdown(f"Choose {of}: the fewest cell lines that cover all of them, and those that no line covers.")
    follow_several("cover", PickKeys.COVER, list(groups))
    follow("least", PickKeys.LEAST, LEAST, USUAL_LEAST)
    left, right = st.columns([3, 1], gap="medium")
    chosen = left.multiselect(
        of[0].upper() + of[1:], list(groups), key=PickKeys.COVER, persist_state="session", select_all=True
    )
    least = right.select_slider(
        "Least score",
        LEAST,
        key=PickKeys.LEAST,
        persist_state="session",
        help="A line covers a group if the lower end of the interval of its score is at least this: if it is surely "
        "more typical than this share of the group's own tumors.",
    )
    if chosen:
        _show(run, {name: groups[name] for name in chosen}, least)


def _groups(run: Run, wanted: Wanted) -> tuple[dict[str, Wanted], str]:
    """Return the groups to choose from: subtypes of the chosen type or, where it has none, cancer types."""
    samples, cancer_type = run.aligned.obs, wanted[0]
    known = subtypes(samples, cancer_type) if cancer_type else ()
    if len(known):
        return {name: (cancer_type, name) for name in known.index}, f"subtypes of {cancer_type}"
    return {name: (name, None) for name in cancer_types(samples).index}, "cancer types"


def _show(run: Run, groups: dict[str, Wanted], least: float) -> None:
    rankings = {name: ranking_of(run, wanted).lines for name, wanted in groups.items()}
    cover = cover_groups(rankings, least)
    n_covered = len(cover.covered)
    if cover.lines:
        st.markdown(
            f"**{count(len(cover.lines), 'line')}** {'covers' if len(cover.lines) == 1 else 'cover'} {n_covered} of "
            f"{len(groups)}."
        )
        table = _table(rankings, cover.lines, cover.covered)
        st.dataframe(
            table,
            hide_index=True,
            column_config={name: st.column_config.NumberColumn(name, format="%.2f") for name in groups},
            alt="The smallest set of lines, with what each covers and its scores",
        )
        csv_button("CSV", lambda: table, [*provenance(run), f"least score {least}"], stem("cover", run))
    if cover.uncovered:
        near = (
            f"{plain(name)} (nearest: {plain(best['name'])}, score {best['score']:.2f}, from {best['score_low']:.2f})"
            for name, best in ((name, rankings[name].iloc[0]) for name in cover.uncovered)
        )
        st.warning(f"**No line covers** {'; '.join(near)}.", icon=":material/do_not_disturb_on:")


def _table(
    rankings: dict[str, pd.DataFrame], lines: tuple[str, ...], covered: dict[str, tuple[str, ...]]
) -> pd.DataFrame:
    """Return a row a line: what it covers, and its score for every group."""
    names = next(iter(rankings.values()))["name"]
    table = pd.DataFrame({"Line": [names[line] for line in lines]}, index=list(lines))
    table["Covers"] = [", ".join(group for group, by in covered.items() if line in by) for line in lines]
    for name, ranking in rankings.items():
        table[name] = ranking.loc[table.index, "score"]
    return table.rename_axis("sample_id")
