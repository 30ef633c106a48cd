"""What the Decode page computes of a run, kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.ui import runs
from rnalign_core.ui.runs import version

if TYPE_CHECKING:
    from rnalign_core.rank.at_labels import DecodeLabels
    from rnalign_core.rank.live import LiveDecode, Numbers
    from rnalign_core.rank.live_sample import SampleNumbers
    from rnalign_core.rank.support import Support


def live(run: Run) -> LiveDecode:
    """Return a run ready to be decoded with any labels; the first time takes seconds, and the page says so."""
    return _live(*version(run), run)


@st.cache_resource(max_entries=3, show_spinner="Preparing the models for any labels …")
def _live(path: str, mtime_ns: int, _run: Run) -> LiveDecode:
    from rnalign_core.rank.live import LiveDecode  # brings torch along

    return LiveDecode.of(runs.aligned_run(_run))


def support(run: Run) -> Support:
    """Return which labels the training of a run saw."""
    from rnalign_core.rank.support import Support

    return Support.of(live(run).decoder.labels, run.settings)


def input_relative_delta_d(run: Run) -> float | None:
    """Return relative Delta D of the standardised input."""
    return _input_relative_delta_d(*version(run), run)


@st.cache_resource(max_entries=8, show_spinner="Measuring distances in the input …")
def _input_relative_delta_d(path: str, mtime_ns: int, _run: Run) -> float | None:
    return live(_run).input_relative_delta_d(runs.aligned_run(_run).inputs.x)


def numbers(run: Run, at: DecodeLabels) -> Numbers:
    """Return what labels do to the cohort."""
    return _numbers(*version(run), at.line, at.purity, at.cancer_type, run, at)


@st.cache_resource(max_entries=512, show_spinner=False)
def _numbers(
    path: str,
    mtime_ns: int,
    line: float,
    purity: float,
    cancer_type: str | None,
    _run: Run,
    _at: DecodeLabels,
) -> Numbers:
    return live(_run).numbers(_at)


def sample_numbers(run: Run, sample_id: str, at: DecodeLabels) -> SampleNumbers:
    """Return where labels put one sample."""
    from rnalign_core.rank.live_sample import sample_numbers

    return sample_numbers(live(run), sample_id, at)


def genes(run: Run, at: DecodeLabels, sample_id: str | None) -> pd.Series:
    """Return the change of decoded expression from the homogenised decode by gene, log2(TPM+1)."""
    return live(run).genes(at, sample_id)
