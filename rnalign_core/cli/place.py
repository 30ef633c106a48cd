"""``rnalign place``: one's own samples among those of a run, called, with their neighbours and a ranking of lines."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rnalign_core.cli.text import add_command, describe_problem, refuse_to_overwrite, say
from rnalign_core.files import write_text
from rnalign_core.problems import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from rnalign_core.place import Placed
    from rnalign_core.rank.ranking import Ranking

N_SHOWN = 5  # nearest samples in the table


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add ``place``."""
    parser = add_command(
        commands,
        "place",
        place_files,
        summary="Place your own samples among those of a run: type calls, nearest tumors and lines, ranking of lines.",
        examples=[
            "rnalign place --run demo --expression patients.csv --out placed.csv",
            "rnalign place --run runs/breast --expression pdx.tsv.gz --unit TPM --samples pdx-samples.csv \\",
            "      --out placed.csv --lines lines-for-them.csv",
        ],
    )
    parser.add_argument(
        "--run", required=True, metavar="RUN", help="a run's folder, its name in `rnalign runs`, or demo"
    )
    parser.add_argument(
        "--expression",
        required=True,
        type=Path,
        metavar="FILE",
        help="expression table (.csv, .tsv, .txt, .parquet, .h5ad, also .gz), either way round",
    )
    parser.add_argument(
        "--samples",
        type=Path,
        metavar="FILE",
        help="table with sample_id and, if known, sample_type, cancer_type, purity (0 to 1), name; samples that are "
        "not in it are left out",
    )
    parser.add_argument("--unit", help="log2(TPM+1), log2(TPM+0.001), TPM or counts (default: found out)")
    parser.add_argument(
        "--orientation", help="'samples x genes' or 'genes x samples' (default: where the known genes are)"
    )
    parser.add_argument(
        "--gene-ids", metavar="COLUMN", help="column that names the genes (default: found out)"
    )
    parser.add_argument(
        "--sample-type",
        default="tumor",
        choices=("tumor", "cell_line"),
        help="of samples for which --samples does not say (default: tumor)",
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="table of placed samples, .csv"
    )
    parser.add_argument(
        "--lines",
        type=Path,
        metavar="FILE",
        help="also rank the run's cell lines for the tumors of each type, given or called, .csv",
    )
    parser.add_argument("--force", action="store_true", help="replace the files if they exist")


def place_files(arguments: argparse.Namespace) -> None:
    """Write the table of placed samples and, if asked for, the ranking of lines for them."""
    from rnalign_core.cli.results import finished_run

    check_outputs(arguments.out, arguments.lines)
    for path in filter(None, (arguments.out, arguments.lines)):
        refuse_to_overwrite(path, arguments.force)
    run = finished_run(arguments.run)

    from rnalign_core.place import place, read_query
    from rnalign_core.plots.export import table_csv
    from rnalign_core.rank.aligned_run import AlignedRun

    say(f"Opening run {run.run_id} ...")
    aligned = AlignedRun(run)
    query = read_query(
        arguments.expression,
        arguments.samples,
        genes=aligned.genes,
        orientation=arguments.orientation,
        unit=arguments.unit,
        gene_ids=arguments.gene_ids,
        sample_type=arguments.sample_type,
    )
    placed = place(aligned, query)
    for problem in placed.warnings:
        say(describe_problem(problem))
    source = provenance(placed)
    rankings = _rank(placed) if arguments.lines else {}  # before anything is written
    write_text(arguments.out, table_csv(placed_table(placed), source))
    print(arguments.out)
    if rankings:
        about = [line for title, ranking in rankings.items() for line in _about(placed, title, ranking)]
        write_text(arguments.lines, table_csv(lines_table(rankings), [*source, *about]))
        print(arguments.lines)


def _rank(placed: Placed) -> dict[str, Ranking]:
    """Return the lines ranked for each group of placed tumors, and say what to mind."""
    from rnalign_core.place.groups import cautions_for, groups_to_rank_for

    groups = groups_to_rank_for(placed)
    if not groups:
        fix = "Leave out --lines; or say in the table of samples, or by --sample-type, which are tumors."
        raise InputError.single("no tumor to rank lines for", placed.query.report.file, fix)
    rankings = {}
    for title, ids in groups.items():
        say(f"Ranking lines for {title} ...")
        rankings[title] = placed.rank(ids)
        for caution in cautions_for(placed, rankings[title]):
            say(f"warning: {title}: {caution}")
    return rankings


def _about(placed: Placed, title: str, ranking: Ranking) -> list[str]:
    from rnalign_core.place.groups import cautions_for

    cautions = [f"caution: {caution}" for caution in cautions_for(placed, ranking)]
    return [f"group: {title}", *cautions, f"definition: {ranking.definition()}"]


def lines_table(rankings: Mapping[str, Ranking]) -> pd.DataFrame:
    """Return the ranked lines of all groups, one group below the other; ranks are within each."""
    import pandas as pd

    lines = pd.concat({title: ranking.lines for title, ranking in rankings.items()}, names=["group"])
    return lines.assign(cautions=lines["cautions"].map(", ".join)).reset_index()


def check_outputs(out: Path, lines: Path | None) -> None:
    """Raise InputError where a file would not be what its name says, or both tables would be one file."""
    problems = [
        Problem(
            f"a table is written as .csv, not {path.suffix!r}", str(path), "Name a file that ends in .csv."
        )
        for path in filter(None, (out, lines))
        if path.suffix != ".csv"
    ]
    if lines and lines.resolve() == out.resolve():
        problems.append(Problem("--out and --lines are the same file", str(out), "Name two files."))
    if problems:
        raise InputError(problems)


def placed_table(placed: Placed) -> pd.DataFrame:
    """Return one row a sample: what was given, call, position on the map, nearest lines and tumors of the run."""
    samples = placed.query.samples[["name", "sample_type", "cancer_type", "purity"]]
    table = samples.rename(columns={"cancer_type": "given_type"}).join(placed.calls).join(placed.coordinates)
    types = placed.aligned.samples["cancer_type"].astype(object).fillna("-")
    for kind, column in (("cell_line", "nearest_lines"), ("tumor", "nearest_tumors")):
        nearest = placed.all_nearest(kind, N_SHOWN)
        table[column] = nearest.apply(lambda ids: "; ".join(f"{i} ({types[i]})" for i in ids), axis=1)
    return table.round(4).rename_axis("sample_id")


def provenance(placed: Placed) -> list[str]:
    """Return lines that say where a table of placed samples comes from."""
    from rnalign_core.cohort.words import count

    report = placed.query.report
    return [
        *placed.aligned.run.provenance,
        f"placed: {count(len(placed.calls), 'sample')} of {report.file}, {report.orientation}, {report.gene_ids}, in "
        f"{report.unit} ({report.unit_evidence})",
        *(f"warning: {problem.where}: {problem.what}" for problem in placed.warnings),
    ]
