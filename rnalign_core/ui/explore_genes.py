"""Genes that differ between the selection and other samples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.metrics.differential import MIN_SAMPLES, differential_genes
from rnalign_core.model import Run
from rnalign_core.ui import runs
from rnalign_core.ui.charts import csv_button
from rnalign_core.ui.explore_data import FOLLOWS_LABELS, rows_of
from rnalign_core.ui.explore_group import in_words, types_of
from rnalign_core.ui.explore_state import ExploreKeys
from rnalign_core.ui.runs import provenance, stem, version
from rnalign_core.ui.selection import selected_samples
from rnalign_core.ui.state import of_run, remember
from rnalign_core.ui.text import plain

SHOWN = 500
REST, SECOND = "rest", "second"
AGAINST = "explore_against"  # widgets
DECODED = "explore_decoded"
FOUND = "explore_found"
CAVEAT = (
    "Groups that were drawn on a map were chosen by the same expression that is tested, so p values are too small, "
    "and differences in purity, tissue or platform count as differences too. Read this as a ranking of genes to look "
    "at, not as evidence."
)
ABOUT_DECODED = (
    "Decoded values are output of the model, not measurements. Most differences within a cancer type are not in them, "
    "so that samples look more alike than they are and p values mean little."
)


def genes_that_differ(run: Run, samples: pd.DataFrame) -> None:
    """Compare the selection with the rest or with a second selection."""
    st.subheader("Genes that differ", anchor=False)
    selected = selected_samples(run)
    if len(selected) < MIN_SAMPLES:
        st.caption(f"Select at least {MIN_SAMPLES} samples to see which genes set them apart from others.")
        return
    chosen = samples.loc[selected]
    rest = _rest(samples, chosen)
    second = [sample for sample in of_run(run, ExploreKeys.OTHER) or [] if sample in samples.index]
    options = {REST: _name_of_rest(chosen, len(rest))}
    if second:
        options[SECOND] = f"the second selection ({in_words(samples.loc[second])})"
    if st.session_state.get(AGAINST) not in options:
        st.session_state[AGAINST] = REST
    against = st.radio(
        f"Compare the selection ({in_words(chosen)}) with",
        list(options),
        key=AGAINST,
        format_func=options.get,
        persist_state="page",
    )
    decoded = st.checkbox(
        "Compare decoded values instead of observed ones", key=DECODED, persist_state="page"
    )
    if decoded:
        st.warning(_about_decoded(run), icon=":material/warning:")
    others = rest if against == REST else second
    asked = (tuple(selected), tuple(others), "decoded" if decoded else "observed")
    too_few = against == REST and len(rest) < MIN_SAMPLES
    if too_few:
        st.caption(f"At least {MIN_SAMPLES} other samples are needed to compare with: select fewer.")
    with st.container(horizontal=True):
        if st.button("Find genes", type="primary", icon=":material/biotech:", disabled=too_few):
            remember(run, ExploreKeys.GENES, asked)
        st.button(
            "Keep as second selection",
            icon=":material/bookmark_add:",
            on_click=_keep,
            args=(run, selected),
            help="Remember these samples; then select others and compare the two.",
        )
    if of_run(run, ExploreKeys.GENES) == asked:
        _result(run, asked, {"a": in_words(chosen), "b": options[against]}, against)


def _about_decoded(run: Run) -> str:
    return ABOUT_DECODED + (f" {FOLLOWS_LABELS}" if run.settings.conditions_on_type else "")


def _keep(run: Run, selected: list[str]) -> None:
    remember(run, ExploreKeys.OTHER, selected)


def _rest(samples: pd.DataFrame, chosen: pd.DataFrame) -> list[str]:
    """Return the samples that are not chosen, of the kinds that are: tumors are compared with tumors."""
    others = samples[samples["sample_type"].isin(chosen["sample_type"].unique())]
    return others.index[~others.index.isin(chosen.index)].tolist()


def _name_of_rest(chosen: pd.DataFrame, n_rest: int) -> str:
    kinds = list(types_of(chosen))
    return f"the other {kinds[0]}s ({n_rest:,})" if len(kinds) == 1 else f"all other samples ({n_rest:,})"


def _result(run: Run, asked: tuple, groups: dict[str, str], against: str) -> None:
    try:
        found = _compare(*version(run), *asked, run)
    except ValueError as error:
        st.warning(f"These groups cannot be compared: {plain(error)}.", icon=":material/block:")
        return
    a, b, values = asked
    n_significant = int((found["q"] < 0.05).sum())
    st.markdown(
        f"**{count(n_significant, 'gene')}** of {found['q'].notna().sum():,} with q below 0.05: "
        f"{count(len(a), 'selected sample')} against {len(b):,}, {values} values. Click a gene to colour the map by it."
    )
    st.caption(CAVEAT)
    shown = found.head(SHOWN)
    st.dataframe(
        shown,
        hide_index=True,
        height=420,
        key=FOUND,
        on_select=lambda: _clicked(shown, values),
        selection_mode="single-cell",
        column_config={
            "gene": st.column_config.TextColumn("Gene", pinned=True),
            "mean_a": st.column_config.NumberColumn("Mean, selection", format="%.2f", help="log2(TPM+1)"),
            "mean_b": st.column_config.NumberColumn("Mean, others", format="%.2f", help="log2(TPM+1)"),
            "difference": st.column_config.NumberColumn(
                "Difference", format="%+.2f", help="Log2 fold change: selection minus others."
            ),
            "t": st.column_config.NumberColumn("t", format="%.1f", help="Welch's t, for unequal variances."),
            "p": st.column_config.NumberColumn("p", format="%.2g"),
            "q": st.column_config.NumberColumn(
                "q", format="%.2g", help="False discovery rate of Benjamini and Hochberg over all genes."
            ),
        },
        alt="Genes that differ between the selection and other samples, the surest first",
    )
    if len(found) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(found):,} genes; the file has all.")
    csv_button(
        "All genes, CSV",
        lambda: found,
        [
            *provenance(run),
            f"group a: {groups['a']}, selected: {' '.join(a)}",
            f"group b: {groups['b']}{': ' + ' '.join(b) if against == SECOND else ''}",
            f"{values} values, log2(TPM+1); Welch t test, Benjamini-Hochberg q; {CAVEAT}",
            *([_about_decoded(run)] if values == "decoded" else []),
        ],
        stem("genes", run),
    )


def _clicked(shown: pd.DataFrame, values: str) -> None:
    """Colour the map by the gene whose row was clicked."""
    if cells := st.session_state[FOUND]["selection"]["cells"]:
        st.session_state[ExploreKeys.GENE] = str(shown["gene"].iloc[cells[0][0]])
        st.session_state[ExploreKeys.COLOR] = "gene"
        st.session_state[ExploreKeys.VALUES] = values


@st.cache_resource(
    max_entries=16, show_spinner="Comparing every gene. The first time the expression is read."
)
def _compare(
    path: str, mtime_ns: int, a: tuple[str, ...], b: tuple[str, ...], values: str, _run: Run
) -> pd.DataFrame:
    rows = [rows_of(_run, list(group)) for group in (a, b)]
    if values == "observed":
        return differential_genes(_run.cohort.X, *rows, _run.cohort.var_names)
    return differential_genes(_decoded(path, mtime_ns, _run), *rows, _run.aligned.var_names)


@st.cache_resource(max_entries=1, show_spinner="Decoding every sample, once.")
def _decoded(path: str, mtime_ns: int, _run: Run) -> np.ndarray:
    aligned = runs.aligned_run(_run)
    return aligned.ensemble.scaler.to_line_scale(aligned.alignment.profiles())
