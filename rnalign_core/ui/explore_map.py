"""The Explore page: map, card and table around one selection."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.explore import MAX_NAMED, TITLES, explore_map
from rnalign_core.ui.charts import html_button
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.click_link import click_link
from rnalign_core.ui.explore_card import card
from rnalign_core.ui.explore_controls import View, colorings, controls
from rnalign_core.ui.explore_data import COLORS, colors_of, genes_of, samples_of
from rnalign_core.ui.explore_genes import genes_that_differ
from rnalign_core.ui.explore_group import group_panel
from rnalign_core.ui.explore_state import (
    VIEWS,
    ExploreKeys,
    clear,
    follow_link,
    open_card,
    open_sample,
    select,
)
from rnalign_core.ui.explore_table import table
from rnalign_core.ui.hover_link import hover_link
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.selection import drawn_rows, say_not_in_link, selected_samples

ADD = {False: "New selection", True: "Add to selection"}


def explore(run: Run) -> None:
    """Show the page below its title."""
    samples = samples_of(run)
    follow_link(run, colors_of(run), genes_of(run), samples.index)
    _explore(run, samples)


@st.fragment
def _explore(run: Run, samples: pd.DataFrame) -> None:
    view = controls(run, samples)
    _toolbar(run, samples, view)
    both = len(view.sides) == 2
    left, right = (st.container(), st.container()) if both else st.columns([2.15, 1], gap="medium")
    with right:
        if sample := open_sample(run):
            card(run, samples, sample, wide=both)
        else:
            group_panel(run, samples)
        say_not_in_link(selected_samples(run))
    table(run, samples, None if view.expression is None else view.expression.rename(view.gene_label))
    genes_that_differ(run, samples)
    with left:  # last: while a browser draws thousands of points, it draws nothing else
        _map(run, samples, view)


def _toolbar(run: Run, samples: pd.DataFrame, view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        one_of("Map", VIEWS, ExploreKeys.VIEW, label_visibility="collapsed")
        one_of("Selecting", ADD, ExploreKeys.ADD, label_visibility="collapsed")
        st.button(
            "Clear selection",
            icon=":material/deselect:",
            disabled=not selected_samples(run) and open_sample(run) is None,
            on_click=clear,
            args=(run,),
        )
        st.space("stretch")
        with st.popover("Download", icon=":material/download:"):
            html_button(
                lambda: _draw(run, samples, view, vector=True),
                f"{run.info['cohort_title']}: tumors and cell lines, {COLORS[view.color].lower()}",
                [*provenance(run), *filter(None, [view.note])],
                stem("explore", run),
            )
            st.caption(
                "PNG of the view as it is: camera icon on the figure. All samples as CSV: below the table."
            )


def _map(run: Run, samples: pd.DataFrame, view: View) -> None:
    key = stem("explore", run)
    click_link(key, lambda row: _selected(run, samples, [row]))
    if len(view.sides) == 2:
        hover_link(key)
    n_lines = int((samples["sample_type"] == "cell_line").sum())
    st.plotly_chart(
        _draw(run, samples, view, selected=selected_samples(run), dark=st.context.theme.type == "dark"),
        key=key,
        on_select=lambda: _drawn(run, samples),
        config=screen_config(key) | {"displayModeBar": True},
        alt=f"UMAP of {len(samples) - n_lines:,} tumors and {n_lines:,} cell lines, "
        f"{' and '.join(TITLES[side].lower() for side in view.sides)}, coloured by {_color_name(view)}.",
    )
    st.caption(
        "Draw around samples to select them, click one to open its card. Circles are tumors, diamonds cell lines. "
        f"Up to {MAX_NAMED} selected samples are named. Distances, sizes and gaps on a UMAP mean nothing: neighbours "
        f"are found over all genes modelled. {view.note}".rstrip()
    )


def _draw(run: Run, samples: pd.DataFrame, view: View, *, dark: bool = False, **extra: object) -> go.Figure:
    titles = dict(TITLES)
    if run.settings.conditions_on_type:
        titles["after"] += " (label-conditioned)"
    colors = colorings(samples, view, dark=dark)
    marked = open_sample(run)
    return explore_map(
        samples, colors, titles=titles, marked=marked, dark=dark, revision=_color_name(view), **extra
    )


def _color_name(view: View) -> str:
    return COLORS[view.color].lower() if view.expression is None else f"expression of {view.gene_label}"


def _drawn(run: Run, samples: pd.DataFrame) -> None:
    """Keep what was drawn around or clicked as ids: the figure is drawn anew, and the widget then forgets it."""
    if rows := drawn_rows(stem("explore", run)):
        _selected(run, samples, rows)


def _selected(run: Run, samples: pd.DataFrame, rows: list[int]) -> None:
    """Select samples, and open the card of a single one."""
    ids = samples.index[rows].tolist()
    select(run, ids, add=st.session_state[ExploreKeys.ADD])
    open_card(run, ids[0] if len(ids) == 1 else None)
