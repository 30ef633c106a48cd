"""``rnalign train`` and ``rnalign runs``: train a model on a cohort, and see which runs there are."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rnalign_core.cli.progress import ProgressBar
from rnalign_core.cli.text import add_command, say, table
from rnalign_core.files import data_home
from rnalign_core.problems import InputError, Problem, RNAlignError

if TYPE_CHECKING:
    from rnalign_core.model import Run, Settings

DEFAULT_PRESET = "full"
NEW_RUN_OPTIONS = ("cohort", "preset", "variant", "seed", "folds", "set")


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add ``train`` and ``runs``."""
    parser = add_command(
        commands,
        "train",
        train,
        summary="Train a model on a cohort, cross-fitted over its cell lines.",
        examples=[
            "rnalign train --cohort demo --preset quick",
            "rnalign train --cohort my.h5ad --out runs/my --seed 1 --set n_genes=none --set w_cor=0.5",
            "rnalign train --cohort my.h5ad --out runs/no_cor --variant no_cor",
            "rnalign train --resume --out runs/my",
        ],
    )
    parser.add_argument("--cohort", metavar="FILE", help="cohort made by `rnalign import`, or demo")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="folder of the run (default: a new one in the data home)"
    )
    parser.add_argument(
        "--preset",
        choices=("quick", "full", "poster"),
        help="quick: to try out; full: the method; poster: the poster's protocol, where the model is told "
        f"the lines' cancer types (default: {DEFAULT_PRESET})",
    )
    parser.add_argument(
        "--variant",
        choices=("full", "no_grad", "no_cor", "no_purity", "type_conditioned"),
        help="leave one part of the method out, or condition on cancer type",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="seed of everything random")
    parser.add_argument(
        "--folds", type=int, metavar="K", help="number of cross-fitting folds over cell lines"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other setting, repeatable; a wrong NAME shows them all",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the interrupted run in --out")
    add_command(commands, "runs", runs, summary="List the runs in the data home.", examples=["rnalign runs"])


def train(arguments: argparse.Namespace) -> None:
    """Train a new run, or go on with an interrupted one, and show its match rates."""
    from rnalign_core import jobs
    from rnalign_core.cli.results import heading, open_run, summary

    if arguments.resume:
        check_resume(arguments)
        run = open_run(str(arguments.out))
    else:
        run = new_run(arguments)
    say(f"Training {run.path}. Ctrl-C stops it after the present epoch; it can go on later.")
    again = f"Go on with: rnalign train --resume --out {shlex.quote(str(run.path))}"
    try:
        jobs.start(run)
        with ProgressBar() as bar:
            last = jobs.wait(run, bar.update)
    except KeyboardInterrupt:
        say(f"Stopped. {again}")
        raise
    if last.state != "finished":
        raise RNAlignError(f"{last.error or last.message}\n{again}")
    say(f"\n{heading(run)}\n\n{summary(run.metrics)}\n")
    print(run.path)


def check_resume(arguments: argparse.Namespace) -> None:
    """Raise InputError if ``--resume`` comes without a run, or with settings, which the run has already."""
    given = [n for n in NEW_RUN_OPTIONS if getattr(arguments, n) not in (None, [])]
    problems = []
    if arguments.out is None:
        problems.append(Problem("no run is named", "--resume", "Name the run's folder with --out."))
    for name in given:
        fix = "Leave it out: a run keeps the cohort and settings it was started with."
        problems.append(Problem("it cannot be changed in a run that goes on", f"--{name}", fix))
    if problems:
        raise InputError(problems)


def new_run(arguments: argparse.Namespace) -> Run:
    """Make the folder of the run that the command line describes."""
    from rnalign_core.model import create_run
    from rnalign_core.model.names import free_folder

    cohort = cohort_path(arguments.cohort)
    preset = arguments.preset or DEFAULT_PRESET
    settings = settings_of(preset, arguments)
    out = arguments.out or free_folder(data_home() / "runs", f"{datetime.now():%Y-%m-%d}-{preset}")
    return create_run(out, cohort, settings)


def cohort_path(given: str | None) -> Path:
    """Return the cohort file that ``--cohort`` names.

    Raises
    ------
    InputError
        If it names none.
    """
    from rnalign_core.model.runs import demo_run_path

    if given is None:
        raise InputError.single(
            "no cohort is named", "--cohort", "Name a file made by `rnalign import`, or demo."
        )
    return demo_run_path() / "cohort.h5ad" if given == "demo" else Path(given)


def settings_of(preset: str, arguments: argparse.Namespace) -> Settings:
    """Return the settings of a preset with the changes of the command line.

    Raises
    ------
    InputError
        With every change that cannot be made.
    """
    from pydantic import ValidationError

    from rnalign_core.model import PRESETS, Settings
    from rnalign_core.model.settings import with_variant

    changes = {"seed": arguments.seed, "n_folds": arguments.folds}
    changes = {name: value for name, value in changes.items() if value is not None}
    for assignment in arguments.set:
        name, _, value = assignment.partition("=")
        changes[name.strip()] = None if value.strip().lower() == "none" else value.strip()
    try:
        variant = changes.pop("variant", arguments.variant) or PRESETS[preset].variant
        return Settings.model_validate(with_variant(PRESETS[preset], variant) | changes)
    except ValidationError as error:
        raise InputError([setting_problem(found) for found in error.errors()]) from error


def setting_problem(found: Mapping) -> Problem:
    """Return one of pydantic's findings about the settings as a problem."""
    from rnalign_core.model import Settings

    name = str(found["loc"][0])
    where = f"setting {name}"
    if name not in Settings.model_fields:
        return Problem("there is no such setting", where, f"Choose from {', '.join(Settings.model_fields)}.")
    meaning = Settings.model_fields[name].description
    return Problem(f"{found['msg']}; given was {found['input']!r}", where, f"Give another value. {meaning}")


def runs(arguments: argparse.Namespace) -> None:
    """Print the runs in the data home, newest first."""
    from rnalign_core import jobs
    from rnalign_core.model import list_runs

    found = list_runs()
    if not found:
        say(f"There are no runs in {data_home() / 'runs'}. Make one with `rnalign train --cohort demo`.")
        return
    rows = [("run", "cohort", "variant", "created", "state")]
    for run in found:
        created = datetime.fromisoformat(run.info["created"]).astimezone().strftime("%Y-%m-%d %H:%M %Z")
        state = jobs.progress(run)
        rows.append((run.run_id, run.info["cohort_title"], run.settings.variant, created, state.state))
    print(table(rows, n_left=5))
