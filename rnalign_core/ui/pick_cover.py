"""The smallest set of lines that covers chosen groups, and groups that no line covers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.rank.cautions import SHORT
from rnalign_core.rank.cover import Cover, cover_groups, eligible
from rnalign_core.rank.groups import cancer_types, subtypes
from rnalign_core.ui.charts import csv_button
from rnalign_core.ui.pick_data import Wanted, ranking_of
from rnalign_core.ui.pick_state import LEAST, USUAL_LEAST, PickKeys, follow, follow_several
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.text import plain

ELIGIBLE = (
    "it is neither annotated as another cancer type nor, more likely than not, called one, and some tumors "
    "resemble it"
)


def covering_set(run: Run, wanted: Wanted) -> None:
    """Let the user choose groups, and show the fewest lines that cover them."""
    groups, of = _groups(run, wanted)
    st.subheader("A smallest set of lines", anchor=False)
    st.markdown(
        f"Choose {plain(of)}: the fewest cell lines that cover all of them, and those that no line covers. "
        f"A line counts only if {ELIGIBLE}."
    )
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
        f"more typical than this share of the group's own tumors; and if {ELIGIBLE}.",
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
    if cover.lines:
        st.markdown(
            f"**{count(len(cover.lines), 'line')}** {'covers' if len(cover.lines) == 1 else 'cover'} "
            f"{len(cover.covered)} of {len(groups)}."
        )
        table = _table(rankings, cover)
        st.dataframe(
            table,
            hide_index=True,
            column_config={
                _score_of(name): st.column_config.NumberColumn(name, format="%.2f") for name in groups
            },
            alt="The smallest set of lines, with what each covers, its cancer type, cautions and scores",
        )
        rule = f"a line covers a group if the lower end of its score is at least {least}, and if {ELIGIBLE}"
        csv_button("CSV", lambda: table, [*provenance(run), rule], stem("cover", run))
    if cover.uncovered:
        near = "; ".join(_nearest(name, rankings[name], least) for name in cover.uncovered)
        st.warning(f"**No line covers** {near}.", icon=":material/do_not_disturb_on:")


def _nearest(name: str, lines: pd.DataFrame, least: float) -> str:
    """Say which line that may cover a group is nearest to it, and how many have the score alone."""
    may = eligible(lines)
    near = [
        f"nearest that counts: {plain(line.name)}, score {line.score:.2f}, from {line.score_low:.2f}"
        for line in lines.loc[may, ["name", "score", "score_low"]].head(1).itertuples(index=False)
    ]
    n_others = int((lines["score_low"] >= least).sum())
    if n_others:
        near.append(
            f"{count(n_others, 'line')} with such a score {'does' if n_others == 1 else 'do'} not count"
        )
    return f"{plain(name)} ({'; '.join(near) or 'none counts'})"


def _table(rankings: dict[str, pd.DataFrame], cover: Cover) -> pd.DataFrame:
    """Return a row a line: what it covers, its cancer type, what to mind, and its score for every group."""
    lines = list(cover.lines)
    about = next(iter(rankings.values())).loc[lines]
    does = {line: [group for group, by in cover.covered.items() if line in by] for line in lines}
    table = pd.DataFrame(
        {
            "Line": about["name"],
            "Type": about["cancer_type"].fillna("not known"),
            "Covers": [", ".join(does[line]) for line in lines],
            "Cautions": [_cautions(rankings, line, does[line]) for line in lines],
        }
    )
    for name, ranking in rankings.items():
        table[_score_of(name)] = ranking.loc[lines, "score"]
    return table.rename_axis("sample_id")


def _score_of(group: str) -> str:
    """Return the column of the scores for a group, which may be called as another column is."""
    return f"Score for {group}"


def _cautions(rankings: dict[str, pd.DataFrame], line: str, groups: list[str]) -> str:
    """Say what to mind about a line, for which of the groups that it covers, where not for all."""
    found = {group: rankings[group].at[line, "cautions"] for group in groups}
    holds = {code: [group for group, codes in found.items() if code in codes] for code in SHORT}
    return ", ".join(
        SHORT[code] + ("" if len(of) == len(groups) else f" ({', '.join(of)})")
        for code, of in holds.items()
        if of
    )
