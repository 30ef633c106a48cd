"""A finished run as one zip, and back.

The zip holds the files of a run side by side, stored as they are. The same run gives the same bytes. A zip that comes
in is taken as hostile: it is looked over before anything is unpacked, unpacked into a folder of its own under known
names and with a cap, checked in a process of its own, and only then becomes a run. On any refusal nothing of it is
left.
"""

from __future__ import annotations

import os
import shutil
import stat
import uuid
import zipfile
from pathlib import Path
from typing import BinaryIO

from rnalign_core.cohort.words import some
from rnalign_core.files import atomic_path, data_home
from rnalign_core.model.names import free_folders, slug
from rnalign_core.model.received import check_apart
from rnalign_core.model.runs import Run, demo_run_path
from rnalign_core.problems import InputError, Problem

# Largest size of each file of a run, in bytes. 60,000 genes x 19,000 samples are a cohort of about 3.5e9.
LIMITS = {
    "run.json": 2**16,
    "settings.json": 2**16,
    "folds.csv": 2**24,
    "history.jsonl": 2**26,
    "metrics.json": 2**24,
    "matches.parquet": 2**26,
    "aligned.h5ad": 2**29,
    "weights.safetensors": 2**31,
    "cohort.h5ad": 2**32 - 2**20,
}
MAX_BYTES = 2**32 - 2**20  # of everything unpacked; below what needs the 64-bit form of zip
MAX_RATIO = 200  # of unpacked to packed size
SLACK = 2**20
MAX_DIRECTORY_BYTES = 2**16  # nine names take less than 1 kB
FREE_BYTES = 2**28  # that stay free on the disk
BLOCK = 2**20
LONG_AGO = (1980, 1, 1, 0, 0, 0)
END_BYTES = 22
FIX = "Ask for the run again: export it with RNAlign (`rnalign export`), and import that zip unchanged."


def export_run(run: Run, target: str | os.PathLike[str]) -> None:
    """Write a finished run as a zip, whole or not at all.

    Raises
    ------
    InputError
        If it is not finished, lacks a file, or is too large to be imported again.
    """
    if not run.finished:
        fix = "Finish its training first."
        raise InputError.single("the training of this run has not finished", str(run.path), fix)
    missing = [name for name in LIMITS if not (run.path / name).is_file()]
    if missing:
        fix = "Train the run again."
        raise InputError.single(f"the run is damaged: it lacks {', '.join(missing)}", str(run.path), fix)
    n_bytes = archive_size(run)
    if n_bytes > MAX_BYTES:
        fix = "Copy the folder itself."
        raise InputError.single(
            f"it takes {_gb(n_bytes)}, a zip at most {_gb(MAX_BYTES)}", str(run.path), fix
        )
    with atomic_path(target) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in LIMITS:
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            entry.file_size = (run.path / name).stat().st_size
            with (run.path / name).open("rb") as source, archive.open(entry, "w") as packed:
                shutil.copyfileobj(source, packed, BLOCK)


def archive_size(run: Run) -> int:
    """Return how large the zip of a run is, but for a kilobyte."""
    return sum(file.stat().st_size for file in run.path.iterdir() if file.name in LIMITS)


def import_run(source: BinaryIO, name: str, home: Path | None = None) -> Run:
    """Make a run of a zip that :func:`export_run` wrote, or of one that claims so.

    Parameters
    ----------
    source
        The zip, open for reading, seekable.
    name
        Its file name, for messages and for the name of the run, which gets a number where it is taken.
    home
        The data home.

    Raises
    ------
    InputError
        With what is wrong with the zip or with the files in it. Nothing of it is left then.
    """
    home = home or data_home()
    try:
        with zipfile.ZipFile(_small_directory(source)) as archive:
            _look_over(archive, _length(source))
            return _unpack(archive, name, home)
    except InputError as error:
        raise InputError([_named(problem, name) for problem in error.problems]) from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise InputError.single(f"it is not a readable zip ({error})", name, FIX) from error


def _unpack(archive: zipfile.ZipFile, name: str, home: Path) -> Run:
    """Unpack into a folder of the data home where no run is looked for, check it, and move it to the runs."""
    building = home / f".partial-run-{uuid.uuid4().hex}"
    try:
        building.mkdir(parents=True)
        needed = sum(entry.file_size for entry in archive.infolist()) + FREE_BYTES
        if shutil.disk_usage(home).free < needed:
            raise InputError.single(
                f"the disk has less than {_gb(needed)} free", str(home), "Free some space."
            )
        for entry in archive.infolist():
            _unpack_one(archive, entry, building / entry.filename)
        check_apart(building)
        return _move(building, home / "runs", slug(Path(name).stem) or "run")
    except InputError as error:
        short = [Problem(p.what, _without(building, p.where), p.fix, p.severity) for p in error.problems]
        raise InputError(short) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _unpack_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Unpack an entry and compare its sum; no more is written than it declared."""
    n_bytes = 0
    try:
        with archive.open(entry) as packed, target.open("xb") as file:
            while block := packed.read(BLOCK):
                n_bytes += len(block)
                if n_bytes > entry.file_size:
                    break
                file.write(block)
    except OSError:
        raise  # of the disk
    except Exception as error:  # zipfile and zlib raise many kinds for damaged entries
        raise _refused(f"it cannot be unpacked ({error})", entry.filename) from error
    if n_bytes != entry.file_size:
        raise _refused(f"it declares {entry.file_size:,} bytes and holds others", entry.filename)


def _move(building: Path, runs: Path, name: str) -> Run:
    runs.mkdir(exist_ok=True)
    for target in free_folders(runs, name):
        if target.name == demo_run_path().name:  # a word for the bundled demo on the command line
            continue
        try:
            building.rename(target)
        except OSError:
            if target.exists():  # another import took it meanwhile
                continue
            raise
        return Run.open(target)
    raise AssertionError("there are endless names")


def _small_directory(source: BinaryIO) -> BinaryIO:
    """Check the size of the zip's list of entries, which is read whole, and return the zip."""
    n_bytes = _length(source)
    source.seek(max(0, n_bytes - 20 - END_BYTES))
    tail = source.read()
    end, before = tail[-END_BYTES:], tail[:-END_BYTES]
    if len(end) < END_BYTES or not end.startswith(zipfile.stringEndArchive) or end[20:] != b"\0\0":
        raise InputError.single(
            "it is not a zip, or not a whole one, or has a comment", "end of the file", FIX
        )
    if before.startswith(zipfile.stringEndArchive64Locator):
        raise InputError.single(f"it has the form of zips above {_gb(MAX_BYTES)}", "end of the file", FIX)
    if int.from_bytes(end[12:16], "little") > MAX_DIRECTORY_BYTES:
        raise InputError.single("its list of files is too long", "end of the file", FIX)
    return source


def _look_over(archive: zipfile.ZipFile, n_bytes: int) -> None:
    """Check names, kinds and declared sizes of all entries before any is unpacked."""
    entries = archive.infolist()
    names = [entry.orig_filename for entry in entries]
    problems = []
    if strange := [repr(name) for name in names if name not in LIMITS]:
        problems.append(Problem(f"it holds what is not part of a run: {some(strange)}", "list of files", FIX))
    if missing := [name for name in LIMITS if name not in names]:
        problems.append(Problem(f"it lacks {', '.join(missing)}", "list of files", FIX))
    if twice := {name for name in names if names.count(name) > 1}:
        problems.append(Problem(f"it holds twice: {some(map(repr, sorted(twice)))}", "list of files", FIX))
    for entry in entries:
        problems += [Problem(what, repr(entry.orig_filename)[1:61], FIX) for what in _entry_faults(entry)]
    total = sum(entry.file_size for entry in entries)
    if total > MAX_BYTES:
        problems.append(
            Problem(f"unpacked it would take {_gb(total)}, at most {_gb(MAX_BYTES)}", "all files", FIX)
        )
    if _overlap(entries, n_bytes):
        problems.append(Problem("files in it overlap", "all files", FIX))
    if problems:
        raise InputError(problems[:20])


def _entry_faults(entry: zipfile.ZipInfo) -> list[str]:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    limit = LIMITS.get(entry.orig_filename, 0)
    faults = []
    if kind not in (0, stat.S_IFREG):
        faults.append("it is a link, a folder or a device, not a file")
    if entry.flag_bits & 0x1:
        faults.append("it is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        faults.append(f"it is packed in an unusual way (method {entry.compress_type})")
    if limit and entry.file_size > limit:
        faults.append(f"unpacked it would take {entry.file_size:,} bytes, at most {limit:,}")
    if entry.file_size > MAX_RATIO * entry.compress_size + SLACK:
        faults.append(f"it would unpack {entry.compress_size:,} bytes into {entry.file_size:,}")
    return faults


def _overlap(entries: list[zipfile.ZipInfo], n_bytes: int) -> bool:
    """Whether two entries share bytes: the same ones could then be unpacked many times over."""
    entries = sorted(entries, key=lambda entry: entry.header_offset)
    starts = [entry.header_offset for entry in entries[1:]] + [n_bytes]
    header = zipfile.sizeFileHeader
    return any(
        e.header_offset + header + e.compress_size > start for e, start in zip(entries, starts, strict=True)
    )


def _length(source: BinaryIO) -> int:
    return source.seek(0, os.SEEK_END)


def _refused(what: str, where: str) -> InputError:
    return InputError.single(what, where, FIX)


def _without(folder: Path, where: str) -> str:
    return where.replace(f"{folder}{os.sep}", "").replace(str(folder), "all files")


def _named(problem: Problem, name: str) -> Problem:
    return Problem(problem.what, f"{name}, {problem.where}", problem.fix, problem.severity)


def _gb(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB"
