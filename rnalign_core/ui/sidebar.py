"""The sidebar that all pages share: which cohort and which run they show."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from rnalign_core.model import Run
from rnalign_core.ui.choices import told_apart
from rnalign_core.ui.copy_link import copy_link
from rnalign_core.ui.links import one_entry_a_view, read_link, write_link
from rnalign_core.ui.refusals import said
from rnalign_core.ui.runs import finished_runs, kept
from rnalign_core.ui.state import Keys, notice
from rnalign_core.ui.text import plain

NAME = "RNAlign"
MARK = """<circle cx="11" cy="15" r="8.5" fill="#c2703d" fill-opacity=".85"/>
<path d="M20 5.5 29.5 15 20 24.5 10.5 15Z" fill="#0e8a92" fill-opacity=".85"/>"""
ICON = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 30">{MARK}</svg>'
LOGO = f"""<svg xmlns="http://www.w3.org/2000/svg" width="132" height="30" viewBox="0 0 132 30">{MARK}
<text x="38" y="22" font-family="system-ui,sans-serif" font-size="21" font-weight="600" fill="#0e8a92">{NAME}</text>
</svg>"""


def sidebar() -> Run | None:
    """Show the sidebar and return the run to show, None if there is no finished one or the chosen one is damaged."""
    st.logo(LOGO, size="large")
    runs = finished_runs()
    read_link(runs)
    wanted = st.session_state.pop(Keys.RUN_PATH, None)
    if wanted is not None:
        matching = [name for name, run in runs.items() if run.path == Path(wanted)]
        st.session_state[Keys.RUN] = matching[0] if matching else None
    shown = st.session_state.get(Keys.RUN)
    if shown not in runs:
        st.session_state[Keys.RUN] = next(iter(runs), None)
        if shown is not None:
            notice(f"The run “{plain(shown)}”, which was shown here, is gone: it was deleted or moved.")
    with st.sidebar:
        _choose(runs)
        copy_link()
        one_entry_a_view()
    for sentence in st.session_state.pop(Keys.NOTICES, []):
        st.info(sentence, icon=":material/link_off:")
    chosen = st.session_state[Keys.RUN]
    write_link(run=chosen)
    if chosen:
        with said(f"The run “{plain(runs[chosen].info['title'])}” is damaged"):
            return kept(runs[chosen])
    return None


def _choose(runs: dict[str, Run]) -> None:
    if not runs:
        st.caption("No finished run yet.")
        return
    st.session_state[Keys.RUN_CHOICE] = st.session_state[Keys.RUN]
    st.selectbox(
        "Run",
        list(runs),
        key=Keys.RUN_CHOICE,
        format_func=told_apart({name: run.info["title"] for name, run in runs.items()}).get,
        on_change=_chosen,
        help="A trained model with its results. Train more of them on the Train page.",
    )
    info = runs[st.session_state[Keys.RUN]].info
    with st.container(gap="xsmall"):
        st.markdown(f"**{plain(info['cohort_title'])}**")
        if info["simulated"]:
            st.badge("Simulated data", icon=":material/science:", color="orange")
        st.caption(
            f"{info['n_tumors']:,} tumors · {info['n_lines']:,} cell lines · {info['n_genes']:,} genes"
        )


def _chosen() -> None:
    st.session_state[Keys.RUN] = st.session_state[Keys.RUN_CHOICE]


def require_run() -> Run:
    """Show the sidebar and return the run to show; where there is none, say what to do and stop the page."""
    run = sidebar()
    if run is None:
        st.title(NAME)
        if not st.session_state[Keys.RUN]:  # else it is damaged, as was said
            st.info(
                "There is no finished run to show. Open the **Train** page, choose a cohort and start a training; "
                "or run `make demo`, which rebuilds the bundled demo.",
                icon=":material/model_training:",
            )
        st.stop()
    return run
