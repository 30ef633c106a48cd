"""The maps before and after alignment, and the samples selected on them."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.plots import COLOR_BY, linked_maps, screen_config
from rnalign_core.plots.explore import TITLES, clear_mode_bar
from rnalign_core.plots.maps import SIDES
from rnalign_core.plots.panels import SAMPLE_TYPES, on_grid
from rnalign_core.ui.charts import csv_button, html_button, table_height
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.hover_link import hover_link
from rnalign_core.ui.links import PageLink, say_ignored, write_link
from rnalign_core.ui.runs import map_samples, provenance, stem
from rnalign_core.ui.sample_columns import COLUMNS, column_config, columns_of
from rnalign_core.ui.selection import drawn_rows, select_samples, selected_samples
from rnalign_core.ui.state import Keys

LINK = PageLink("overview", ("color",))
COLOR_NAMES = {
    "cancer_type": "Cancer type",
    "sample_type": "Sample type",
    "subtype": "Subtype",
    "purity": "Purity",
    "match": "Match of lines",
}


@st.fragment
def maps(run: Run) -> None:
    """Show both maps, what colours them, and the samples that are selected."""
    samples = map_samples(run)
    echo = run.settings.conditions_on_type
    options = {name: COLOR_NAMES[name] for name in COLOR_BY if not (echo and name == "match")}
    asked = LINK.pop("color")
    if asked in options:
        st.session_state[Keys.COLOR_BY] = asked
    elif asked is not None:
        say_ignored("color", asked)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        color_by = one_of("Colour by", options, Keys.COLOR_BY)
        st.space("stretch")
        clear = st.container(width="content")
        with st.popover("Download", icon=":material/download:"):
            _downloads(run, samples, color_by)
    write_link(color=None if color_by == COLOR_BY[0] else color_by)

    selected = selected_samples(run)
    clear.button(
        "Clear selection",
        icon=":material/deselect:",
        disabled=not selected,
        on_click=_clear,
    )
    figure = st.container()
    st.caption(
        "Draw around samples on one map to find them on the other. Circles are tumors, diamonds cell lines; "
        "names stand at the median of a type's tumors. Click a legend entry to hide it, double-click to see it "
        "alone. Distances, sizes and gaps on a UMAP mean nothing: the match rates are not computed on it."
        + (
            " In B the model was told the type of each line: their positions follow the labels."
            if echo
            else ""
        )
        + f" {about_before(color_by)}".rstrip()
    )
    _show_selected(run, samples, selected)
    with figure:  # last: while a browser draws thousands of points, it draws nothing else
        _figure(run, samples, color_by, selected)


def about_before(color: str) -> str:
    """Say what the colours of the map before alignment are of, where its positions are of something else."""
    if color not in ("match", "own_share"):
        return ""
    return (
        "Before alignment, colours are of the input standardised within tumors and within cell lines; positions are "
        "not."
    )


def _figure(run: Run, samples: pd.DataFrame, color_by: str, selected: list[str]) -> None:
    n_lines = int((samples["sample_type"] == "cell_line").sum())
    key = stem("maps", run)
    hover_link(key)
    st.plotly_chart(
        _draw(run, samples, color_by, selected=selected, dark=st.context.theme.type == "dark"),
        key=key,
        on_select=lambda: _select(run, samples),
        config=screen_config(key) | {"displayModeBar": True},
        alt=f"UMAP of {len(samples) - n_lines:,} tumors and {n_lines:,} cell lines before (A) and after (B) "
        f"alignment, coloured by {COLOR_NAMES[color_by].lower()}.",
    )


def _select(run: Run, samples: pd.DataFrame) -> None:
    """Keep what was selected as ids: the figure is drawn anew, and the widget then forgets it."""
    if rows := drawn_rows(stem("maps", run)):
        select_samples(run, samples.index[rows].tolist())


def _clear() -> None:
    st.session_state.pop(Keys.SELECTED, None)


def _draw(run: Run, samples: pd.DataFrame, color_by: str, **extra: object) -> go.Figure:
    after = TITLES["after"] + (" (label-conditioned)" if run.settings.conditions_on_type else "")
    figure = linked_maps(on_grid(samples, SIDES), color_by, titles=(TITLES["before"], after), **extra)
    clear_mode_bar(figure)
    return figure


def _downloads(run: Run, samples: pd.DataFrame, color_by: str) -> None:
    title = f"{run.info['cohort_title']}: tumors and cell lines before and after alignment"
    html_button(
        lambda: _draw(run, samples, color_by, vector=True),
        title,
        [*provenance(run), *filter(None, [about_before(color_by)])],
        stem("maps", run),
    )
    csv_button(
        "Samples and positions, CSV",
        lambda: _table(run, samples).join(samples[["x_before", "y_before", "x_after", "y_after"]]),
        provenance(run),
        stem("samples", run),
        width="stretch",
    )
    st.caption("PNG of the view as it is: camera icon on the figure.")


def _table(run: Run, samples: pd.DataFrame) -> pd.DataFrame:
    """Return one row a sample, with the calls of lines."""
    table = samples[[name for name in columns_of(run) if name in samples]].rename_axis("sample_id")
    table["name"] = table["name"].where(table["name"] != table.index, None)
    return table


def _show_selected(run: Run, samples: pd.DataFrame, selected: list[str]) -> None:
    if not selected:
        return
    table = _table(run, samples).loc[selected]
    n_lines = int((table["sample_type"] == "cell_line").sum())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{len(table):,} selected:** {count(len(table) - n_lines, 'tumor')}, {count(n_lines, 'cell line')}"
        )
        st.space("stretch")
        csv_button("CSV", lambda: table, provenance(run), stem("selected", run))
    shown = table.reset_index().rename(columns=COLUMNS)
    shown["Kind"] = shown["Kind"].map(SAMPLE_TYPES)
    shown = shown.sort_values(["Kind", "Cancer type", "Sample"], key=lambda column: column.astype(str))
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="",
        height=min(table_height(len(shown)), 330),
        column_config=column_config(),
        alt="The selected samples",
    )
