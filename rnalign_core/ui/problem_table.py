"""Findings about an input, as a table."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from rnalign_core.problems import Problem
from rnalign_core.ui.text import plain

SEVERITIES = {"error": ":red[error]", "warning": ":orange[warning]"}


def problem_table(problems: Iterable[Problem]) -> None:
    """Show every problem in full, errors first: severity, place, what was found, what to do."""
    rows = [
        (SEVERITIES[p.severity], plain(p.where), plain(p.what), plain(p.fix))
        for p in sorted(problems, key=lambda p: p.severity != "error")
    ]
    st.table(pd.DataFrame(rows, columns=["", "Where", "What was found", "What to do"]), hide_index=True)
