"""Downloads go on where they broke off, are checked, and say what to do when they fail."""

import hashlib
import shutil
import socket

import numpy as np
import pytest

from rnalign_core.problems import RNAlignError
from rnalign_core.sources import download as module
from rnalign_core.sources.download import N_TRIES, RemoteFile, download

CONTENT = np.random.default_rng(0).bytes(1_000_000)
MD5 = "md5:" + hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def remote(site):
    site.files["data.bin"] = CONTENT
    return RemoteFile("data.bin", site.url + "data.bin", len(CONTENT), MD5)


@pytest.fixture
def fetch(tmp_path):
    """Download without waiting; return what is then in the file, and what progress was told."""

    def fetch(remote):
        told = []
        path = download(remote, tmp_path, lambda *now: told.append(now), pause_s=0)
        return path.read_bytes(), told

    return fetch


def test_whole(site, remote, fetch, tmp_path, capsys):
    content, told = fetch(remote)
    assert capsys.readouterr() == ("", "")
    assert content == CONTENT
    assert [path.name for path in tmp_path.glob("data*")] == ["data.bin"]
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert "data.bin: 1 of 1 MB" in told[-1][1]
    assert site.asked("data.bin")[0]["User-Agent"].startswith("rnalign/")


def test_broken_connection_goes_on(site, remote, fetch):
    site.breaks["data.bin"] = [300_000, 500_000]
    content, told = fetch(remote)
    assert content == CONTENT
    first, second, third = site.asked("data.bin")
    assert "Range" not in first
    assert (second["Range"], third["Range"]) == ("bytes=300000-", "bytes=800000-")
    assert second["If-Range"] == f'"{hashlib.md5(CONTENT).hexdigest()}"'
    assert sum("trying again" in message for _, message in told) == 2


def test_next_start_goes_on(site, remote, fetch, tmp_path):
    site.breaks["data.bin"] = [400_000] + [0] * N_TRIES
    with pytest.raises(RNAlignError, match=r"start again: the download goes on.*Or download http://127"):
        fetch(remote)
    assert len(site.requests) == N_TRIES
    assert (tmp_path / "data.bin.part").stat().st_size == 400_000
    assert not (tmp_path / "data.bin").exists()
    site.breaks["data.bin"].clear()
    assert fetch(remote)[0] == CONTENT
    assert site.asked("data.bin")[-1]["Range"] == "bytes=400000-"


def test_progress_ends_the_download_and_it_can_go_on(site, remote, fetch, tmp_path):
    class Cancelled(Exception):
        pass

    def cancel(fraction, message):
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        download(remote, tmp_path, cancel, pause_s=0)
    kept = (tmp_path / "data.bin.part").stat().st_size
    assert 500_000 < kept < len(CONTENT)
    assert fetch(remote)[0] == CONTENT
    assert site.asked("data.bin")[-1]["Range"] == f"bytes={kept}-"


def test_file_that_changed_meanwhile_is_downloaded_anew(site, remote, fetch):
    old = RemoteFile("data.bin", remote.url, len(CONTENT))
    site.files["data.bin"] = CONTENT[::-1]
    site.breaks["data.bin"] = [400_000] + [0] * N_TRIES
    with pytest.raises(RNAlignError):
        fetch(old)
    site.breaks.clear()
    site.files["data.bin"] = CONTENT
    assert fetch(remote)[0] == CONTENT


def test_server_without_ranges(site, remote, fetch):
    site.ranges = False
    site.breaks["data.bin"] = [300_000, 500_000]
    assert fetch(remote)[0] == CONTENT


def test_server_without_versions_is_asked_for_all_of_it(site, remote, fetch):
    headers = {"Content-Length": str(len(CONTENT))}
    site.answers["data.bin"] = [(200, headers, CONTENT[:300_000]), (200, headers, CONTENT)]
    assert fetch(remote)[0] == CONTENT
    assert "Range" not in site.asked("data.bin")[1]


def test_more_than_the_file_is_here(site, remote, fetch, tmp_path):
    (tmp_path / "data.bin.part").write_bytes(CONTENT * 2)
    (tmp_path / "data.bin.part.version").write_text(f'"{hashlib.md5(CONTENT).hexdigest()}"')
    assert fetch(remote)[0] == CONTENT


def test_wrong_checksum(site, remote, fetch, tmp_path):
    site.files["data.bin"] = CONTENT[:-1] + b"x"
    with pytest.raises(RNAlignError, match=f"checksum is not {MD5}; it was deleted. Start again"):
        fetch(remote)
    assert list(tmp_path.glob("data*")) == []


def test_busy_server_is_asked_again(site, remote, fetch):
    site.answers["data.bin"] = [(503, {}, b""), (429, {}, b"")]
    assert fetch(remote)[0] == CONTENT


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((403, {}, b""), "the server answered 403 Forbidden"),
        ((202, {}, b""), "the server answered 202 Accepted"),
        ((200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>"), "a web page came instead"),
    ],
)
def test_answers_that_are_not_the_file(site, remote, fetch, tmp_path, answer, reason):
    site.answers["data.bin"] = [answer]
    with pytest.raises(RNAlignError, match=reason):
        fetch(remote)
    assert len(site.requests) == 1
    assert not (tmp_path / "data.bin").exists()


def test_nobody_answers(fetch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/data.bin"
    with pytest.raises(RNAlignError, match="Check the connection, and the proxy"):
        fetch(RemoteFile("data.bin", url, 1))


def test_no_room(site, remote, fetch, tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    with pytest.raises(RNAlignError, match=r"0\.0 GB are free, but the download needs 0\.2 GB"):
        fetch(remote)
    assert list(tmp_path.glob("data*")) == []


def test_proxy_of_the_environment_is_used(site, fetch, monkeypatch):
    monkeypatch.setenv("http_proxy", site.url)
    site.files["data.bin"] = CONTENT
    content, _ = fetch(RemoteFile("data.bin", "http://data.invalid/some/data.bin", len(CONTENT), MD5))
    assert content == CONTENT
    assert site.requests[0][0] == "http://data.invalid/some/data.bin"
