"""What tests of pages share: a page in Streamlit's own test harness (no browser, so no figures are drawn)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rnalign_core.evidence import benchmark
from rnalign_core.ui import cohort_form, run_list, runs

PAGES = Path(__file__).parents[2] / "pages"
NOWHERE = Path("/nowhere")
SHOWN = ("title", "subheader", "markdown", "caption", "warning", "info", "error", "code")
HEAVY = ("torch", "umap", "numba", "sklearn", "distributed")


class Page(AppTest):
    """A page with questions that tests ask."""

    @property
    def words(self):
        """What is written on the page, as readers see it: without the backslashes of Markdown."""
        return "\n".join(str(e.value) for kind in SHOWN for e in self.get(kind)).replace("\\", "")

    @property
    def url(self):
        """The parameters of the URL."""
        return dict(self.query_params)

    @property
    def numbers(self):
        """The value and what is below it of every number shown as a card."""
        return {metric.label: (metric.value, metric.delta) for metric in self.metric}

    @property
    def tables(self):
        return [frame.value for frame in self.dataframe]

    def tables_with(self, *columns):
        """Return the tables that have all these columns."""
        return [table for table in self.tables if set(columns) <= set(table.columns)]

    def called(self, kind, label):
        """Return the only element of a kind that is called so."""
        found = [element for element in self.get(kind) if element.label == label]
        assert len(found) == 1, [element.label for element in self.get(kind)]
        return found[0]

    def popovers(self, label):
        popovers = [element.proto.popover for element in self.get("popover")]
        return [popover for popover in popovers if popover.label == label]

    def press(self, label):
        self.called("button", label).click().run()
        assert not self.exception
        return self


@pytest.fixture
def use_home(monkeypatch):
    """Return a function that makes a folder the data home, and hides what is bundled unless it is wanted."""

    def use(home, *, bundled=False):
        monkeypatch.setenv("RNALIGN_HOME", str(home))
        monkeypatch.delenv("RNALIGN_RUN", raising=False)
        if not bundled:
            for module in (cohort_form, run_list, runs):
                monkeypatch.setattr(module, "demo_run_path", lambda: NOWHERE)
            monkeypatch.setattr(benchmark, "demo_benchmark_path", lambda: NOWHERE)

    return use


@pytest.fixture
def home(tmp_path, cohort_file, use_home):
    """A data home with one cohort, and no bundled demo."""
    use_home(tmp_path)
    (tmp_path / "cohorts").mkdir()
    (tmp_path / "runs").mkdir()
    shutil.copy(cohort_file, tmp_path / "cohorts")
    return tmp_path


@pytest.fixture
def open_page(monkeypatch):
    """Return a function that opens a page: with a run, with parameters in its URL, with something in its session."""

    def open_page(name, parameters=None, *, run=None, session=None, timeout=30):
        if run is not None:
            monkeypatch.setenv("RNALIGN_RUN", str(run.path))
        at = Page(PAGES / f"{name}.py", default_timeout=timeout)
        at.query_params.update(parameters or {})
        for key, value in (session or {}).items():
            at.session_state[key] = value
        at.run()
        assert not at.exception
        return at

    return open_page


@pytest.fixture
def loaded_by():
    """Return a function that opens a page in a new process and returns which heavy modules that loads.

    `before` and `after` are code that runs before the page, and after it with the page as ``at``.
    """

    def loaded_by(name, parameters=None, *, before="", after="", **environment):
        code = f"""
import sys
from streamlit.testing.v1 import AppTest
{before}
at = AppTest.from_file({str(PAGES / f"{name}.py")!r}, default_timeout=120)
at.query_params.update({parameters or {}!r})
at.run()
assert not at.exception, at.exception
{after}
print("loaded", *(name for name in {HEAVY} if name in sys.modules))
"""
        environment = {**os.environ, **{name: str(value) for name, value in environment.items()}}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=PAGES.parent, env=environment, capture_output=True, text=True)
        assert done.stdout.startswith("loaded"), done.stderr
        return set(done.stdout.split()[1:])

    return loaded_by


@pytest.fixture
def full():
    """A function in place of one that writes, where the disk does not let it."""

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    return full
