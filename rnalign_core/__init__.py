"""RNAlign: align tumor and cancer-cell-line transcriptomes with a conditional VAE."""

__version__ = "0.1.0"
