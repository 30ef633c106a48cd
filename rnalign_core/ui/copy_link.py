"""A button that copies the address of the page, which holds the state of its view."""

from __future__ import annotations

import streamlit as st

HTML = """<button type="button">Copy link to this view</button><span role="status"></span>"""
CSS = """
button { font: inherit; font-size: .875rem; color: inherit; background: none; cursor: pointer; padding: .25rem .75rem;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, .5rem); }
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
span { margin-left: .5rem; font-size: .8rem; opacity: .75; }
"""
SCRIPT = """
export default function ({ parentElement }) {
  const button = parentElement.querySelector("button"), status = parentElement.querySelector("span");
  const oldWay = text => {  // where the page is not served over https, browsers have no clipboard for it
    const area = document.createElement("textarea");
    area.value = text;
    document.body.appendChild(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  button.onclick = async () => {
    let done = true;
    try { await navigator.clipboard.writeText(location.href); }
    catch { done = oldWay(location.href); }
    status.textContent = done ? "Copied" : "Copy it from the address bar";
    setTimeout(() => { status.textContent = ""; }, 2500);
  };
}
"""

_component = st.components.v2.component("rnalign_copy_link", html=HTML, css=CSS, js=SCRIPT)


def copy_link() -> None:
    """Show the button."""
    _component(key="copy-link")
