"""Who is in the selection; how to make one where there is none."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.explore import type_bars, type_counts
from rnalign_core.plots.panels import SAMPLE_TYPES
from rnalign_core.ui.charts import table_and_figure
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.selection import selected_samples

HINTS = """
**Select** samples by drawing around them on the map, clicking one, or ticking rows of the table.

**Find** a cell line by any of its names to see which tumors are nearest to it.

**Colour** the map by a gene to see where it is high, as measured or after alignment.
"""


def group_panel(run: Run, samples: pd.DataFrame) -> None:
    """Show the composition of the selection."""
    selected = selected_samples(run)
    if not selected:
        with st.container(border=True):
            st.markdown(HINTS)
        return
    chosen = samples.loc[selected]
    groups = types_of(chosen)
    with st.container(border=True):
        st.markdown(f"**{len(chosen):,} selected:** {in_words(chosen)}")
        key = stem("composition", run)
        counts = type_counts(groups)
        st.plotly_chart(
            type_bars(groups),
            key=key,
            config=screen_config(key, small=True),
            alt="Selected samples by cancer type: "
            + ", ".join(f"{name} {n:,}" for name, n in counts.sum(axis=1).items()),
        )
        if len(groups) == 2:
            st.caption("Hatched: cell lines.")
        purity = chosen.loc[chosen["sample_type"] == "tumor", "purity"].dropna()
        if len(purity):
            st.caption(f"Median purity of the tumors {purity.median():.2f}, known of {len(purity):,}.")
        title = f"{len(chosen):,} selected samples by cancer type"
        table_and_figure(
            lambda: counts, lambda: type_bars(groups), title, provenance(run), key, label="Composition, CSV"
        )


def types_of(samples: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the cancer types of tumors and of cell lines, by what they are called; without empty groups."""
    kinds = samples["sample_type"].map(SAMPLE_TYPES)
    return {
        name: samples.loc[kinds == name, "cancer_type"]
        for name in SAMPLE_TYPES.values()
        if (kinds == name).any()
    }


def in_words(samples: pd.DataFrame) -> str:
    """Return how many tumors and cell lines there are."""
    return ", ".join(count(len(types), kind) for kind, types in types_of(samples).items())
