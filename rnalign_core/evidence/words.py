"""Numbers of a benchmark as a reader sees them."""

from __future__ import annotations

ARROWS = {"higher": "\u00a0↑", "lower": "\u00a0↓"}  # which way is better
NOTHING = "\u2013"


def heading(about: dict) -> str:
    """Return the column heading of a metric, with an arrow that says which way is better."""
    return about["short"] + ARROWS.get(about["better"], "")


def percent(share: float) -> str:
    """Return a share, 0..1, in percent."""
    return f"{_hundredths(share)}\u202f%"


def points(difference: float) -> str:
    """Return the difference of two shares in percentage points, with its sign."""
    return f"{round(100 * difference, 1) + 0.0:+.1f} points".replace("-", "\u2212")


def number(value: float, like: float | None = None) -> str:
    """Return a number with about three digits; the decimals are those of `like` where it is given."""
    size = abs(value if like is None else like)
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size > 1 else 3
    return f"{value:,.{decimals}f}".replace("-", "\u2212")


def between(low: float, high: float) -> str:
    """Return the bounds of an interval of shares in hundredths, as in ``71.1 to 79.9``."""
    return f"{_hundredths(low)} to {_hundredths(high)}"


def estimate(found: dict | None, form: str) -> str:
    """Return a value with its interval, as in ``75.5 % (71.1 to 79.9)``, or with its SD over seeds.

    Parameters
    ----------
    found
        ``value`` and, where known, ``low, high, seed_sd``.
    form
        Format of the metric: ``percent`` or ``number``.
    """
    if not has_value(found):
        return NOTHING
    value, low, high, sd = (found.get(key) for key in ("value", "low", "high", "seed_sd"))
    share = form == "percent"
    text = percent(value) if share else number(value)
    if low is not None and high is not None:
        return f"{text} ({between(low, high) if share else f'{number(low, value)} to {number(high, value)}'})"
    if sd is not None:
        return f"{text} ± {_hundredths(sd) if share else number(sd, value)}"
    return text


def difference(found: dict, form: str = "percent") -> str:
    """Return a difference, of shares in points, with its interval, as in ``+3.1 points (0.8 to 5.4)``."""
    value, low, high = (found.get(key) for key in ("value", "low", "high"))
    share = form == "percent"
    sign = "+" if value >= 0 else ""
    text = points(value) if share else sign + number(value)
    if low is None or high is None:
        return text
    return f"{text} ({between(low, high) if share else f'{number(low, value)} to {number(high, value)}'})"


def has_value(found: dict | None) -> bool:
    """Return whether an estimate is there and has a value."""
    return bool(found) and found.get("value") is not None


def listed(names: list[str]) -> str:
    """Return names as in ``A, B and C``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _hundredths(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:.1f}".replace("-", "\u2212")  # adding 0 turns -0.0 into 0.0
