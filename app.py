"""The dashboard: page configuration and navigation."""

import streamlit as st

from rnalign_core.ui.sidebar import ICON, NAME

st.set_page_config(
    page_title=NAME,
    page_icon=ICON,
    layout="wide",
    menu_items={"about": "RNAlign aligns tumor and cancer-cell-line transcriptomes."},
)
st.navigation(
    [
        st.Page("pages/overview.py", title="Overview", icon=":material/scatter_plot:", default=True),
        st.Page("pages/explore.py", title="Explore", icon=":material/travel_explore:"),
        st.Page("pages/subtypes.py", title="Subtypes", icon=":material/category:"),
        st.Page("pages/pick.py", title="Pick a line", icon=":material/checklist:"),
        st.Page("pages/decode.py", title="Decode", icon=":material/tune:"),
        st.Page("pages/evidence.py", title="Evidence", icon=":material/fact_check:"),
        st.Page("pages/data.py", title="Data", icon=":material/database:"),
        st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
        st.Page("pages/about.py", title="About", icon=":material/info:"),
    ]
).run()
