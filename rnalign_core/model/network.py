"""The conditional variational autoencoder as torch modules."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Shape(NamedTuple):
    """Sizes that fix a network: genes, label columns, latent dimensions, widths, cancer types."""

    n_genes: int
    n_labels: int
    n_latent: int
    encoder_width: int
    decoder_width: int
    n_types: int


class CVAE(nn.Module):
    """Conditional VAE: q(z | x, y) and p(x | z, y) with one learned noise scale per gene.

    The decoder's last layer is linear, so that everything pairwise about decoded profiles has an exact form in
    `decoder_width` dimensions (:mod:`rnalign_core.decode.exact`). A linear head on z calls the cancer type.

    Parameters
    ----------
    shape
        Sizes.
    input_dropout
        Share of genes hidden from the encoder at each step.
    """

    def __init__(self, shape: Shape, input_dropout: float = 0.0):
        super().__init__()
        s = shape
        self.shape = shape
        self.input_dropout = nn.Dropout(input_dropout)
        self.encoder = nn.Sequential(
            nn.Linear(s.n_genes + s.n_labels, s.encoder_width),
            nn.LayerNorm(s.encoder_width),
            nn.SiLU(),
            nn.Linear(s.encoder_width, s.encoder_width // 2),
            nn.LayerNorm(s.encoder_width // 2),
            nn.SiLU(),
        )
        self.posterior = nn.Linear(s.encoder_width // 2, 2 * s.n_latent)
        self.decoder = nn.Sequential(
            nn.Linear(s.n_latent + s.n_labels, s.decoder_width),
            nn.LayerNorm(s.decoder_width),
            nn.SiLU(),
        )
        self.output = nn.Linear(s.decoder_width, s.n_genes)
        self.log_sigma = nn.Parameter(torch.zeros(s.n_genes))
        self.type_head = nn.Linear(s.n_latent, s.n_types)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return posterior mean and SD, each (n, n_latent), of x (n, n_genes) with labels y (n, n_labels)."""
        mean, raw = self.posterior(self.encoder(torch.cat([self.input_dropout(x), y], dim=1))).chunk(2, dim=1)
        return mean.float(), F.softplus(raw.float()) + 1e-4

    def hidden(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the decoder's last hidden layer, (n, decoder_width)."""
        return self.decoder(torch.cat([z, y], dim=1))

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Return decoded standardised expression, (n, n_genes)."""
        return self.output(self.hidden(z, y))

    def negative_log_likelihood(self, x: Tensor, decoded: Tensor) -> Tensor:
        """Gaussian -log p(x | z, y), up to a constant, summed over genes: (n,)."""
        log_sigma = self.log_sigma.clamp(-3, 3)
        return (0.5 * ((x - decoded) * torch.exp(-log_sigma)).square() + log_sigma).sum(dim=1)


def kl_to_standard_normal(mean: Tensor, sd: Tensor) -> Tensor:
    """KL(N(mean, sd^2) || N(0, 1)) summed over dimensions: (n,)."""
    return 0.5 * (mean.square() + sd.square() - 1 - 2 * sd.log()).sum(dim=1)
