"""Which disease the Subtypes page shows, and what it says where it cannot."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from rnalign_core.cohort.words import count
from rnalign_core.model import Run
from rnalign_core.plots.palette import type_name
from rnalign_core.problems import InputError
from rnalign_core.rank.score import MIN_TUMORS
from rnalign_core.rank.subtypes import FIRST, Disease
from rnalign_core.ui.choices import one_of
from rnalign_core.ui.links import say_ignored
from rnalign_core.ui.run_notices import offer_runs, other_runs
from rnalign_core.ui.runs import kept
from rnalign_core.ui.subtypes_data import diseases_of
from rnalign_core.ui.subtypes_state import LINK, SPACES, USUAL_SPACE, SubtypeKeys, put_link
from rnalign_core.ui.text import plain


def choose_disease(run: Run) -> Disease:
    """Let the user choose a disease; where the cohort lacks it, say so, offer runs that have it, stop the page."""
    found = diseases_of(run)
    wanted = LINK.pop("disease")
    if wanted is not None:
        if wanted in found or _runs_with(run, wanted):
            st.session_state[SubtypeKeys.DISEASE] = wanted
        else:
            say_ignored("disease", wanted)
    names = list(found) + [name for name in FIRST if name not in found]
    chosen = st.session_state.get(SubtypeKeys.DISEASE, next(iter(found), FIRST[0]))
    names += [] if chosen in names else [chosen]
    st.session_state[SubtypeKeys.DISEASE] = st.session_state[SubtypeKeys.DISEASE_CHOICE] = chosen
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.selectbox(
            "Disease",
            names,
            key=SubtypeKeys.DISEASE_CHOICE,
            format_func=lambda name: _label(name, found.get(name)),
            on_change=_keep_disease,
            width=420,
        )
        choose_space()
    if chosen not in found:
        _lacking(run, chosen)
    return found[chosen]


def choose_space() -> None:
    """Let the user choose where lines are compared with tumors."""
    wanted = LINK.pop("space")
    if wanted in SPACES:
        st.session_state[SubtypeKeys.SPACE] = wanted
    elif wanted is not None:
        say_ignored("space", wanted)
    one_of(
        "Compare lines with tumors",
        SPACES,
        SubtypeKeys.SPACE,
        USUAL_SPACE,
        help="**Aligned, with residual** keeps what differs between patients and is the one to read. **Latent space** "
        "tells cancer types apart best, subtypes less well. **Not aligned**: expression standardised within tumors and "
        "within lines, for comparison.",
    )


def about_disease(disease: Disease) -> None:
    """Say how many samples there are, and what limits the calls."""
    kinds = f"{len(disease.groups)} {'cancer types' if disease.told else 'subtypes'}"
    without = f" and {len(disease.others):,} of none of them" if len(disease.others) else ""
    sentence = (
        f"**{count(len(disease.tumors), 'tumor')}** of {kinds}{without}; "
        f"**{count(len(disease.lines), 'cell line')}**."
    )
    if disease.too_few:
        few = ", ".join(f"{plain(name)} ({n})" for name, n in disease.too_few.items())
        sentence += f" Fewer than {MIN_TUMORS} tumors, so that no line is called so: {few}."
    st.markdown(sentence)
    if disease.told:
        st.caption(
            f":material/info: {' and '.join(disease.groups)} are cancer types, and training was told the type of every "
            "tumor. That they keep apart after alignment is no finding. The type of a line was never told to the model "
            "that aligns it."
        )


def _label(name: str, disease: Disease | None) -> str:
    title = name if type_name(name) == name else f"{name} · {type_name(name)}"
    return title if disease else f"{title} (not in this cohort)"


def _keep_disease() -> None:
    st.session_state[SubtypeKeys.DISEASE] = st.session_state[SubtypeKeys.DISEASE_CHOICE]


def _lacking(run: Run, name: str) -> None:
    st.info(
        f"**{plain(type_name(name))}:** the cohort “{plain(run.info['cohort_title'])}” has no two subtypes of it "
        f"with at least {MIN_TUMORS} tumors each. Choose another disease, or open a run whose cohort has them.",
        icon=":material/search_off:",
    )
    offer_runs(_runs_with(run, name))
    put_link(name, st.session_state[SubtypeKeys.SPACE], None)
    st.stop()


def _runs_with(run: Run, name: str) -> list[Run]:
    """Return other runs whose cohorts have the subtypes of a disease."""
    found = []
    for other in other_runs(run):
        with suppress(InputError):  # a damaged run, which the list of runs names
            found += [kept(other)] if name in diseases_of(kept(other)) else []
    return found
