"""How far calls can be trusted: are subtypes kept apart, and do the probabilities hold."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.metrics import SubtypePreservation, wilson
from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.palette import SAMPLE_TYPE_COLORS, type_name
from rnalign_core.plots.subtype_quality import preservation_chart, reliability_chart
from rnalign_core.rank.calibration import Reliability, calibration_bins
from rnalign_core.rank.subtypes import Disease
from rnalign_core.ui import runs
from rnalign_core.ui.charts import table_and_figure
from rnalign_core.ui.subtypes_data import Trust, calls_of, preservation_of, stem, trust_in
from rnalign_core.ui.text import interval, percent

MEAN = "mean of subtypes"
LABELS = {"input": "Before", "residual": "After, with residual", "decoded": "After, decoded only"}
SHORT = {"input": "Before", "residual": "Residual", "decoded": "Decoded"}
HELP = {
    "input": "Expression standardised within tumors.",
    "residual": "Aligned, with each tumor's own residual: what lines are compared in.",
    "decoded": "What the model expects of each tumor, without its residual: what the match rates of the Overview are "
    "computed on. It keeps little of what differs between patients.",
}


def preservation_panel(run: Run, disease: Disease) -> None:
    """Show how often tumors are called their own subtype by other tumors, before and after alignment."""
    st.subheader("Are the subtypes of tumors kept apart?", anchor=False)
    found = preservation_of(run, disease)
    columns = st.columns(len(found) + 1)
    for column, (space, result) in zip(columns, found.items(), strict=False):
        estimate = result.estimates["balanced_macro"]
        column.metric(
            LABELS[space],
            percent(estimate["value"]),
            interval(estimate, short=True),
            delta_color="off",
            delta_arrow="off",
            help=f"{HELP[space]} Mean over subtypes of the share of tumors called right, by balanced vote; "
            "below it the 95 % interval.",
        )
    columns[-1].metric(
        "Chance", percent(1 / len(disease.groups)), help="If subtypes were dealt out at random."
    )
    table = preservation_table(found)
    key = stem("subtypes-kept", disease, run)
    source = [*runs.provenance(run), f"{type_name(disease.name)}: {found['input'].definition}"]
    chart, numbers = st.columns(2)
    with chart:
        st.plotly_chart(
            preservation_chart(table),
            key=key,
            config=screen_config(key),
            alt="Share of tumors called their own subtype by their nearest tumors: "
            + ", ".join(
                f"{LABELS[space]} {percent(r.estimates['balanced_macro']['value'])}"
                for space, r in found.items()
            )
            + ", mean over subtypes.",
        )
    with numbers:
        shown = table.assign(rate=100 * table["rate"]).pivot(index="subtype", columns="space", values="rate")
        shown = shown.loc[table["subtype"].unique(), list(found)].rename(index={MEAN: "mean"})
        rate = {
            space: st.column_config.NumberColumn(SHORT[space], format="%.0f %%", help=HELP[space], width=62)
            for space in found
        }
        st.dataframe(
            shown.reset_index(),
            hide_index=True,
            column_config={
                "subtype": st.column_config.TextColumn("Called right", pinned=True, width=96),
                **rate,
            },
            alt="Share of tumors called their own subtype, by subtype, before and after alignment",
        )
        title = f"{type_name(disease.name)}: subtypes of tumors before and after alignment"
        table_and_figure(lambda: table, lambda: preservation_chart(table), title, source, key)
    told = (
        " Here the subtypes are cancer types, which training was told of every tumor: the values after alignment are "
        "no finding."
        if disease.told
        else " Training was never told these subtypes."
    )
    st.caption(
        "Each tumor is called by its nearest other tumors, every subtype having the same say. Numbers beside "
        "a subtype are its tumors; lines are 95 % intervals "
        "(Wilson; of the mean: bootstrap)." + told
    )


def preservation_table(found: dict[str, SubtypePreservation]) -> pd.DataFrame:
    """Return share of tumors called right with intervals: the mean of the subtypes first, then each, by space."""
    rows = []
    for space, result in found.items():
        estimate = result.estimates["balanced_macro"]
        n = int(result.subtypes["n_tumors"].sum())
        rows.append((MEAN, space, n, estimate["value"], estimate["low"], estimate["high"]))
        for subtype, row in result.subtypes.iterrows():
            low, high = wilson(row["balanced_rate"] * row["n_tumors"], row["n_tumors"])
            rows.append((subtype, space, int(row["n_tumors"]), row["balanced_rate"], float(low), float(high)))
    table = pd.DataFrame(rows, columns=["subtype", "space", "n_tumors", "rate", "low", "high"])
    order = {subtype: number for number, subtype in enumerate(dict.fromkeys(table["subtype"]))}
    return table.sort_values("subtype", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def reliability_panel(run: Run, disease: Disease, space: str) -> None:
    """Show whether the probabilities of calls hold, on tumors and on lines."""
    st.subheader("Do the probabilities hold?", anchor=False)
    trust = trust_in(run, disease, space)
    key = stem(f"subtypes-calibration-{space}", disease, run)
    bins = _bins(trust)
    source = [
        *runs.provenance(run),
        f"{type_name(disease.name)}, {space}: calibration of calls on tumors (held out, each called by the others, "
        f"subtypes weighing the same) and on lines judged as {trust.judged_as}",
    ]
    chart, words = st.columns([3, 2], gap="medium")
    with chart:
        st.plotly_chart(
            _draw(bins),
            key=key,
            config=screen_config(key),
            alt="Share of right calls against stated probability, on tumors"
            + (f" and on {trust.lines.n} lines." if trust.lines else "."),
        )
    with words:
        st.markdown(_verdict("Tumors, held out", trust.tumors, " (subtypes weighing the same)"))
        if trust.lines:
            st.markdown(_verdict(f"Lines, judged as {trust.judged_as}", trust.lines))
            st.markdown(_by_place(trust.lines, calls_of(run, disease, space).lines["outside"]))
            low, high = (float(end) for end in wilson(trust.lines.accuracy * trust.lines.n, trust.lines.n))
            st.caption(f"95 % interval of the share of lines called right: {low:.0%} to {high:.0%}.")
        else:
            st.markdown(
                "**Lines:** none has a label to judge by, so how far the probabilities hold for lines is not known."
            )
        table_and_figure(lambda: bins, lambda: _draw(bins), "Calibration of subtype calls", source, key)
    told = (
        " The types of tumors were told in training, so tumors look surer than lines are: go by the figures for lines."
        if disease.told and space != "input"
        else ""
    )
    st.caption(
        "A point below the diagonal: calls were right less often than stated. Larger points are more calls. The "
        "calibration error is the mean distance to the diagonal; with few samples it is not 0 even for perfect "
        "probabilities, and the second number says what to expect of those." + told
    )


def _by_place(lines: Reliability, outside: pd.Series) -> str:
    """Say how many of the judged lines are right outside the tumors and among them."""
    outside, right = outside[lines.calls.index], lines.calls["right"]
    return (
        f"Outside the tumors: {right[outside].sum()} of {outside.sum()} right; the others: "
        f"{right[~outside].sum()} of {(~outside).sum()}."
    )


def _verdict(who: str, found: Reliability, weighing: str = "") -> str:
    return (
        f"**{who}:** {found.n:,} called, {percent(found.accuracy)} right, stated {percent(found.confidence)}"
        f"{weighing}. Calibration error **{percent(found.error)}**, by chance alone {percent(found.by_chance)}."
    )


def _bins(trust: Trust) -> pd.DataFrame:
    parts = []
    for who, found in (("tumors", trust.tumors), ("lines", trust.lines)):
        if found:
            share, stated, true = calibration_bins(*(found.calls[c].to_numpy(float) for c in found.calls))
            part = pd.DataFrame({"samples": who, "share_of_calls": share, "stated": stated, "right": true})
            parts.append(part[part["share_of_calls"] > 0])
    return pd.concat(parts, ignore_index=True)


def _draw(bins: pd.DataFrame) -> object:
    kinds = {"tumors": "tumor", "lines": "cell_line"}
    return reliability_chart(
        (
            who,
            SAMPLE_TYPE_COLORS[kinds[who]],
            *(part[c].to_numpy() for c in ("share_of_calls", "stated", "right")),
        )
        for who, part in bins.groupby("samples", sort=False)
    )
