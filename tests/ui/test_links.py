"""What a link asks for: when it is read, and lists in it."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from rnalign_core.ui import links
from rnalign_core.ui.links import PageLink, joined

NAMES = st.lists(st.text("ab,\\%&=é日\n", min_size=1), min_size=1, unique=True)


class Asked(PageLink):
    """A link that asks for a list, apart from any page."""

    def __init__(self, text):
        self.text = text

    def pop(self, name):
        return self.text


@given(NAMES)
def test_a_list_comes_back_from_its_link_as_it_was(names):
    assert Asked(joined(names)).pop_several("lines", names) == names


@given(st.lists(st.text("ab\\%é", min_size=1), min_size=1, unique=True))
def test_links_of_old_had_commas_between_values_and_nothing_escaped(names):
    assert Asked(",".join(names)).pop_several("lines", names) == names


def test_no_list_is_no_parameter():
    assert joined([]) is None
    assert Asked(None).pop_several("lines", []) is None


def test_what_is_not_known_is_said():
    def page():
        import streamlit as st

        from rnalign_core.ui.links import PageLink

        link = PageLink("a", ["lines"])
        link.take()
        st.write(link.pop_several("lines", ["a,b", "c"]))

    at = AppTest.from_function(page)
    at.query_params["lines"] = "c,a\\,b,d\\,e,f"
    at.run()
    assert at.json[0].value == '["c", "a,b"]'
    assert "“d\\,e\\, f”" in at.info[0].value


@pytest.fixture
def view():
    """A page that shows what its link asked for, else what is usual."""

    def page():
        import streamlit as st

        from rnalign_core.ui.links import PageLink

        link = PageLink("a", ["color", "size"])
        went_back = link.take("color_key", "size_key")
        for name in ("color", "size"):
            if (asked := link.pop(name)) is not None:
                st.session_state[f"{name}_key"] = asked
        st.write([st.session_state.get(f"{name}_key", "usual") for name in ("color", "size")], went_back)

    at = AppTest.from_function(page)

    def view(**parameters):
        at.query_params.clear()
        at.query_params.update(parameters)
        at.run()
        return at.json[0].value, at.markdown[0].value

    return view


@pytest.fixture
def go_back(monkeypatch):
    return lambda: monkeypatch.setattr(
        links, "get_script_run_ctx", lambda: SimpleNamespace(is_history_navigation=True)
    )


def test_a_link_is_read_once_and_again_when_the_browser_goes_back(view, go_back):
    assert view(v="1", color="red", size="7") == ('["red", "7"]', "`False`")
    assert view(v="1", color="red") == ('["red", "7"]', "`False`")  # an address that is late
    go_back()
    assert view(v="1", color="blue") == ('["blue", "usual"]', "`True`")
    assert view() == ('["blue", "usual"]', "`False`")  # a page as the menu opens it


def test_going_back_to_a_page_that_this_session_did_not_open_keeps_what_is_selected(view, go_back):
    go_back()
    assert view(v="1", size="7") == ('["usual", "7"]', "`False`")


def test_the_run_is_read_again_when_the_browser_goes_back(go_back):
    def page():
        import streamlit as st

        from rnalign_core.ui.links import read_link

        read_link(["a", "b"])
        st.write([st.session_state.get("run"), *st.session_state.get("notices", [])])

    at = AppTest.from_function(page)
    at.query_params["run"] = "a"
    at.run()
    at.query_params["run"] = "b"
    assert at.run().json[0].value == '["a"]'
    go_back()
    assert at.run().json[0].value == '["b"]'
    at.query_params["run"] = "c"
    assert "\\u201cc\\u201d" in at.run().json[0].value
