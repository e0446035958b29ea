"""Where a training gets its rows and its randomness: streams of batches, and many streams stacked as one.

A stream is one set of rows with one generator: the generator orders the rows, corrupts
them and draws the signs of a Hutchinson estimate. Models trained together share a
stream when their rows and seed are the same; each model sees exactly the rows and draws
that it would see alone.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import ceil
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn.functional import pad

from skcae.core.corruptions import Corruption
from skcae.core.penalties import Signs

BLOCK_ELEMENTS = 1 << 19
"""About how many elements are gathered at a time, if a batch has not more."""


class Rows(Protocol):
    """Rows by index."""

    n_rows: int
    n_features: int

    def gather(self, index: Tensor) -> tuple[Tensor, Tensor | None]:
        """Clean rows and their positive weights, None if all are equal, on the fit's device: (n, n_features) and (n,)."""


class Batch(NamedTuple):
    """What a step sees; a leading axis, where there is one, is that of the models."""

    source: Tensor
    """Rows to encode, (..., rows, n_features)."""
    target: Tensor
    """Rows to reconstruct; the source itself unless it is corrupted."""
    weight: Tensor
    """Row weights that sum to one, (..., rows)."""
    share: Tensor
    """The sum of the row weights before they were normalised, (...)."""
    signs: Signs


class Stream:
    """Batches of one set of rows, in the order and with the noise that one generator draws.

    ``n_rows`` is how many rows an epoch has, ``lasting`` the generator from which a
    later fit would go on.
    """

    def __init__(
        self, rows: Rows, generator: torch.Generator, corruption: Corruption | None = None
    ) -> None:
        self.rows, self.generator, self.corruption = rows, generator, corruption
        self.n_rows, self.lasting = rows.n_rows, generator

    def n_batches(self, batch_size: int) -> int:
        """Batches of an epoch."""
        return ceil(self.rows.n_rows / batch_size)

    def epoch(self, batch_size: int, shuffle: bool) -> Iterator[Batch]:
        """All rows in batches; a single batch needs no order. Rows are gathered for several small batches at a time."""
        n_rows, shuffled = self.rows.n_rows, shuffle and self.rows.n_rows > batch_size
        order = (
            torch.randperm(n_rows, generator=self.generator) if shuffled else torch.arange(n_rows)
        )
        batches = max(1, BLOCK_ELEMENTS // (batch_size * self.rows.n_features))
        for block in order.split(batches * batch_size):
            x, weight = self.rows.gather(block)
            for part in range(0, len(block), batch_size):
                yield self.batch(
                    x[part : part + batch_size],
                    None if weight is None else weight[part : part + batch_size],
                )

    def batch(self, target: Tensor, weight: Tensor | None) -> Batch:
        """The batch of some clean rows, with the noise that is drawn for them; without weights, all count alike."""
        source = target if self.corruption is None else self.corruption(target, self.generator)
        if weight is None:
            weight, share = _equal_weights(len(target), target.dtype, target.device)
        else:
            share = weight.sum()
            weight = weight / share

        def signs(columns: int) -> Tensor:
            bits = torch.randint(
                2, (len(target), columns), generator=self.generator, dtype=torch.int8
            )
            return bits.to(target).mul_(2).sub_(1)

        return Batch(source, target, weight, share, signs)


@lru_cache(maxsize=32)
def _equal_weights(n: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    share = torch.tensor(n, dtype=dtype, device=device)
    return torch.ones(n, dtype=dtype, device=device) / share, share


def stack(batches: list[Batch], owner: Tensor) -> Batch:
    """One batch for all models, model k having that of stream ``owner[k]``; shorter ones are padded with weightless rows."""
    if len(batches) == 1:
        return batches[0]
    longest = max(batch.target.shape[0] for batch in batches)

    def joined(tensors: list[Tensor]) -> Tensor:
        return torch.stack([_padded(tensor, longest) for tensor in tensors])[owner]

    return Batch(
        source=joined([batch.source for batch in batches]),
        target=joined([batch.target for batch in batches]),
        weight=joined([batch.weight for batch in batches]),
        share=torch.stack([batch.share for batch in batches])[owner],
        signs=lambda columns: joined([batch.signs(columns) for batch in batches]),
    )


def _padded(tensor: Tensor, rows: int) -> Tensor:
    return pad(tensor, (0, 0) * (tensor.dim() - 1) + (0, rows - tensor.shape[0]))
