"""How the commands show the progress of a job."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tqdm import tqdm

from rnalign_core.cli.text import say

if TYPE_CHECKING:
    from rnalign_core.jobs import BenchmarkProgress, Progress


class ProgressBar:
    """Progress of a job on stderr: a bar on a terminal, elsewhere a line each tenth of the work."""

    def __init__(self) -> None:
        self.on_terminal = sys.stderr.isatty()
        self.bar = tqdm(
            total=1.0,
            disable=not self.on_terminal,
            bar_format="{percentage:3.0f} % {bar:20} {desc}",
            leave=False,
        )
        self.said = ("", -1)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.close()

    def update(self, now: Progress | BenchmarkProgress) -> None:
        """Show `now`."""
        from rnalign_core.cohort.words import duration  # brings anndata along

        left = f"about {duration(now.eta_seconds)} left, " if now.eta_seconds else ""
        if self.on_terminal:
            self.bar.n = now.fraction
            self.bar.set_description_str(left + now.message)
        elif (step := (now.state, int(10 * now.fraction))) != self.said:
            self.said = step
            say(f"{now.fraction:4.0%} {left}{now.message}")
