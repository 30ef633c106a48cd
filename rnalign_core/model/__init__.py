"""The conditional VAE: settings, network, losses, training, cross-fitting, and the folder a run lives in.

Torch is imported by the modules that need it, not here, so that a page that only reads a run stays quick.
"""

from rnalign_core.model.runs import Run, create_run, list_runs
from rnalign_core.model.settings import PRESETS, VARIANTS, Settings

__all__ = ["PRESETS", "VARIANTS", "Run", "Settings", "create_run", "list_runs"]
