"""Text from users and files, made safe to put into Markdown and into figures."""

from __future__ import annotations

import html
import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def for_markdown(text: object) -> str:
    """Return `text` so that Markdown shows it letter by letter, on one line.

    Every ASCII punctuation mark gets a backslash, which CommonMark drops, so that no link, image, formula or
    directive comes about.
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(str(text).split()))


def for_plotly(text: object) -> str:
    """Return `text` so that Plotly shows it letter by letter; Plotly reads some HTML, links included."""
    return html.escape(" ".join(str(text).split()), quote=False)
