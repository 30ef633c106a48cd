"""Match rate and distances at the present labels, against the homogenised decode and the input."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.decode import decode_bars
from rnalign_core.ui import decode_data
from rnalign_core.ui.charts import csv_button, figure_popover
from rnalign_core.ui.decode_state import HOMOGENISED, Choice
from rnalign_core.ui.key_numbers import BASELINE
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.text import NOT_AVAILABLE, interval, percent, plain, points

if TYPE_CHECKING:
    from rnalign_core.rank.live import Numbers

NO_CHANGE = "no change"


def cohort_numbers(run: Run, choice: Choice) -> None:
    """Show what the labels do to the whole cohort."""
    home, now = (decode_data.numbers(run, c.labels) for c in (HOMOGENISED, choice))
    told = run.settings.conditions_on_type
    stored = _stored(run)
    if stored is None:
        st.warning(
            "This model was told every line's cancer type, and its echo control could not be made: match rates are "
            f"withheld ({plain(run.metrics['withheld'])}).",
            icon=":material/visibility_off:",
        )
    elif told:
        follow = run.metrics["label_conditioned"]["follow"]
        st.warning(
            "**Label-conditioned, not evidence of similarity.** This model was told every line's cancer type. Told a "
            f"wrong one, {percent(follow['value'])} of the lines match that wrong type (chance "
            f"{percent(follow['chance'])}).",
            icon=":material/label:",
        )
    _cards(now, home, choice, shown=stored is not None, told=told)
    table = _table(run, home, now, stored)
    _figure(run, table, stored, choice)


def _stored(run: Run) -> dict | None:
    """Return the match rates of the homogenised decode as the run holds them; None where they are withheld."""
    if not run.settings.conditions_on_type:
        return run.metrics["match"][run.metrics["headline"]]
    found = run.metrics["label_conditioned"]
    return found["match"] if found else None


def _told_in_words(choice: Choice, *, told: bool) -> str:
    """Say what the models know of the lines' types where a match is counted."""
    if not told:
        return "Each line is compared with tumors as its own model decodes them, which was never told the line's type."
    if choice.cancer_type:
        return f"Here the model is told {plain(choice.cancer_type)} of every sample, whatever it is."
    return "Here the model is told the answer: the line's own type."


def _cards(now: Numbers, home: Numbers, choice: Choice, *, shown: bool, told: bool) -> None:
    with st.grid(5, min_column_width=118):
        if shown:
            _card(
                "Label-conditioned match" if told else "Match rate",
                percent(now.match),
                _change(now.match, home.match, points),
                "Share of scored cell lines whose 25 nearest tumors, decoded with the same labels, are mostly of the "
                f"line's own type. {_told_in_words(choice, told=told)}",
            )
            _card(
                "Median type",
                percent(now.median_types),
                _change(now.median_types, home.median_types, points),
                "Match rate of the median cancer type.",
            )
        _card(
            "Relative ΔD",
            _number(now.relative_delta_d, "z.1%"),
            _change(now.relative_delta_d, home.relative_delta_d, points),
            "How much farther a line is from the tumors of its type than these are from each other, as a share of the "
            "latter. 0: no farther. Shrinking everything does not change it.",
        )
        _card(
            "Distance",
            _number(now.distance, "z.1f"),
            _change(
                now.distance, home.distance or None, lambda change: signed_percent(change / home.distance)
            ),
            "Mean distance of a line to the tumors of its type, mean over types; Euclidean over all modelled genes in "
            "standardised units.",
        )
        _card(
            "Moved",
            _number(
                now.moved / home.distance if home.distance else now.moved,
                "z.0%" if home.distance else "z.1f",
            ),
            None,
            "Mean distance of a sample from its own homogenised profile, "
            + (
                "as a share of the homogenised distance of a line to its tumors."
                if home.distance
                else "in the same units."
            ),
        )
    st.caption("Below a number: its change from the homogenised decode.")


def _change(now: float | None, home: float | None, words: Callable[[float], str]) -> str:
    """Return a change in words: always some, so that the page below keeps its place."""
    return NOT_AVAILABLE if now is None or home is None else or_no_change(words(now - home))


def or_no_change(change: str) -> str:
    """Return a change as it is to be shown, or, where all its digits are 0, that there is none."""
    return change if re.search("[1-9]", change) else NO_CHANGE


def signed_percent(share: float) -> str:
    """Return a relative change in whole percents, with its sign."""
    return _number(share, "+z.0%")


def _card(label: str, value: str, below: str | None, help_: str) -> None:
    st.metric(
        label, value, below, delta_color="off", delta_arrow="off", border=True, help=help_, height="stretch"
    )


def _number(value: float | None, form: str) -> str:
    if value is None:
        return NOT_AVAILABLE
    return format(value, form).replace("-", "\u2212").replace("%", "\u202f%")


def _table(run: Run, home: Numbers, now: Numbers, stored: dict | None) -> pd.DataFrame:
    """Return one row a decode as :func:`decode_bars` wants them; intervals where the run holds that very number."""
    before = run.metrics["match"][BASELINE]["micro"]
    rows = [
        ("Input, no model", "input", before["value"], before, decode_data.input_relative_delta_d(run)),
        (
            "Homogenised",
            "homogenised",
            home.match,
            stored["micro"] if stored else None,
            home.relative_delta_d,
        ),
        ("These labels", "now", now.match, None, now.relative_delta_d),
    ]
    table = pd.DataFrame(
        [
            {
                "name": name,
                "role": role,
                "match": match if stored or role == "input" else None,
                **_ends(match, estimate),
                "relative_delta_d": distance,
            }
            for name, role, match, estimate, distance in rows
        ]
    )
    numeric = ["match", "low", "high", "relative_delta_d"]
    return table.astype(dict.fromkeys(numeric, float))


def _ends(match: float | None, estimate: dict | None) -> dict[str, float | None]:
    if estimate is None or match is None or abs(estimate["value"] - match) > 1e-9:
        return {"low": None, "high": None}
    return {"low": estimate["low"], "high": estimate["high"]}


def _figure(run: Run, table: pd.DataFrame, stored: dict | None, choice: Choice) -> None:
    chance = stored["chance"] if stored else None
    file_name = stem("decode", run)
    source = [
        *provenance(run),
        f"decoded as: {choice.in_words()}",
        f"definition: {run.metrics['definition']}",
    ]
    values = "; ".join(
        f"{row.name_}: match {percent(None if pd.isna(row.match) else row.match)}, relative Delta D "
        f"{_number(None if pd.isna(row.relative_delta_d) else row.relative_delta_d, 'z.1%')}"
        for row in table.rename(columns={"name": "name_"}).itertuples()
    )
    st.plotly_chart(decode_bars(table, chance), key=file_name, config=screen_config(file_name), alt=values)
    with st.container(horizontal=True, vertical_alignment="center"):
        intervals = interval(stored["micro"]) if stored else ""
        st.caption(
            "Input: expression standardised within tumors and within lines. Whiskers: 95 % intervals over lines, for "
            f"what the run holds ({intervals} for the homogenised decode); the present labels have none."
            if intervals
            else "Input: expression standardised within tumors and within lines."
        )
        csv_button("CSV", lambda: table.drop(columns="role"), source, file_name)
        figure_popover(
            lambda: decode_bars(table, chance), "Match rate and relative Delta D", source, file_name
        )
