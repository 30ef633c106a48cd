"""Homogenised decode: every sample as a cell line at purity 1, exactly and without touching the genes.

Torch is imported with the names below, when they are first asked for.
"""

from __future__ import annotations

import importlib

_HOME = {
    "Alignment": "aligned",
    "aligned_cohort": "results",
    "sample_folds": "aligned",
    "Ensemble": "ensemble",
    "Target": "ensemble",
    "ExactForm": "exact",
    "write_aligned": "results",
}

__all__ = ["Alignment", "Ensemble", "ExactForm", "Target", "aligned_cohort", "sample_folds", "write_aligned"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
