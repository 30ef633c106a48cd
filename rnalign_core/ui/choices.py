"""Choices, and how their options are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

Option = TypeVar("Option")


def told_apart(names: Mapping[str, object]) -> dict[str, str]:
    """Return a label for each key: its name, and the key where others have the same name.

    Streamlit takes options of the same label for one.
    """
    times = Counter(map(str, names.values()))
    return {key: str(name) if times[str(name)] == 1 else f"{name} ({key})" for key, name in names.items()}


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
