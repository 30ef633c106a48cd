"""What users are told where something cannot be done: what, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from rnalign_core.files import data_home
from rnalign_core.problems import InputError
from rnalign_core.ui.problem_table import problem_table
from rnalign_core.ui.text import plain

REMEDY = (
    "Make room on that disk, or let RNAlign write there, and try again. The environment variables RNALIGN_HOME and "
    "TMPDIR name other folders for its data and for temporary files."
)
TEMPORARY = "the folder for temporary files"


@contextmanager
def said(what: str, where: str | None = None) -> Iterator[None]:
    """Show why the body could not be done, if an input is wrong or the disk refuses; the page goes on after it.

    Parameters
    ----------
    what
        Beginning of a sentence, such as "The cohort could not be saved".
    where
        What the body writes to, where the system does not say; by default the data home.
    """
    try:
        yield
    except InputError as error:
        st.error(f"{what}:", icon=":material/error:")
        problem_table(error.problems)
    except OSError as error:
        place = plain(error.filename2 or error.filename or where or data_home())
        st.error(f"{what}: {plain(error.strerror or error)} ({place}). {REMEDY}", icon=":material/error:")
