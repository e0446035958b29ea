"""Slopes and curvatures, functions of the output, equal the derivatives of the forward map."""

import pytest
import torch
from problems import FUNCTIONS, assert_close

from skcae.core.activations import ACTIVATIONS

Z = torch.cat(
    [
        torch.linspace(-40, 40, 401, dtype=torch.float64),
        torch.tensor([0.0, -1e-9, 1e-9], dtype=torch.float64),
    ]
)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_forward_is_the_named_function(name):
    assert_close(ACTIVATIONS[name].forward(Z), FUNCTIONS[name](Z), 1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_and_curvature_are_the_first_and_second_derivative(name):
    z = Z.clone().requires_grad_()
    h = ACTIVATIONS[name].forward(z)
    (slope,) = torch.autograd.grad(h.sum(), z, create_graph=True)
    (curvature,) = (
        torch.autograd.grad(slope.sum(), z) if slope.requires_grad else (torch.zeros_like(z),)
    )
    assert_close(ACTIVATIONS[name].slope(h.detach()), slope.detach())
    assert_close(ACTIVATIONS[name].curvature(h.detach(), slope.detach()), curvature)
    assert_close(ACTIVATIONS[name].curvature(h.detach(), 3 * slope.detach()), 3 * curvature)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_extremes_stay_finite_in_float32(name):
    z = torch.tensor([-1e30, -200.0, 200.0, 1e30])
    h = ACTIVATIONS[name].forward(z)
    assert ACTIVATIONS[name].slope(h).isfinite().all()
    assert ACTIVATIONS[name].curvature(h, ACTIVATIONS[name].slope(h)).isfinite().all()
