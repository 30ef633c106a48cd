"""What the RNAlign poster reports. Its data and the definitions of its metrics are not public.

None of these values was computed here, and none may stand in a column of values that were.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

CITATION = "Alvarez, Krishnamachari & Skanderup, RNAlign, poster at AI4X 2025"
NAME = "Poster (AI4X 2025), its own data and undefined metrics"
COHORT = {"n_tumors": 12236, "n_lines": 1249}
# Median CL-tumor match, before and after alignment.
MATCH = {"before": 0.365, "after": 0.551}


@dataclass(frozen=True)
class Published:
    """A row of a table of the poster.

    Parameters
    ----------
    table
        ``methods`` or ``ablations``.
    name
        What the poster calls the row.
    values
        Its values by what the poster calls the metric.
    rows
        Rows of a benchmark that do the same. The poster does not say whether its input is standardised.
    """

    table: str
    name: str
    values: dict[str, float]
    rows: tuple[str, ...]


PUBLISHED = (
    Published(
        "methods",
        "Input",
        {"dD": 22.56, "PVCA": 0.27, "dkBET": 0.90},
        ("input_raw", "input_standardised"),
    ),
    Published("methods", "Linear projection", {"dD": 10.57, "PVCA": 0.16, "dkBET": 0.91}, ("linear",)),
    Published("methods", "Celligner", {"dD": 8.59, "PVCA": 0.10, "dkBET": 0.86}, ("celligner",)),
    Published("methods", "RNAlign", {"dD": 4.75, "PVCA": 0.13, "dkBET": 0.65}, ("rnalign",)),
    Published("ablations", "RNAlign", {"dD": 4.75}, ("rnalign",)),
    Published("ablations", "without L_grad", {"dD": 6.12}, ("rnalign_no_grad",)),
    Published("ablations", "without L_cor", {"dD": 10.70}, ("rnalign_no_cor",)),
    Published("ablations", "without purity labels", {"dD": 17.34}, ("rnalign_no_purity",)),
)


def published_table(results: dict) -> pd.DataFrame:
    """Return the poster's values and the titles of our rows that do the same, none of our values.

    Returns
    -------
    Table of ``table`` (methods, ablations), ``name``, ``dD, PVCA, dkBET`` as printed, ``corresponds_to``.
    """
    titles = {row["row"]: row["title"] for row in results["rows"]}
    rows = []
    for entry in PUBLISHED:
        same = [titles[row] for row in entry.rows if row in titles]
        about = {"table": entry.table, "name": entry.name, **entry.values}
        rows.append(about | {"corresponds_to": " or ".join(same) or "not run here"})
    return pd.DataFrame(rows, columns=["table", "name", "dD", "PVCA", "dkBET", "corresponds_to"])
