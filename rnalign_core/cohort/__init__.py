"""The cohort: what it is, how it is stored, and how it is made from a user's files."""

from rnalign_core.cohort.importing import Imported, TableReport, import_cohort
from rnalign_core.cohort.schema import (
    CELL_LINE,
    OBS_COLUMNS,
    SAMPLE_TYPES,
    TUMOR,
    UNIT,
    cohort_id,
    load_cohort,
    load_gene,
    make_cohort,
    save_cohort,
)
from rnalign_core.cohort.units import UNITS

__all__ = [
    "CELL_LINE",
    "OBS_COLUMNS",
    "SAMPLE_TYPES",
    "TUMOR",
    "UNIT",
    "UNITS",
    "Imported",
    "TableReport",
    "cohort_id",
    "import_cohort",
    "load_cohort",
    "load_gene",
    "make_cohort",
    "save_cohort",
]
