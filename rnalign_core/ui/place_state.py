"""What the session remembers of uploaded samples: the files, how they are to be read, what came out.

All of it is in the session's own memory, none in a cache that sessions share. Results are kept under the SHA-256 of
the bytes that they were made from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from rnalign_core.cohort.schema import TUMOR
from rnalign_core.model import Run
from rnalign_core.place.query import Query, read_query
from rnalign_core.problems import InputError, Problem
from rnalign_core.rank.ranking import Ranking
from rnalign_core.ui import runs
from rnalign_core.ui.uploads import FOUND_OUT, Upload, private_files

if TYPE_CHECKING:
    from rnalign_core.place import Placed

EXPRESSION, SAMPLES = "place_expression", "place_samples"  # widgets, and with FILE before it what they held
FILE = "file_"
RESULT = "place_result_"  # (what it was made from, what came out), by what it is
CHOSEN = "place_chosen"  # sample whose neighbours are shown
READING = "Reading and checking the file …"
RANKING = "Comparing every cell line with these tumors …"
PLACING = "Placing the samples: every model encodes them …"
AS_FOUND = {  # widgets that correct how the expression is read
    "place_orientation": FOUND_OUT,
    "place_unit": FOUND_OUT,
    "place_gene_ids": "",
    "place_sample_type": TUMOR,
}
T = TypeVar("T")


@dataclass(frozen=True)
class Corrections:
    """How to read an upload; None: as is found out."""

    orientation: str | None = None
    unit: str | None = None
    gene_ids: str | None = None
    sample_type: str = "tumor"


def take_file(slot: str) -> None:
    """Keep what an uploader holds, beyond the page that shows it. To be called when the uploader changes."""
    file = st.session_state[slot]
    keep_file(slot, Upload.of(file) if file else None)


def keep_file(slot: str, upload: Upload | None) -> None:
    """Keep an upload in the session, or none; what came out of an earlier one, and corrections of it, are forgotten."""
    st.session_state[FILE + slot] = upload
    if slot == EXPRESSION:
        for name, as_found in AS_FOUND.items():
            st.session_state[name] = as_found
    for name in ("query", "placed", "ranking"):
        st.session_state.pop(RESULT + name, None)


def file_of(slot: str) -> Upload | None:
    """Return the upload that the session holds."""
    return st.session_state.get(FILE + slot)


def query_of(run: Run, corrections: Corrections) -> Query | tuple[Problem, ...]:
    """Return the uploaded samples as read, or everything that is wrong with them."""
    return _kept("query", _inputs(run, corrections), READING, lambda: _read(run, corrections))


def _read(run: Run, corrections: Corrections) -> Query | tuple[Problem, ...]:
    uploads = [upload for slot in (EXPRESSION, SAMPLES) if (upload := file_of(slot))]
    genes = runs.aligned_run(run).genes
    with private_files(uploads) as paths:
        return _or_problems(lambda: read_query(*paths, genes=genes, **asdict(corrections)))


def placed_of(run: Run, corrections: Corrections, query: Query) -> Placed | tuple[Problem, ...]:
    """Return the uploaded samples among those of a run, or why they cannot be placed."""

    def make() -> Placed | tuple[Problem, ...]:
        from rnalign_core.place import place  # brings torch along

        return _or_problems(lambda: place(runs.aligned_run(run), query))

    return _kept("placed", _inputs(run, corrections), PLACING, make)


def ranking_for(placed: Placed, sample_ids: tuple[str, ...]) -> Ranking | tuple[Problem, ...]:
    """Return the lines ranked for placed tumors, or why they cannot be; the last of several answers is kept."""
    inputs = (*st.session_state[RESULT + "placed"][0], sample_ids)
    return _kept("ranking", inputs, RANKING, lambda: _or_problems(lambda: placed.rank(sample_ids)))


def _or_problems(make: Callable[[], T]) -> T | tuple[Problem, ...]:
    try:
        return make()
    except InputError as error:
        return error.problems


def _inputs(run: Run, corrections: Corrections) -> tuple:
    """Return what a result depends on."""
    hashes = tuple(upload and upload.sha256 for upload in map(file_of, (EXPRESSION, SAMPLES)))
    return (*runs.version(run), *hashes, corrections)


def _kept(name: str, inputs: tuple, doing: str, make: Callable[[], T]) -> T:
    """Return the session's result of a name, made anew where its inputs changed."""
    made_from, result = st.session_state.get(RESULT + name, (None, None))
    if made_from != inputs:
        with st.spinner(doing):
            result = make()
        st.session_state[RESULT + name] = (inputs, result)
    return result
