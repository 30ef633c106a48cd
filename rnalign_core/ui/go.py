"""From one page to another on the user's behalf."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError


def go_to(page: Literal["data", "train"]) -> None:
    """Show another page. A page that is run by itself, without the app, stays."""
    with suppress(StreamlitPageNotFoundError):
        st.switch_page(f"pages/{page}.py")
