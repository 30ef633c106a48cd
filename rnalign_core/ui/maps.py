"""The maps before and after alignment, and the samples selected on them."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.plots import COLOR_BY, linked_maps, screen_config
from rnalign_core.plots.maps import SIDES
from rnalign_core.plots.panels import SAMPLE_TYPES, on_grid
from rnalign_core.ui.charts import csv_button, html_button
from rnalign_core.ui.hover_link import hover_link
from rnalign_core.ui.links import write_link
from rnalign_core.ui.runs import map_samples, provenance, stem
from rnalign_core.ui.state import Keys

COLOR_NAMES = {
    "cancer_type": "Cancer type",
    "sample_type": "Sample type",
    "subtype": "Subtype",
    "purity": "Purity",
    "match": "Match of lines",
}
COLUMNS = {
    "sample_id": "Sample",
    "name": "Name",
    "sample_type": "Kind",
    "cancer_type": "Cancer type",
    "subtype": "Subtype",
    "purity": "Purity",
    "call_before": "Call before",
    "match_before": "Match before",
    "call_after": "Call after",
    "match_after": "Match after",
}


@st.fragment
def maps(run: Run) -> None:
    """Show both maps, what colours them, and the samples that are selected."""
    samples = map_samples(run)
    echo = run.settings.conditions_on_type
    options = [name for name in COLOR_BY if not (echo and name == "match")]
    if st.session_state.get(Keys.COLOR_BY) not in options:
        st.session_state[Keys.COLOR_BY] = options[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        color_by = st.segmented_control(
            "Colour by",
            options,
            key=Keys.COLOR_BY,
            format_func=COLOR_NAMES.get,
            required=True,
            persist_state="session",
        )
        st.space("stretch")
        clear = st.container(width="content")
        with st.popover("Download", icon=":material/download:"):
            _downloads(run, samples, color_by)
    write_link(color=None if color_by == options[0] else color_by)

    selected = selected_samples(run)
    clear.button(
        "Clear selection",
        icon=":material/deselect:",
        disabled=not selected,
        on_click=_clear,
    )
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
    st.caption(
        "Draw around samples on one map to find them on the other. Circles are tumors, diamonds cell lines; "
        "names stand at the median of a type's tumors. Click a legend entry to hide it, double-click to see it "
        "alone. Distances, sizes and gaps on a UMAP mean nothing: the match rates are not computed on it."
        + (
            " In B the model was told the type of each line: their positions follow the labels."
            if echo
            else ""
        )
    )
    _show_selected(run, samples, selected)


def selected_samples(run: Run) -> list[str]:
    """Return the ids of the samples selected on the maps of `run`."""
    owner, ids = st.session_state.get(Keys.SELECTED, (None, []))
    return ids if owner == str(run.path) else []


def _select(run: Run, samples: pd.DataFrame) -> None:
    """Keep what was selected as ids: the figure is drawn anew, and the widget then forgets it."""
    points = st.session_state[stem("maps", run)].selection.points
    rows = {_row(point["customdata"]) for point in points if point.get("customdata") is not None}
    if rows:
        st.session_state[Keys.SELECTED] = (str(run.path), samples.index[sorted(rows)].tolist())


def _row(customdata: object) -> int:
    return int(customdata[0] if isinstance(customdata, list) else customdata)


def _clear() -> None:
    st.session_state.pop(Keys.SELECTED, None)


def _draw(run: Run, samples: pd.DataFrame, color_by: str, **extra: object) -> go.Figure:
    after = "After alignment (label-conditioned)" if run.settings.conditions_on_type else "After alignment"
    return linked_maps(on_grid(samples, SIDES), color_by, titles=("Before alignment", after), **extra)


def _downloads(run: Run, samples: pd.DataFrame, color_by: str) -> None:
    title = f"{run.info['cohort_title']}: tumors and cell lines before and after alignment"
    html_button(
        lambda: _draw(run, samples, color_by, vector=True),
        title,
        provenance(run),
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
    calls = [c for c in COLUMNS if c in run.matches and c not in samples]
    if run.settings.conditions_on_type:
        calls.remove("call_after")
    table = samples[["name", "sample_type", "cancer_type", "subtype", "purity"]].join(run.matches[calls])
    for side in ("before", "after"):
        if f"call_{side}" in table:
            table[f"match_{side}"] = samples[f"match_{side}"]
    table["name"] = table["name"].where(table["name"] != table.index, None)
    return table.rename_axis("sample_id")


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
        height=min(38 + 35 * len(shown), 330),
        column_config={
            "Purity": st.column_config.NumberColumn(format="%.2f"),
            "Call before": st.column_config.TextColumn(
                help="Most common cancer type of the line's nearest tumors, before alignment."
            ),
            "Call after": st.column_config.TextColumn(help="The same after alignment."),
            "Match before": st.column_config.CheckboxColumn(help="Whether the call is the line's own type."),
            "Match after": st.column_config.CheckboxColumn(help="Empty for lines that are not scored."),
        },
    )
