"""Numbers and lists in the sentences that users read."""

from __future__ import annotations

from collections.abc import Iterable


def count(n: int, noun: str) -> str:
    """Return ``"1 sample"`` or ``"1,200 samples"``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def duration(seconds: float) -> str:
    """Return a time in words: ``40 seconds``, ``12 minutes``, ``3.5 hours``."""
    if seconds < 90:
        return count(round(seconds), "second")
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def if_simulated(title: str, simulated: bool) -> str:
    """Return what to put after the title of a cohort: that it is simulated, where it is and the title is silent."""
    return " (simulated)" if simulated and "simulated" not in title.lower() else ""


def some(values: Iterable[object], n: int = 5) -> str:
    """Return the first `n` values, cut to 60 characters each, and how many more there are."""
    values = [str(value) or "(no name)" for value in values]
    more = f" and {len(values) - n:,} more" if len(values) > n else ""
    return ", ".join(value[:60] for value in values[:n]) + more
