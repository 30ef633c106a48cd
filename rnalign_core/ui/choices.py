"""A choice between a few things that are all shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

Option = TypeVar("Option")


def one_of(
    label: str, options: Mapping[Option, str], key: str, usual: Option | None = None, **extra: object
) -> Option:
    """Let the user choose one of some options, given with their names; the session remembers which.

    Parameters
    ----------
    label
        What is chosen.
    options
        Names of the options.
    key
        Key of the choice in the session.
    usual
        The option to start with, by default the first.
    **extra
        For :func:`streamlit.segmented_control`.
    """
    if st.session_state.get(key) not in options:
        st.session_state[key] = next(iter(options)) if usual is None else usual
    return st.segmented_control(
        label,
        list(options),
        key=key,
        format_func=options.get,
        required=True,
        persist_state="session",
        **extra,
    )
