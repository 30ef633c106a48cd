"""``rnalign import`` and ``rnalign demo``: make a cohort file, from one's own data or by simulation."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rnalign_core.cli.text import add_command, describe_problem, refuse_to_overwrite, say
from rnalign_core.files import atomic_path, data_home
from rnalign_core.problems import InputError

if TYPE_CHECKING:
    from anndata import AnnData

    from rnalign_core.cohort import Imported


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add ``import`` and ``demo``."""
    parser = add_command(
        commands,
        "import",
        import_files,
        summary="Make a cohort file from expression tables and a table of samples; report what was found.",
        examples=[
            "rnalign import --expression tumors.tsv --expression lines.tsv --samples samples.csv",
            "rnalign import --expression all.parquet --samples samples.csv --unit TPM --title Breast",
        ],
    )
    parser.add_argument(
        "--expression",
        action="append",
        required=True,
        type=Path,
        metavar="FILE",
        help="expression table (.csv, .tsv, .txt, .parquet, .h5ad, also .gz), either way round; repeatable",
    )
    parser.add_argument(
        "--samples",
        required=True,
        type=Path,
        metavar="FILE",
        help="table with sample_id, sample_type (tumor or cell_line), cancer_type (may be empty) and, "
        "if known, subtype, purity, name, source, depmap_id, cellosaurus_id, ccle_name, aliases",
    )
    parser.add_argument(
        "--unit",
        action="append",
        metavar="UNIT",
        help="unit of each expression table, in their order: log2(TPM+1), log2(TPM+0.001), TPM, counts "
        "or auto (default: found out from the values)",
    )
    parser.add_argument("--title", help="short name of the cohort (default: from the file names)")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="cohort file, .h5ad (default: named by title, in the data home)",
    )
    parser.add_argument("--force", action="store_true", help="replace the cohort file if it exists")

    parser = add_command(
        commands,
        "demo",
        demo,
        summary="Simulate a cohort, with a table of its truth beside it.",
        examples=["rnalign demo --out demo.h5ad   # and demo.truth.csv"],
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="same seed, same cohort (default: 0)"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="cohort file, .h5ad")
    parser.add_argument("--force", action="store_true", help="replace the files if they exist")


def import_files(arguments: argparse.Namespace) -> None:
    """Write a cohort made from files; print what was found, then the path."""
    if arguments.out:
        check_suffix(arguments.out)
        refuse_to_overwrite(arguments.out, arguments.force)

    from rnalign_core.cohort import import_cohort, save_cohort
    from rnalign_core.model.names import slug

    units = arguments.unit and [None if unit == "auto" else unit for unit in arguments.unit]
    say(f"Reading {', '.join(map(str, arguments.expression))} ...")
    imported = import_cohort(arguments.expression, arguments.samples, title=arguments.title, units=units)
    say(report(imported))
    name = slug(imported.cohort.uns["rnalign"]["title"]) or "cohort"
    out = arguments.out or data_home() / "cohorts" / f"{name}.h5ad"
    refuse_to_overwrite(out, arguments.force)
    save_cohort(imported.cohort, out)
    print(out)


def demo(arguments: argparse.Namespace) -> None:
    """Write a simulated cohort and its truth."""
    out: Path = arguments.out
    check_suffix(out)
    truth_file = out.with_suffix(".truth.csv")
    for path in (out, truth_file):
        refuse_to_overwrite(path, arguments.force)

    from rnalign_core.cohort import save_cohort
    from rnalign_core.cohort.demo import simulate

    simulated = simulate(arguments.seed)
    save_cohort(simulated.cohort, out)
    with atomic_path(truth_file) as temporary:
        simulated.truth.to_csv(temporary, index_label="sample_id")
    say(f"{contents(simulated.cohort)}, simulated. Truth in {truth_file}")
    print(out)


def check_suffix(path: Path) -> None:
    """Raise InputError unless `path` is named as a cohort file."""
    if path.suffix != ".h5ad":
        fix = "Name a file that ends in .h5ad."
        raise InputError.single(f"a cohort is written as .h5ad, not {path.suffix!r}", str(path), fix)


def report(imported: Imported) -> str:
    """Return what the import found: one paragraph a table, the warnings, the cohort."""
    lines = []
    for found in imported.tables:
        lines += [
            f"{found.file}: {found.n_samples:,} samples, {found.n_genes:,} genes ({found.orientation})",
            f"  unit:  {found.unit} ({found.unit_evidence})",
            f"  genes: {found.gene_ids}; {found.n_genes_unmapped:,} without a current symbol left out, "
            f"{found.n_genes_collapsed:,} averaged with another of the same symbol",
        ]
    lines += map(describe_problem, imported.warnings)
    return "\n".join([*lines, f"Cohort: {contents(imported.cohort)}"])


def contents(cohort: AnnData) -> str:
    """Return the title and size of a cohort in words."""
    n_lines = int((cohort.obs["sample_type"] == "cell_line").sum())
    title = cohort.uns["rnalign"]["title"]
    return f"{title}, {cohort.n_obs - n_lines:,} tumors, {n_lines:,} cell lines, {cohort.n_vars:,} genes"
