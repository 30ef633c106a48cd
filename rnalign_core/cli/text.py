"""What the commands share: a parser with examples, messages on stderr, outputs that are not overwritten."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from rnalign_core.problems import InputError, Problem


def add_command(
    commands: argparse._SubParsersAction,
    name: str,
    command: Callable[[argparse.Namespace], None],
    *,
    summary: str,
    examples: list[str],
) -> argparse.ArgumentParser:
    """Add a subcommand that calls `command`, with its examples at the end of its help."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary,
        epilog="examples:\n" + "".join(f"  {line}\n" for line in examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=command)
    return parser


def say(message: str = "") -> None:
    """Print a message for the person, on stderr."""
    print(message, file=sys.stderr)


def describe(error: InputError) -> str:
    """Return every problem of `error` on lines of its own, errors before warnings."""
    problems = sorted(error.problems, key=lambda problem: problem.severity != "error")
    n_errors = sum(problem.severity == "error" for problem in problems)
    head = "rnalign: the input cannot be used"
    if n_errors > 1:
        head += f" ({n_errors} problems)"
    return "\n".join([head, *map(describe_problem, problems)])


def describe_problem(problem: Problem) -> str:
    """Return one problem as three lines: where, what, what to do."""
    where = f"  {problem.severity}: {problem.where}"
    return f"{where}\n    found:      {problem.what}\n    what to do: {problem.fix}"


def refuse_to_overwrite(path: Path, force: bool) -> None:
    """Raise InputError if `path` exists and `force` is not given."""
    if path.exists() and not force:
        raise InputError.single(
            "it exists already", str(path), "Name another file, or add --force to replace it."
        )


def table(rows: list[tuple[str, ...]], n_left: int = 1) -> str:
    """Return rows as aligned columns, the first `n_left` to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def line(row: tuple[str, ...]) -> str:
        padded = (
            cell.ljust(width) if i < n_left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    return "\n".join(map(line, rows))
