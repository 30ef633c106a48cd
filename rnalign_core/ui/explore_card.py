"""The card of a sample: what it is, what lies next to it, where more is known about it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.cohort.links_out import links_out
from rnalign_core.model import Run
from rnalign_core.plots.palette import type_name
from rnalign_core.plots.panels import SAMPLE_TYPES
from rnalign_core.ui.charts import csv_button, html_button
from rnalign_core.ui.explore_data import neighbours
from rnalign_core.ui.explore_state import open_card, select
from rnalign_core.ui.nearest_table import nearest_bars, nearest_table
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.text import plain

OTHER_KIND = {"tumor": "cell line", "cell_line": "tumor"}
NEAREST = "explore_nearest"  # widget


def card(run: Run, samples: pd.DataFrame, sample_id: str, *, wide: bool) -> None:
    """Show the card of a sample, in one column or, where there is room, in two."""
    sample = samples.loc[sample_id]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"#### {plain(sample['name'])}", width="content")
            st.space("stretch")
            st.button(
                "Close",
                icon=":material/close:",
                type="tertiary",
                on_click=open_card,
                args=(run, None),
                help="Close the card",
            )
        about, nearest = st.columns([1, 1.6], gap="large") if wide else (st.container(), st.container())
        with about:
            st.markdown("  \n".join(_facts(sample_id, sample)))
            if links := links_out(sample_id, sample):
                st.markdown(" · ".join(f"[{site}]({url})" for site, url in links.items()))
        with nearest:
            _nearest(run, samples, sample_id, sample)


def _facts(sample_id: str, sample: pd.Series) -> list[str]:
    kind = SAMPLE_TYPES[sample["sample_type"]].capitalize()
    if pd.isna(sample["cancer_type"]):
        facts = [f"{kind}, cancer type not known"]
    else:
        code = str(sample["cancer_type"])
        full = f", {plain(type_name(code))}" if type_name(code) != code else ""
        facts = [f"{kind} · **{plain(code)}**{full}"]
    if pd.notna(sample["subtype"]):
        facts.append(f"Subtype {plain(sample['subtype'])}")
    if sample["sample_type"] == "tumor":
        facts.append("Purity not known" if pd.isna(sample["purity"]) else f"Purity {sample['purity']:.2f}")
    else:
        facts += _match(sample)
    names = [
        sample[c] for c in ("depmap_id", "cellosaurus_id", "ccle_name", "aliases") if sample[c] is not None
    ]
    if sample_id != sample["name"]:
        names.insert(0, sample_id)
    if names:
        facts.append(f":gray[{', '.join(map(plain, dict.fromkeys(names)))}]")
    return facts


def _match(line: pd.Series) -> list[str]:
    """Return how a line matches before and after alignment; nothing where it was not scored."""
    facts = []
    for side in ("before", "after"):
        matches, call, share = (line.get(f"{what}_{side}") for what in ("match", "call", "own_share"))
        if pd.isna(matches) or pd.isna(call) or pd.isna(share):
            continue
        verdict = "matches its own type" if matches else f"called {plain(call)}"
        facts.append(f"{side.capitalize()}: {verdict}, {share:.0%} own-type neighbours")
    return facts or ["Not scored for a match"]


def _nearest(run: Run, samples: pd.DataFrame, sample_id: str, sample: pd.Series) -> None:
    other = OTHER_KIND[sample["sample_type"]]
    found = neighbours(run, sample_id)
    st.markdown(f"**Nearest {len(found)} {other}s**")
    if run.settings.conditions_on_type:
        st.caption(
            ":material/label: Before alignment: this model was told the type of each line, so that neighbours after "
            "alignment would repeat the label."
        )
    elif found["cancer_type"].isna().any() and pd.notna(sample.get("own_share_after")):
        st.caption("Tumors without a cancer type have no say in the match.")
    key, distance = stem("neighbours", run), _distance(run, sample_id, sample)
    nearest_table(
        found,
        other,
        sample["name"],
        distance,
        key=key,
        table_key=NEAREST,
        on_select=lambda: _clicked(run, found.index),
    )
    with st.container(horizontal=True):
        st.button(
            f"Select these {len(found)}",
            icon=":material/select_all:",
            on_click=select,
            args=(run, found.index.tolist()),
        )
        title = f"nearest {other}s of {sample_id} ({sample['name']})"
        source = [*provenance(run), title, f"distance: {distance}"]
        with st.popover("Download", icon=":material/download:"):
            html_button(lambda: nearest_bars(found, other), f"Types of the {title}", source, key)
            csv_button("CSV", lambda: found.rename_axis("sample_id"), source, key, width="stretch")
            st.caption("PNG: camera icon on the figure.")


def _distance(run: Run, sample_id: str, sample: pd.Series) -> str:
    """Define the distance of the nearest samples."""
    pearson = "1 minus Pearson's correlation, over the genes modelled, of"
    if run.settings.conditions_on_type:
        return f"{pearson} expression standardised within tumors and within cell lines, before alignment."
    profiles = f"{pearson} profiles decoded as cell lines{' of purity 1' if run.settings.uses_purity else ''}"
    if sample["sample_type"] == "tumor":
        return (
            f"{profiles}, for each line by the model that was never told the line's type. Lines whose type no "
            "tumor has are compared by the mean over all models."
        )
    if sample_id in run.folds.index:
        return f"{profiles} by the model that was never told this line's type."
    return f"{profiles}, by the mean over all models, none of which was told this line's type."


def _clicked(run: Run, ids: pd.Index) -> None:
    """Open the card of the neighbour that was clicked."""
    if cells := st.session_state[NEAREST]["selection"]["cells"]:
        open_card(run, ids[cells[0][0]])
