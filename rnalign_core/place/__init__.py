"""One's own samples: read and checked, placed among those of a finished run, called, and given a ranking of lines.

Torch is imported with the names below, when they are first asked for.
"""

from __future__ import annotations

import importlib

_HOME = {
    "MIN_GENES": "query",
    "Placed": "placed",
    "Query": "query",
    "place": "placed",
    "read_query": "query",
}

__all__ = ["MIN_GENES", "Placed", "Query", "place", "read_query"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
