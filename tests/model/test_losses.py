"""The two losses against independent calculations."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from rnalign_core.model.losses import (
    MIN_PER_LEVEL,
    bounded,
    correlation_loss,
    decoder_sensitivity,
    distance_correlation,
    elbo_sensitivity,
)


def u_statistic(x, y):
    """Bias-corrected distance correlation written out from Szekely & Rizzo 2013, loops and all."""
    n = len(x)
    centred = []
    for values in (x, y):
        d = cdist(values, values)
        u = np.zeros_like(d)
        for i in range(n):
            for j in range(n):
                if i != j:
                    u[i, j] = (
                        d[i, j] - d[i].sum() / (n - 2) - d[:, j].sum() / (n - 2) + d.sum() / (n - 1) / (n - 2)
                    )
        centred.append(u)
    a, b = centred
    return (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())


@given(seed=st.integers(0, 10_000), n=st.integers(5, 24), strength=st.floats(0, 3))
@settings(max_examples=40, deadline=None)
def test_distance_correlation_is_the_u_statistic(seed, n, strength):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    y = strength * x[:, :1] ** 2 + rng.normal(size=(n, 2))
    assert float(distance_correlation(torch.tensor(x), torch.tensor(y))) == pytest.approx(
        u_statistic(x, y), abs=2e-4
    )


def test_independent_high_dimensional_data_are_near_zero_unlike_the_biased_statistic():
    rng = np.random.default_rng(0)
    values = [
        float(
            distance_correlation(
                torch.tensor(rng.normal(size=(64, 64))), torch.tensor(rng.normal(size=(64, 1)))
            )
        )
        for _ in range(50)
    ]
    assert abs(np.mean(values)) < 3 * np.std(values) / 50**0.5
    assert np.max(np.abs(values)) < 0.2


def test_a_constant_label_gives_zero_and_a_zero_gradient():
    z = torch.randn(16, 4, requires_grad=True)
    value = distance_correlation(z, torch.ones(16, 1))
    value.backward()
    assert value.item() == 0
    assert torch.equal(z.grad, torch.zeros_like(z))


def test_coinciding_samples_have_finite_gradients():
    z = torch.zeros(12, 4, requires_grad=True)
    x = torch.cat([z[:6], z[6:] + torch.randn(6, 4)])
    distance_correlation(x, torch.arange(12.0)[:, None]).backward()
    assert torch.isfinite(z.grad).all()


def test_fewer_than_four_samples_are_refused():
    with pytest.raises(ValueError, match="at least 4"):
        distance_correlation(torch.randn(3, 2), torch.randn(3, 1))


def test_within_type_averages_over_types_with_enough_of_both_kinds():
    rng = np.random.default_rng(3)
    cancer_type = torch.tensor([0] * 12 + [1] * 10 + [2] * (2 * MIN_PER_LEVEL - 1) + [-1] * 20)
    is_line = torch.arange(len(cancer_type)) % 2 == 0
    z = torch.tensor(rng.normal(size=(len(cancer_type), 5)))
    z[is_line] += 1.0  # so that every type has something to report
    expected = np.mean([u_statistic(z[:12].numpy(), is_line[:12, None].double().numpy()),
                        u_statistic(z[12:22].numpy(), is_line[12:22, None].double().numpy())])  # fmt: skip
    loss = correlation_loss(z, torch.zeros(len(z), 2), is_line, cancer_type, within_type=True)
    assert expected > 0
    assert float(loss) == pytest.approx(expected, abs=2e-4)


def test_within_type_without_any_shared_type_is_zero():
    z = torch.randn(20, 3, requires_grad=True)
    loss = correlation_loss(
        z, torch.zeros(20, 2), torch.arange(20) < 10, torch.full((20,), -1), within_type=True
    )
    loss.backward()
    assert loss.item() == 0


def test_marginal_form_takes_all_labels():
    rng = np.random.default_rng(5)
    z = rng.normal(size=(30, 4))
    y = np.column_stack([z[:, 0] > 0, rng.random(30)]).astype(float)
    loss = correlation_loss(
        torch.tensor(z), torch.tensor(y), torch.zeros(30, dtype=bool), torch.zeros(30), within_type=False
    )
    assert float(loss) == pytest.approx(u_statistic(z, y), abs=2e-4)


def test_bounded_falls_from_one_towards_zero():
    values = [float(bounded(torch.tensor([g]))) for g in (0.0, 0.5, 3.0, 1e6)]
    assert values[0] == 1
    assert values == sorted(values, reverse=True)
    assert 0 < values[-1] < 1e-5


def test_decoder_sensitivity_estimates_the_jacobian_norm():
    torch.manual_seed(0)
    n_genes, n_labels = 40, 3
    jacobian = torch.randn(n_genes, n_labels)
    y = torch.randn(5, n_labels, requires_grad=True)
    squares = torch.stack([decoder_sensitivity(y @ jacobian.T, y).detach().square() for _ in range(4000)])
    expected = float(jacobian.square().sum() / n_genes)
    assert squares.mean(dim=0).numpy() == pytest.approx(np.full(5, expected), rel=0.1)


def test_elbo_sensitivity_is_the_total_derivative():
    torch.manual_seed(1)
    weight = torch.randn(3, 6, dtype=torch.float64)
    base = torch.randn(4, 3, dtype=torch.float64)

    def elbo_loss(encoder_y, decoder_y):
        z = torch.tanh(encoder_y @ weight)
        return (z * torch.sin(decoder_y @ weight)).sum(dim=1)

    first, second = base.clone().requires_grad_(), base.clone().requires_grad_()
    got = elbo_sensitivity(elbo_loss(first, second), first, second)
    step = 1e-6
    numeric = torch.zeros(4, 3, dtype=torch.float64)
    for j in range(3):
        up, down = base.clone(), base.clone()
        up[:, j] += step
        down[:, j] -= step
        numeric[:, j] = (elbo_loss(up, up) - elbo_loss(down, down)) / (2 * step)
    assert got.detach().numpy() == pytest.approx(numeric.norm(dim=1).numpy(), rel=1e-4)


@pytest.mark.parametrize("form", ["decoder", "elbo"])
def test_sensitivities_can_be_differentiated_again(form):
    weight = torch.nn.Linear(3, 8)
    y = torch.randn(6, 3, requires_grad=True)
    decoded = torch.tanh(weight(y))
    if form == "decoder":
        loss = bounded(decoder_sensitivity(decoded, y))
    else:
        other = y.detach().clone().requires_grad_()
        loss = bounded(elbo_sensitivity((decoded.square() + weight(other)).sum(dim=1), other, y))
    loss.backward()
    assert weight.weight.grad.abs().sum() > 0
