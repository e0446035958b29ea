"""Reconstruction losses, **summed** over features, with the output link that belongs to each.

With ``z`` the pre-activation of the output layer and ``x`` the clean input:

==================  ================================  ======================  ===========
loss                L(x, r), one number per row       dL/dz                   r = link(z)
==================  ================================  ======================  ===========
``squared_error``   sum (r - x)^2, no 1/2             2 (z - x)               z
``cross_entropy``   -sum x log r + (1-x) log(1-r)     link(z) - x             logistic(z)
==================  ================================  ======================  ===========

The cross-entropy is taken from ``z`` as ``softplus(z) - x z``, which neither overflows nor takes a logarithm of zero.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True)
class Loss:
    """One loss: its value per row, its gradient at the pre-activation, its link, and the values that x may take."""

    value: Callable[[Tensor, Tensor], Tensor]
    gradient: Callable[[Tensor, Tensor], Tensor]
    link: Callable[[Tensor], Tensor]
    domain: tuple[float, float]
    remedy: str


LOSSES = {
    "squared_error": Loss(
        value=lambda z, x: (z - x).square().sum(-1),
        gradient=lambda z, x: (z - x).mul_(2),
        link=torch.clone,
        domain=(float("-inf"), float("inf")),
        remedy="",
    ),
    "cross_entropy": Loss(
        value=lambda z, x: (softplus(z, threshold=50.0) - x * z).sum(-1),
        gradient=lambda z, x: torch.sigmoid(z).sub_(x),
        link=torch.sigmoid,
        domain=(0.0, 1.0),
        remedy="Scale X first, for instance with MinMaxScaler(clip=True), or use loss='squared_error'.",
    ),
}
