"""What a benchmark was run on, and what can be concluded from it."""

from __future__ import annotations

import re
from datetime import datetime

import pandas as pd
import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.evidence import Benchmark
from rnalign_core.evidence.verdicts import Finding, findings, verdicts
from rnalign_core.ui.text import plain

ANSWERS = {
    True: ":green-badge[:material/check: yes]",
    False: ":red-badge[:material/close: no]",
    None: ":gray-badge[cannot be judged]",
}
SPACES = (
    "RNAlign compares samples in three spaces. *Decoded*: the expression that the model expects of a sample as a pure "
    "cell line, without what is particular to it. *With own residual*: the same with what is particular to the sample "
    "added back; for subtypes and genes. *Latent space*: the model's short summary of a sample; for cancer types."
)


def about_benchmark(results: dict) -> None:
    """Say on what and when a benchmark was run, and how large it is."""
    cohort, ran = results["cohort"], [m for m in results["methods"] if not m["problem"]]
    when = datetime.fromisoformat(results["created"])
    st.markdown(
        f"**{plain(cohort['title'])}** · {when:%Y-%m-%d} · {cohort['n_tumors']:,} tumors, {cohort['n_lines']:,} cell "
        f"lines · scored: {cohort['n_scored_lines']:,} lines of {cohort['n_scored_types']} cancer types · "
        f"{len(ran)} methods, {count(results['seeds'], 'seed')}"
    )
    st.caption(
        "RNAlign was trained anew for this, with its default settings. A run has settings and a seed of its own, so "
        "the match rate on the Overview may differ by a few points."
    )


def conclusions(results: dict) -> None:
    """Show what the numbers allow to say: each claim for each space of RNAlign, and the numbers behind the answers."""
    st.subheader("What can be concluded", anchor=False)
    st.markdown(f"**{plain(verdicts(results)[0])}**")
    st.caption(SPACES)
    claims: dict[str, list[Finding]] = {}
    for finding in findings(results):
        claims.setdefault(plain(f"{finding.claim}?"), []).append(finding)
    if not claims:
        return
    answers = {
        claim: {plain(f.title): ANSWERS[f.holds] for f in of_spaces} for claim, of_spaces in claims.items()
    }
    st.table(pd.DataFrame(answers).T)
    with st.expander("The numbers behind these answers", icon=":material/format_list_numbered:"):
        for claim, of_spaces in claims.items():
            numbers = [f"- {plain(f.title)}: **{f.answer}**, {plain(f.detail)}" for f in of_spaces]
            st.markdown("\n".join([f"**{claim}**", "", *numbers]))


def provenance(benchmark: Benchmark) -> list[str]:
    """Return lines that say where the results of a benchmark come from, for files made from them."""
    results = benchmark.results
    cohort = results["cohort"]
    simulated = ", SIMULATED DATA" if cohort["simulated"] else ""
    return [
        f"cohort: {cohort['title']} (id {cohort['cohort_id']}{simulated})",
        f"benchmark: {results['title']}, begun {results['created']} with RNAlign {results['code_version']}, "
        f"{count(results['seeds'], 'seed')}, {count(results['n_folds'], 'fold')}",
    ]


def stem(benchmark: Benchmark) -> str:
    """Return a name for files and widgets that belong to a benchmark: ASCII letters, digits, ``_-``."""
    return "rnalign-evidence-" + re.sub(r"[^A-Za-z0-9_-]+", "-", benchmark.path.name)
