"""The state of a view in its URL, so that a link shows what its sender saw.

``v`` is the version of the scheme, 1; ``run`` the run; ``color`` what the maps are coloured by. Values that
mean nothing here are dropped, and the user is told so.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

import streamlit as st

from rnalign_core.ui.state import Keys, notice
from rnalign_core.ui.text import plain

VERSION = "1"


def read_link(allowed: Mapping[str, tuple[str, Container[str]]]) -> None:
    """Take the parameters of the URL into the session, once a session.

    Parameters
    ----------
    allowed
        Key in the session and possible values of each parameter.
    """
    if Keys.LINK_READ in st.session_state:
        return
    st.session_state[Keys.LINK_READ] = True
    given = st.query_params.to_dict()
    version = given.pop("v", VERSION)
    if version != VERSION:
        notice(
            f"The link is of version {plain(version)}, this program reads version {VERSION}: it was ignored."
        )
        return
    for name, (key, values) in allowed.items():
        value = given.get(name)
        if value is None:
            continue
        if value in values:
            st.session_state[key] = value
        else:
            notice(f"The link asks for {name} “{plain(value)}”, which is not here: it was ignored.")


def write_link(**parameters: str | None) -> None:
    """Put parameters into the URL, those that are None out of it; others stay."""
    wanted = {**st.query_params.to_dict(), "v": VERSION, **parameters}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
