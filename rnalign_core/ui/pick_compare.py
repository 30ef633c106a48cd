"""Up to four lines side by side: their nearest tumors, genes of the group, and where they lie on the map."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.plots import screen_config
from rnalign_core.plots.compared_lines import lines_on_map, marker_heatmap, neighbour_bars
from rnalign_core.plots.palette import NEUTRAL, type_color
from rnalign_core.plots.ranking import GROUP_COLOR
from rnalign_core.plots.subtypes import subtype_colors
from rnalign_core.rank.compare import UNLABELLED, neighbour_groups
from rnalign_core.rank.groups import SELECTION
from rnalign_core.rank.ranking import Ranking
from rnalign_core.ui import runs
from rnalign_core.ui.charts import table_and_figure
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.pick_data import Wanted, genes_of, markers_of, surroundings_of
from rnalign_core.ui.pick_state import KINDS, MAX_COMPARED, OBSERVED, PickKeys, follow, follow_several
from rnalign_core.ui.runs import provenance, stem, version
from rnalign_core.ui.text import plain

N_SHOWN = 3
ABOUT_KIND = {
    "residual": "aligned to the scale of cell lines, with the sample's own residual. A line and the tumors that it is "
    "compared with are as the line's own model sees them; the median is the mean over the lines",
    OBSERVED: "as observed, so that culture, purity and platform count too",
}
OTHERS = "others"
MOST_GROUPS = 8


def choose_lines(run: Run, wanted: Wanted, ranking: Ranking) -> list[str]:
    """Let the user choose lines to compare; to start with, the first three that are not of other cancers."""
    lines, group = ranking.lines, (version(run), wanted)
    if st.session_state.get(PickKeys.GROUP) != group:  # lines chosen for another group say little here
        own = lines.index[ranking.of_own_type()]
        st.session_state[PickKeys.LINES] = (own if len(own) else lines.index)[:N_SHOWN].tolist()
        st.session_state[PickKeys.GROUP] = group
    follow_several("lines", PickKeys.LINES, lines.index, MAX_COMPARED)
    follow("values", PickKeys.KIND, KINDS, next(iter(KINDS)))
    labels = {line.Index: f"{line.rank}. {line.name}" for line in lines[["rank", "name"]].itertuples()}
    st.subheader("Compare lines", anchor=False)
    return st.multiselect(
        "Lines, up to four",
        list(labels),
        key=PickKeys.LINES,
        persist_state="session",
        max_selections=MAX_COMPARED,
        format_func=labels.get,
    )


def compare(run: Run, wanted: Wanted, ranking: Ranking, chosen: list[str]) -> None:
    """Show lines side by side."""
    if not chosen:
        st.caption("Choose a line to see its nearest tumors, its genes and its place on the map.")
        return
    names = ranking.lines.loc[chosen, "name"].tolist()
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _neighbours(run, ranking, chosen, names)
        _genes(run, wanted, ranking, chosen, names)
    with right:
        _map(run, ranking, chosen, names)


def _neighbours(run: Run, ranking: Ranking, chosen: list[str], names: list[str]) -> None:
    around = surroundings_of(run, ranking.group.within)
    shares = neighbour_groups(around, ranking.group, chosen)
    few = _few(shares)
    key = stem("compared-neighbours", run)
    st.markdown(f"**The {plain(ranking.neighbours)}**")
    figure = partial(neighbour_bars, few, names, _colors(ranking, few))
    st.plotly_chart(
        figure(),
        key=key,
        config=screen_config(key, small=True),
        alt="Groups of the nearest tumors. "
        + "; ".join(
            f"{name}: " + ", ".join(f"{group} {share:.0%}" for group, share in row.items() if share)
            for name, (_, row) in zip(names, few.iterrows(), strict=True)
        ),
    )
    table_and_figure(
        lambda: shares.rename_axis("sample_id"),
        figure,
        f"{ranking.group.title}: the nearest tumors of {', '.join(names)}",
        provenance(run),
        key,
    )


def _few(shares: pd.DataFrame) -> pd.DataFrame:
    """Keep the first groups, and put the others together."""
    if shares.shape[1] <= MOST_GROUPS:
        return shares
    return shares.iloc[:, : MOST_GROUPS - 1].assign(**{OTHERS: shares.iloc[:, MOST_GROUPS - 1 :].sum(axis=1)})


def _colors(ranking: Ranking, shares: pd.DataFrame) -> dict[str, str]:
    group = ranking.group
    names = [name for name in shares if name not in (OTHERS, UNLABELLED)]
    if group.within and group.name != SELECTION:
        known = subtype_colors(list(group.among.dropna().unique()))
    else:
        known = {name: type_color(name) for name in names} | {SELECTION: GROUP_COLOR}
    return {name: known.get(name, NEUTRAL) for name in [*names, OTHERS, UNLABELLED]}


def _genes(run: Run, wanted: Wanted, ranking: Ranking, chosen: list[str], names: list[str]) -> None:
    genes, title = genes_of(run, wanted), ranking.group.title
    if not genes:
        st.caption("There are no other tumors to find genes of the group with.")
        return
    others = "tumors of the disease" if ranking.group.within else "tumors"
    st.markdown(f"**Genes that {plain(title)} has more of than the other {others}**")
    kind = one_of("Expression", KINDS, PickKeys.KIND, label_visibility="collapsed")
    markers = markers_of(run, ranking.group, genes, chosen, kind)
    figure = partial(marker_heatmap, markers, names, title)
    key = stem(f"compared-genes-{kind}", run)
    st.plotly_chart(
        figure(),
        key=key,
        config=screen_config(key, small=True),
        alt=f"Expression of {', '.join(genes)} in {', '.join(names)} and in the median tumor of {title}.",
    )
    st.caption(
        f"Numbers: log2(TPM+1), {ABOUT_KIND[kind]}. Colour: percentile among the tumors of {plain(title)}. Genes with "
        "the largest t of Welch's test on observed values, of those that cell lines express."
    )
    table_and_figure(lambda: markers, figure, f"Genes of {title}", provenance(run), key)


def _map(run: Run, ranking: Ranking, chosen: list[str], names: list[str]) -> None:
    key, title = stem("compared-map", run), ranking.group.title
    samples = runs.map_samples(run)
    st.markdown("**On the map after alignment**")
    figure = partial(lines_on_map, samples, ranking.group.tumor_ids, title, chosen)
    st.plotly_chart(
        figure(),
        key=key,
        config=screen_config(key, small=True),
        alt=f"UMAP of all tumors, with those of {title} and the lines {', '.join(names)} brought out.",
    )
    st.caption("Distances on a UMAP mean nothing: no score is computed on it.")
    table_and_figure(
        lambda: samples.loc[chosen, ["name", "x_after", "y_after"]].rename_axis("sample_id"),
        partial(figure, height=1000),  # the page of a figure is 1200 wide
        f"{title} and {', '.join(names)} on the map after alignment",
        provenance(run),
        key,
    )
