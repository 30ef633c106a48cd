"""Pick a line: cell lines ranked for a group of tumors, side by side, and a smallest set of them."""

import streamlit as st

from rnalign_core.ui.pick_choice import about_group, choose_group
from rnalign_core.ui.pick_compare import choose_lines, compare
from rnalign_core.ui.pick_cover import covering_set
from rnalign_core.ui.pick_data import ranking_of
from rnalign_core.ui.pick_ranking import downloads, ranking_figure, ranking_table
from rnalign_core.ui.pick_state import LINK, PickKeys, put_link
from rnalign_core.ui.run_notices import refuse_label_conditioned, simulated_warning
from rnalign_core.ui.sidebar import require_run
from rnalign_core.ui.text import plain

LINK.take(
    PickKeys.TYPE,
    PickKeys.SUBTYPE,
    PickKeys.ONLY,
    PickKeys.LINES,
    PickKeys.GROUP,
    PickKeys.KIND,
    PickKeys.COVER,
    PickKeys.LEAST,
)
run = require_run()

st.title("Pick a line", anchor=False)
st.markdown(
    "Which cell lines are most like the tumors you study, how sure is that, and what speaks against a line?"
)
simulated_warning(run)
refuse_label_conditioned(
    run,
    "It puts a line where its label says, so a ranking would repeat the labels, whatever the lines express.",
)
wanted = choose_group(run)
ranking = ranking_of(run, wanted)

about_group(ranking)
ranking_figure(run, ranking)
ranking_table(run, ranking)
offered = st.container()
chosen = choose_lines(run, wanted, ranking)
compare(run, wanted, ranking, chosen)
covering_set(run, wanted)
with st.expander("What the numbers mean", icon=":material/menu_book:"):
    st.markdown(plain(ranking.definition()))
put_link(run)
with offered:
    downloads(run, ranking, chosen)
