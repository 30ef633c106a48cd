"""Above the map of the Explore page: find a sample, and choose sides and colour."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from rnalign_core.cohort.search import SHORTEST_PART, decisive, find_samples, normalised
from rnalign_core.model import Run
from rnalign_core.plots.explore import expression_coloring, own_share_coloring
from rnalign_core.plots.maps import SIDES, color_samples
from rnalign_core.plots.panels import SAMPLE_TYPES, Coloring
from rnalign_core.ui.explore_data import (
    FOLLOWS_LABELS,
    colors_of,
    expression,
    gene_called,
    genes_of,
    is_modelled,
)
from rnalign_core.ui.explore_state import VALUES, VIEWS, ExploreKeys, open_card, put_link
from rnalign_core.ui.maps import about_before
from rnalign_core.ui.text import plain

FIELDS = {"aliases": "alias", "ccle_name": "CCLE", "depmap_id": "DepMap", "cellosaurus_id": "Cellosaurus"}
MAX_HITS = 12


@dataclass(frozen=True)
class View:
    """What the map shows.

    Parameters
    ----------
    sides
        ``before``, ``after`` or both.
    color
        One of :data:`rnalign_core.ui.explore_data.COLORS`.
    expression
        log2(TPM+1) by sample id, named after its gene, where a gene colours the map.
    values
        Which of :data:`rnalign_core.ui.explore_state.VALUES` these are.
    """

    sides: tuple[str, ...]
    color: str
    expression: pd.Series | None
    values: str

    @property
    def gene_label(self) -> str:
        """What the expression is, for users."""
        return f"{self.expression.name}, {VALUES[self.values].lower()}"

    @property
    def note(self) -> str:
        """What is to be known of the colours, for users."""
        return about_before(self.color) if "before" in self.sides else ""


def controls(run: Run, samples: pd.DataFrame) -> View:
    """Show the search and the choices, and return what the map is to show."""
    colors = colors_of(run)
    for key, options, default in (
        (ExploreKeys.VIEW, VIEWS, "after"),
        (ExploreKeys.COLOR, colors, "cancer_type"),
        (ExploreKeys.VALUES, VALUES, "observed"),
    ):
        if st.session_state.get(key) not in options:
            st.session_state[key] = default
    find, by, which = st.columns([3, 2.6, 4.4], vertical_alignment="bottom")
    with find:
        st.text_input(
            "Find a sample",
            key=ExploreKeys.QUERY,
            placeholder="Name, alias or id",
            icon=":material/search:",
            on_change=_searched,
            args=(run, samples),
            help="By name, alias, or DepMap, CCLE or Cellosaurus id. Case, punctuation and a slip do not matter.",
        )
    color = by.selectbox(
        "Colour by",
        list(colors),
        key=ExploreKeys.COLOR,
        format_func=colors.get,
        persist_state="session",
    )
    shown, values = None, "observed"
    if color == "gene":
        with which:
            name, values = _choose_gene(run)
        shown, values = _gene(run, name, values)  # below the row, which what it says leaves in its place
    _hits(run, samples)
    if color == "gene" and shown is None:
        color = "cancer_type"
    side = st.session_state[ExploreKeys.VIEW]
    put_link(run, side, color, None if shown is None else str(shown.name), values)
    return View(SIDES if side == "both" else (side,), color, shown, values)


def colorings(samples: pd.DataFrame, view: View, *, dark: bool) -> dict[str, Coloring]:
    """Return what colours each side of the map."""
    if view.color == "gene":
        by_gene = expression_coloring(view.expression, samples, view.gene_label, dark=dark)
        return dict.fromkeys(view.sides, by_gene)
    if view.color == "own_share":
        return {side: own_share_coloring(samples, side) for side in view.sides}
    return {side: color_samples(samples, view.color, side) for side in view.sides}


def _choose_gene(run: Run) -> tuple[str | None, str]:
    """Let the user choose a gene and which of its values."""
    genes = genes_of(run)
    choice, kind = st.columns([1, 1.2], vertical_alignment="bottom")
    name = choice.selectbox(
        "Gene",
        genes,
        index=None,
        key=ExploreKeys.GENE,
        placeholder="Type a symbol",
        accept_new_options=True,
        persist_state="session",
        help=f"{len(genes):,} genes of the cohort. Old symbols, aliases and Ensembl ids are understood too.",
    )
    values = kind.selectbox(
        "Values",
        list(VALUES),
        key=ExploreKeys.VALUES,
        format_func=VALUES.get,
        persist_state="session",
        help="Observed: as measured. Aligned: what the model makes of each sample as a cell line of purity 1; most "
        "differences within a cancer type are not in it. With own residual: these differences put back.",
    )
    return name, values


def _gene(run: Run, name: str | None, values: str) -> tuple[pd.Series | None, str]:
    """Return the expression of the chosen gene and what it is; say what is to be known of it."""
    if not name:
        return None, values
    gene = gene_called(name, genes_of(run))
    if gene is None:
        st.warning(f"There is no gene “{plain(name)}” in this cohort.", icon=":material/search_off:")
        return None, values
    if gene != name:
        st.caption(f"{plain(name)} is {plain(gene)} today.")
    if values != "observed" and not is_modelled(run, gene):
        st.caption(
            f"{plain(gene)} is not among the genes that the model aligns: its observed values are shown."
        )
        values = "observed"
    if values != "observed" and run.settings.conditions_on_type:
        st.caption(FOLLOWS_LABELS)
    return expression(run, gene, values), values


def _searched(run: Run, samples: pd.DataFrame) -> None:
    """Open the card of the sample that is meant beyond doubt; otherwise the page asks."""
    meant = decisive(find_samples(samples, st.session_state[ExploreKeys.QUERY]))
    if meant is not None:
        open_card(run, meant)
        st.session_state[ExploreKeys.QUERY] = ""


def _hits(run: Run, samples: pd.DataFrame) -> None:
    query = st.session_state[ExploreKeys.QUERY].strip()
    if not query:
        return
    hits = find_samples(samples, query)
    if hits.empty:
        if len(normalised(query)) < SHORTEST_PART:
            why = f". Type at least {SHORTEST_PART} letters or digits to find longer names."
        else:
            why = ", or nearly so. Try an alias, or a DepMap, CCLE or Cellosaurus id."
        st.warning(f"No sample is called “{plain(query)}”{why}", icon=":material/search_off:")
        return
    similar = (hits["kind"] == "similar").all()
    label = f"Nothing is called “{plain(query)}”. Did you mean" if similar else f"Which “{plain(query)}”?"
    if len(hits) > MAX_HITS:
        label += f" The first {MAX_HITS} of {len(hits):,}; type more to see others."
    st.pills(
        label,
        list(hits.index[:MAX_HITS]),
        key=ExploreKeys.WHICH,
        format_func=lambda sample: _hit(samples.loc[sample], hits.loc[sample]),
        on_change=_chosen,
        args=(run,),
    )


def _hit(sample: pd.Series, hit: pd.Series) -> str:
    """Return what tells namesakes apart: name, the alias or id that was found, kind, cancer type."""
    found = f" ({FIELDS[hit['field']]} {plain(hit['value'])})" if hit["field"] in FIELDS else ""
    cancer_type = sample["cancer_type"] if pd.notna(sample["cancer_type"]) else "type not known"
    return f"**{plain(sample['name'])}**{found} · {plain(cancer_type)} {SAMPLE_TYPES[sample['sample_type']]}"


def _chosen(run: Run) -> None:
    if (sample := st.session_state[ExploreKeys.WHICH]) is not None:
        open_card(run, sample)
        st.session_state[ExploreKeys.QUERY] = ""
