"""Subtypes: the tumors and lines of a disease, what each line is called, and how far to trust it."""

import streamlit as st

from rnalign_core.ui.run_notices import refuse_label_conditioned, simulated_warning
from rnalign_core.ui.sidebar import require_run
from rnalign_core.ui.subtypes_calls import line_calls
from rnalign_core.ui.subtypes_card import follow_link, line_card
from rnalign_core.ui.subtypes_choice import about_disease, choose_disease
from rnalign_core.ui.subtypes_map import disease_maps
from rnalign_core.ui.subtypes_state import LINK, SubtypeKeys, open_line, put_link
from rnalign_core.ui.subtypes_trust import preservation_panel, reliability_panel

if LINK.take(SubtypeKeys.DISEASE, SubtypeKeys.SPACE, SubtypeKeys.LAYOUT, SubtypeKeys.LINE):
    st.session_state[SubtypeKeys.TABLE] = st.session_state.get(SubtypeKeys.TABLE, 0) + 1
run = require_run()

st.title("Subtypes", anchor=False)
st.markdown(
    "Within one disease: do tumor subtypes stay apart after alignment, and which subtype does each cell line resemble?"
)
simulated_warning(run)
refuse_label_conditioned(
    run,
    "What it makes of a line follows that label, so the tumors next to the line repeat what was told and say nothing "
    "of its subtype.",
)
disease = choose_disease(run)
space = st.session_state[SubtypeKeys.SPACE]
follow_link(run, disease)
put_link(disease.name, space, open_line(run))

about_disease(disease)
disease_maps(run, disease, space)
if len(disease.lines):
    calls = line_calls(run, disease, space)
    line_card(run, disease, calls)
else:
    st.info(
        "The cohort has no cell line of this disease, so there is none to call.", icon=":material/search_off:"
    )
preservation_panel(run, disease)
if len(disease.lines):
    reliability_panel(run, disease, space)
