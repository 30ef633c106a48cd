"""Which labels training saw: elsewhere a decode extrapolates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnalign_core.decode.ensemble import Target
from rnalign_core.model.inputs import Labels
from rnalign_core.model.settings import Settings

PERCENTILES = (1, 99)


@dataclass(frozen=True)
class Support:
    """Labels that training saw: lines at purity 1, and tumors at the purities that tumors have.

    Parameters
    ----------
    tumor_purity
        The 1st and 99th percentile of the known purities of tumors; None if none is known.
    uses_purity
        Whether purity is a label of the models.
    """

    tumor_purity: tuple[float, float] | None
    uses_purity: bool

    @classmethod
    def of(cls, labels: Labels, settings: Settings) -> Support:
        """Read it off what a run was trained on."""
        known = labels.purity[labels.purity_known & ~labels.is_line]
        ends = tuple(float(p) for p in np.percentile(known, PERCENTILES)) if len(known) else None
        return cls(ends, settings.uses_purity)

    def beyond(self, target: Target) -> list[str]:
        """Say what training did not see of these labels; empty where it saw the like."""
        if 0 < target.line < 1:
            return ["no sample is between tumor and cell line: training saw the two ends only"]
        if not self.uses_purity:
            return []
        if target.line == 1:
            return [] if target.purity == 1 else ["every cell line it was trained on has purity 100 %"]
        if self.tumor_purity is None:
            return ["the purity of no tumor it was trained on is known"]
        low, high = self.tumor_purity
        if low <= target.purity <= high:
            return []
        return [
            f"98 % of the tumors it was trained on have a purity of {100 * low:.0f} to {100 * high:.0f} %"
        ]
