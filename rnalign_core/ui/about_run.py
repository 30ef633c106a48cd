"""How to read the Overview, and what made its numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.model import Run, Settings
from rnalign_core.ui.text import plain

HOW_TO_READ = """
- **Before and after.** RNAlign takes out of an expression profile what comes from culture, stroma, immune cells and
  platform. If that works, a cell line comes to lie among the tumors of the cancer it was made from.
- **Maps (A, B).** UMAP puts samples with similar profiles next to each other, so it shows groups and who is in them.
  It does not keep distances: how far apart two groups are, how large a group is and how wide a gap is mean nothing,
  and another run of UMAP draws another picture. Never read similarity off a map. All rates here are computed on the
  full profiles.
- **Match rate (C).** Each cell line is called the most common cancer type of its nearest tumors. It matches if that is
  its own type. *Before* uses the expression standardised within tumors and within lines, which is already a fair
  alignment and harder to beat than raw data. Map A shows the expression without that step.
- **Cross-fitted.** Cell lines are dealt into groups. A line is aligned by a model that saw its expression, but was
  never told its cancer type. Otherwise a model could simply put the line where its label says, and look perfect.
- **Chance.** The match rate that is left when the lines' cancer types are shuffled. A rate near chance is no match.
- **Few lines, wide intervals.** With 6 lines, 50 % may well be 20 % or 80 %. Compare intervals, not dots, and prefer
  types with many lines for conclusions.
- **What alignment takes away.** A decoded profile is what the model expects of a sample. Most differences *within* a
  cancer type are not in it, so do not read subtypes off map B. The Evidence page says how much is kept.
- **What a match is not.** It says that the transcriptomes resemble each other, not that mutations, drug response or
  growth do.
"""


def how_to_read() -> None:
    """Explain the page to biologists."""
    with st.expander("How to read this page", icon=":material/menu_book:"):
        st.markdown(HOW_TO_READ)


def settings_and_sources(run: Run) -> None:
    """Show which cohort and which model the page is about."""
    info, metrics = run.info, run.metrics
    with st.expander("Cohort, model and settings", icon=":material/tune:"):
        sources, settings = st.columns(2, gap="large")
        with sources:
            st.markdown(f"**Cohort: {plain(info['cohort_title'])}**")
            about = run.aligned.uns.get("rnalign", {})
            st.markdown("\n".join(f"- {plain(sentence)}" for sentence in about.get("provenance", [])))
            st.caption(f"Cohort id {plain(info['cohort_id'])}")
            st.markdown(f"**Run: {plain(info['title'])}**")
            st.markdown("\n".join(f"- {fact}" for fact in _facts(run)))
            st.caption(f"Trained {plain(info['created'])} with RNAlign {plain(info['code_version'])}")
            st.markdown("**Definition of the match rate**")
            st.markdown(plain(metrics["definition"]))
        with settings:
            st.table(settings_table(run.settings), hide_index=True)


def _facts(run: Run) -> list[str]:
    metrics = run.metrics
    dcor, seconds = metrics["dcor"], metrics["seconds"]
    left = {"sample type within cancer type": dcor["z_sample_type_within_type"], "purity": dcor["z_purity"]}
    known = [f"{label} {value:.3f}" for label, value in left.items() if value is not None]
    return [
        f"variant {plain(run.settings.variant)}, {len(run.settings.fold_ids)} models",
        f"reconstruction of held-out samples: R² {metrics['r2']['heldout']:.2f}",
        "what the latent space still tells (bias-corrected distance correlation, 0 is nothing): "
        + (", ".join(known) or "too few samples to say"),
        f"training took {seconds['training']:,.0f} s of computing, what follows it {seconds['finishing']:,.0f} s",
    ]


def settings_table(settings: Settings) -> pd.DataFrame:
    """Return every setting with its value and meaning."""
    rows = [
        (name, "all" if value is None else str(value), Settings.model_fields[name].description)
        for name, value in settings.model_dump().items()
    ]
    return pd.DataFrame(rows, columns=["Setting", "Value", "Meaning"])
