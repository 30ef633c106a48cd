"""L_cor and L_grad: latent independent of the labels, decoder sensitive to them."""

from __future__ import annotations

import torch
from torch import Tensor

MIN_PER_LEVEL = 4  # samples of each kind that a cancer type needs in a batch to enter L_cor


def _u_centred(x: Tensor) -> Tensor:
    """U-centred Euclidean distance matrix (Szekely & Rizzo 2014, definition 2) of x (n, p): (n, n)."""
    n = len(x)
    squares = x.square().sum(dim=1)
    squared = (squares[:, None] + squares[None, :] - 2 * x @ x.T).clamp_min(0)
    off_diagonal = 1 - torch.eye(n, dtype=x.dtype, device=x.device)
    # The floor under the root keeps its gradient finite for samples that coincide.
    d = (squared + 1e-12).sqrt() * off_diagonal
    rows = d.sum(dim=1)
    u = d - rows[:, None] / (n - 2) - rows[None, :] / (n - 2) + d.sum() / ((n - 1) * (n - 2))
    return u * off_diagonal


def distance_correlation(x: Tensor, y: Tensor) -> Tensor:
    """Bias-corrected squared distance correlation (Szekely & Rizzo 2013) of x (n, p) and y (n, q).

    Differentiable, signed, without root; in float32 whatever the inputs. 0 where either is constant. n must be at
    least 4.
    """
    if len(x) < 4:
        raise ValueError(f"distance correlation needs at least 4 samples, got {len(x)}")
    a, b = _u_centred(x.float()), _u_centred(y.float())
    variances = (a * a).sum() * (b * b).sum()
    if variances <= 1e-12:
        return x.sum() * 0.0
    return (a * b).sum() / variances.sqrt()


def correlation_loss(
    z: Tensor, labels: Tensor, is_line: Tensor, cancer_type: Tensor, *, within_type: bool
) -> Tensor:
    """L_cor: dependence of the latent space on the labels, 0 when there is none.

    Parameters
    ----------
    z
        Posterior means, (n, n_latent).
    labels
        Label columns, (n, n_labels); used when `within_type` is false.
    is_line
        Boolean, (n,).
    cancer_type
        Integer codes, (n,); -1 is unknown.
    within_type
        Average of dCor(z, sample type) over cancer types with at least :data:`MIN_PER_LEVEL` tumors and as many
        lines in the batch; else dCor(z, labels) over the whole batch.
    """
    if not within_type:
        return distance_correlation(z, labels).clamp_min(0)
    terms = []
    for code in torch.unique(cancer_type[cancer_type >= 0]):
        members = cancer_type == code
        n_lines = int(is_line[members].sum())
        if min(n_lines, int(members.sum()) - n_lines) >= MIN_PER_LEVEL:
            terms.append(distance_correlation(z[members], is_line[members, None].float()).clamp_min(0))
    return torch.stack(terms).mean() if terms else z.sum() * 0.0


def bounded(sensitivity: Tensor) -> Tensor:
    """Map sensitivities >= 0 to a loss in (0, 1] that falls as they rise and saturates, so it cannot run away."""
    return (1 / (1 + sensitivity)).mean()


def decoder_sensitivity(decoded: Tensor, y: Tensor) -> Tensor:
    """Estimate the norm of d decode(z, y) / dy per sample, root mean square over genes: (n,).

    Hutchinson's estimator: the gradient of a random projection of the decoded genes has, squared and averaged over
    projections, the squared Frobenius norm of the Jacobian. `y` must require gradients; differentiable again.
    """
    n_genes = decoded.shape[1]
    projection = torch.randn(n_genes, dtype=decoded.dtype) / n_genes**0.5
    (gradient,) = torch.autograd.grad((decoded @ projection).sum(), y, create_graph=True)
    return (gradient.square().sum(dim=1) + 1e-12).sqrt()


def elbo_sensitivity(elbo_loss: Tensor, y_encoder: Tensor, y_decoder: Tensor) -> Tensor:
    """Return the norm of d ELBO / dy per sample, y in the encoder and in the decoder: (n,). Differentiable again.

    Parameters
    ----------
    elbo_loss
        Negative ELBO of each sample divided by the number of genes, (n,).
    y_encoder, y_decoder
        Label columns as given to either, (n, n_labels); both must require gradients.
    """
    parts = torch.autograd.grad(elbo_loss.sum(), (y_encoder, y_decoder), create_graph=True)
    return (sum(parts).square().sum(dim=1) + 1e-12).sqrt()
