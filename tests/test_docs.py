"""The documentation: its Python runs, its links lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def test_python_of_the_tutorial_runs_on_the_demo(capsys):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/tutorial-python.md").read_text(), re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        exec(compile(block, "tutorial-python.md", "exec"), names)
    assert names["ranking"].lines["rank"].tolist() == list(range(1, len(names["ranking"].lines) + 1))
    said = capsys.readouterr().out
    assert "match rate 0." in said
    assert "6 tumors of the run itself" in said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    targets = [t.partition("#")[0] for t in LINK.findall(page.read_text()) if "://" not in t]
    missing = [t for t in targets if t and not (page.parent / t).exists()]
    assert missing == []
