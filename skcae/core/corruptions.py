"""Corruptions of the input for the denoising autoencoder (Vincent et al., 2010, 3.3).

A corruption returns new rows; the clean rows remain the target. Dropout is masking that
keeps the mean of every value; it is for classifiers. Values are chosen by products with
zeros and ones, which is faster than torch's ``where`` for random choices.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from skcae.core.draws import Draws


def _masking(x: Tensor, level: float, draws: Draws) -> Tensor:
    return draws.uniform().ge_(level).mul_(x)


def _salt_and_pepper(x: Tensor, level: float, draws: Draws) -> Tensor:
    noise = draws.uniform()
    low, high = x.amin(-2, keepdim=True), x.amax(-2, keepdim=True)
    kept = noise.clone().ge_(level)
    lowest = noise.lt_(level / 2)
    highest = 1 - kept - lowest
    return kept.mul_(x).addcmul_(low, lowest).addcmul_(high, highest)


def _gaussian(x: Tensor, level: float, draws: Draws) -> Tensor:
    return x + draws.normal() * level


@dataclass(frozen=True)
class Kind:
    """How one kind of corruption is applied, and the highest level it allows."""

    apply: Callable[[Tensor, float, Draws], Tensor]
    highest_level: float


CorruptionName = Literal["masking", "gaussian", "salt_and_pepper"]
"""The names of the table, for type checkers."""
CORRUPTIONS = {
    "masking": Kind(_masking, 1.0),
    "gaussian": Kind(_gaussian, float("inf")),
    "salt_and_pepper": Kind(_salt_and_pepper, 1.0),
}


@dataclass(frozen=True)
class Corruption:
    """A kind of corruption at a level."""

    kind: str
    level: float

    @property
    def noise(self) -> float | None:
        """The standard deviation of normal noise, None for any other kind."""
        return self.level if self.kind == "gaussian" else None

    def __call__(self, x: Tensor, draws: Draws) -> Tensor:
        """A corrupted copy of x, (rows, n_features)."""
        return CORRUPTIONS[self.kind].apply(x, self.level, draws)


@dataclass(frozen=True)
class Dropout:
    """Values set to 0 at random, the others divided by the fraction kept."""

    fraction: float
    """Fraction of the values set to 0, below 1."""

    def __call__(self, x: Tensor, draws: Draws) -> Tensor:
        """A copy of x with dropout, (rows, n_features)."""
        return _masking(x, self.fraction, draws) / (1 - self.fraction)
