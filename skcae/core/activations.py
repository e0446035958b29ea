"""Activations; slope and the slope's derivative are functions of the *output*.

With ``h = forward(z)``: ``slope(h) = dh/dz`` and
``curvature(h, slope) = d slope / dz``. The Jacobian of a layer needs the slope, the
gradient of a penalty on that Jacobian needs the curvature; neither needs ``z``, so
``z`` is never kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import elu, leaky_relu, softplus


@dataclass(frozen=True)
class Activation:
    """One elementwise activation.

    It has the forward map, ``slope(h)``, and ``curvature(h, slope)``, which is linear
    in the slope. ``steepest`` is the largest slope; ``bounded`` is whether both ends
    are flat.
    """

    forward: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    curvature: Callable[[Tensor, Tensor], Tensor]
    steepest: float = 1.0
    bounded: bool = False


LEAK = 0.01
"""Slope of ``leaky_relu`` below zero."""


def _softplus(z: Tensor) -> Tensor:
    # torch's default threshold of 20 is exact to 1e-10 only; at 50 the neglected term
    # is below float64 resolution.
    return softplus(z, threshold=50.0)


ActivationName = Literal["logistic", "tanh", "relu", "identity", "softplus", "elu", "leaky_relu"]
"""The names of the table, for type checkers."""
ACTIVATIONS = {
    "logistic": Activation(
        torch.sigmoid,
        lambda h: torch.addcmul(h, h, h, value=-1),
        lambda h, slope: torch.addcmul(slope, slope, h, value=-2),
        steepest=0.25,
        bounded=True,
    ),
    "tanh": Activation(
        torch.tanh,
        lambda h: 1 - h.square(),
        lambda h, slope: (h * slope).mul_(-2),
        bounded=True,
    ),
    "relu": Activation(
        torch.relu, lambda h: (h > 0).to(h.dtype), lambda h, slope: torch.zeros_like(h)
    ),
    "identity": Activation(torch.clone, torch.ones_like, lambda h, slope: torch.zeros_like(h)),
    "softplus": Activation(
        _softplus, lambda h: -torch.expm1(-h), lambda h, slope: slope * torch.exp(-h)
    ),
    "elu": Activation(elu, lambda h: 1 - torch.relu(-h), lambda h, slope: slope * (h < 0)),
    "leaky_relu": Activation(
        lambda z: leaky_relu(z, LEAK),
        lambda h: torch.ones_like(h).masked_fill_(h <= 0, LEAK),
        lambda h, slope: torch.zeros_like(h),
    ),
}
