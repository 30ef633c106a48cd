"""What is wrong with an input: every problem at once, each with a place and a remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Problem:
    """One finding about an input.

    Parameters
    ----------
    what
        What was found, in plain words, with the offending values (at most a few).
    where
        File, table, row and column, as exactly as known.
    fix
        What the user can do next.
    severity
        ``"error"`` stops the work; ``"warning"`` is shown beside the result.
    """

    what: str
    where: str
    fix: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"[{self.severity}] {self.where}: {self.what} -> {self.fix}"


class RNAlignError(Exception):
    """Base of every error this project raises on purpose."""


class InputError(RNAlignError):
    """An input cannot be used. Carries the complete list of problems, warnings included."""

    def __init__(self, problems: Sequence[Problem]):
        if not problems:
            raise ValueError("an InputError needs at least one problem")
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))

    @classmethod
    def single(cls, what: str, where: str, fix: str) -> InputError:
        """Make the error for one problem."""
        return cls([Problem(what, where, fix)])
