import ast
from pathlib import Path

import rnalign_core.ui
from rnalign_core.plots.style import layout

SHOWING = ("plotly_chart", "dataframe")


def test_every_figure_and_table_is_described_in_words():
    calls = [
        (path.name, node.lineno, {keyword.arg for keyword in node.keywords})
        for path in Path(rnalign_core.ui.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) in SHOWING
    ]
    assert len(calls) > 30
    assert [call[:2] for call in calls if "alt" not in call[2]] == []


def test_a_figure_has_the_paper_of_the_page():
    """A PNG of the screen with transparent paper shows white text on white where the page is dark."""
    assert "paper_bgcolor" not in layout()
