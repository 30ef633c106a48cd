"""From one page to another on the user's behalf."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError


def go_to(page: Literal["data", "train"], **parameters: str) -> None:
    """Show another page with these parameters in its URL. A page that is run by itself, without the app, stays."""
    with suppress(StreamlitPageNotFoundError):
        st.switch_page(f"pages/{page}.py", query_params=parameters)
