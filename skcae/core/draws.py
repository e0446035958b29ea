"""Random numbers for the rows of a batch, drawn where the rows are.

Noise is equal for rows of equal value, wherever they stand in the batch: a sample
weight of 2 then has exactly the meaning of the row given twice. Signs are independent
for every row. All numbers are fresh in every draw.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import pad


class Draws(Protocol):
    """A source of random numbers; each method draws anew, (..., rows, columns)."""

    def signs(self, columns: int) -> Tensor:
        """Independent signs, -1 or 1."""

    def normal(self, columns: int | None = None) -> Tensor:
        """Standard normal numbers; by default a column for each feature."""

    def uniform(self, columns: int | None = None) -> Tensor:
        """Uniform numbers in [0, 1); by default a column for each feature."""


class RowDraws:
    """Draws for rows, (rows, n_features), from the generator of their device."""

    def __init__(self, rows: Tensor, generator: torch.Generator) -> None:
        self.rows = rows
        self.generator = generator

    def signs(self, columns: int) -> Tensor:
        """Independent signs, -1 or 1."""
        size, device = (len(self.rows), columns), self.rows.device
        bits = torch.randint(2, size, generator=self.generator, dtype=torch.int8, device=device)
        return bits.to(self.rows.dtype).mul_(2).sub_(1)

    def normal(self, columns: int | None = None) -> Tensor:
        """Standard normal numbers."""
        return self._noise(torch.randn, columns)

    def uniform(self, columns: int | None = None) -> Tensor:
        """Uniform numbers in [0, 1)."""
        return self._noise(torch.rand, columns)

    def _noise(self, draw: Callable[..., Tensor], columns: int | None) -> Tensor:
        place, n_distinct = self._places
        size = n_distinct, columns or self.rows.shape[-1]
        options = {"dtype": self.rows.dtype, "device": self.rows.device}
        return draw(size, generator=self.generator, **options)[place]

    @cached_property
    def _places(self) -> tuple[Tensor, int]:
        """For every row the rank of its value, and the number of rows to draw for.

        On a GPU that is the number of all rows: to ask for less would wait.
        """
        keys = _row_keys(self.rows)
        if keys.device.type != "cpu":
            return ranks(keys), len(keys)
        distinct, place = torch.unique(keys, return_inverse=True)
        return place, len(distinct)


class StackedDraws:
    """The draws of several batches, padded to one number of rows, for many models."""

    def __init__(self, draws: list[Draws], join: Callable[[list[Tensor]], Tensor]) -> None:
        self.draws = draws
        self.join = join

    def signs(self, columns: int) -> Tensor:
        """Independent signs, -1 or 1; 0 for rows that only pad a batch."""
        return self.join([one.signs(columns) for one in self.draws])

    def normal(self, columns: int | None = None) -> Tensor:
        """Standard normal numbers; 0 for rows that only pad a batch."""
        return self.join([one.normal(columns) for one in self.draws])

    def uniform(self, columns: int | None = None) -> Tensor:
        """Uniform numbers in [0, 1); 0 for rows that only pad a batch."""
        return self.join([one.uniform(columns) for one in self.draws])


def on_device(generator: torch.Generator, device: torch.device) -> torch.Generator:
    """The generator, or one of another device that is seeded from it."""
    if generator.device.type == device.type:
        return generator
    seed = torch.randint(2**62, (), generator=generator, device=generator.device)
    return torch.Generator(device).manual_seed(int(seed))


def padded(tensor: Tensor, rows: int) -> Tensor:
    """The tensor with zeros in rows added at its end."""
    return pad(tensor, (0, 0) * (tensor.dim() - 1) + (0, rows - tensor.shape[0]))


def ranks(keys: Tensor) -> Tensor:
    """The rank of every key among the distinct ones; nothing waits for the device."""
    ordered, order = keys.sort()
    new = torch.zeros_like(order)
    new[1:] = ordered[1:] != ordered[:-1]
    return torch.empty_like(order).scatter_(0, order, new.cumsum(0))


def _row_keys(x: Tensor) -> Tensor:
    """One number per row, equal for equal rows.

    Each row is summed by itself, so that its place cannot enter by rounding.
    """
    multiples = torch.arange(1, x.shape[-1] + 1, dtype=x.dtype, device=x.device)
    return (x * (multiples * 0.6180339887498949).frac()).sum(-1)
