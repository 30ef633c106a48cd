"""``rnalign app``: serve the dashboard on this computer."""

from __future__ import annotations

import argparse
import os
import socket
from pathlib import Path

import rnalign_core
from rnalign_core.cli.text import add_command
from rnalign_core.problems import InputError


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add ``app``."""
    parser = add_command(
        commands,
        "app",
        app,
        summary="Serve the dashboard on localhost.",
        examples=["rnalign app", "rnalign app --run runs/breast --port 8600 --no-browser"],
    )
    parser.add_argument(
        "--run", metavar="RUN", help="run to open first: a folder, a name from `rnalign runs`, or demo"
    )
    parser.add_argument(
        "--port",
        type=port,
        default=8501,
        metavar="N",
        help="port on localhost, 1 to 65535 (default: %(default)s)",
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser window")


def port(text: str) -> int:
    """Return the number of a port."""
    if text.isdecimal() and 0 < int(text) < 2**16:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a whole number from 1 to 65535, not {text!r}")


def refuse_used(number: int) -> None:
    """Raise InputError if nothing can be served at a port of this computer."""
    try:
        socket.create_server(("localhost", number)).close()
    except OSError as error:
        fix = "Name another with --port, such as `rnalign app --port 8600`, or stop the program that uses it."
        raise InputError.single(
            f"this port cannot be used ({os.strerror(error.errno)})", f"--port {number}", fix
        ) from error


def app(arguments: argparse.Namespace) -> None:
    """Serve until stopped. What pages import is loaded before the first of them is asked for."""
    script = Path(rnalign_core.__file__).parents[1] / "app.py"
    if not (script.is_file() and (script.parent / "pages").is_dir()):
        what = "the dashboard is not part of an installed package"
        fix = "Run `make app`, or `rnalign app`, in a checkout of RNAlign's source."
        raise InputError.single(what, str(script), fix)
    if arguments.run:
        from rnalign_core.cli.results import open_run

        os.environ["RNALIGN_RUN"] = str(open_run(arguments.run).path.resolve())
    refuse_used(arguments.port)
    server = {
        "server.address": "localhost",
        "server.port": arguments.port,
        "server.headless": str(arguments.no_browser).lower(),
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
    }
    options = [f"--{name}={value}" for name, value in server.items()]

    import anndata  # noqa: F401  # slow to import, and the first page needs them
    import plotly.graph_objects  # noqa: F401
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.web import cli

    # Until the first `st.navigation`, Streamlit takes a folder named pages for its old kind of app, and the first
    # visitor of a server would see that menu.
    PagesManager.uses_pages_directory = False
    cli.main(["run", str(script), *options], prog_name="streamlit")
