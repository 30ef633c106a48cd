"""Where RNAlign keeps its files, and how it writes them: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs


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
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: str | os.PathLike[str], text: str) -> None:
    """Write `text` to `target` in one step."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
