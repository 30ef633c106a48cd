"""What pages say of a run before they show it: that its data are simulated, or that they cannot show it at all."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rnalign_core.model import Run
from rnalign_core.ui.links import clear_link
from rnalign_core.ui.runs import finished_runs
from rnalign_core.ui.state import open_run
from rnalign_core.ui.text import plain

SIMULATED = (
    "**Simulated data.** No sample is a real tumor or cell line: the numbers show how the program works, not what is "
    "true of cancer."
)


def simulated_warning(run: Run, advice: str = "") -> None:
    """Warn where the data of a run are simulated, with `advice` after it."""
    if run.info["simulated"]:
        st.warning(f"{SIMULATED} {advice}".rstrip(), icon=":material/science:")


def refuse_label_conditioned(run: Run, why: str) -> None:
    """Stop the page for a model that was told the types of lines, say `why` in a sentence, and offer other runs."""
    if not run.settings.conditions_on_type:
        return
    st.warning(
        f"**This model was told the cancer type of every cell line.** {why} Open a run that was trained without the "
        "lines' types.",
        icon=":material/label:",
    )
    offer_runs(other_runs(run))
    clear_link()
    st.stop()


def other_runs(run: Run) -> list[Run]:
    """Return the finished runs besides `run` whose models were not told the types of lines."""
    return [
        other
        for other in finished_runs().values()
        if other.path.resolve() != run.path.resolve() and not other.settings.conditions_on_type
    ]


def offer_runs(runs: Sequence[Run]) -> None:
    """Show a button to open each of these runs."""
    if not runs:
        st.caption("No finished run fits. Fetch or import a cohort on the Data page, and train on it.")
    for number, run in enumerate(runs):
        st.button(
            f"Open “{plain(run.info['title'])}” ({plain(run.info['cohort_title'])})",
            icon=":material/open_in_new:",
            key=f"open-run-{number}",
            on_click=open_run,
            args=(run,),
        )
