"""Losses from the pre-activation equal their definition from the reconstruction."""

import pytest
import torch
from problems import assert_close

from skcae.core.losses import LOSSES


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(0)
    z = 4 * torch.randn(6, 5, generator=generator, dtype=torch.float64)
    return z, torch.rand(6, 5, generator=generator, dtype=torch.float64)


def test_squared_error_is_the_sum_without_one_half(rows):
    z, x = rows
    assert_close(
        LOSSES["squared_error"].value(z, x),
        torch.stack([((a - b) ** 2).sum() for a, b in zip(z, x, strict=True)]),
    )


def test_cross_entropy_is_bernoullis(rows):
    z, x = rows
    r = LOSSES["cross_entropy"].link(z)
    assert_close(r, 1 / (1 + torch.exp(-z)), 1e-14)
    assert_close(
        LOSSES["cross_entropy"].value(z, x), -(x * r.log() + (1 - x) * (1 - r).log()).sum(1)
    )


@pytest.mark.parametrize("name", LOSSES)
def test_gradient_is_that_of_the_value_at_the_pre_activation(name, rows):
    z, x = rows
    leaf = z.clone().requires_grad_()
    (expected,) = torch.autograd.grad(LOSSES[name].value(leaf, x).sum(), leaf)
    value, gradient = LOSSES[name].value_and_gradient(z.clone(), x)
    assert_close(gradient, expected)
    assert_close(value, LOSSES[name].value(z, x))


def test_cross_entropy_of_certain_outputs_is_finite_and_right():
    z = torch.tensor([[-1000.0, 1000.0, 1000.0]], dtype=torch.float64)
    x = torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64)
    assert LOSSES["cross_entropy"].value(z, x).item() == pytest.approx(1000.0)
    value, gradient = LOSSES["cross_entropy"].value_and_gradient(z, x)
    assert value.item() == pytest.approx(1000.0)
    assert_close(gradient, torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64))


@pytest.mark.parametrize("name", LOSSES)
def test_arguments_are_left_alone(name, rows):
    z, x = rows
    before = z.clone(), x.clone()
    LOSSES[name].value(z, x)
    LOSSES[name].link(z).zero_()
    assert torch.equal(z, before[0])
    assert torch.equal(x, before[1])
