"""Numbers and lists in the sentences that users read."""

from __future__ import annotations

from collections.abc import Iterable


def count(n: int, noun: str) -> str:
    """Return ``"1 sample"`` or ``"1,200 samples"``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def some(values: Iterable[object], n: int = 5) -> str:
    """Return the first `n` values, cut to 60 characters each, and how many more there are."""
    values = [str(value) or "(no name)" for value in values]
    more = f" and {len(values) - n:,} more" if len(values) > n else ""
    return ", ".join(value[:60] for value in values[:n]) + more
