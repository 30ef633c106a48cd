"""Where RNAlign keeps its files, and how it writes them: whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from rnalign_core.problems import InputError

SPARE_BYTES = 2**24


def data_home() -> Path:
    """Return the folder for everything imported, downloaded or trained.

    The environment variable ``RNALIGN_HOME`` moves it; the default is the platform's user data folder.
    It is not created here.
    """
    return Path(os.environ.get("RNALIGN_HOME") or platformdirs.user_data_dir("rnalign", appauthor=False))


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` on success, remove it on error.

    The temporary name keeps the suffixes of `target`, so that writers that look at them work.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".partial-", suffix="-" + target.name)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def check_new(folder: Path) -> None:
    """Raise InputError unless `folder` can be made: it does not exist, or is empty and not the present one."""
    if folder.exists() and folder.samefile(Path.cwd()):
        fix = "Name a folder that does not exist yet."
        raise InputError.single(
            "this is the folder that you are in, which cannot be replaced", str(folder), fix
        )
    if folder.exists() and any(folder.iterdir()):
        fix = (
            "Choose another name, or delete that folder. What was interrupted in it goes on with `--resume`."
        )
        raise InputError.single("the folder exists and is not empty", str(folder), fix)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `target`, which becomes `target` on success and is removed on error.

    Raises
    ------
    InputError
        If the folder exists and is not empty, because another session made it in the meantime, for example.
    """
    check_new(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=".partial-", suffix="-" + target.name))
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        check_new(target)
        if target.exists():
            target.rmdir()
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def check_room(folder: Path, n_bytes: float) -> None:
    """Raise OSError unless `n_bytes` and some more can be written to a folder, which need not exist yet.

    To be called before HDF5 is written: where its library meets a full disk, it can take the whole process down.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not os.access(there, os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(there))
    if shutil.disk_usage(there).free < n_bytes + SPARE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(there))


def write_text(target: str | os.PathLike[str], text: str) -> None:
    """Write `text` to `target` in one step."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
