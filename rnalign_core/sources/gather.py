"""The folder of downloads: what it holds, what is missing, and whether anything has changed.

It may hold files that were put there by hand; these are used as they are. ``checksums.json`` records the SHA-256 of
every file when it was first used.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pooch
from filelock import FileLock, Timeout

from rnalign_core.files import write_text
from rnalign_core.problems import InputError, Problem, RNAlignError
from rnalign_core.sources.download import Progress, RemoteFile, check_space, download, part_path, size_of

RECORD = "checksums.json"


@dataclass(frozen=True)
class LocalFile:
    """A file that is there.

    Parameters
    ----------
    path
        Where it is.
    sha256
        Its checksum.
    origin
        Where it came from and when, in words.
    """

    path: Path
    sha256: str
    origin: str


def within(progress: Progress, low: float, high: float) -> Progress:
    """Return a callback for a part of the work, from `low` to `high` of the whole."""
    return lambda fraction, message: progress(low + (high - low) * fraction, message)


def gather(
    files: Sequence[RemoteFile], folder: Path, progress: Progress, *, offline: bool
) -> tuple[list[LocalFile], list[Problem]]:
    """Return the files, after downloading those that the folder does not hold, and warnings.

    Parameters
    ----------
    files
        What is needed.
    folder
        Where files are looked for and downloaded to; made if need be.
    progress
        Told how much of all missing files has come.
    offline
        Download nothing.

    Raises
    ------
    InputError
        If a file is missing while `offline`, is there twice, or has changed since it was first used.
    RNAlignError
        If a download failed, or there is not enough disk space for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            return _gather(files, folder, progress, offline)
    except Timeout as error:
        raise RNAlignError(
            f"Another program is downloading into {folder}. Wait until it has finished."
        ) from error


def _gather(
    files: Sequence[RemoteFile], folder: Path, progress: Progress, offline: bool
) -> tuple[list[LocalFile], list[Problem]]:
    found = [_find(file, folder) for file in files]
    missing = [file for file, path in zip(files, found, strict=True) if path is None]
    if offline and missing:
        raise InputError([_missing(file, folder) for file in missing])
    check_space(folder, sum(max(0, file.n_bytes - size_of(part_path(file, folder))) for file in missing))
    record, problems, local = _read_record(folder), [], []
    n_bytes, n_done = sum(file.n_bytes for file in missing), 0
    for file, path in zip(files, found, strict=True):
        if path is None:
            n_before, n_done = n_done, n_done + file.n_bytes
            download(file, folder, within(progress, n_before / n_bytes, n_done / n_bytes))
        progress(n_done / n_bytes if n_bytes else 1.0, f"Checking {(path or folder / file.name).name}")
        local.append(_check(file, path, folder, record, problems))
        write_text(folder / RECORD, json.dumps(record, indent=2, sort_keys=True) + "\n")
    return local, problems


def _find(file: RemoteFile, folder: Path) -> Path | None:
    there = [folder / name for name in (file.name, *file.other_names) if (folder / name).is_file()]
    if len(there) > 1:
        what = f"{' and '.join(path.name for path in there)} are there for the same purpose"
        raise InputError.single(what, str(folder), "Keep the one that is to be used; move the others away.")
    return there[0] if there else None


def _missing(file: RemoteFile, folder: Path) -> Problem:
    names = " or ".join((file.name, *file.other_names))
    fix = (
        f"Download {file.url} and put it there, or let it be downloaded (without --offline). {file.elsewhere}"
    )
    return Problem(f"{names} is not there", str(folder), fix.strip())


def _read_record(folder: Path) -> dict[str, dict]:
    try:
        return json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        what = f"not readable ({error})"
        raise InputError.single(what, str(folder / RECORD), "Delete it; it is made anew.") from error


def _check(
    file: RemoteFile,
    path: Path | None,
    folder: Path,
    record: dict[str, dict],
    problems: list[Problem],
) -> LocalFile:
    """Compare a file with what is on record about it; `path` is None if it was downloaded just now."""
    downloaded = path is None
    path = path or folder / file.name
    before = record.get(path.name)
    sha256 = pooch.file_hash(str(path), alg="sha256")
    if before and before["sha256"] != sha256:
        what = f"it has changed since {before['first_used']} (SHA-256 {before['sha256'][:12]}..., now {sha256[:12]}...)"
        if not downloaded:
            fix = f"Delete it, to have it downloaded again. If you replaced it, delete its entry in {RECORD}."
            raise InputError.single(what, str(path), fix)
        fix = "Nothing to do; the source has published another version, and results may differ from earlier ones."
        problems.append(Problem(what, path.name, fix, "warning"))
        before = None
    if not before:
        source = file.url if downloaded else "put there by hand"
        before = {"sha256": sha256, "source": source, "first_used": f"{datetime.now(UTC):%Y-%m-%d}"}
        record[path.name] = before
    if before["source"] != file.url and file.known_hash and not _is_known(path, file.known_hash):
        what = f"put there by hand, and not the file at {file.url}"
        fix = "Nothing to do if it is another release. Otherwise delete it, to have it downloaded."
        problems.append(Problem(what, path.name, fix, "warning"))
    return LocalFile(path, sha256, f"{before['source']}, {before['first_used']}")


def _is_known(path: Path, known_hash: str) -> bool:
    algorithm, _, expected = known_hash.partition(":")
    return pooch.file_hash(str(path), alg=algorithm) == expected
