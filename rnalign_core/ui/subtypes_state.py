"""What the Subtypes page remembers, in the session and in the URL.

In the URL, beside ``run``: ``disease``, ``space`` (where lines are compared with tumors) and ``map`` (of what kind
the maps are), absent for the usual ones, and ``line``, whose card is open.
"""

from __future__ import annotations

from rnalign_core.model import Run
from rnalign_core.ui.links import PageLink, write_link
from rnalign_core.ui.state import of_run, remember

SPACES = {"residual": "Aligned, with residual", "latent": "Latent space", "input": "Not aligned"}
USUAL_SPACE = "residual"
LAYOUTS = {"pca": "PCA of this disease", "umap": "UMAP of all samples"}
USUAL_LAYOUT = "pca"
LINK = PageLink("subtypes", ("disease", "space", "map", "line"))


class SubtypeKeys:
    """Names in ``st.session_state``."""

    DISEASE = "subtypes_disease"
    DISEASE_CHOICE = "subtypes_disease_choice"  # widget
    SPACE = "subtypes_space"  # widget
    LAYOUT = "subtypes_layout"  # widget
    LINE = "subtypes_line"  # folder of a run, and the line whose card is open
    LINE_CHOICE = "subtypes_line_choice"  # widget
    TABLE = "subtypes_table"  # how often the table was drawn anew, to forget its selected row


def put_link(disease: str, space: str, line: str | None) -> None:
    """Write the state of the page into the URL."""
    write_link(disease=disease, space=None if space == USUAL_SPACE else space, line=line)


def put_map(layout: str) -> None:
    """Write into the URL of what kind the maps are."""
    write_link(map=None if layout == USUAL_LAYOUT else layout)


def open_line(run: Run) -> str | None:
    """Return the line of `run` whose card is open."""
    return of_run(run, SubtypeKeys.LINE)


def show_line(run: Run, line: str | None) -> None:
    """Open the card of a line, None: close it."""
    remember(run, SubtypeKeys.LINE, line)
