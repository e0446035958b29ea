"""Corruptions of the input for the denoising autoencoder (Vincent et al., 2010, section 3.3).

A corruption returns new rows; the clean rows remain the target. The noise is fresh in
every draw, and within one draw rows of equal value get equal noise wherever they stand:
a sample weight of two then means exactly what the row twice means.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


def _masking(x: Tensor, noise: Tensor, level: float) -> Tensor:
    return x.where(noise >= level, 0)


def _salt_and_pepper(x: Tensor, noise: Tensor, level: float) -> Tensor:
    low, high = x.amin(-2, keepdim=True), x.amax(-2, keepdim=True)
    return x.where(noise >= level, low.where(noise < level / 2, high))


def _gaussian(x: Tensor, noise: Tensor, level: float) -> Tensor:
    return x + noise * level


@dataclass(frozen=True)
class Kind:
    """How the noise of one kind of corruption is drawn and applied, and what its level may be at the most."""

    draw: Callable[..., Tensor]
    apply: Callable[[Tensor, Tensor, float], Tensor]
    highest_level: float


CORRUPTIONS = {
    "masking": Kind(torch.rand, _masking, 1.0),
    "gaussian": Kind(torch.randn, _gaussian, float("inf")),
    "salt_and_pepper": Kind(torch.rand, _salt_and_pepper, 1.0),
}


@dataclass(frozen=True)
class Corruption:
    """A kind of corruption at a level."""

    kind: str
    level: float

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """A corrupted copy of x, (rows, n_features)."""
        kind = CORRUPTIONS[self.kind]
        distinct, place = torch.unique(_row_keys(x), return_inverse=True)
        noise = kind.draw(len(distinct), x.shape[-1], generator=generator, dtype=x.dtype)
        return kind.apply(x, noise.to(x.device)[place], self.level)


def _row_keys(x: Tensor) -> Tensor:
    """One number per row, equal for equal rows: each row is summed by itself, so its place cannot enter by rounding."""
    multiples = (
        torch.arange(1, x.shape[-1] + 1, dtype=x.dtype, device=x.device) * 0.6180339887498949
    )
    return (x * multiples.frac()).sum(-1)
