"""Server time of the dashboard on a finished run: first paint of the pages, interactions, size of figures.

    python benchmarks/large_run.py --out large-run
    python benchmarks/pages.py --run large-run [--repeats 20] [--check]

Pages are run by Streamlit's test harness, in this process, without browser and network. It runs a whole page where the
server runs a fragment of it (on Overview, Explore and Decode), so these times are upper bounds. Values differ from one
repetition to the next, so that nothing is found in a cache that a user would not find there. Rows marked "once" prepare
something that is then kept for all users; the page shows a spinner. Rows marked "core" time the computation alone.

Pages that need stored results alone are painted with everything cold but Python's modules. Pages that ask the models
are painted with the models open; how long these take to open, and how soon the page says so, has rows of its own.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from rnalign_core.model import Run
from rnalign_core.model.runs import demo_run_path
from rnalign_core.plots import COLOR_BY
from rnalign_core.rank import aligned_run
from rnalign_core.rank.at_labels import DecodeLabels
from rnalign_core.rank.groups import cancer_types, selection_group, subtypes
from rnalign_core.rank.live_sample import sample_numbers
from rnalign_core.rank.ranking import rank_lines
from rnalign_core.rank.subtypes import diseases
from rnalign_core.rank.surroundings import resemblance, surroundings
from rnalign_core.ui import decode_data, runs
from rnalign_core.ui.decode_state import DecodeKeys
from rnalign_core.ui.explore_state import ExploreKeys
from rnalign_core.ui.pick_state import SELECTION, PickKeys
from rnalign_core.ui.state import Keys
from rnalign_core.ui.subtypes_state import SPACES, USUAL_SPACE, SubtypeKeys

PAGES = Path(__file__).parents[1] / "pages"
STORED = ("overview", "explore", "evidence", "train")
ASKING = ("pick", "subtypes", "decode")
N_PAINTS = 5
N_SELECTED = 300
SPINNER_MS = 100  # Streamlit shows a spinner once what it waits for has taken so long


@dataclass(frozen=True)
class Limits:
    """What must not be exceeded: by the 95th percentile of times, by any figure."""

    interaction: float
    paint: float
    figure: float


@dataclass(frozen=True)
class Row:
    """Measured values of one thing, in milliseconds or kilobytes, and their limit where they have one."""

    page: str
    what: str
    values: list[float]
    limit: float | None = None
    unit: str = "ms"

    @property
    def high(self) -> float:
        """The 95th percentile."""
        return float(np.percentile(self.values, 95))

    @property
    def exceeded(self) -> bool:
        """Whether it is over the limit."""
        return self.limit is not None and self.high > self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"{self.limit:8,.0f}{' exceeded' if self.exceeded else ''}"
        return (
            f"{self.page:9} {self.what:48} {len(self.values):3} {np.median(self.values):9,.1f} "
            f"{self.high:9,.1f} {self.unit} {limit}"
        )


def timed(action: Callable[[], object]) -> float:
    """Return how long an action takes, in milliseconds."""
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


class Visit:
    """A new session on a page."""

    def __init__(self, page: str):
        self.at = AppTest.from_file(PAGES / f"{page}.py", default_timeout=900)
        self.page = page

    def run(self, **state: object) -> float:
        """Put values into the session, run the page and return how long that takes, in milliseconds."""
        for key, value in state.items():
            self.at.session_state[key] = value
        spent = timed(self.at.run)
        if self.at.exception:
            sys.exit(f"{self.page}: {self.at.exception[0].value}")
        return spent

    def figure(self) -> float:
        """Return the size of the page's largest figure as it is sent, in kilobytes."""
        return max(len(chart.proto.spec.encode()) for chart in self.at.get("plotly_chart")) / 1000


class Samples:
    """Draws what interactions are made with."""

    def __init__(self, run: Run):
        self.run = run
        self.table = runs.map_samples(run)
        self.rng = np.random.default_rng(0)
        self.tumors = self.table[self.table["sample_type"] == "tumor"]
        self.lines = self.table.index[self.table["sample_type"] == "cell_line"]
        self.genes = list(run.aligned.var_names)

    def around(self, among: pd.DataFrame) -> list[str]:
        """Return the samples next to one of them on the map."""
        places = among[["x_after", "y_after"]].to_numpy(float)
        away = np.linalg.norm(places - places[self.rng.integers(len(places))], axis=1)
        return among.index[np.argsort(away)[: min(N_SELECTED, len(among) // 2)]].tolist()

    def selection(self, among: pd.DataFrame) -> dict[str, object]:
        """Return what drawing around samples leaves in the session."""
        chosen = str(self.run.path), self.around(among)
        return {Keys.SELECTED: chosen, ExploreKeys.LISTED: chosen}

    def several(self, of: Iterable[object], n: int) -> list:
        """Return different values."""
        values = list(of)
        return [values[i] for i in self.rng.permutation(len(values))[:n]]


def paints(limits: Limits) -> Iterator[Row]:
    """Paint the pages that need stored results alone, everything cold but the modules."""
    for page in STORED:
        spent = []
        for _ in range(1 + N_PAINTS):  # the first imports modules
            st.cache_resource.clear()
            spent.append(Visit(page).run())
        yield Row(page, "first paint", spent[1:], limits.paint)


def openings(page: str, limits: Limits) -> Iterator[Row]:
    """Open a run on a page that asks its models, then paint the page in other sessions."""
    st.cache_resource.clear()
    reached, began = [], time.perf_counter()

    class Noted(aligned_run.AlignedRun):
        def __init__(self, run: Run):
            reached.append(1000 * (time.perf_counter() - began) + SPINNER_MS)
            super().__init__(run)

    with patch.object(aligned_run, "AlignedRun", Noted):
        whole = Visit(page).run()
    yield Row(page, "first paint, models closed: text and spinner", reached, limits.paint)
    yield Row(page, "the same until complete, once", [whole])
    yield Row(page, "first paint, models open", [Visit(page).run() for _ in range(N_PAINTS)], limits.paint)


def overview(samples: Samples, n: int, limits: Limits) -> Iterator[Row]:
    """Select and colour on the maps of the Overview."""
    visit = Visit("overview")
    visit.run()
    drawn = [visit.run(**samples.selection(samples.table)) for _ in range(n)]
    yield Row("overview", "selection of samples", drawn, limits.interaction)
    yield Row("overview", "figure, two maps, with a selection", [visit.figure()], limits.figure, "kB")
    visit = Visit("overview")
    for color in COLOR_BY:
        visit.run(**{Keys.COLOR_BY: color})
        yield Row("overview", f"figure, two maps, {color}", [visit.figure()], limits.figure, "kB")


def explore(samples: Samples, n: int, limits: Limits) -> Iterator[Row]:
    """Select, colour by genes and open cards on Explore."""
    path = str(samples.run.path)
    visit = Visit("explore")
    visit.run(**samples.selection(samples.table))
    visit.at.segmented_control(ExploreKeys.LIST).set_value("selected").run()
    drawn = [visit.run(**samples.selection(samples.table)) for _ in range(n)]
    yield Row("explore", "selection of samples", drawn, limits.interaction)
    visit = Visit("explore")
    genes = samples.several(samples.genes, 2 * n)
    visit.run(**{ExploreKeys.COLOR: "gene"})
    of_gene = (visit.at.selectbox(ExploreKeys.GENE).set_value(gene) for gene in genes[:n])
    yield Row("explore", "colour by gene", [timed(chosen.run) for chosen in of_gene], limits.interaction)
    for view in ("after", "both"):
        for color in ("cancer_type", "gene"):
            visit.run(**{ExploreKeys.VIEW: view, ExploreKeys.COLOR: color})
            what = f"figure, {'two maps' if view == 'both' else 'one map'}, {color}"
            yield Row("explore", what, [visit.figure()], limits.figure, "kB")
    drawn = [visit.run(**samples.selection(samples.table)) for _ in range(n)]
    yield Row("explore", "selection of samples, two maps, gene", drawn, limits.interaction)
    yield Row("explore", "figure, two maps, gene, with a selection", [visit.figure()], limits.figure, "kB")
    visit = Visit("explore")
    visit.run(**{ExploreKeys.COLOR: "gene", ExploreKeys.VALUES: "residual", ExploreKeys.GENE: genes[0]})
    of_gene = (visit.at.selectbox(ExploreKeys.GENE).set_value(gene) for gene in genes[n:])
    spent = [timed(chosen.run) for chosen in of_gene]
    yield Row("explore", "colour by gene, aligned with residual", spent, limits.interaction)
    shown = [
        visit.run(**{ExploreKeys.SAMPLE: (path, line)}) for line in samples.several(samples.lines, n + 1)
    ]
    yield Row("explore", "card of a line", shown[1:], limits.interaction)


def pick(samples: Samples, n: int, limits: Limits) -> Iterator[Row]:
    """Rank lines for types, subtypes and selections."""
    obs, visit = samples.run.aligned.obs, Visit("pick")
    visit.run()

    def chosen(key: str, value: str) -> float:
        return timed(visit.at.selectbox(key).set_value(value).run)

    types = cancer_types(obs).index
    others = [code for code in types if code != visit.at.session_state[PickKeys.TYPE]]
    yield Row(
        "pick",
        "ranking for a cancer type",
        [chosen(PickKeys.TYPE, t) for t in others][:n],
        limits.interaction,
    )
    first, later = [], []
    for code in types:
        names = subtypes(obs, code).index
        if len(names):
            chosen(PickKeys.TYPE, code)
            first.append(chosen(PickKeys.SUBTYPE, names[0]))
            later += [chosen(PickKeys.SUBTYPE, name) for name in names[1:]]
    if first:
        yield Row("pick", "first subtype of a disease, once a disease", first)
        yield Row("pick", "ranking for a subtype", later, limits.interaction)
    types = samples.tumors["cancer_type"]
    of_disease = samples.tumors[types == types.value_counts().index[0]]
    visit = Visit("pick")
    visit.run(**samples.selection(of_disease), **{PickKeys.TYPE: SELECTION})  # prepares the disease
    spent = [visit.run(**samples.selection(of_disease)) for _ in range(n)]
    yield Row("pick", "ranking for selected tumors of a disease", spent, limits.interaction)
    spent = [visit.run(**samples.selection(samples.tumors)) for _ in range(n)]
    yield Row("pick", "ranking for selected tumors of several types", spent, limits.interaction)
    yield from _ranking_alone(samples, n)


def _ranking_alone(samples: Samples, n: int) -> Iterator[Row]:
    aligned, found = runs.aligned_run(samples.run), {}
    everywhere = timed(lambda: found.update(around=surroundings(aligned)))
    yield Row("pick", "core: surroundings among all tumors, once", [everywhere])
    yield Row("pick", "core: resemblance, once", [timed(lambda: found.update(like=resemblance(aligned)))])
    groups = [selection_group(aligned.samples, samples.around(samples.tumors)) for _ in range(n)]
    mixed = [group for group in groups if group.within is None]
    spent = [timed(lambda g=group: rank_lines(aligned, g, found["around"], found["like"])) for group in mixed]
    yield Row("pick", "core: ranking for tumors of several types", spent)


def subtypes_page(samples: Samples, n: int, limits: Limits) -> Iterator[Row]:
    """Look at diseases, and at lines of the first of them."""
    visit, found = Visit("subtypes"), diseases(samples.run.aligned.obs)
    visit.run()
    first, *others = found
    spent = [visit.run(**{SubtypeKeys.DISEASE: name}) for name in others]
    if others:
        yield Row("subtypes", "another disease, once a disease", spent)
    spent = [visit.run(**{SubtypeKeys.DISEASE: name}) for name in (*others, first)]
    yield Row("subtypes", "a disease again", spent, limits.interaction)
    spaces = [space for space in SPACES if space != USUAL_SPACE]
    spent = [visit.run(**{SubtypeKeys.SPACE: space}) for space in spaces]
    yield Row("subtypes", "another space, once a disease and space", spent)
    path = str(samples.run.path)
    visit = Visit("subtypes")
    lines = samples.several(found[first].lines.index, n)
    visit.run()
    spent = [visit.run(**{SubtypeKeys.LINE: (path, line)}) for line in lines]
    yield Row("subtypes", "card of a line, with its genes", spent, limits.interaction)


def decode(samples: Samples, n: int, limits: Limits) -> Iterator[Row]:
    """Move the sliders of Decode."""
    moves = samples.rng.permutation(100)[: 2 * n].reshape(2, -1).tolist()
    for scope, what in (("cohort", "whole cohort"), ("sample", "one line")):
        visit = Visit("decode")
        visit.run(**{DecodeKeys.SCOPE: scope})
        spent = []
        for line, purity in zip(*moves, strict=True):
            visit.at.slider(DecodeKeys.LINE).set_value(line)
            visit.at.slider(DecodeKeys.PURITY).set_value(purity)
            spent.append(visit.run())
        yield Row("decode", f"slider, {what}", spent, limits.interaction)
        yield Row("decode", f"figure, two maps, {what}", [visit.figure()], limits.figure, "kB")
    live = decode_data.live(samples.run)
    targets = [DecodeLabels(line / 100, purity / 100) for line, purity in zip(*moves, strict=True)]
    spent = [timed(lambda t=target: live.numbers(t)) for target in targets]
    yield Row("decode", "core: numbers of the whole cohort", spent)
    spent = [timed(lambda t=target: sample_numbers(live, samples.lines[0], t)) for target in targets]
    yield Row("decode", "core: numbers of one line", spent)


def measured(run: Run, n: int, limits: Limits) -> Iterator[Row]:
    """Measure everything, page by page."""
    yield from paints(limits)
    samples = Samples(run)
    yield from overview(samples, n, limits)
    for page, interactions in (
        ("explore", explore),
        ("pick", pick),
        ("subtypes", subtypes_page),
        ("decode", decode),
    ):
        if page in ASKING:
            yield from openings(page, limits)
        yield from interactions(samples, n, limits)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, required=True, help="folder of a finished run")
    parser.add_argument("--repeats", type=int, default=20, help="of each interaction (default: %(default)s)")
    limit = "limit of %s (default: %%(default)s)"
    parser.add_argument("--interaction-ms", type=float, default=500, help=limit % "an interaction")
    parser.add_argument("--paint-ms", type=float, default=3000, help=limit % "a first paint")
    parser.add_argument("--figure-kb", type=float, default=500, help=limit % "a figure")
    parser.add_argument("--check", action="store_true", help="fail if a limit is exceeded")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # Streamlit warns of what is called outside of a page
    limits = Limits(arguments.interaction_ms, arguments.paint_ms, arguments.figure_kb)
    run = Run.open(arguments.run.resolve())
    info = run.info
    print(
        f"{info['n_tumors']:,} tumors, {info['n_lines']:,} lines, {info['n_genes']:,} genes, "
        f"{len(run.settings.fold_ids)} models, {torch.get_num_threads()} threads"
    )
    print(f"{'page':9} {'what':48} {'n':>3} {'median':>9} {'95 %':>9}    {'limit':>8}", flush=True)
    exceeded = 0
    with tempfile.TemporaryDirectory() as home:
        os.environ["RNALIGN_HOME"] = home
        os.environ["RNALIGN_RUN"] = str(demo_run_path())
        for page in ASKING:  # imports what these import
            Visit(page).run()
        os.environ["RNALIGN_RUN"] = str(run.path)
        for row in measured(run, arguments.repeats, limits):
            print(row, flush=True)
            exceeded += row.exceeded
    if arguments.check and exceeded:
        sys.exit(f"{exceeded} limits exceeded")


if __name__ == "__main__":
    main()
