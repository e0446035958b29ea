"""Walks of a trained autoencoder along the directions that it has learned.

A step encodes a row, moves the code, and decodes it:

    h = f(x),    h' = h + J J^T e,    x' = g(h'),    e normal with deviation sigma

where J is the Jacobian of the encoder at x. ``J J^T e`` is the movement of the code
when x moves by ``J^T e``. It is large in the directions that the code follows, and
nearly zero in those that the encoder contracts.

References
----------
S. Rifai, Y. Bengio, Y. Dauphin, P. Vincent (2012). A generative process for sampling
contractive auto-encoders. ICML.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from skcae.core import jacobian
from skcae.core.losses import Loss
from skcae.core.model import Layers, Point, decode


def step(layers: Layers, loss: Loss, x: Tensor, e: Tensor) -> Tensor:
    """The rows, (rows, n_features), to which noise moves the rows x.

    The noise e is (rows, n_components).
    """
    point = Point(layers, x)
    along = jacobian.vjp(point.weights, point.slopes, e)
    code = point.code + jacobian.jvp(point.weights, point.slopes, along)
    return loss.link(decode(layers, code))


def walk(
    layers: Layers, loss: Loss, x: Tensor, sigma: float, generator: torch.Generator
) -> Iterator[Tensor]:
    """The rows after each step, without end."""
    size = len(x), layers.encoder_weights[-1].shape[-2]
    while True:
        e = torch.randn(size, generator=generator, dtype=x.dtype, device=x.device)
        x = step(layers, loss, x, sigma * e)
        yield x
