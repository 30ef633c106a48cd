"""Words and numbers as users see them."""

from __future__ import annotations

from rnalign_core.plots.escape import for_markdown as plain

__all__ = ["interval", "percent", "plain", "points"]

NOT_AVAILABLE = "n/a"


def percent(share: float | None) -> str:
    """Return a share, 0..1, in percent; ``n/a`` where there is none."""
    return NOT_AVAILABLE if share is None else f"{share:.1%}".replace("%", "\u202f%")


def points(difference: float | None) -> str:
    """Return the difference of two shares in percentage points, with its sign."""
    if difference is None:
        return NOT_AVAILABLE
    return f"{100 * difference:+.1f} points".replace("-", "\u2212")


def interval(estimate: dict, scale: str = "\u202f%", *, short: bool = False) -> str:
    """Return the 95 % interval of ``{"value", "low", "high"}`` in hundredths, with `scale` after it."""
    if estimate["value"] is None:
        return "no line could be scored"
    low, high = (f"{100 * estimate[end]:.1f}".replace("-", "\u2212") for end in ("low", "high"))
    return f"{low} to {high}{scale}" if short else f"95\u202f% interval {low} to {high}{scale}"
