"""The map at the present labels: laid out anew on demand, from where the points are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots import linked_maps, screen_config
from rnalign_core.plots.decode import add_star
from rnalign_core.plots.maps import SIDES
from rnalign_core.plots.panels import on_grid
from rnalign_core.ui import decode_data
from rnalign_core.ui.charts import csv_button, html_button
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.decode_relay import LaidOut, buttons, progress
from rnalign_core.ui.decode_state import COLORS, HOMOGENISED, Choice, DecodeKeys
from rnalign_core.ui.hover_link import hover_link
from rnalign_core.ui.links import write_link
from rnalign_core.ui.maps import COLOR_NAMES
from rnalign_core.ui.runs import provenance, stem, version
from rnalign_core.ui.state import of_run

N_AROUND = 15  # nearest tumors that say where a sample stands, as many as make the map


def decode_map(run: Run, samples: pd.DataFrame, choice: Choice) -> None:
    """Show the homogenised map beside the one at other labels, or a sample's place on it."""
    st.subheader("Map", anchor=False)
    shown = of_run(run, DecodeKeys.MAP) or LaidOut(HOMOGENISED, _home(samples))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        color_by = one_of("Colour by", {name: COLOR_NAMES[name] for name in COLORS}, DecodeKeys.COLOR)
        write_link(color=None if color_by == COLORS[0] else color_by)
        st.space("stretch")
        if choice.sample is None:
            buttons(run, choice, shown)
        downloads = st.popover("Download", icon=":material/download:")
    with st.container():
        if choice.sample is None:
            progress(run)
    figure = _figure(run, samples, color_by, choice, shown)
    what = (shown.choice if choice.sample is None else choice).in_words()
    key = stem("decode-map", run)
    hover_link(key)
    st.plotly_chart(
        figure(vector=False),
        key=key,
        config=screen_config(key) | {"displayModeBar": True},
        alt=f"UMAP of {len(samples):,} samples: homogenised (A) and {what} (B).",
    )
    source = [*provenance(run), f"decoded as: {what}"]
    with downloads:
        html_button(figure, "Map of decoded profiles", source, key)
        places = shown.places if choice.sample is None else _home(samples)
        csv_button("Positions, CSV", lambda: _table(samples, places), source, key, width="stretch")
    st.caption(_caption(choice, shown, samples))


def _figure(
    run: Run, samples: pd.DataFrame, color_by: str, choice: Choice, shown: LaidOut
) -> Callable[[bool], go.Figure]:
    """Return the function that draws the maps, as vector graphics or not."""
    dark = st.context.theme.type == "dark"
    if choice.sample is None:
        places = on_grid(_placed(samples, shown.places), SIDES)
        title = "As in A" if shown.choice.is_homogenised else f"At {shown.choice.in_words()}"
    else:
        places = on_grid(_placed(samples, _home(samples)), SIDES)
        here = _place(run, places, choice.sample, HOMOGENISED)
        there = None if choice.is_homogenised else _place(run, places, choice.sample, choice)
        name = str(samples.loc[choice.sample, "name"])
        title = "As in A" if choice.is_homogenised else f"{name} at other labels"

    def figure(vector: bool = True) -> go.Figure:
        drawn = _drawn(
            *version(run),
            hashlib.sha256(shown.places.tobytes()).hexdigest(),
            color_by,
            title,
            dark=dark and not vector,
            vector=vector,
            _places=places,
        )
        return drawn if choice.sample is None else add_star(drawn, name, here, there)

    return figure


@st.cache_resource(max_entries=16, show_spinner=False)
def _drawn(
    path: str,
    mtime_ns: int,
    digest: str,
    color_by: str,
    title: str,
    *,
    dark: bool,
    vector: bool,
    _places: pd.DataFrame,
) -> go.Figure:
    """Draw two maps; kept, as sliders do not change them."""
    return linked_maps(_places, color_by, titles=("Homogenised", title), dark=dark, vector=vector)


def _home(samples: pd.DataFrame) -> np.ndarray:
    return samples[["x_after", "y_after"]].to_numpy(np.float32)


def _placed(samples: pd.DataFrame, places: np.ndarray) -> pd.DataFrame:
    """Return the samples with the homogenised map as the one before, `places` as the one after."""
    placed = samples.drop(columns=["match_before", "match_after"])
    placed["x_before"], placed["y_before"] = samples["x_after"], samples["y_after"]
    placed["x_after"], placed["y_after"] = places.T
    return placed


def _place(run: Run, samples: pd.DataFrame, sample_id: str, choice: Choice) -> np.ndarray:
    """Return where a sample stands: the median place of its nearest tumors on the homogenised map."""
    nearest = decode_data.sample_numbers(run, sample_id, choice.labels).neighbours.index[:N_AROUND]
    return samples.loc[nearest, ["x_after", "y_after"]].median().to_numpy()


def _table(samples: pd.DataFrame, places: np.ndarray) -> pd.DataFrame:
    columns = {
        "x_before": "x_homogenised",
        "y_before": "y_homogenised",
        "x_after": "x_now",
        "y_after": "y_now",
    }
    table = _placed(samples, places)[["sample_type", "cancer_type", *columns]].rename(columns=columns)
    return table.rename_axis("sample_id")


def _caption(choice: Choice, shown: LaidOut, samples: pd.DataFrame) -> str:
    common = "Distances, sizes and gaps on a UMAP mean nothing: no number here is computed on it."
    if choice.sample is not None and choice.is_homogenised:
        return (
            f"The star stands at the median place of the sample's {N_AROUND} nearest tumors. Move a slider: in B, a "
            f"second one shows its place at those labels. {common}"
        )
    if choice.sample is not None:
        return (
            f"The star stands at the median place of the sample's {N_AROUND} nearest tumors on the homogenised map, at "
            f"its homogenised labels and at these ones. {common}"
        )
    if choice.is_homogenised and shown.choice.is_homogenised:
        return f"Move a slider, then lay the map out at those labels: its points move. {common}"
    if shown.choice.is_homogenised:
        return (
            "B still shows the homogenised map. **Lay out at these labels** moves its points; point at a sample to "
            f"find it in the other map. {common}"
        )
    home = _home(samples)
    shift = np.median(np.linalg.norm(shown.places - home, axis=1)) / np.ptp(home, axis=0).max()
    return (
        f"B was laid out from the map it replaced; half of the samples have moved by less than {shift:.1%} of the "
        f"map's width from their place in A. Point at a sample to find it in the other map. {common}"
    )
