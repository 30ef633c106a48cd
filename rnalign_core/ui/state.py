"""What a session remembers: every key the pages share, in one place."""

from __future__ import annotations

import streamlit as st

from rnalign_core.model import Run


class Keys:
    """Names in ``st.session_state``."""

    RUN = "run"  # id of the run that all pages show, as in the URL
    RUN_PATH = "run_path"  # folder of a run that is to be shown from the next run of the page on
    RUN_CHOICE = "run_choice"  # widget
    COLOR_BY = "color_by"  # widget
    SELECTED = "selected"  # folder of a run, and ids of the samples selected on its maps
    LINK_READ = "link_read"  # whether the run of this session's URL has been read
    NOTICES = "notices"  # sentences to show once


def open_run(run: Run) -> None:
    """Show `run` on all pages from the next run of the page on."""
    st.session_state[Keys.RUN_PATH] = str(run.path)


def notice(sentence: str) -> None:
    """Show a sentence once, at the top of the page."""
    st.session_state.setdefault(Keys.NOTICES, []).append(sentence)


def remember(run: Run, key: str, value: object) -> None:
    """Put a value that belongs to `run` into the session under a key."""
    st.session_state[key] = (str(run.path), value)


def of_run(run: Run, key: str) -> object:
    """Return what was remembered under a key, if it is of `run`; else None."""
    owner, value = st.session_state.get(key, (None, None))
    return value if owner == str(run.path) else None
