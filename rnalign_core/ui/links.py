"""The state of a view in its URL, so that a link shows what its sender saw.

``v`` is the version of the scheme, 1; ``run`` the run; other parameters are of single pages (:class:`PageLink`). Values
that mean nothing here are dropped, and the user is told so.

The URL is read at the start of a session, and when the browser goes back or forward. From then on it is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rnalign_core.ui.state import Keys, notice
from rnalign_core.ui.text import plain

VERSION = "1"
ONE_ENTRY = """
export default function () {
  if (history.oneEntry) return;
  history.oneEntry = true;
  const { pushState, replaceState } = history;
  let acted = false;
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { acted = true; }, true);
  history.pushState = (...entry) => {
    (acted ? pushState : replaceState).apply(history, entry);
    acted = false;
  };
}
"""

_component = st.components.v2.component("rnalign_one_entry", js=ONE_ENTRY)


def one_entry_a_view() -> None:
    """Let the browser keep one entry in its history for what the user does, however often the URL is written then.

    Streamlit adds an entry for the page and one for each :func:`write_link`.
    """
    _component(key="one-entry", width="content")


def read_link(runs: Container[str]) -> None:
    """Show the run that the URL asks for, if it is one of `runs`."""
    if not _is_to_be_read(Keys.LINK_READ):
        return
    st.session_state[Keys.LINK_READ] = True
    given = st.query_params.to_dict()
    version = given.pop("v", VERSION)
    if version != VERSION:
        notice(
            f"The link is of version {plain(version)}, this program reads version {VERSION}: it was ignored."
        )
        return
    asked = given.get("run")
    if asked in runs:
        st.session_state[Keys.RUN] = asked
    elif asked is not None:
        notice(_ignored("run", asked))


def _is_to_be_read(key: str) -> bool:
    """Whether the URL says what to show, rather than the session, which has a key from the first time on.

    A URL without parameters is that of a page as the menu opens it, and says nothing.
    """
    went_back = getattr(get_script_run_ctx(), "is_history_navigation", False)  # or forward
    return key not in st.session_state or (went_back and len(st.query_params) > 0)


def say_ignored(name: str, value: str) -> None:
    """Say where the page is that what a link asks for is not here."""
    st.info(_ignored(name, value), icon=":material/link_off:")


def _ignored(name: str, value: str) -> str:
    return f"The link asks for {name} “{plain(value)}”, which is not here: it was ignored."


class PageLink:
    """What the URL asks of one page. It is noted when the URL is to be read, and looked up as the page gets to it.

    Parameters
    ----------
    page
        Name of the page.
    parameters
        Names of its parameters.
    """

    def __init__(self, page: str, parameters: Collection[str]):
        self._key, self._parameters = f"{page}_asked", parameters

    def take(self, *keys: str) -> bool:
        """Note what is asked. To be called before the sidebar, which writes the URL.

        Parameters
        ----------
        *keys
            Where the session has what the parameters say. When the browser goes back or forward, that is forgotten:
            what the URL leaves out is then as usual.

        Returns
        -------
        bool
            Whether it was forgotten.
        """
        if not _is_to_be_read(self._key):
            return False
        anew = self._key in st.session_state
        for key in keys if anew else ():
            st.session_state.pop(key, None)
        given = st.query_params.to_dict()
        known = {name: given[name] for name in self._parameters if name in given}
        st.session_state[self._key] = known if given.get("v", VERSION) == VERSION else {}
        return anew

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
