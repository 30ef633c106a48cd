"""The documentation of the clone, to read in the dashboard: it may be all that a user of a shared server sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

import streamlit as st

from rnalign_core.ui.citation import CLONE

DOCS = CLONE / "docs"
GUIDES = {
    "tutorial-biologist.md": "Tutorial: pick a cell line for a tumor subtype, without programming",
    "tutorial-python.md": "Tutorial: the command line and Python",
    "file-formats.md": "File formats, in and out",
    "evidence.md": "Evidence: what a benchmark on real samples found",
}
CHOICE = "about_guide"  # widget
HEIGHT = 700  # pixels: long documents and wide tables scroll within
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_LINK_TO_FILE = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://)[^)\s]+\)")
_DOI = re.compile(r"\bdoi:(10\.\S+?)(?=[,;]? |[,;.]?$)", re.MULTILINE)


def section(file: str, heading: str) -> str:
    """Return what a document says below a heading of the second level, with DOIs as links."""
    text = (DOCS / file).read_text(encoding="utf-8")
    _, _, below = text.partition(f"\n## {heading}\n")
    return _DOI.sub(r"[doi:\1](https://doi.org/\1)", below.partition("\n## ")[0].strip())


def guides() -> None:
    """Let the user choose a document, and show it."""
    st.subheader("Read more", anchor=False)
    file = st.selectbox(
        "Document",
        list(GUIDES),
        index=None,
        key=CHOICE,
        format_func=GUIDES.get,
        placeholder="Choose a tutorial or a reference",
    )
    if file:
        with st.container(border=True, height=HEIGHT):
            _, _, text = (DOCS / file).read_text(encoding="utf-8").partition("\n")  # without its title
            for kind, part in readable(text):
                st.image(DOCS / part) if kind == "image" else st.markdown(part)
    st.caption(
        "The documents are in the folder `docs` of the program; reasons, with the measurements behind them, are in "
        "`docs/decisions`."
    )


def readable(text: str) -> Iterator[tuple[str, str]]:
    """Yield ``("image", file)`` and ``("text", Markdown)`` of a document in turn; links to files become words."""
    parts = _IMAGE.split(_LINK_TO_FILE.sub(r"\1", text))
    for i in range(0, len(parts), 3):
        if i:
            yield "image", parts[i - 1]
        if parts[i].strip():
            yield "text", parts[i]
