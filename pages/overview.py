"""Overview: tumors and cell lines before and after alignment, how well they match, and how to read it."""

import streamlit as st

from rnalign_core.ui.about_run import how_to_read, settings_and_sources
from rnalign_core.ui.key_numbers import key_numbers, label_conditioned_panel
from rnalign_core.ui.maps import LINK, maps
from rnalign_core.ui.match_rates import match_rates
from rnalign_core.ui.run_notices import simulated_warning
from rnalign_core.ui.sidebar import require_run
from rnalign_core.ui.state import Keys

LINK.take(Keys.COLOR_BY)
run = require_run()

st.title("Tumors and cell lines, aligned", anchor=False)
st.markdown(
    "RNAlign takes out of expression profiles what sets cell lines apart from tumors without being the cancer: "
    "culture, stroma, immune cells. Then lines and tumors of the same cancer meet."
)
simulated_warning(run, "Fetch real data, or import your own, on the Data page.")
if run.metrics["headline"]:
    key_numbers(run)
else:
    label_conditioned_panel(run)

maps(run)
if run.metrics["headline"]:
    match_rates(run)

how_to_read()
settings_and_sources(run)
