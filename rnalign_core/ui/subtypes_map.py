"""The maps of a disease before and after alignment."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.palette import type_name
from rnalign_core.plots.subtypes import subtype_colors, subtype_maps
from rnalign_core.rank.score import MIN_TUMORS
from rnalign_core.rank.subtypes import UNCLEAR_BELOW, Disease
from rnalign_core.ui import runs
from rnalign_core.ui.charts import csv_button, html_button
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.hover_link import hover_link
from rnalign_core.ui.links import say_ignored
from rnalign_core.ui.subtypes_data import Placed, calls_of, placed, stem
from rnalign_core.ui.subtypes_state import LAYOUTS, LINK, USUAL_LAYOUT, SubtypeKeys, open_line, put_map

AFTER = {"residual": "After alignment, with residual", "latent": "Latent space"}
CALLED_ON = {
    "residual": "the aligned profiles, with residual, of all modelled genes",
    "latent": "all dimensions of the latent space",
    "input": "the profiles of all modelled genes before alignment",
}
READ_PCA = (
    "Each map shows the two directions in which these samples vary most; what lies in other directions is not on it. "
    "The axes of D and E are not the same."
)
READ_UMAP = (
    "Positions are those of the Overview, where all samples were laid out together: there E shows decoded profiles, "
    "which keep little of what differs within a cancer type. Distances on a UMAP mean nothing."
)


@st.fragment
def disease_maps(run: Run, disease: Disease, space: str) -> None:
    """Show tumors and lines of a disease on a map before and one after alignment."""
    after = "residual" if space == "input" else space
    wanted = LINK.pop("map")
    if wanted in LAYOUTS:
        st.session_state[SubtypeKeys.LAYOUT] = wanted
    elif wanted is not None:
        say_ignored("map", wanted)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layout = one_of("Map", LAYOUTS, SubtypeKeys.LAYOUT, USUAL_LAYOUT)
        st.space("stretch")
        download = st.popover("Download", icon=":material/download:")
    put_map(layout)
    found = placed(run, disease, layout, after)
    samples = _samples(run, disease, space, found)
    with download:
        _downloads(run, disease, samples, found, layout, after)
    key = stem("subtype-maps", disease, run)
    hover_link(key)
    marked = open_line(run)
    st.plotly_chart(
        _draw(
            disease,
            samples,
            found,
            layout,
            after,
            marked=marked if marked in samples.index else None,
            dark=st.context.theme.type == "dark",
        ),
        key=key,
        config=screen_config(key) | {"displayModeBar": True},
        alt=f"{LAYOUTS[layout]} of {len(samples) - len(disease.lines):,} {disease.name} tumors and "
        f"{len(disease.lines):,} cell lines before (D) and after (E) alignment. Tumors have the colour of their "
        "subtype, lines that of their call.",
    )
    st.caption(
        "Circles are tumors in the colour of their subtype; diamonds are cell lines in the colour of what they are "
        f"called, grey where no subtype reaches {UNCLEAR_BELOW:.0%}, hollow where they lie outside the tumors. "
        + (f"Other subtypes have fewer than {MIN_TUMORS} tumors. " if disease.too_few else "")
        + "Pointing at a sample rings it on the other map. "
        + (READ_PCA if layout == "pca" else READ_UMAP)
        + f" Calls are not made on the map, but on {CALLED_ON[space]}."
    )


def _samples(run: Run, disease: Disease, space: str, found: Placed) -> pd.DataFrame:
    """Return the samples of a disease as :func:`rnalign_core.plots.subtypes.subtype_maps` wants them."""
    samples = runs.map_samples(run).loc[found.positions.index]
    others = samples.loc[disease.others, "cancer_type" if disease.told else "subtype"].astype(object)
    groups = [disease.tumors, others.where(others.isin(disease.too_few), None)]
    outside = pd.Series(False, samples.index)
    if len(disease.lines):
        lines = calls_of(run, disease, space).lines
        groups.append(lines["call"].where(lines["clear"], None))
        outside[lines.index] = lines["outside"]
    samples = samples[["sample_type", "name"]].join(found.positions)
    return samples.assign(group=pd.concat(groups).reindex(samples.index), outside=outside)


def _draw(
    disease: Disease, samples: pd.DataFrame, found: Placed, layout: str, after: str, **extra: object
) -> go.Figure:
    title = AFTER[after] if layout == "pca" else "After alignment, decoded"
    before = "Before alignment" if layout == "umap" else "Before alignment, standardised"
    return subtype_maps(samples, subtype_colors(disease.groups), found.axes, titles=(before, title), **extra)


def _downloads(
    run: Run, disease: Disease, samples: pd.DataFrame, found: Placed, layout: str, after: str
) -> None:
    file_name = stem("subtype-maps", disease, run)
    source = [
        *runs.provenance(run),
        f"{type_name(disease.name)}: {LAYOUTS[layout]}; after alignment: {after}",
    ]
    html_button(
        lambda: _draw(disease, samples, found, layout, after, vector=True),
        f"{type_name(disease.name)}: tumors and cell lines before and after alignment",
        source,
        file_name,
    )
    csv_button(
        "Samples and positions, CSV",
        lambda: samples.rename(columns={"group": "subtype_or_call"}).rename_axis("sample_id"),
        source,
        f"{file_name}-positions",
        width="stretch",
    )
    st.caption("PNG of the view as it is: camera icon on the figure.")
