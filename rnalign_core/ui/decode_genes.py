"""The genes whose decoded expression changes most between the homogenised decode and the present labels."""

from __future__ import annotations

import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.decode import gene_bars
from rnalign_core.ui import decode_data
from rnalign_core.ui.charts import table_and_figure
from rnalign_core.ui.decode_state import Choice
from rnalign_core.ui.runs import provenance, stem
from rnalign_core.ui.text import plain

N_LISTED = 200


def gene_changes(run: Run, choice: Choice, name: str | None) -> None:
    """Show the genes that change most, of the mean over tumors or of the sample called `name`."""
    st.subheader("Genes that change most", anchor=False)
    if choice.is_homogenised:
        st.info(
            "These are the homogenised labels: no gene changes. Move a slider to see which genes follow it.",
            icon=":material/tune:",
        )
        return
    change = decode_data.genes(run, choice.labels, choice.sample)
    if not change.any():
        st.info("No gene changes at these labels.", icon=":material/tune:")
        return
    whose = plain(name) if name else "the mean over tumors"
    st.markdown(
        f"Decoded expression of **{whose}** at these labels ({plain(choice.in_words())}) minus the homogenised decode."
    )
    table = change.to_frame().sort_values("change", key=abs, ascending=False, kind="stable")
    file_name = stem("decode-genes", run)
    source = [
        *provenance(run),
        f"decoded expression, {choice.sample or 'mean over tumors'}: {choice.in_words()} minus homogenised, "
        "log2(TPM+1) on the scale of cell lines",
    ]
    chart, numbers = st.columns([3, 2], gap="medium")
    with chart:
        top = ", ".join(f"{gene} {value:+.2f}" for gene, value in table["change"].head(5).items())
        st.plotly_chart(
            gene_bars(change),
            key=file_name,
            config=screen_config(file_name),
            alt=f"The genes that rise and fall most; first: {top}.",
        )
    with numbers:
        st.dataframe(
            table.head(N_LISTED).reset_index(),
            hide_index=True,
            height=520,
            column_config={
                "gene": "Gene",
                "change": st.column_config.NumberColumn("Change, log2(TPM+1)", format="%+.3f"),
            },
            alt="Genes by how much their decoded expression changes, most first",
        )
        table_and_figure(
            lambda: table,
            lambda: gene_bars(change),
            "Genes that change most",
            source,
            file_name,
            label=f"CSV, all {len(table):,} genes",
        )
    st.caption(
        "In log2(TPM+1) on the scale of cell lines. The mean difference between tumors and lines is taken out when "
        "expression is standardised, before any model, and is not in here: these are changes beyond it."
    )
