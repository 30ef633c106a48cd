"""Tables of samples: which columns they have, what these are called, and how they are shown."""

from __future__ import annotations

import streamlit as st

from rnalign_core.model import Run

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
    "own_share_after": "Own-type neighbours",
}
OF_ALIGNMENT = ("call_after", "match_after", "own_share_after")
MATCH_HELP = "Whether the call is the line's own type. Empty for lines that are not scored."


def columns_of(run: Run) -> list[str]:
    """Return the columns for samples of a run; what follows from labels that its model was told is none of them."""
    return [name for name in COLUMNS if not (run.settings.conditions_on_type and name in OF_ALIGNMENT)]


def column_config() -> dict[str, object]:
    """Return how columns are shown, by what they are called."""
    return {
        "Purity": st.column_config.NumberColumn(format="%.2f"),
        "Call before": st.column_config.TextColumn(
            help="Most common cancer type of the line's nearest tumors, before alignment."
        ),
        "Match before": st.column_config.CheckboxColumn(help=MATCH_HELP),
        "Call after": st.column_config.TextColumn(
            help="The same after alignment, by the model that was never told the line's type."
        ),
        "Match after": st.column_config.CheckboxColumn(help=MATCH_HELP),
        "Own-type neighbours": st.column_config.NumberColumn(
            format="%.0f %%",
            help="Share of a line's nearest tumors, after alignment, that are of its own cancer type. Empty for lines "
            "that are not scored.",
        ),
    }


def who_is_scored(run: Run) -> str:
    """Say for which lines the columns of matches are empty."""
    metrics = run.metrics
    return (
        "Matches are empty for cell lines that are not scored: lines without a cancer type, or of one with fewer than "
        f"{metrics['min_tumors']} tumors or {metrics['min_lines']} lines."
    )
