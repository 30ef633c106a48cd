"""The real server and headless Chromium."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--enable-unsafe-swiftshader",
]
PLACE = """
([key, axis, row]) => {
  const figure = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  const box = figure.getBoundingClientRect(), layout = figure._fullLayout;
  const x = layout[axis.replace("x", "xaxis")], y = layout[axis.replace("x", "yaxis")];
  for (const trace of figure._fullData) {
    const i = trace.xaxis === axis ? Array.from(trace.customdata).indexOf(row) : -1;
    if (i >= 0) return [box.x + x._offset + x.d2p(trace.x[i]), box.y + y._offset + y.d2p(trace.y[i])];
  }
}
"""
NOT_RUN = "BROWSER TESTS DID NOT RUN: there is no Chromium on this machine"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=NOT_RUN))


def pytest_terminal_summary(terminalreporter):
    if any(NOT_RUN in str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_sep("!", NOT_RUN, red=True, bold=True)


@pytest.fixture(scope="session")
def serve():
    """The function that runs the dashboard over a data home, as a context that gives its address."""
    return run_server


@contextmanager
def run_server(home, **environment):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://localhost:{port}"
    command = [sys.executable, "-m", "rnalign_core", "app", f"--port={port}", "--no-browser"]
    environment = {**os.environ, "RNALIGN_HOME": str(home), "RNALIGN_RUN": "", **environment}
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(address, server)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(address, server):
    for _ in range(150):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="session")
def browser():
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo_app(serve, tmp_path_factory):
    """The address of a server of the bundled demo."""
    with serve(tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="session")
def open_tab(browser):
    """A function that opens a tab, as a context that fails if a page logs an error or calls another server."""

    @contextmanager
    def open_tab(height=1500, **options):
        context = browser.new_context(viewport={"width": 1440, "height": height}, **options)
        tab = context.new_page()
        tab.set_default_timeout(60_000)
        wrong = []
        tab.on("console", lambda message: wrong.append(message.text) if is_error(message) else None)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("request", lambda request: wrong.append(request.url) if is_outside(request.url) else None)
        yield tab
        context.close()
        assert wrong == []

    return open_tab


def is_error(message):
    """Whether a page logged an error; that Streamlit looks for its server below the page first is none."""
    looked_below = re.search(r"/\w+/_stcore/", message.location["url"]) and "404" in message.text
    return message.type == "error" and not looked_below


@pytest.fixture(scope="session")
def place_of():
    """A function that returns where a sample, by its row, lies on a map: x and y on the page."""
    return lambda tab, key, row, axis="x": tab.evaluate(PLACE, [key, axis, int(row)])


def is_outside(url):
    return not url.startswith(("http://localhost:", "ws://localhost:", "data:", "blob:"))
