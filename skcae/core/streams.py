"""Streams of batches, which feed a training, and many streams stacked as one.

A stream is one set of rows with one generator, which orders the rows and draws the
random numbers of each batch. Models that are trained together share a stream if their
rows and seed are the same. Each model sees exactly the rows and random numbers that it
would see alone.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from math import ceil
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from skcae.core.draws import Draws, RowDraws, StackedDraws, on_device, padded

BLOCK_ELEMENTS = 1 << 19
"""Maximum number of elements gathered at a time, unless a single batch has more."""


Change = Callable[[Tensor, Draws], Tensor]
"""A corruption of rows or dropout, before they are encoded."""


class Gathered(NamedTuple):
    """Some rows with their weights and extra tensors, on the device of the fit."""

    x: Tensor
    """Clean rows, (n, n_features); sparse if the rows are to stay so."""
    weight: Tensor | None = None
    """Positive weights, (n,); None if all are equal."""
    extra: Mapping[str, Tensor] = {}
    """Other tensors by name, such as labels and tangents, each with a first axis n."""

    def part(self, rows: slice) -> "Gathered":
        """Some of these rows."""
        x, weight, extra = self
        weight = None if weight is None else weight[rows]
        return Gathered(x[rows], weight, {name: tensor[rows] for name, tensor in extra.items()})


class Rows(Protocol):
    """Rows by index."""

    n_rows: int
    n_features: int
    device: torch.device
    """Where rows are gathered to."""
    home: torch.device
    """Where they are indexed."""
    sparse: bool
    """Whether they are gathered as a sparse tensor, a batch at a time."""

    def gather(self, index: Tensor) -> Gathered:
        """The rows at an index, which is on the device ``home``."""


class Batch(NamedTuple):
    """The input of a step; a leading axis, if there is one, runs over models."""

    source: Tensor
    """Rows to encode, (..., rows, n_features)."""
    target: Tensor
    """Rows to reconstruct: the source, unless it is corrupted."""
    weight: Tensor
    """Row weights that sum to one, (..., rows)."""
    share: Tensor
    """The sum of the row weights before they were normalised, (...)."""
    draws: Draws
    extra: Mapping[str, Tensor]

    @property
    def is_corrupted(self) -> bool:
        """Whether the rows to encode are others than those to reconstruct."""
        return self.source is not self.target

    def dense(self) -> "Batch":
        """The batch without sparse tensors."""
        if not self.target.is_sparse:
            return self
        x = self.target.to_dense()
        return self._replace(source=x, target=x)


class Stream:
    """Batches of one set of rows, in the order and with the noise of one generator.

    ``n_rows`` is the number of rows of an epoch. ``lasting`` is the generator from
    which a later fit continues.
    """

    def __init__(
        self, rows: Rows, generator: torch.Generator, corruption: Change | None = None
    ) -> None:
        self.rows = rows
        self.generator = generator
        self.corruption = corruption
        self.n_rows = rows.n_rows
        self.lasting = generator

    def n_batches(self, batch_size: int) -> int:
        """Number of batches of an epoch."""
        return ceil(self.rows.n_rows / batch_size)

    def epoch(self, batch_size: int, shuffle: bool) -> Iterator[Batch]:
        """All rows in batches, in a new order unless there is a single batch."""
        n_rows, home = self.rows.n_rows, self.rows.home
        if shuffle and n_rows > batch_size:
            order = torch.randperm(n_rows, generator=on_device(self.generator, home), device=home)
        else:
            order = torch.arange(n_rows, device=home)
        generator = on_device(self.generator, self.rows.device)
        for gathered in self._parts(order, batch_size):
            yield as_batch(gathered, generator, self.corruption)

    def clean(self, batch_size: int) -> Iterator[Batch]:
        """All rows in batches, in their own order and without corruption."""
        order = torch.arange(self.rows.n_rows, device=self.rows.home)
        for gathered in self._parts(order, batch_size):
            yield as_batch(gathered, self.generator)

    def _parts(self, order: Tensor, batch_size: int) -> Iterator[Gathered]:
        """Rows are gathered for several small batches at a time, unless sparse."""
        if self.rows.sparse:
            yield from map(self.rows.gather, order.split(batch_size))
            return
        batches = max(1, BLOCK_ELEMENTS // (batch_size * self.rows.n_features))
        for block in order.split(batches * batch_size):
            gathered = self.rows.gather(block)
            for start in range(0, len(block), batch_size):
                yield gathered.part(slice(start, start + batch_size))


def as_batch(
    gathered: Gathered, generator: torch.Generator, corruption: Change | None = None
) -> Batch:
    """The batch of some clean rows, which have equal weights if none are given."""
    x, weight, extra = gathered
    draws = RowDraws(x, generator)
    source = x if corruption is None else corruption(x, draws)
    if weight is None:
        weight, share = _equal_weights(len(x), x.dtype, x.device)
    else:
        share = weight.sum()
        weight = weight / share
    return Batch(source, x, weight, share, draws, extra)


@lru_cache(maxsize=32)
def _equal_weights(n: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    share = torch.tensor(n, dtype=dtype, device=device)
    return torch.ones(n, dtype=dtype, device=device) / share, share


def stack(batches: list[Batch], owner: Tensor) -> Batch:
    """One batch for all models; that of model k comes from stream ``owner[k]``.

    Shorter batches are padded with rows of zero weight.
    """
    if len(batches) == 1:
        return batches[0]
    longest = max(batch.target.shape[0] for batch in batches)

    def join(tensors: list[Tensor]) -> Tensor:
        return torch.stack([padded(tensor, longest) for tensor in tensors])[owner]

    names = batches[0].extra
    target = join([batch.target for batch in batches])
    clean = all(batch.source is batch.target for batch in batches)
    return Batch(
        source=target if clean else join([batch.source for batch in batches]),
        target=target,
        weight=join([batch.weight for batch in batches]),
        share=torch.stack([batch.share for batch in batches])[owner],
        draws=StackedDraws([batch.draws for batch in batches], join),
        extra={name: join([batch.extra[name] for batch in batches]) for name in names},
    )
