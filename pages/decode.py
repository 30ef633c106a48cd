"""Decode: the cohort, or one sample of it, told to be something else."""

import streamlit as st

from rnalign_core.ui.decode_page import decode
from rnalign_core.ui.decode_state import LINK, DecodeKeys
from rnalign_core.ui.run_notices import simulated_warning
from rnalign_core.ui.sidebar import require_run

LINK.take(
    DecodeKeys.LINE, DecodeKeys.PURITY, DecodeKeys.TYPE, DecodeKeys.SCOPE, DecodeKeys.SAMPLE, DecodeKeys.COLOR
)
run = require_run()

st.title("Decode at other labels", anchor=False)
st.markdown(
    "RNAlign aligns by decoding every sample as if it were a cell line of purity 100 %. Here you choose other labels, "
    "for everybody or for one sample, and see what follows. **A decode is a model's counterfactual, not a "
    "measurement.**"
)
simulated_warning(run)
decode(run)
