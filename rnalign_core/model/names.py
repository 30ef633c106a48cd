"""Names that users give, as names of files and folders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

MAX_LENGTH = 60


def slug(text: str) -> str:
    """Return `text` as a name of a file without suffix; empty if nothing of it can be used."""
    return re.sub(r"[^\w.-]+", "-", text)[:MAX_LENGTH].strip("-._")


def free_folders(parent: Path, name: str) -> Iterator[Path]:
    """Yield ``parent/name`` and the same with a number after it, in order, where nothing has that name."""
    candidates = (parent / (name if n == 1 else f"{name}-{n}") for n in count(1))
    return (path for path in candidates if not path.exists())


def free_folder(parent: Path, name: str) -> Path:
    """Return ``parent/name``, or with a number after it where that exists."""
    return next(free_folders(parent, name))
