import html
import re

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rnalign_core.plots.escape import for_markdown, for_plotly

JOINER = "\u2060"
NASTY = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=40)


@given(NASTY)
@example("[click](https://example.org) ![x](https://example.org/a.png)")
@example("**bold** $x^2$ :red[a] :material/home: <b>x</b> &amp; `code` | ~~no~~")
@example("# not a heading")
@example("1. not a list")
def test_markdown_shows_the_text_letter_by_letter(text):
    escaped = for_markdown(text)
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(escaped)
    expected = " ".join(text.split())
    assert html.unescape(rendered).replace(JOINER, "") == (f"<p>{expected}</p>\n" if expected else "")


@given(
    st.sampled_from(["http://", "HTTPS://", "www.", "a@"]),
    st.from_regex(r"[a-z]{1,5}\.[a-z]{2,4}", fullmatch=True),
)
def test_no_address_becomes_a_link(start, name):
    """The patterns are those of mdast-util-gfm-autolink-literal, which looks at the text when backslashes are gone."""
    shown = f"see {start}{name} "
    literal = r"(?i)(https?://|www(?=\.))([-.\w]+)|([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)"
    assert re.search(literal, shown)
    assert not re.search(literal, re.sub(r"\\(.)", r"\1", for_markdown(shown)))


def test_streamlit_directives_are_broken():
    assert for_markdown(":red[x]") == r"\:red\[x\]"
    assert for_markdown("$a$") == r"\$a\$"


@given(NASTY)
@example('<a href="javascript:alert(1)">x</a>')
def test_plotly_gets_no_tags(text):
    escaped = for_plotly(text)
    assert "<" not in escaped
    assert ">" not in escaped
    assert html.unescape(escaped) == " ".join(text.split())
