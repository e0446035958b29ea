"""Random numbers for the rows of a batch, drawn on the device of the rows.

Rows of equal value get equal noise, wherever they stand in the batch, so that a sample
weight of 2 is equivalent to a row given twice. Signs are independent for every row.
Every draw returns new numbers.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import pad

from skcae.core import sparse


class Draws(Protocol):
    """A source of random numbers, (..., rows, columns); each call draws anew."""

    def signs(self, columns: int) -> Tensor:
        """Independent signs, -1 or 1."""

    def normal(self, columns: int | None = None) -> Tensor:
        """Standard normal numbers; by default a column for each feature."""

    def uniform(self, columns: int | None = None) -> Tensor:
        """Uniform numbers in [0, 1); by default a column for each feature."""


class RowDraws:
    """Draws for rows, (rows, n_features), from a generator on their device."""

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
        return draw(size, generator=self.generator, **options).index_select(0, place)

    @cached_property
    def _places(self) -> tuple[Tensor, int]:
        """The rank of the value of every row, and the number of rows to draw for.

        On a GPU, noise is drawn for all rows: to count the distinct ones would wait.
        """
        keys = _row_keys(self.rows)
        if keys.device.type != "cpu":
            return ranks(keys), len(keys)
        distinct, place = torch.unique(keys, return_inverse=True)
        return place, len(distinct)


class StackedDraws:
    """Draws of several batches, padded to one number of rows, for many models."""

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
    """The generator, or one on the device that is seeded from it."""
    if generator.device.type == device.type:
        return generator
    seed = torch.randint(2**62, (), generator=generator, device=generator.device)
    return torch.Generator(device).manual_seed(int(seed))


def padded(tensor: Tensor, rows: int) -> Tensor:
    """The tensor with rows of zeros added at its end."""
    return pad(tensor, (0, 0) * (tensor.dim() - 1) + (0, rows - tensor.shape[0]))


def ranks(keys: Tensor) -> Tensor:
    """The rank of every key among the distinct ones, without waiting for the device."""
    ordered, order = keys.sort()
    new = torch.zeros_like(order)
    new[1:] = ordered[1:] != ordered[:-1]
    return torch.empty_like(order).scatter_(0, order, new.cumsum(0))


def _row_keys(x: Tensor) -> Tensor:
    """One number per row, equal for equal rows.

    Each row is summed by itself, so that rounding does not depend on its position.
    """
    multiples = torch.arange(1, x.shape[-1] + 1, dtype=x.dtype, device=x.device)
    direction = (multiples * 0.6180339887498949).frac()
    return sparse.dots(x, direction) if x.is_sparse else (x * direction).sum(-1)
