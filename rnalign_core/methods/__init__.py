"""Methods of alignment under one signature: those that RNAlign is compared with."""

from rnalign_core.methods.method import NO_FOLD, Aligned, Fitted, Method, Samples
from rnalign_core.methods.registry import METHODS, available_methods

__all__ = ["METHODS", "NO_FOLD", "Aligned", "Fitted", "Method", "Samples", "available_methods"]
