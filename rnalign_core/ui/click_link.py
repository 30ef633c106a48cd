"""Clicking a sample on a map tells the server which, whatever the mouse draws.

Streamlit switches clicks off where dragging draws a lasso or a box. The script looks for the figure inside the
container of the given key, also when Streamlit replaces it, and sends the row number (``customdata``) of the sample.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

SCRIPT = """
export default function ({ data, setTriggerValue }) {
  let figure = null;
  const click = ({ points: [point] }) => {
    const drawing = ["lasso", "select"].includes(figure._fullLayout.dragmode);  // otherwise Streamlit selects it
    if ((drawing || !data.selects) && Number.isInteger(point?.customdata)) setTriggerValue("row", point.customdata);
  };
  const attach = () => {
    const found = document.querySelector(`.st-key-${CSS.escape(data.key)} .js-plotly-plot`);
    if (!found || found === figure || !found.on) return;
    figure = found;
    figure.on("plotly_click", click);
  };
  const timer = setInterval(attach, 500);
  return () => { clearInterval(timer); figure?.removeListener?.("plotly_click", click); };
}
"""

_component = st.components.v2.component("rnalign_click_link", js=SCRIPT)


def click_link(key: str, on_click: Callable[[int], None], *, selects: bool = True) -> None:
    """Call `on_click` with the row number of a sample that is clicked on the figure in the container `key`.

    `selects` says that the figure has an `on_select` of its own; clicks are left to it while nothing is drawn around.
    """
    own = f"click-{key}"
    _component(
        data={"key": key, "selects": selects},
        key=own,
        width="content",
        on_row_change=lambda: on_click(int(st.session_state[own]["row"])),
    )
