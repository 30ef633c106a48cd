"""``rnalign app``."""

from __future__ import annotations

import os

import pytest

import rnalign_core
from rnalign_core import cli


class TestApp:
    @pytest.fixture
    def served(self, monkeypatch, tmp_path):
        """Put a checkout with a dashboard in place; return the arguments that Streamlit gets."""
        (tmp_path / "source" / "pages").mkdir(parents=True)
        (tmp_path / "source" / "app.py").touch()
        monkeypatch.setattr(
            rnalign_core, "__file__", str(tmp_path / "source" / "rnalign_core" / "__init__.py")
        )
        command = []
        monkeypatch.setattr("streamlit.web.cli.main", lambda arguments, prog_name: command.extend(arguments))
        return command

    def test_serves_this_computer_only(self, served, tmp_path):
        assert cli.main(["app", "--port", "8600", "--no-browser"]) == 0
        assert served[:2] == ["run", str(tmp_path / "source" / "app.py")]
        options = dict(option.removeprefix("--").split("=") for option in served[2:])
        assert options["server.address"] == "localhost"
        assert options["server.port"] == "8600"
        assert options["server.headless"] == "true"
        assert os.environ["RNALIGN_RUN"] == ""

    def test_opens_the_run_by_its_full_path(self, served, make_run):
        run = make_run()
        assert cli.main(["app", "--run", "run"]) == 0
        assert os.environ["RNALIGN_RUN"] == str(run.path.resolve())
        assert "--server.headless=false" in served

    def test_a_wrong_run_is_not_served(self, served, refused):
        assert "not a run" in refused("app", "--run", "nowhere")
        assert served == []

    def test_an_installed_package_has_no_dashboard(self, served, tmp_path, refused):
        (tmp_path / "source" / "app.py").unlink()
        assert "make app" in refused("app")
        assert served == []
