"""Pointing at a sample on one map rings it on the other, in the browser, without asking the server.

Plotly has no such link between panels. The script waits for the figure inside the container of the given key,
also when Streamlit replaces it, and looks the sample up by its row number (``customdata``).
"""

from __future__ import annotations

import streamlit as st

SCRIPT = """
export default function ({ data, parentElement }) {
  const ring = document.createElement("div");
  ring.className = "rnalign-ring";
  ring.style.cssText = "position:absolute;width:18px;height:18px;margin:-9px 0 0 -9px;border:2.5px solid #e11d48;" +
    "border-radius:50%;box-shadow:0 0 0 1.5px #fff;pointer-events:none;display:none;z-index:5";
  let figure = null, places = null;

  const find = (axis, key) => {
    if (!places) {
      places = { x: new Map(), x2: new Map() };
      for (const trace of figure._fullData)
        if (trace.visible === true && trace.customdata)
          trace.customdata.forEach((k, i) => places[trace.xaxis].set(k, [trace.x[i], trace.y[i]]));
    }
    return places[axis].get(key);
  };
  const hide = () => { ring.style.display = "none"; };
  const show = ({ points: [point] }) => {
    const axis = point.xaxis._id === "x" ? "x2" : "x";
    const place = find(axis, point.customdata);
    if (!place) return hide();
    const x = figure._fullLayout[axis.replace("x", "xaxis")], y = figure._fullLayout[axis.replace("x", "yaxis")];
    ring.style.left = `${x._offset + x.d2p(place[0])}px`;
    ring.style.top = `${y._offset + y.d2p(place[1])}px`;
    ring.style.display = "block";
  };
  const forget = () => { places = null; hide(); };
  const attach = () => {
    const found = document.querySelector(`.st-key-${CSS.escape(data.key)} .js-plotly-plot`);
    if (!found || found === figure || !found.on) return;
    figure = found;
    forget();
    figure.querySelector(".svg-container").appendChild(ring);
    figure.on("plotly_hover", show);
    figure.on("plotly_unhover", hide);
    figure.on("plotly_afterplot", forget);
  };
  const timer = setInterval(attach, 500);
  return () => { clearInterval(timer); ring.remove(); };
}
"""

_component = st.components.v2.component("rnalign_hover_link", js=SCRIPT)


def hover_link(key: str) -> None:
    """Link the two panels of the figure in the container `key`."""
    _component(data={"key": key}, key=f"hover-{key}", width="content")
