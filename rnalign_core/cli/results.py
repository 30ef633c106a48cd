"""``rnalign match`` and ``rnalign align``: what a finished run found, and its aligned expression."""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from rnalign_core.cli.text import add_command, refuse_to_overwrite, say, table
from rnalign_core.files import data_home
from rnalign_core.problems import InputError

if TYPE_CHECKING:
    from rnalign_core.model import Run

BEFORE = "input_standardised"
AVERAGES = {"micro": "all lines (micro)", "macro": "mean over types", "median_types": "median over types"}
ECHO = "label-conditioned: not evidence of similarity"


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add ``match`` and ``align``."""
    match_parser = add_command(
        commands,
        "match",
        match,
        summary="Show how many cell lines match tumors of their own cancer type, before and after alignment.",
        examples=["rnalign match --run demo", "rnalign match --run runs/breast --json > match.json"],
    )
    align_parser = add_command(
        commands,
        "align",
        align,
        summary="Write the aligned expression, log2(TPM+1) on the cell-line scale.",
        examples=[
            "rnalign align --run demo --out aligned.h5ad",
            "rnalign align --run runs/breast --residual --out aligned.csv",
        ],
    )
    for parser in (match_parser, align_parser):
        parser.add_argument(
            "--run", required=True, metavar="RUN", help="a run's folder, its name in `rnalign runs`, or demo"
        )
    match_parser.add_argument("--json", action="store_true", help="print every metric of the run as JSON")
    align_parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE",
        help=".h5ad: an AnnData with input, both aligned layers, latent space and maps; "
        ".csv or .parquet: one aligned table, samples x genes; in a .csv below lines that begin with #",
    )
    align_parser.add_argument(
        "--residual",
        action="store_true",
        help="in a .csv or .parquet, add to the decoded profile what the model does not explain of a sample: keeps the "
        "differences within a cancer type, such as subtypes",
    )
    align_parser.add_argument("--force", action="store_true", help="replace FILE if it exists")


def match(arguments: argparse.Namespace) -> None:
    """Print the match rates of a run."""
    run = finished_run(arguments.run)
    if arguments.json:
        print(json.dumps({"metrics": run.metrics}, indent=2))
    else:
        print(f"{heading(run)}\n\n{summary(run.metrics)}")
        if run.metrics["headline"]:
            print(f"\n{type_table(run.metrics)}")


def align(arguments: argparse.Namespace) -> None:
    """Write the aligned expression of a run."""
    out: Path = arguments.out
    refuse_to_overwrite(out, arguments.force)
    run = finished_run(arguments.run)

    from rnalign_core.decode.results import check_suffix, write_aligned

    check_suffix(out)
    say(f"Aligning {run.info['n_tumors']:,} tumors and {run.info['n_lines']:,} cell lines ...")
    if run.settings.conditions_on_type:
        say(f"Warning: {ECHO}. The model was told each line's cancer type; rank nothing by this output.")
    write_aligned(run, out, residual=arguments.residual)
    print(out)


def open_run(name: str) -> Run:
    """Open a run by its folder, its name in the data home, or the word ``demo``."""
    from rnalign_core.model import Run
    from rnalign_core.model.runs import demo_run_path

    if name == "demo":
        return Run.open(demo_run_path())
    at_home = data_home() / "runs" / name
    return Run.open(at_home if at_home.is_dir() and not Path(name).exists() else name)


def finished_run(name: str) -> Run:
    """Open a run as :func:`open_run` does; one whose training has not finished is refused."""
    run = open_run(name)
    if not run.finished:
        fix = f"Finish it with `rnalign train --resume --out {run.path}`."
        raise InputError.single("the training of this run has not finished", str(run.path), fix)
    return run


def heading(run: Run) -> str:
    """Return one line that says which run and cohort this is."""
    from rnalign_core.cohort.words import if_simulated  # brings anndata along

    about = run.info
    cohort = about["cohort_title"] + if_simulated(about["cohort_title"], about["simulated"])
    return (
        f"Run {run.run_id}, {run.settings.variant} model, on {cohort}: "
        f"{about['n_tumors']:,} tumors, {about['n_lines']:,} cell lines, {about['n_genes']:,} genes"
    )


def summary(metrics: dict) -> str:
    """Return the match rates before and after as text, with their definition and denominator.

    A run that was given the cell lines' cancer types has no such rate after alignment; its label-conditioned
    number is shown with the follow rate instead.
    """
    before = metrics["match"][BEFORE]
    lines = [
        textwrap.fill(f"Match rate. {metrics['definition']}", width=100),
        f"Counted here: {before['n_lines']:,} cell lines of {before['n_types']} cancer types. "
        "Values in % with 95 % intervals.",
        "",
    ]
    if metrics["headline"] is None:
        return "\n".join(lines + label_conditioned(metrics))
    after, difference = metrics["match"][metrics["headline"]], metrics["difference"]
    rows = [("", "before", "after", "after - before")]
    rows += [
        (text, rate(before[key]), rate(after[key]), rate(difference[key], "+"))
        for key, text in AVERAGES.items()
    ]
    rows.append(("by chance (micro)", percent(before["chance"]), percent(after["chance"]), ""))
    lines.append(table(rows))
    lines.append("Each cell line was aligned by a model that never saw its cancer type.")
    return "\n".join(lines)


def label_conditioned(metrics: dict) -> list[str]:
    """Return the lines on a run whose model was told the cell lines' cancer types."""
    before, told = metrics["match"][BEFORE], metrics["label_conditioned"]
    if told is None:
        return [f"The label-conditioned match rate is withheld: {metrics['withheld']}."]
    follow = told["follow"]
    rows = [
        ("before", rate(before["micro"]), f"by chance {percent(before['chance'])}"),
        ("told its own type", rate(told["match"]["micro"]), f"by chance {percent(told['match']['chance'])}"),
        ("follow rate", rate(follow), f"by chance {percent(follow['chance'])}"),
    ]
    return [
        table(rows),
        f"{ECHO}. The model was told each line's cancer type.",
        f"Follow rate: of {follow['n']:,} lines told a wrong type, the share that match that wrong type.",
    ]


def type_table(metrics: dict) -> str:
    """Return match rates per cancer type before and after."""
    before = {row["cancer_type"]: row for row in metrics["types"][BEFORE]}
    rows = [("cancer type", "lines", "tumors", "before", "after", "by chance")]
    for row in metrics["types"][metrics["headline"]]:
        counts = (str(row["n_lines"]), str(row["n_tumors"]))
        earlier = rate(before[row["cancer_type"]], value="rate")
        rows.append((row["cancer_type"], *counts, earlier, rate(row, value="rate"), percent(row["chance"])))
    return table(rows)


def rate(interval: dict, sign: str = "", *, value: str = "value") -> str:
    """Return a share and its interval in percent, such as ``53.0 (49.1 to 57.0)``; ``-`` for none."""
    if interval[value] is None:
        return "-"
    low, high = (percent(interval[end], sign) for end in ("low", "high"))
    return f"{percent(interval[value], sign)} ({low} to {high})"


def percent(share: float | None, sign: str = "") -> str:
    """Return a share in percent with one decimal; ``-`` for none."""
    return "-" if share is None else f"{100 * share:{sign}.1f}"
