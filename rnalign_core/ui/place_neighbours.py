"""The nearest tumors and lines of a placed sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots.panels import SAMPLE_TYPES
from rnalign_core.ui.charts import table_and_figure
from rnalign_core.ui.choices import told_apart
from rnalign_core.ui.nearest_table import nearest_bars, nearest_table
from rnalign_core.ui.place_calls import placed_provenance
from rnalign_core.ui.place_state import CHOSEN
from rnalign_core.ui.runs import stem
from rnalign_core.ui.text import plain

if TYPE_CHECKING:
    from rnalign_core.place import Placed

K = 25


def neighbours(run: Run, placed: Placed) -> None:
    """Let the user choose a placed sample, and show what lies next to it."""
    names = placed.query.samples["name"]
    st.subheader("Nearest tumors and cell lines", anchor=False)
    if st.session_state.get(CHOSEN) not in names.index:
        st.session_state[CHOSEN] = names.index[0]
    sample = st.selectbox(
        "Sample",
        names.index,
        key=CHOSEN,
        persist_state="session",
        format_func=told_apart(names.to_dict()).get,
    )
    for column, kind in zip(st.columns(2, gap="large"), SAMPLE_TYPES, strict=True):
        with column:
            _nearest(run, placed, sample, kind)
    st.caption(
        "In the latent space. The model of each line's fold compares it with your sample: a model that was never told "
        "that line's type."
    )


def _nearest(run: Run, placed: Placed, sample: str, kind: str) -> None:
    found = placed.nearest(sample, kind, K)
    what, key = SAMPLE_TYPES[kind], stem(f"placed-nearest-{kind}", run)
    st.markdown(f"**Nearest {len(found)} {what}s of {plain(placed.query.samples.at[sample, 'name'])}**")
    distance = "1 minus Pearson's correlation in the latent space."
    nearest_table(found, what, placed.query.samples.at[sample, "name"], distance, key=key)
    title = f"nearest {what}s of {sample}"
    table_and_figure(
        lambda: found.rename_axis("sample_id"),
        lambda: nearest_bars(found, what),
        f"Types of the {title}",
        [*placed_provenance(run, placed), title],
        key,
    )
