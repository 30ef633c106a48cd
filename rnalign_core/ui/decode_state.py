"""The labels that the Decode page decodes with: in widgets, in the session and in the URL.

In the URL, beside ``run``: ``line`` (0 tumor, 1 cell line) and ``purity`` (0 to 1) where they are not those of the
homogenised decode, ``type`` where a cancer type is told to a model that takes one, ``sample`` where one sample alone is
decoded with them, ``color`` what the maps are coloured by where it is not the cancer type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.ui.links import PageLink, say_ignored

if TYPE_CHECKING:
    from rnalign_core.rank.at_labels import DecodeLabels

PARAMETERS = ("line", "purity", "type", "sample", "color")
LINK = PageLink("decode", PARAMETERS)
COLORS = ("cancer_type", "sample_type", "subtype", "purity")


class DecodeKeys:
    """Names in ``st.session_state``."""

    SCOPE = "decode_scope"  # widget, as are those up to COLOR
    SAMPLE = "decode_sample"
    LINE = "decode_line"
    PURITY = "decode_purity"
    TYPE = "decode_type"
    COLOR = "decode_color"
    MAP = "decode_map"  # folder of a run, and the map that was laid out last
    RELAY = "decode_relay"  # folder of a run, and the map that is being laid out
    FAILED = "decode_failed"  # folder of a run, and why its map could not be laid out


@dataclass(frozen=True)
class Choice:
    """What is decoded, and with which labels.

    Parameters
    ----------
    line, purity, cancer_type
        As of :class:`rnalign_core.rank.at_labels.DecodeLabels`; purity None: it is no label.
    sample
        The only sample that is decoded with them; None: all.
    """

    line: float
    purity: float | None
    cancer_type: str | None
    sample: str | None

    @property
    def labels(self) -> DecodeLabels:
        """The labels, for the core."""
        from rnalign_core.rank.at_labels import DecodeLabels  # brings torch along

        return DecodeLabels(self.line, 1.0 if self.purity is None else self.purity, self.cancer_type)

    @property
    def is_homogenised(self) -> bool:
        """Whether the labels are those of the homogenised decode."""
        return self.line == 1 and self.purity in (None, 1) and self.cancer_type is None

    def in_words(self) -> str:
        """Name the labels."""
        if self.is_homogenised:
            return "homogenised"
        kind = {0.0: "tumor", 1.0: "cell line"}.get(self.line, f"{100 * self.line:.0f} % cell line")
        told = f", told {self.cancer_type}" if self.cancer_type else ""
        pure = "" if self.purity is None else f", purity {100 * self.purity:.0f} %"
        return kind + pure + told


HOMOGENISED = Choice(line=1.0, purity=1.0, cancer_type=None, sample=None)


def follow_link(run: Run, samples: pd.Index, types: tuple[str, ...]) -> None:
    """Show what the URL asked for, as far as it is here; say what is not."""
    told = types if run.settings.conditions_on_type else ()
    for name in PARAMETERS:
        value = LINK.pop(name)
        if value is None:
            continue
        if name in ("line", "purity") and (percent := _percent(value)) is not None:
            st.session_state[DecodeKeys.LINE if name == "line" else DecodeKeys.PURITY] = percent
        elif name == "type" and value in told:
            st.session_state[DecodeKeys.TYPE] = value
        elif name == "sample" and value in samples:
            st.session_state[DecodeKeys.SCOPE] = "sample"
            st.session_state[DecodeKeys.SAMPLE] = value
        elif name == "color" and value in COLORS:
            st.session_state[DecodeKeys.COLOR] = value
        else:
            say_ignored(name, value)


def _percent(text: str) -> int | None:
    """Return a share that a URL gives as whole percents, None if it is none."""
    try:
        percent = round(100 * float(text))
    except (ValueError, OverflowError):
        return None
    return percent if 0 <= percent <= 100 else None
