"""``rnalign export`` and ``rnalign import-run``: a finished run as one zip, and back."""

from __future__ import annotations

import argparse
from pathlib import Path

from rnalign_core.cli.results import finished_run, heading
from rnalign_core.cli.text import add_command, refuse_to_overwrite, say
from rnalign_core.problems import InputError


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add ``export`` and ``import-run``."""
    parser = add_command(
        commands,
        "export",
        export,
        summary="Write a finished run, with its cohort, models and results, as one zip. "
        "Aligned expression alone is written by `rnalign align`.",
        examples=[
            "rnalign export --run demo --out demo.zip",
            "rnalign export --run runs/breast --out breast.zip",
        ],
    )
    parser.add_argument(
        "--run", required=True, metavar="RUN", help="a run's folder, its name in `rnalign runs`, or demo"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the zip to write")
    parser.add_argument("--force", action="store_true", help="replace FILE if it exists")
    parser = add_command(
        commands,
        "import-run",
        import_run,
        summary="Make a run of a zip that `rnalign export` or the dashboard wrote. The zip is checked first: one "
        "that is damaged, or not what it claims to be, is refused and leaves nothing behind.",
        examples=["rnalign import-run breast.zip"],
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the zip")


def export(arguments: argparse.Namespace) -> None:
    """Write a run as a zip."""
    out: Path = arguments.out
    if out.suffix != ".zip":
        fix = "Name a file that ends in .zip. For the aligned expression use `rnalign align`."
        raise InputError.single(f"a run is exported as .zip, not {out.suffix!r}", str(out), fix)
    refuse_to_overwrite(out, arguments.force)
    run = finished_run(arguments.run)

    from rnalign_core.model.archive import export_run

    export_run(run, out)
    print(out)


def import_run(arguments: argparse.Namespace) -> None:
    """Check a zip and make it a run in the data home."""
    path: Path = arguments.file
    if path.is_dir():
        fix = "Give the zip that `rnalign export` wrote. The folder of a run needs no import: name it with --run."
        raise InputError.single("it is a folder, not a zip", str(path), fix)
    if not path.is_file():
        raise InputError.single("there is no such file", str(path), "Check the path.")

    from rnalign_core.model import archive

    say(f"Checking {path} ...")
    with path.open("rb") as file:
        run = archive.import_run(file, path.name)
    say(heading(run))
    print(run.path)
