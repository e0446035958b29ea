"""Activations, each with its slope and the slope's derivative as functions of the *output*.

With ``h = forward(z)``: ``slope(h) = dh/dz`` and ``curvature(h) = d slope / dz``. The Jacobian of a layer needs the slope,
the gradient of a penalty on that Jacobian needs the curvature; neither needs ``z``, so ``z`` is never kept.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True)
class Activation:
    """One elementwise activation."""

    forward: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    curvature: Callable[[Tensor], Tensor]


def _logistic_slope(h: Tensor) -> Tensor:
    return h * (1 - h)


def _tanh_slope(h: Tensor) -> Tensor:
    return 1 - h.square()


def _softplus(z: Tensor) -> Tensor:
    # torch's default threshold of 20 is exact to 1e-10 only; at 50 the neglected term is below float64 resolution.
    return softplus(z, threshold=50.0)


def _softplus_slope(h: Tensor) -> Tensor:
    return -torch.expm1(-h)


ACTIVATIONS = {
    "logistic": Activation(torch.sigmoid, _logistic_slope, lambda h: _logistic_slope(h) * (1 - 2 * h)),
    "tanh": Activation(torch.tanh, _tanh_slope, lambda h: -2 * h * _tanh_slope(h)),
    "relu": Activation(torch.relu, lambda h: (h > 0).to(h.dtype), torch.zeros_like),
    "identity": Activation(torch.clone, torch.ones_like, torch.zeros_like),
    "softplus": Activation(_softplus, _softplus_slope, lambda h: _softplus_slope(h) * torch.exp(-h)),
}
