"""The state of a view in its URL, so that a link shows what its sender saw.

``v`` is the version of the scheme, 1; ``run`` the run; ``color`` what the maps are coloured by; other parameters are of
single pages (:class:`PageLink`). Values that mean nothing here are dropped, and the user is told so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Mapping

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
            notice(_ignored(name, value))


def say_ignored(name: str, value: str) -> None:
    """Say where the page is that what a link asks for is not here."""
    st.info(_ignored(name, value), icon=":material/link_off:")


def _ignored(name: str, value: str) -> str:
    return f"The link asks for {name} “{plain(value)}”, which is not here: it was ignored."


class PageLink:
    """What the URL asks of one page. It is noted at the start of a session and looked up as the page gets to it.

    Parameters
    ----------
    page
        Name of the page.
    parameters
        Names of its parameters.
    """

    def __init__(self, page: str, parameters: Collection[str]):
        self._key, self._parameters = f"{page}_asked", parameters

    def take(self) -> None:
        """Note what is asked, once a session. To be called before the sidebar, which writes the URL."""
        if self._key in st.session_state:
            return
        given = st.query_params.to_dict()
        known = {name: given[name] for name in self._parameters if name in given}
        st.session_state[self._key] = known if given.get("v", VERSION) == VERSION else {}

    def pop(self, name: str) -> str | None:
        """Return what is asked under a name, the first time; None where nothing is."""
        return st.session_state[self._key].pop(name, None)

    def pop_several(self, name: str, known: Container[str]) -> list[str] | None:
        """Return what is known of a list that is asked for, as :func:`joined` writes it, and say what is not."""
        asked = self.pop(name)
        if asked is None:
            return None
        wanted = _split(asked)
        if any(value not in known for value in wanted) and all(value in known for value in asked.split(",")):
            wanted = asked.split(",")  # a link of old, when nothing was escaped
        if unknown := [value for value in wanted if value not in known]:
            say_ignored(name, ", ".join(unknown))
        return [value for value in wanted if value in known]


def write_link(**parameters: str | None) -> None:
    """Put parameters into the URL, those that are None out of it; others stay."""
    wanted = {**st.query_params.to_dict(), "v": VERSION, **parameters}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)


def joined(values: Collection[str]) -> str | None:
    """Return a list as :meth:`PageLink.pop_several` reads it, None if it is empty.

    Commas stand between values; one within a value has a backslash before it, and so has a backslash.
    """
    return ",".join(re.sub(r"[\\,]", r"\\\g<0>", value) for value in values) or None


def _split(text: str) -> list[str]:
    """Return the values of a list that :func:`joined` wrote. A backslash before another letter stands for itself."""
    values = [""]
    for token in re.findall(r"\\[\\,]|.", text, re.DOTALL):
        if token == ",":
            values.append("")
        else:
            values[-1] += token[-1]
    return values


def clear_link() -> None:
    """Leave in the URL only which run is shown."""
    write_link(**dict.fromkeys(set(st.query_params) - {"v", "run"}))
