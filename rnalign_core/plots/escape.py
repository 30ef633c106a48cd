"""Text from users and files, made safe to put into Markdown and into figures."""

from __future__ import annotations

import html
import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# What GitHub's Markdown, which Streamlit shows, makes links of, backslashes or not; up to where it is cut.
_ADDRESS = re.compile(r"(https?:(?=//)|www(?=\.)|@(?=[-\w]))", re.IGNORECASE)
_WORD_JOINER = "\u2060"  # has no width


def for_markdown(text: object) -> str:
    """Return `text` so that Markdown shows it letter by letter, on one line.

    Every ASCII punctuation mark gets a backslash, which CommonMark drops, so that no link, image, formula or
    directive comes about. Addresses hold an invisible character, or they would become links all the same.
    """
    one_line = _ADDRESS.sub(rf"\1{_WORD_JOINER}", " ".join(str(text).split()))
    return _PUNCTUATION.sub(r"\\\1", one_line)


def for_plotly(text: object) -> str:
    """Return `text` so that Plotly shows it letter by letter; Plotly reads some HTML, links included."""
    return html.escape(" ".join(str(text).split()), quote=False)
