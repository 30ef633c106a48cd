"""``rnalign app``."""

from __future__ import annotations

import os
import socket

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

    @pytest.fixture
    def free_port(self):
        with socket.create_server(("localhost", 0)) as server:
            return str(server.getsockname()[1])

    def test_serves_this_computer_only(self, served, tmp_path, free_port):
        assert cli.main(["app", "--port", free_port, "--no-browser"]) == 0
        assert served[:2] == ["run", str(tmp_path / "source" / "app.py")]
        options = dict(option.removeprefix("--").split("=") for option in served[2:])
        assert options["server.address"] == "localhost"
        assert options["server.port"] == free_port
        assert options["server.headless"] == "true"
        assert os.environ["RNALIGN_RUN"] == ""

    @pytest.mark.parametrize("port", ["99999", "0", "-1", "http"])
    def test_what_is_no_port_is_refused(self, served, capsys, port):
        with pytest.raises(SystemExit) as left:
            cli.main(["app", f"--port={port}"])
        assert left.value.code == 2
        assert (
            f"argument --port: a port is a whole number from 1 to 65535, not '{port}'"
            in capsys.readouterr().err
        )
        assert served == []

    def test_a_port_in_use_is_refused_with_what_to_do(self, served, refused):
        with socket.create_server(("localhost", 0)) as other:
            port = other.getsockname()[1]
            assert "Name another with --port" in refused("app", "--port", port)
        assert served == []

    def test_opens_the_run_by_its_full_path(self, served, make_run, free_port):
        run = make_run()
        assert cli.main(["app", "--run", "run", "--port", free_port]) == 0
        assert os.environ["RNALIGN_RUN"] == str(run.path.resolve())
        assert "--server.headless=false" in served

    def test_a_wrong_run_is_not_served(self, served, refused):
        assert "not a run" in refused("app", "--run", "nowhere")
        assert served == []

    def test_an_installed_package_has_no_dashboard(self, served, tmp_path, refused):
        (tmp_path / "source" / "app.py").unlink()
        assert "make app" in refused("app")
        assert served == []
