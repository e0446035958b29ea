"""Reconstruction losses, **summed** over features, each with its output link.

With ``z`` the pre-activation of the output layer and ``x`` the clean input:

=================  =============================  ===========  ===========
loss               L(x, r), one number per row    dL/dz        r = link(z)
=================  =============================  ===========  ===========
``squared_error``  sum (r - x)^2, no 1/2          2 (z - x)    z
``cross_entropy``  -sum x log r + (1-x) log(1-r)  link(z) - x  logistic(z)
=================  =============================  ===========  ===========

The cross-entropy is taken from ``z`` as ``softplus(z) - x z``, which neither overflows
nor takes a logarithm of zero.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True)
class Loss:
    """One loss: its value per row, its link, and the values that x may take.

    ``value_and_gradient`` gives the value per row and the gradient at the
    pre-activation in one go, and may overwrite z. ``inverse_link`` gives the
    pre-activation of a mean row; at any constant z, value is affine in x.
    """

    value: Callable[[Tensor, Tensor], Tensor]
    value_and_gradient: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
    link: Callable[[Tensor], Tensor]
    inverse_link: Callable[[Tensor], Tensor]
    domain: tuple[float, float]
    remedy: str


def _squared_error(z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    error = z.sub_(x)
    return error.square().sum(-1), error.mul_(2)


def _cross_entropy(z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    return softplus(z, threshold=50.0).addcmul_(x, z, value=-1).sum(-1), torch.sigmoid(z).sub_(x)


LOSSES = {
    "squared_error": Loss(
        value=lambda z, x: (z - x).square().sum(-1),
        value_and_gradient=_squared_error,
        link=torch.clone,
        inverse_link=torch.clone,
        domain=(float("-inf"), float("inf")),
        remedy="Scale X first, for instance with MaxAbsScaler.",
    ),
    "cross_entropy": Loss(
        value=lambda z, x: (softplus(z, threshold=50.0) - x * z).sum(-1),
        value_and_gradient=_cross_entropy,
        link=torch.sigmoid,
        inverse_link=lambda mean: torch.logit(mean, eps=1e-9),
        domain=(0.0, 1.0),
        remedy="Scale X first, for instance with MinMaxScaler(clip=True), or use "
        "loss='squared_error'.",
    ),
}
