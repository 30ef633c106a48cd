"""The card of a line: its call, and the genes that support it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.cohort.links_out import links_out
from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.subtypes import gene_chart, short_names, subtype_colors
from rnalign_core.rank.subtypes import OUTSIDE_BELOW, Disease
from rnalign_core.rank.supporting_genes import GeneSupport
from rnalign_core.ui import runs
from rnalign_core.ui.charts import table_and_figure
from rnalign_core.ui.choices import told_apart
from rnalign_core.ui.links import say_ignored
from rnalign_core.ui.subtypes_data import genes_of, stem
from rnalign_core.ui.subtypes_state import LINK, SubtypeKeys, open_line, show_line
from rnalign_core.ui.text import percent, plain


def follow_link(run: Run, disease: Disease) -> None:
    """Open the line that the URL asks for; close one that is not of the disease."""
    wanted = LINK.pop("line")
    if wanted is not None:
        if wanted in disease.lines.index:
            show_line(run, wanted)
        else:
            say_ignored("line", wanted)
    if open_line(run) not in disease.lines.index:
        show_line(run, None)


def line_card(run: Run, disease: Disease, calls: pd.DataFrame) -> None:
    """Let the user choose a line, and show its card."""
    st.subheader("One line, and why it is called so", anchor=False)
    names = runs.map_samples(run)["name"]
    st.session_state[SubtypeKeys.LINE_CHOICE] = open_line(run)
    st.selectbox(
        "Line",
        sorted(calls.index, key=lambda line: str(names[line])),
        index=None,
        key=SubtypeKeys.LINE_CHOICE,
        format_func=told_apart(names[calls.index].to_dict()).get,
        placeholder="Choose a line here, or in the table above",
        on_change=_chosen,
        args=(run,),
    )
    line = open_line(run)
    if line is None:
        return
    call = calls.loc[line]
    with st.container(border=True):
        _about(run, line, str(names[line]), call)
        _genes(run, disease, line, str(names[line]), call, st.session_state[SubtypeKeys.SPACE])


def _chosen(run: Run) -> None:
    show_line(run, st.session_state[SubtypeKeys.LINE_CHOICE])
    st.session_state[SubtypeKeys.TABLE] = st.session_state.get(SubtypeKeys.TABLE, 0) + 1


def _about(run: Run, line: str, name: str, call: pd.Series) -> None:
    st.markdown(f"#### {plain(name)}")
    likely, runner_up = plain(call["call"]), plain(call["runner_up"])
    if call["outside"]:
        st.markdown(f"**Outside the tumors:** nearest subtype **{likely}**, next is {runner_up}.")
    elif call["clear"]:
        st.markdown(
            f"Called **{likely}**, probability **{percent(call['confidence'])}**; next is {runner_up}."
        )
    else:
        st.markdown(
            f"**Unclear:** {likely} is the likeliest with {percent(call['confidence'])}, next is {runner_up}."
        )
    if call["own"] is not None:
        st.markdown(f"The cohort says: {plain(call['own'])}.")
    if call["outside"]:
        st.warning(
            f"At least {1 - OUTSIDE_BELOW:.0%} of the tumors of the disease are more similar to their nearest tumors "
            "than this line is to its. The nearest subtype is only the least unlike it, and counts for no call.",
            icon=":material/explore_off:",
        )
    else:
        st.caption(
            f"It is more similar to its nearest tumors than {call['closeness']:.0%} of the tumors are to theirs."
        )
    if links := links_out(line, run.aligned.obs.loc[line]):
        st.markdown(" · ".join(f"[{site}]({url})" for site, url in links.items()))


def _genes(run: Run, disease: Disease, line: str, name: str, call: pd.Series, space: str) -> None:
    try:
        support = genes_of(run, disease, line, call["call"], call["runner_up"], space)
    except ValueError as error:
        st.info(f"Genes cannot be compared: {plain(error)}.")
        return
    first, second = plain(call["call"]), plain(call["runner_up"])
    st.markdown(
        f"Of the {support.n_compared} modelled genes that differ most between {first} and {second} tumors, "
        f"**{support.n_nearer} are nearer to {first}** in this line, "
        f"{support.n_compared - support.n_nearer} nearer to {second}."
        + (
            " Genes are compared aligned with residual, whatever the call is based on."
            if space == "latent"
            else ""
        )
    )
    if support.genes.empty:
        return
    key = stem(f"subtype-genes-{space}", disease, run)
    aligned = space != "input"
    how = (
        "aligned with residual in the view of the line's own model"
        if aligned
        else "not aligned, standardised"
    )
    source = [
        *runs.provenance(run),
        f"{name} ({line}): genes nearer to {call['call']} than to {call['runner_up']} tumors, by Welch's t between the "
        f"tumors; {how}; log2(TPM+1) on the scale of cell lines",
    ]

    def draw() -> object:
        return gene_chart(
            support.genes, call["call"], call["runner_up"], subtype_colors(disease.groups), name
        )

    chart, table = st.columns(2)
    with chart:
        st.plotly_chart(
            draw(),
            key=key,
            config=screen_config(key),
            alt=f"{len(support.genes)} genes that support {call['call']}: the line's values between the means of "
            f"{call['call']} and {call['runner_up']} tumors.",
        )
    with table:
        _gene_table(support, call, short_names(disease.groups))
        title = f"{name}: genes that support {call['call']}"
        table_and_figure(lambda: support.genes, draw, title, source, key)
    st.caption(
        (
            "Aligned values and means are model counterfactuals (the sample as a cell line of purity 1, with its own "
            "residual), not measurements; the observed value is the measurement."
            if aligned
            else "Nothing here is aligned: the line's values are measurements, and means of tumors are standardised "
            "among tumors and put on the scale of cell lines."
        )
        + " The genes were chosen because the two subtypes of tumors differ in them, so the t values are no test of "
        "the line."
    )


def _gene_table(support: GeneSupport, call: pd.Series, short: dict[str, str]) -> None:
    aligned = "aligned" in support.genes
    how = ", aligned" if aligned else ", on the scale of cell lines"
    labels = {
        "observed": ("Observed", "Measured in the line."),
        "aligned": ("Aligned", "Of the line, aligned with its residual."),
        "mean_call": (short[call["call"]], f"Mean of {plain(call['call'])} tumors{how}."),
        "mean_runner_up": (short[call["runner_up"]], f"Mean of {plain(call['runner_up'])} tumors{how}."),
        "t": ("t", "Welch's t between the tumors of the two subtypes."),
    }
    columns: dict[str, object] = {
        name: st.column_config.NumberColumn(label, format="%.1f", help=help_, width="small")
        for name, (label, help_) in labels.items()
    }
    columns["gene"] = st.column_config.TextColumn("Gene", pinned=True)
    st.dataframe(
        support.genes,
        hide_index=True,
        height="content",
        column_config=columns,
        alt=f"Genes that support {call['call']}: the line observed{' and aligned' if aligned else ''}, and the "
        f"means of {call['call']} and {call['runner_up']} tumors",
    )
