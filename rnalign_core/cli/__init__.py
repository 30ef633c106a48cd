"""The command ``rnalign``: the same work as the dashboard, from a terminal.

Messages and progress go to stderr. Stdout carries the result alone: the path of what was made, or a table.
Only the command that runs imports what it needs, so that ``rnalign --help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import rnalign_core
from rnalign_core.cli import archive, benchmark, cohorts, dashboard, data, place, results, training
from rnalign_core.cli.text import describe
from rnalign_core.problems import InputError, RNAlignError

EXIT_ERROR = 1
EXIT_INPUT = 2
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    argv
        Arguments without the program's name; those of the process by default.

    Returns
    -------
    0 when it worked, 2 when the input or the command line cannot be used, 1 for another failure that the user
    can act on, 130 when interrupted. Any other exception is a bug and is not caught.
    """
    arguments = build_parser().parse_args(argv)
    try:
        arguments.command(arguments)
        sys.stdout.flush()
    except InputError as error:
        print(describe(error), file=sys.stderr)
        return EXIT_INPUT
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except (RNAlignError, OSError) as error:
        print(f"rnalign: {error}", file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        print("rnalign: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="rnalign",
        description="Align tumor and cell-line transcriptomes, and pick cell lines for a tumor subtype.",
        epilog="`rnalign COMMAND --help` explains a command and gives examples.",
    )
    parser.add_argument("--version", action="version", version=f"rnalign {rnalign_core.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for room in (cohorts, data, training, results, place, archive, benchmark, dashboard):
        room.add_commands(commands)
    return parser
