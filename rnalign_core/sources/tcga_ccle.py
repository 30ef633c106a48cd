"""The full cohort: TCGA's tumors and DepMap's cell lines, from the user's own downloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from rnalign_core.cohort import TUMOR, Imported
from rnalign_core.cohort.importing import import_table
from rnalign_core.cohort.joining import Part, join_parts
from rnalign_core.cohort.read import RawTable
from rnalign_core.cohort.samples import SampleTable
from rnalign_core.cohort.schema import OBS_COLUMNS
from rnalign_core.cohort.table import orient
from rnalign_core.problems import Problem
from rnalign_core.sources import depmap, labels, xena
from rnalign_core.sources.download import Progress
from rnalign_core.sources.gather import LocalFile, gather, within
from rnalign_core.sources.oncotree import read_mapping

TITLE = "TCGA + DepMap"
FILES = (
    xena.EXPRESSION,
    xena.PHENOTYPE,
    labels.PURITY,
    labels.SUBTYPES,
    depmap.EXPRESSION,
    depmap.MODELS,
)
CREDITS = (
    "Tumors: TCGA (NIH, open access), RNA-seq computed by UCSC's Toil pipeline (Vivian et al. 2017), from UCSC Xena.",
    "Purity: ABSOLUTE calls of the PanCancer Atlas, from the GDC. Subtypes: TCGA's working groups, from UCSC Xena.",
    "Cell lines: DepMap, Broad Institute; 24Q4 is CC BY 4.0 on Figshare (doi 10.25452/figshare.plus.27993248.v1). "
    "DepMap's terms of use apply.",
)
DOWNLOADED, LINES_READ, TUMORS_READ = 0.5, 0.6, 0.9  # of the whole work


def build_tcga_ccle(
    folder: Path,
    progress: Progress = lambda fraction, message: None,
    *,
    offline: bool = False,
    mapping: Path | None = None,
) -> Imported:
    """Make a cohort of TCGA's tumors and DepMap's cell lines.

    Parameters
    ----------
    folder
        Files that it holds already are used; the others are downloaded to it, about 2 GB.
    progress
        Called with the share of the work that is done, 0..1, and a message. What it raises ends the work.
    offline
        Download nothing.
    mapping
        Table of cancer types by OncoTree code that stands before the one of the project; see
        :func:`rnalign_core.sources.oncotree.read_mapping`.

    Raises
    ------
    InputError
        If a file is missing while `offline`, is damaged, has changed, or has another layout than its source gave it.
    RNAlignError
        If a download failed, or there is not enough disk space.
    """
    types = read_mapping(mapping and Path(mapping))
    files, problems = gather(FILES, Path(folder), within(progress, 0, DOWNLOADED), offline=offline)
    expression, phenotype, purity, subtypes, lines_expression, models = (file.path for file in files)
    tumors = _tumors(expression, phenotype, purity, subtypes, problems)
    progress(DOWNLOADED, f"Reading {lines_expression.name}")
    lines, of_lines = _import_lines(lines_expression, models, types, problems)
    of_tumors = _import_tumors(
        expression, tumors, of_lines.genes, within(progress, LINES_READ, TUMORS_READ), problems
    )
    progress(TUMORS_READ, "Joining tumors and cell lines")
    table = SampleTable("the tables of labels", _rows(tumors, lines), ())
    return join_parts(
        table, [of_tumors, of_lines], problems, title=TITLE, provenance=[*CREDITS, *map(_origin, files)]
    )


def _tumors(
    expression: Path, phenotype: Path, purity: Path, subtypes: Path, problems: list[Problem]
) -> pd.DataFrame:
    """Return the labels of the tumors, by sample id."""
    types, left_out = xena.choose_tumors(xena.read_samples(expression), phenotype)
    by_sample, odd = labels.read_purity(purity)
    problems += [*left_out, *odd]
    tumors = pd.DataFrame({"cancer_type": types})
    tumors["sample_type"], tumors["source"], tumors["name"] = TUMOR, "TCGA", tumors.index
    tumors["purity"] = by_sample.reindex(tumors.index)
    tumors["subtype"] = labels.read_subtypes(subtypes, types)
    if n_unknown := int(tumors["purity"].isna().sum()):
        what = f"{n_unknown:,} of {len(tumors):,} tumors without a purity"
        problems.append(Problem(what, purity.name, "Nothing to do: it is treated as unknown.", "warning"))
    return tumors


def _import_lines(
    path: Path, models: Path, types: pd.Series, problems: list[Problem]
) -> tuple[pd.DataFrame, Part]:
    """Return what is known about the lines, by DepMap id, and their expression."""
    raw = depmap.read_expression(path)
    models_read = pd.Index(raw.row_names[depmap.MODEL])
    lines, left_out = depmap.read_models(models, models_read, types)
    problems += left_out
    raw = depmap.keep_rows(raw, np.flatnonzero(models_read.isin(lines.index)))
    part = import_table(
        path, lambda raw: (orient(raw, lines.index), lines.index), depmap.UNIT, problems, lambda path: raw
    )
    part.report = replace(part.report, n_samples=len(models_read))
    return lines, part


def _import_tumors(
    path: Path, tumors: pd.DataFrame, genes: Sequence[str], progress: Progress, problems: list[Problem]
) -> Part:
    """Return the expression of the tumors, for genes that the lines have."""
    found = {}

    def read(path: Path) -> RawTable:
        raw, counts = xena.read_expression(path, tumors.index, genes, progress)
        found.update(counts)
        n_other = found["n_genes"] - found["n_genes_unmapped"] - len(raw.values)
        what = f"{n_other:,} of {found['n_genes']:,} genes not in the table of cell lines, left out"
        problems.append(Problem(what, path.name, "Nothing to do.", "warning"))
        return raw

    part = import_table(
        path, lambda raw: (orient(raw, tumors.index), tumors.index), xena.UNIT, problems, read
    )
    part.report = replace(part.report, **found)
    return part


def _rows(tumors: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([tumors.reindex(columns=OBS_COLUMNS), lines.reindex(columns=OBS_COLUMNS)])


def _origin(file: LocalFile) -> str:
    return f"{file.path.name}: {file.origin}, SHA-256 {file.sha256}."
