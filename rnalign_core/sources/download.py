"""Downloads: one file over HTTP, going on where it broke off, with its checksum, behind a proxy if there is one."""

from __future__ import annotations

import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pooch
import pyarrow as pa
import requests
from urllib3.exceptions import HTTPError

from rnalign_core import __version__
from rnalign_core.problems import InputError, RNAlignError

Progress = Callable[[float, str], None]
"""Called with the share of the work that is done, 0..1, and a message. What it raises ends the work."""

N_TRIES = 5
CHUNK = 2**18
SPARE_BYTES = 200_000_000
TIMEOUT_S = (20, 60)  # to connect, and between two pieces
BROKEN = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError, HTTPError)
BUSY = (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class RemoteFile:
    """A file that is needed.

    Parameters
    ----------
    name
        Its name in the folder of downloads.
    url
        Where it is downloaded from.
    n_bytes
        About how large it is.
    known_hash
        Checksum that the source gives, such as ``"md5:..."``; None where it gives none.
    other_names
        Under which it is accepted too, for example as browsers unpack it.
    elsewhere
        A sentence on where else it can be had; empty if nowhere.
    """

    name: str
    url: str
    n_bytes: int
    known_hash: str | None = None
    other_names: tuple[str, ...] = ()
    elsewhere: str = ""


@contextmanager
def intact(path: Path) -> Iterator[None]:
    """Turn what the libraries raise while they read a damaged file into an InputError that says what to do."""
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error, pa.ArrowException) as error:
        what = f"damaged, cut off, or not what its name says ({_reason(error)})"
        raise InputError.single(what, str(path), "Delete it, to have it downloaded again.") from error


def check_space(folder: Path, n_bytes: int) -> None:
    """Raise RNAlignError if the disk of a folder has no room for a download, and some more."""
    free = shutil.disk_usage(folder).free
    if n_bytes and free < n_bytes + SPARE_BYTES:
        raise RNAlignError(
            f"{folder}: {free / 1e9:.1f} GB are free, but the download needs {(n_bytes + SPARE_BYTES) / 1e9:.1f} GB. "
            "Free some disk space, or name a folder on another disk."
        )


def download(file: RemoteFile, folder: Path, progress: Progress, pause_s: float = 1.0) -> Path:
    """Download one file, going on where an earlier download broke off.

    Parameters
    ----------
    pause_s
        Wait after the first broken connection; it doubles with each one that brought nothing new.

    Raises
    ------
    RNAlignError
        If it cannot be had, with what the user can do.
    """
    pooch.get_logger().setLevel("ERROR")  # progress says what it does
    resuming = _Resuming(file, folder, progress, pause_s)
    by_hand = f"Or download {file.url} in another way and put it into {folder} as {file.name}. {file.elsewhere}".strip()
    try:
        path = pooch.retrieve(
            file.url, file.known_hash, fname=file.name, path=str(folder), downloader=resuming
        )
    except BROKEN as error:
        raise RNAlignError(
            f"{file.name} could not be downloaded: {_reason(error)}. Check the connection, and the proxy if there is "
            f"one, and start again: the download goes on where it broke off. {by_hand}"
        ) from error
    except requests.RequestException as error:
        raise RNAlignError(f"{file.name} could not be downloaded: {_reason(error)}. {by_hand}") from error
    except ValueError as error:  # pooch's word for a wrong checksum
        raise RNAlignError(
            f"{file.name} was downloaded, but its checksum is not {file.known_hash}; it was deleted. Start again. If "
            f"this comes again, something between here and the source changes the file. {by_hand}"
        ) from error
    return Path(path)


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def part_path(file: RemoteFile, folder: Path) -> Path:
    """Return where a file is kept until all of it has come."""
    return folder / f"{file.name}.part"


def size_of(path: Path) -> int:
    """Return the size of a file in bytes, 0 if there is none."""
    return path.stat().st_size if path.is_file() else 0


@dataclass
class _Resuming:
    """Downloader for pooch that keeps what has come in a `.part` file, and asks for the rest.

    Beside it, `.part.version` holds the version that the server gave it (ETag or date): if the file has changed
    since, the server sends all of it.
    """

    file: RemoteFile
    folder: Path
    progress: Progress
    pause_s: float

    def __post_init__(self) -> None:
        self.part = part_path(self.file, self.folder)
        self.version = self.part.with_name(self.part.name + ".version")

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        most, n_in_vain = size_of(self.part), 0
        while True:
            try:
                self._transfer(url)
                break
            except BROKEN as error:
                if (size := size_of(self.part)) > most:
                    most, n_in_vain = size, 0
                n_in_vain += 1
                if n_in_vain >= N_TRIES:
                    raise
                self._show(size_of(self.part), None, f"; {_reason(error)}; trying again")
                time.sleep(self.pause_s * 2 ** (n_in_vain - 1))
        os.replace(self.part, output_file)
        self.version.unlink(missing_ok=True)

    def _transfer(self, url: str) -> None:
        """Ask for what is missing and append it."""
        version = self.version.read_text(encoding="utf-8") if self.version.is_file() else ""
        n_here = size_of(self.part) if version else 0
        headers = {"Accept-Encoding": "identity", "User-Agent": f"rnalign/{__version__}"}
        if n_here:
            headers |= {"Range": f"bytes={n_here}-", "If-Range": version}
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
            n_here = self._check_answer(response, n_here)
            length = response.headers.get("Content-Length")
            total = n_here + int(length) if length else None
            check_space(self.folder, (total or self.file.n_bytes) - n_here)
            tag = response.headers.get("ETag", "")
            version = response.headers.get("Last-Modified", "") if tag.startswith("W/") or not tag else tag
            self.version.write_text(version, encoding="utf-8")
            with self.part.open("ab" if n_here else "wb") as part:
                for chunk in response.raw.stream(CHUNK, decode_content=False):
                    part.write(chunk)
                    n_here += len(chunk)
                    self._show(n_here, total)
        if total is not None and n_here < total:
            raise requests.ConnectionError(f"the connection broke off after {n_here:,} of {total:,} bytes")

    def _check_answer(self, response: requests.Response, n_here: int) -> int:
        """Return how many bytes of what is here stay; raise if the answer is not the file."""
        if response.status_code == requests.codes.range_not_satisfiable or (
            response.status_code == requests.codes.partial_content
            and not response.headers.get("Content-Range", "").startswith(f"bytes {n_here}-")
        ):
            self.version.unlink(missing_ok=True)  # the next try asks for all of it
            raise requests.ConnectionError("the server does not go on where the download broke off")
        if response.status_code in BUSY:
            raise requests.ConnectionError(f"the server answered {response.status_code} {response.reason}")
        if response.status_code not in (requests.codes.ok, requests.codes.partial_content):
            raise requests.HTTPError(f"the server answered {response.status_code} {response.reason}")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            raise requests.HTTPError("a web page came instead of the file, perhaps one that asks to log in")
        return n_here if response.status_code == requests.codes.partial_content else 0

    def _show(self, n_here: int, total: int | None, what_else: str = "") -> None:
        total = total or self.file.n_bytes
        size = f"{n_here / 1e6:,.0f} of {total / 1e6:,.0f} MB"
        self.progress(min(1.0, n_here / total), f"Downloading {self.file.name}: {size}{what_else}")
