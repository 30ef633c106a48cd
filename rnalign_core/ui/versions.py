"""Which versions RNAlign runs with, and under which licences, as the installed packages say."""

from __future__ import annotations

import platform
from importlib import metadata

import pandas as pd

import rnalign_core

# Every package of requirements.txt; those that most depends on come first.
USED_FOR = {
    "streamlit": "the dashboard",
    "plotly": "figures",
    "torch": "the model",
    "umap-learn": "maps",
    "scikit-learn": "principal components, discriminant analysis",
    "pandas": "tables",
    "anndata": "cohorts, .h5ad",
    "dask": "background work",
    "distributed": "background work",
    "numpy": "arrays",
    "scipy": "statistics, linear algebra",
    "filelock": "one writer at a time",
    "h5py": "reading .h5ad",
    "networkx": "neighbour graphs",
    "platformdirs": "where data are kept",
    "pooch": "downloads",
    "psutil": "memory and processes",
    "pyarrow": ".parquet",
    "pydantic": "settings, checked",
    "PyYAML": "reading CITATION.cff",
    "requests": "downloads",
    "rapidfuzz": "search in spite of typing errors",
    "safetensors": "weights of models",
    "tqdm": "progress in a terminal",
    "urllib3": "downloads",
}
NOT_STATED = "not stated"
_CLASSIFIER = "License :: OSI Approved :: "


def versions_table(licence: str) -> pd.DataFrame:
    """Return ``Program, Version, Used for, Licence`` of RNAlign, Python and every package that it requires.

    Parameters
    ----------
    licence
        That of RNAlign.
    """
    rows = [
        ("RNAlign", rnalign_core.__version__, "this program", licence),
        ("Python", platform.python_version(), "the language", "PSF-2.0"),
        *((name, metadata.version(name), use, declared_licence(name)) for name, use in USED_FOR.items()),
    ]
    return pd.DataFrame(rows, columns=["Program", "Version", "Used for", "Licence"])


def declared_licence(package: str) -> str:
    """Return the licence of an installed package as its metadata declare it.

    That is its SPDX expression; in older metadata the field for the licence, unless the whole text stands there, or
    the classifiers.
    """
    about = metadata.metadata(package)
    field = about.get("License", "")
    named = [
        c.removeprefix(_CLASSIFIER) for c in about.get_all("Classifier", []) if c.startswith(_CLASSIFIER)
    ]
    one_line = "" if "\n" in field else field
    return about.get("License-Expression") or one_line or "; ".join(named) or NOT_STATED
