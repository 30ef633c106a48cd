"""About: what RNAlign does, what not to conclude from it, versions, sources of data, and how to cite."""

import streamlit as st

from rnalign_core.ui.about_docs import guides
from rnalign_core.ui.about_page import how_to_cite, limits, method, sources, this_program, this_run
from rnalign_core.ui.sidebar import sidebar

run = sidebar()

st.title("About RNAlign", anchor=False)
method()
limits(run)
guides()
how_to_cite()
this_run(run)
this_program()
sources()
