"""Small wheels in a folder that pip takes for its index, so that no test needs a network."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import os
import pickle
import threading
import zipfile

import numpy as np
import pandas as pd
import pytest
import torch

from rnalign_core.sources import starter
from rnalign_core.sources.packages import Package


@pytest.fixture(autouse=True)
def index(tmp_path, monkeypatch):
    """Return the folder that is all that pip knows."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def publish(index):
    """Return a function that puts a wheel into the index and says which package it is."""

    def put(name, version, members, requires=()) -> Package:
        wheel = index / f"{name}-{version}-py3-none-any.whl"
        about = f"{name}-{version}.dist-info"
        metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        metadata += [f"Requires-Dist: {other}" for other in requires]
        files = members | {
            f"{about}/METADATA": "\n".join(metadata) + "\n",
            f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{about}/RECORD": "",
        }
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in files.items():
                archive.writestr(path, content)
        content = wheel.read_bytes()
        return Package(name, version, "MIT", len(content), hashlib.sha256(content).hexdigest())

    return put


GENES = ["ESR1", "GATA3", "KRT5", "MLPH", "HLA-F", "ERBB2"]
ENTREZ = {"ESR1": 2099, "GATA3": 2625, "KRT5": 3852, "MLPH": 79083, "HLA-F": 3134, "ERBB2": 2064}
LINES = ["MCF7", "HT29", "BT20", "TT", "NEWLINE1"]


@pytest.fixture
def tables():
    """Return what the packages hold, small, by member.

    Breast tumors have a gene that the others have not, colorectal tumors one that a sample has no value of and one
    without a symbol, lines two that are filled in.
    """
    rng = np.random.default_rng(0)
    breast_genes = ["GATA3_2625", "ESR1_2099", "KRT5_3852", "MLPH_79083", "HLA_F_3134", "FOXC1_2296"]
    breast = pd.DataFrame(
        rng.uniform(-3, 15, (6, 6)), [f"TCGA-B{i}" for i in range(6)], breast_genes
    ).rename_axis("patient")
    breast.iloc[0, 0] = 0.0
    pam50 = pd.DataFrame({"pam50": [0, 1, 2, 3, 4, 1]}, breast.index)
    colorectal = pd.DataFrame(rng.gamma(2, 1e6, (7, 5)), columns=[f"TCGA-C{i}-01" for i in range(5)])
    colorectal.insert(0, "Hugo_Symbol", ["ESR1", "GATA3", "KRT5", "MLPH", "HLA-F", "ERBB2", None])
    colorectal.insert(1, "Entrez_Gene_Id", [2099, 2625, 3852, 79083, 3134, 2064, 2296])
    colorectal.iloc[0, 2] = -0.4
    colorectal.iloc[3, 4] = np.nan
    line_genes = ["KRT5", "HLA.F", "GATA3", "ESR1", "FOXC1", "ERBB2", "MLPH"]
    z = rng.normal(0, 1, (len(LINES), 7)).astype(np.float32)
    z[:, [4, 5]] = z.min(axis=1, keepdims=True) - 0.2
    lines = {name: torch.from_numpy(row.copy()) for name, row in zip(LINES, z, strict=True)}
    return {
        starter._BREAST_RNA: breast,
        starter._BREAST_PAM50: pam50,
        starter._COLORECTAL_RNA: colorectal,
        starter._LINES_RNA: lines,
        starter._LINES_GENES: line_genes,
    }


@pytest.fixture
def publish_starter(publish, tables, monkeypatch):
    """Return a function that publishes `tables` as the packages of the starter cohort."""

    def put():
        colorectal = tables[starter._COLORECTAL_RNA]
        rna = tables[starter._LINES_RNA]
        members = {
            "BREAST": {name: tables[name].to_csv() for name in (starter._BREAST_RNA, starter._BREAST_PAM50)},
            "COLORECTAL": {starter._COLORECTAL_RNA: colorectal.to_csv(sep="\t", index=False)},
            "LINES": {
                starter._LINES_RNA: rna if isinstance(rna, bytes) else pickle.dumps(rna),
                starter._LINES_GENES: "\n".join(tables[starter._LINES_GENES]) + "\n",
            },
        }
        for constant, files in members.items():
            real = getattr(starter, constant)
            monkeypatch.setattr(
                starter, constant, publish(real.name, real.version, files, ["no-such-package"])
            )

    return put


class Site:
    """A web site on this machine that serves `files` with ranges and ETags, and fails as it is told to.

    ``breaks[name]`` holds after how many bytes the next answers break off; ``answers[name]`` holds whole answers
    (status, headers, body) that come before the file itself. ``requests`` lists what was asked for.
    """

    def __init__(self):
        self.files, self.breaks, self.answers, self.requests = {}, {}, {}, []
        self.ranges = True

    def asked(self, name):
        """Return the headers of the requests for a file."""
        return [headers for path, headers in self.requests if path.endswith(name)]


@pytest.fixture
def site(monkeypatch):
    """Return a running :class:`Site`; its `url` ends in a slash. No proxy is in the way."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    site = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            site.requests.append((self.path, dict(self.headers)))
            name = self.path.rpartition("/")[2]
            if site.answers.get(name):
                return self.answer(*site.answers[name].pop(0))
            if name not in site.files:
                return self.answer(404, {}, b"")
            content = site.files[name]
            tag = f'"{hashlib.md5(content).hexdigest()}"'
            asked, start = self.headers.get("Range"), 0
            if asked and site.ranges and self.headers.get("If-Range") == tag:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
                if start >= len(content):
                    return self.answer(416, {}, b"")
            headers = {"ETag": tag}
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            breaks = site.breaks.get(name)
            cut = breaks.pop(0) if breaks else None
            return self.answer(206 if start else 200, headers, content[start:], cut)

        def answer(self, status, headers, body, cut=None):
            self.send_response(status)
            for header, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(header, value)
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the reader has had enough
                self.wfile.write(body[:cut])

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield site
        server.shutdown()
