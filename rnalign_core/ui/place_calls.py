"""Where placed samples lie on the map, and what they are called."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.place.limits import UNLIKE
from rnalign_core.plots import screen_config
from rnalign_core.plots.panels import SAMPLE_TYPES
from rnalign_core.plots.placed import placed_map
from rnalign_core.ui import runs
from rnalign_core.ui.charts import csv_button, html_button, table_height
from rnalign_core.ui.click_link import click_link
from rnalign_core.ui.place_state import CHOSEN, EXPRESSION, file_of
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.text import plain

if TYPE_CHECKING:
    from rnalign_core.place import Placed

NONE = "resembles no tumor type of this cohort"
TABLE = "place_table"  # widget
ROWS_SHOWN = 10


def placed_provenance(run: Run, placed: Placed) -> list[str]:
    """Return lines that say where results about uploaded samples come from."""
    return [*provenance(run), *about_upload(placed)]


def about_upload(placed: Placed) -> list[str]:
    """Return lines that say what was uploaded and how it was read."""
    upload, report = file_of(EXPRESSION), placed.query.report
    return [
        f"placed: {count(len(placed.calls), 'sample')} from {upload.name} (SHA-256 {upload.sha256}), read as "
        f"{report.orientation}, {report.unit}, genes by {report.gene_ids}",
        *(f"warning: {problem.where}: {problem.what}" for problem in placed.warnings),
    ]


def placed_samples(placed: Placed) -> pd.DataFrame:
    """Return the placed samples with their calls and places, for figures and tables."""
    samples = placed.query.samples[["name", "sample_type", "cancer_type", "purity"]]
    places = placed.coordinates.set_axis(["x_after", "y_after"], axis=1)
    return samples.join(placed.calls).join(places)


def call_summary(samples: pd.DataFrame, types: Collection[str]) -> str:
    """Say in words what placed samples are called, and how often that is the given type where the run knows it.

    Parameters
    ----------
    samples
        From :func:`placed_samples`.
    types
        Cancer types that the run calls.
    """
    sentence = f"{count(len(samples), 'sample')}: {_counted(samples)}."
    given = samples[samples["cancer_type"].isin(types) & ~samples["abstained"]]
    if len(given):
        n_same = int((given["cancer_type"].astype(str) == given["call"]).sum())
        known = f" Of {len(given):,} with a call and a given type that the run knows"
        sentence += f"{known}, {n_same:,} are called that type."
    return sentence


def _counted(samples: pd.DataFrame) -> str:
    called = samples.loc[~samples["abstained"], "call"].value_counts()
    parts = [f"{n:,} called {name}" for name, n in called.items()]
    if n_none := int(samples["abstained"].sum()):
        parts.append(f"{n_none:,} {'resembles' if n_none == 1 else 'resemble'} no tumor type of this cohort")
    return ", ".join(parts)


def map_and_calls(run: Run, placed: Placed) -> None:
    """Show the map with the placed samples, and the table of calls."""
    samples = placed_samples(placed)
    st.markdown(plain(call_summary(samples, placed.aligned.ensemble.types)))
    _map(run, placed, samples)
    _table(run, placed, samples)


def _map(run: Run, placed: Placed, samples: pd.DataFrame) -> None:
    key = stem("placed", run)
    click_link(key, lambda row: _clicked(samples, row), selects=False)
    chosen = st.session_state.get(CHOSEN)
    st.plotly_chart(
        _draw(run, samples, chosen=chosen, dark=st.context.theme.type == "dark"),
        key=key,
        config=screen_config(key) | {"displayModeBar": True},
        alt=f"UMAP after alignment with {count(len(samples), 'placed sample')}: {_counted(samples)}.",
    )
    words, download = st.columns([6, 1], gap="medium")
    with words:
        st.caption(
            "Stars are your samples, circles the tumors and diamonds the cell lines of the run, coloured by type. "
            "The map is that of the run and does not move: a sample lies between those of the run that are most "
            "similar to it. Click one to see its neighbours. Distances on a UMAP mean nothing: no call is computed on "
            "it."
        )
    with download.popover("Download", icon=":material/download:"):
        title = f"{run.info['cohort_title']}: {count(len(samples), 'placed sample')}"
        source = placed_provenance(run, placed)
        html_button(lambda: _draw(run, samples, chosen=chosen, vector=True), title, source, key)
        st.caption("PNG of the view as it is: camera icon on the figure.")


def _draw(run: Run, samples: pd.DataFrame, **extra: object) -> go.Figure:
    return placed_map(runs.map_samples(run), samples, **extra)


def _clicked(samples: pd.DataFrame, row: int) -> None:
    """Choose the placed sample that was clicked; the run's own have rows from 0 on."""
    if -len(samples) <= row < 0:
        st.session_state[CHOSEN] = samples.index[-1 - row]


def _table(run: Run, placed: Placed, samples: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "sample": samples["name"],
            "kind": samples["sample_type"].map(SAMPLE_TYPES),
            "verdict": samples["call"].mask(samples["abstained"], NONE),
            "probability": samples["probability"],
            "closest": samples["call"],
            "unlike": samples["unlike"],
            "given": samples["cancer_type"].astype(object),
            "purity": samples["purity"],
        }
    )
    optional = [column for column in ("given", "purity") if shown[column].notna().any()]
    st.dataframe(
        shown,
        column_order=["sample", "kind", "verdict", "probability", "closest", "unlike", *optional],
        hide_index=True,
        placeholder="",
        height=table_height(min(len(shown), ROWS_SHOWN)),
        key=TABLE,
        on_select=lambda: _picked(samples),
        selection_mode="single-cell",
        column_config=_COLUMNS,
        alt=f"Calls of {count(len(shown), 'placed sample')}",
    )
    csv_button(
        "CSV, all calls",
        lambda: samples.rename(columns={"x_after": "umap1", "y_after": "umap2", "cancer_type": "given_type"}),
        placed_provenance(run, placed),
        stem("calls", run),
    )


def _picked(samples: pd.DataFrame) -> None:
    """Choose the sample whose row was clicked."""
    if cells := st.session_state[TABLE]["selection"]["cells"]:
        st.session_state[CHOSEN] = samples.index[cells[0][0]]


_COLUMNS = {
    "sample": st.column_config.TextColumn("Sample", pinned=True),
    "kind": st.column_config.TextColumn("Kind", width="small"),
    "verdict": st.column_config.TextColumn(
        "Type call", help="The cancer type, unless the sample is too unlike every type that the model knows."
    ),
    "probability": st.column_config.NumberColumn(
        "Probability", format="%.2f", help="Calibrated probability of the closest type.", width="small"
    ),
    "closest": st.column_config.TextColumn("Closest type", width="small", help="Also where no call is made."),
    "unlike": st.column_config.NumberColumn(
        "Unlike",
        format="%.2f",
        width="small",
        help=f"Share of samples of known types that are less unlike every type. Above {UNLIKE:g} no call is made.",
    ),
    "given": st.column_config.TextColumn("Given type", width="small", help="From your table of samples."),
    "purity": st.column_config.NumberColumn("Purity", format="%.2f", width="small", help="From your table."),
}
