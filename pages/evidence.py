"""Evidence: every method and every metric on the cohort of the open run, with intervals and controls."""

import streamlit as st

from rnalign_core.evidence import list_benchmarks
from rnalign_core.ui.evidence_about import downloads, how_computed, metric_definitions
from rnalign_core.ui.evidence_choice import (
    BENCHMARK,
    GROUP,
    LINK,
    ROWS,
    SPACE,
    choose_benchmark,
    nothing_to_choose,
    readable,
)
from rnalign_core.ui.evidence_echo import echo_panel
from rnalign_core.ui.evidence_form import run_again, run_first
from rnalign_core.ui.evidence_job import progress_of_benchmarks
from rnalign_core.ui.evidence_tables import ablations_table, methods_tables, poster_tables
from rnalign_core.ui.evidence_types import match_figures
from rnalign_core.ui.evidence_verdicts import about_benchmark, conclusions, provenance, stem
from rnalign_core.ui.run_notices import simulated_warning
from rnalign_core.ui.sidebar import require_run

LINK.take(BENCHMARK, ROWS, GROUP, SPACE)
run = require_run()

st.title("Evidence", anchor=False)
st.markdown(
    "Is RNAlign better than simpler methods, and can its matches be believed? All methods on one cohort, with the same "
    "folds and metrics, with intervals, and with the control for label echo."
)
simulated_warning(run)
benchmarks = list_benchmarks(run.info["cohort_id"])
finished = readable(benchmark for benchmark in benchmarks if benchmark.finished)
progress_of_benchmarks(benchmarks)

if finished:
    benchmark = choose_benchmark(finished)
    results, source = benchmark.results, provenance(benchmark)
    file_name = stem(benchmark)
    about_benchmark(results)
    conclusions(results)
    methods_tables(results, source, file_name)
    ablations_table(results, source, file_name)
    poster_tables(results)
    match_figures(results, source, file_name)
    echo_panel(results, source, file_name)
    metric_definitions(results)
    how_computed(results)
    downloads(benchmark, source, file_name)
    run_again(run, finished, benchmark)
else:
    nothing_to_choose()
    run_first(run)
