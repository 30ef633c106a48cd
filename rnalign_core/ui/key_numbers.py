"""The numbers that say whether the alignment worked."""

from __future__ import annotations

import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.ui.text import interval, percent, plain, points

BASELINE = "input_standardised"
FEW_TYPES = 2
BELOW = "Below it, its 95 % interval."


def key_numbers(run: Run) -> None:
    """Show match rates before and after alignment, their difference, chance and sizes, in two rows."""
    metrics = run.metrics
    before, after = metrics["match"][BASELINE], metrics["match"][metrics["headline"]]
    difference = metrics["difference"]
    definition = plain(metrics["definition"])
    with st.grid(4):
        _estimate(
            "Match rate before",
            before["micro"],
            "Share of scored cell lines whose nearest tumors are mostly of the line's own cancer type, in the "
            f"input standardised within tumors and within lines, without any model. {definition}",
        )
        _estimate(
            "Match rate after",
            after["micro"],
            "The same after alignment. Cross-fitted: no line's cancer type was told to the model that aligned it. "
            f"{definition}",
        )
        _card(
            "Difference",
            points(difference["micro"]["value"]),
            interval(difference["micro"], "", short=True),
            "Match rate after minus before, on the same lines (paired), in percentage points, with a 95 % "
            "bootstrap interval over lines. If the interval includes 0, the alignment did not measurably help.",
        )
        _card(
            "Median over types",
            f"{percent(before['median_types']['value'])} → {percent(after['median_types']['value'])}",
            f"{points(difference['median_types']['value'])} ({interval(difference['median_types'], '', short=True)})",
            "Match rate of the median cancer type, before and after; below it the difference with its 95 % "
            f"interval. Every type counts the same, however many lines it has: {after['n_types']} are scored.",
        )
    _sizes(run, after)
    _verdict(difference["micro"], after["n_lines"])
    if 0 < after["n_types"] <= FEW_TYPES:
        st.caption(
            f"Scored are lines of {count(after['n_types'], 'cancer type')} only: to lie among the right one is easy, "
            "and the rate tells little. What such a cohort is good for is within a type: Subtypes and Pick a line."
        )


def _estimate(label: str, estimate: dict, help_: str) -> None:
    _card(label, percent(estimate["value"]), interval(estimate, short=True), f"{help_} {BELOW}")


def _card(label: str, value: str, below: str, help_: str) -> None:
    st.metric(label, value, below, delta_color="off", delta_arrow="off", border=True, help=help_)


def _sizes(run: Run, after: dict) -> None:
    info, metrics = run.info, run.metrics
    scored = (
        f"Scored are lines whose cancer type has at least {metrics['min_tumors']} tumors and "
        f"{metrics['min_lines']} lines; the others are aligned and shown, but have no say in the match rate."
    )
    chance = "Match rate to expect if cancer types were dealt out to the lines at random. Rates mean little without it."
    with st.grid(5, min_column_width=120):
        st.metric("Chance", percent(after["chance"]), help=chance)
        st.metric("Tumors", f"{info['n_tumors']:,}", help="Tumor samples in the cohort.")
        st.metric("Cell lines", f"{info['n_lines']:,}", help="Cell lines in the cohort, scored or not.")
        st.metric("Scored lines", f"{after['n_lines']:,}", help=scored)
        st.metric(
            "Genes modelled",
            f"{run.aligned.n_vars:,}",
            help=f"Most variable genes within sample type, of {info['n_genes']:,} genes in the cohort.",
        )


def _verdict(difference: dict, n_lines: int) -> None:
    """Say in plain words whether the alignment beats doing nothing."""
    if difference["value"] is None:
        st.warning("No cell line could be scored, so nothing can be said about how well the alignment works.")
    elif difference["low"] > 0:
        n_more = round(difference["value"] * n_lines)
        st.markdown(
            f":material/check_circle: After alignment, **{n_more:,} more** of {n_lines:,} scored cell lines lie "
            "among tumors of their own cancer type than before."
        )
    elif difference["high"] < 0:
        st.warning(
            "On this cohort the alignment does worse than the standardised input: fewer cell lines lie among "
            "tumors of their own type than without a model. Do not use it to choose lines.",
            icon=":material/trending_down:",
        )
    else:
        st.warning(
            "On this cohort the alignment does not measurably beat the standardised input: the interval of the "
            "difference includes 0. A model is not needed to match these lines, or there are too few to tell.",
            icon=":material/trending_flat:",
        )


def label_conditioned_panel(run: Run) -> None:
    """Show what a run that was told every line's type matches, beside the control that explains it."""
    found = run.metrics["label_conditioned"]
    with st.container(border=True):
        st.subheader("Label-conditioned: not evidence of similarity", anchor=False)
        if found is None:
            st.markdown(
                "This model was told the cancer type of every cell line. Its match rate is withheld, because "
                f"{plain(run.metrics['withheld'])}."
            )
            return
        match, follow = found["match"], found["follow"]
        st.markdown(
            "This model was told the cancer type of every cell line, so it can place a line where its label says, "
            f"whatever the line expresses. Told a **wrong** type instead, **{percent(follow['value'])}** of the "
            f"lines match that wrong type (chance {percent(follow['chance'])}): the match rate repeats the labels."
        )
        with st.grid(3):
            _estimate(
                "Label-conditioned match",
                match["micro"],
                f"Match rate when the model knows the answer. {plain(match['definition'])}",
            )
            _estimate(
                "Follow rate",
                follow,
                f"Share of {follow['n']:,} scored lines that, given another line's cancer type, match the type they "
                "were given. Near 100 %: the model repeats labels. Near chance: it does not.",
            )
            _card(
                "Chance",
                percent(match["chance"]),
                "if types were dealt out at random",
                "Match rate to expect if cancer types were dealt out to the lines at random.",
            )
        st.caption(
            "Match rates before and after, per cancer type too, are withheld for such a run. Choose a run of "
            "another variant in the sidebar for numbers that mean something."
        )
