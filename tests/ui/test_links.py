"""Lists in a link."""

from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

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
