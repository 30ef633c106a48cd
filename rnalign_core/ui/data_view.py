"""Which half of the Data page is shown: the cohorts, or one's own samples. In the URL: ``view``, if it is ``place``."""

from __future__ import annotations

import streamlit as st

from rnalign_core.ui.choices import one_of
from rnalign_core.ui.links import PageLink, say_ignored, write_link

LINK = PageLink("data", ("view",))
COHORTS, PLACE = "cohorts", "place"
VIEWS = {COHORTS: ":material/database: Cohorts", PLACE: ":material/person_pin_circle: Place your own samples"}
VIEW = "data_view"  # widget


def choose_view() -> str:
    """Let the user choose what the page shows."""
    asked = LINK.pop("view")
    if asked in VIEWS:
        st.session_state[VIEW] = asked
    elif asked is not None:
        say_ignored("view", asked)
    view = one_of("View", VIEWS, VIEW, label_visibility="collapsed")
    write_link(view=None if view == COHORTS else view)
    return view
