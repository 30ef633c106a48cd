"""Where the present labels put one sample among tumors that stay homogenised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.decode import neighbour_types
from rnalign_core.ui import decode_data
from rnalign_core.ui.charts import csv_button, figure_popover
from rnalign_core.ui.decode_numbers import NO_CHANGE, or_no_change, signed_percent
from rnalign_core.ui.decode_state import HOMOGENISED, Choice
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.text import NOT_AVAILABLE, percent, plain

if TYPE_CHECKING:
    from rnalign_core.rank.live_sample import SampleNumbers


def sample_numbers(run: Run, samples: pd.DataFrame, choice: Choice) -> None:
    """Show the sample's call, distances and nearest tumors, homogenised and at the present labels."""
    sample = samples.loc[choice.sample]
    home, now = (
        decode_data.sample_numbers(run, choice.sample, labels.labels) for labels in (HOMOGENISED, choice)
    )
    kind = "cell line" if sample["sample_type"] == "cell_line" else "tumor"
    known = pd.notna(sample["cancer_type"])
    of_type = f"of type {plain(sample['cancer_type'])}" if known else "of unknown type"
    st.markdown(f"**{plain(sample['name'])}**, a {kind} {of_type}.")
    if run.settings.conditions_on_type:
        st.warning(
            "**Label-conditioned, not evidence of similarity.** The model is told a cancer type, and the decode "
            "follows what it is told.",
            icon=":material/label:",
        )
    _cards(home, now, choice)
    table = _company(home, now)
    shown = table[["homogenised"]] if choice.is_homogenised else table
    chart, numbers = st.columns([3, 2], gap="medium")
    file_name = stem("decode-sample", run)
    source = [*provenance(run), f"sample: {choice.sample}", f"decoded as: {choice.in_words()}"]
    own = sample["cancer_type"] if known else None
    with chart:
        st.plotly_chart(
            neighbour_types(shown, own),
            key=file_name,
            config=screen_config(file_name),
            alt=f"Cancer types of the {len(now.neighbours)} nearest tumors: "
            + "; ".join(
                f"{name}: " + ", ".join(f"{n} {when}" for when, n in row.items())
                for name, row in shown.iterrows()
            ),
        )
        figure_popover(
            lambda: neighbour_types(shown, own), "Cancer types of the nearest tumors", source, file_name
        )
    with numbers:
        _neighbours(samples, home, now, source, file_name)


def _cards(home: SampleNumbers, now: SampleNumbers, choice: Choice) -> None:
    same, k = choice.is_homogenised, len(now.neighbours)
    kept = len(now.neighbours.index.intersection(home.neighbours.index))
    change = None
    if now.distance is not None:
        change = or_no_change(signed_percent(now.distance / home.distance - 1))
    with st.grid(5, min_column_width=118):
        for label, value, below, help_ in (
            (
                "Call",
                plain(now.call),
                NO_CHANGE if same else f"was {plain(home.call)}",
                f"Most common cancer type of its {k} nearest tumors; below it that of the homogenised decode.",
            ),
            (
                "Own type",
                percent(now.own_share),
                None if now.own_share is None else NO_CHANGE if same else f"was {percent(home.own_share)}",
                f"Share of its {k} nearest tumors that are of its own cancer type.",
            ),
            (
                "Kept",
                f"{kept} of {k}",
                None,
                "Nearest tumors that are also among the nearest in the homogenised decode.",
            ),
            (
                "Distance",
                NOT_AVAILABLE if now.distance is None else f"{now.distance:.1f}",
                change,
                "Mean distance to the tumors of its own type; Euclidean over all modelled genes, standardised units.",
            ),
            (
                "Moved",
                f"{now.moved:.1f}",
                None,
                "Distance from its own homogenised profile, in the same units.",
            ),
        ):
            st.metric(
                label,
                value,
                below,
                delta_color="off",
                delta_arrow="off",
                border=True,
                help=help_,
                height="stretch",
            )


def _company(home: SampleNumbers, now: SampleNumbers) -> pd.DataFrame:
    counts = {
        name: numbers.neighbours["cancer_type"].value_counts()
        for name, numbers in (("homogenised", home), ("now", now))
    }
    table = pd.DataFrame(counts).fillna(0).astype(int).rename_axis("cancer_type")
    return table.sort_values(["now", "homogenised"], ascending=False, kind="stable")


def _neighbours(
    samples: pd.DataFrame, home: SampleNumbers, now: SampleNumbers, source: list[str], file_name: str
) -> None:
    table = now.neighbours.join(samples[["name", "subtype"]])
    table["rank_homogenised"] = pd.Series(
        range(1, len(home.neighbours) + 1), home.neighbours.index, dtype="Int64"
    )
    shown = table.reset_index()[["name", "cancer_type", "subtype", "correlation", "rank_homogenised"]]
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="",
        height=320,
        column_config={
            "name": "Nearest tumor",
            "cancer_type": "Type",
            "subtype": "Subtype",
            "correlation": st.column_config.NumberColumn("Correlation", format="%.3f"),
            "rank_homogenised": st.column_config.NumberColumn(
                "Homogenised rank",
                help="Its rank in the homogenised decode; empty: not among the nearest there.",
            ),
        },
        alt=f"The {len(shown)} nearest tumors at these labels, with correlation and homogenised rank",
    )
    csv_button("CSV", lambda: table, source, file_name)
