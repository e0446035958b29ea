"""Training on shards: ranks hold different rows of one data set and step together.

Every exchange in a training is a weighted mean over the ranks, made by one all_reduce
of one buffer of one size:

    [weight * values ..., weight, 1]

The last entry counts the ranks that took part. A rank that fails takes part once more,
with zeros. Zeros are valid in any exchange; from the count the other ranks learn that
one has failed. All ranks then end together, each with a message that says what happened
where.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, islice, repeat
from typing import Any

import torch
import torch.distributed as torch_distributed
from torch import Tensor

from skcae.core.protocol import Step, Terms
from skcae.core.state import TrainingState
from skcae.core.streams import Batch, Stream, as_batch


class Alone:
    """A team of one, whose means are its own values; nothing is exchanged."""

    rank, size = 0, 1

    @contextmanager
    def training(self, state: TrainingState, n_values: int) -> Iterator[None]:
        """Do nothing: no other rank has to learn of an error."""
        yield

    def step(self, step: Step) -> Step:
        """The step itself."""
        return step

    def mean(self, values: Tensor, weight: float | Tensor = 1.0) -> Tensor:
        """The values themselves."""
        return values

    def any(self, flag: bool) -> bool:
        """The flag itself."""
        return flag

    def agree(self, state: TrainingState) -> None:
        """Do nothing: the state is that of the first rank."""


ALONE = Alone()


class Team:
    """The ranks of torch.distributed's process group.

    Its methods are those of ``Alone``. All ranks call them in the same order.
    """

    def __init__(self) -> None:
        self.rank = torch_distributed.get_rank()
        self.size = torch_distributed.get_world_size()
        self.parted = False
        self.buffer = torch.empty(0)

    @contextmanager
    def training(self, state: TrainingState, n_values: int) -> Iterator[None]:
        """Prepare to exchange such parameters; an error inside reaches every rank."""
        self.buffer = state.flat.new_zeros(state.flat.numel() + n_values + 2)
        try:
            self.agree(state)
            yield
        except BaseException as error:
            if not self.parted:
                with suppress(RuntimeError):
                    torch_distributed.all_reduce(self.buffer.zero_())
                self.part(error)
            raise

    def step(self, step: Step) -> "JointStep":
        """The step on the rows of all ranks."""
        return JointStep(step, self)

    def mean(self, values: Tensor, weight: float | Tensor = 1.0) -> Tensor:
        """The weighted mean over ranks, equal to the last bit on all of them."""
        head = self.buffer[: values.numel()]
        head.copy_(values.reshape(-1)).mul_(weight)
        self.exchange(weight)
        return (head / self.buffer[-2]).reshape(values.shape)

    def any(self, flag: bool) -> bool:
        """Whether the flag is true on any rank."""
        return bool(self.mean(self.buffer.new_tensor(float(flag))))

    def agree(self, state: TrainingState) -> None:
        """Take the state of the first rank."""
        for tensor in (state.flat, *state.slots):
            tensor.copy_(
                self.mean(
                    tensor if self.rank == 0 else torch.zeros_like(tensor), float(self.rank == 0)
                )
            )

    def exchange(self, weight: float | Tensor) -> None:
        """Sum the buffer over ranks; its values are already set."""
        self.buffer[-2], self.buffer[-1] = weight, 1.0
        self._reaching(torch_distributed.all_reduce, self.buffer)
        if self.buffer[-1] != self.size:
            self.report(None)

    def report(self, item: Any, error: BaseException | None = None) -> list[Any]:
        """Collect a report of every rank.

        If a rank reports an error instead, the others raise.
        """
        if self.parted:
            raise RuntimeError(
                "A previous error ended the collective fit; leave skcae.distributed.sharded() and "
                "enter it again."
            )
        reports: list[Any] = [None] * self.size
        text = error and f"{type(error).__name__}: {error}"
        self._reaching(torch_distributed.all_gather_object, reports, (item, text))
        errors = [f"on rank {rank}, {text}" for rank, (_, text) in enumerate(reports) if text]
        self.parted = bool(errors)
        if errors and error is None:
            raise RuntimeError(
                f"The fit ended on all {self.size} ranks because of an error: {'; '.join(errors)}"
            )
        return [item for item, _ in reports]

    def part(self, error: BaseException) -> None:
        """Tell the other ranks that this one has failed, unless they know."""
        if not self.parted:
            with suppress(RuntimeError):
                self.report(None, error)

    def _reaching(self, collective: Callable[..., Any], *arguments: Any) -> None:
        try:
            collective(*arguments)
        except RuntimeError as error:
            self.parted = True
            raise RuntimeError(
                f"Rank {self.rank} cannot reach the other {self.size - 1} of its process group: "
                "one of them has ended, or did not answer within the group's timeout. Look at "
                "the errors of the other ranks. "
                f"({error})"
            ) from error


class JointStep:
    """A step whose gradient and terms are means over all ranks, by one exchange."""

    def __init__(self, step: Step, team: Team) -> None:
        self.step = step
        self.team = team
        n_parameters = step.gradient.numel()
        self.gradient = team.buffer[:n_parameters]
        self.values = team.buffer[n_parameters:-2]

    def __call__(self, batch: Batch) -> Terms:
        total, parts, share = self.step(batch)
        torch.mul(self.step.gradient, share, out=self.gradient)
        torch.mul(torch.stack([total, *parts]), share, out=self.values)
        self.team.exchange(share)
        share = self.team.buffer[-2].clone()
        self.gradient.div_(share)
        total, *means = self.values / share
        return Terms(total, tuple(means), share)


class Shard(Stream):
    """One rank's part of a stream, with as many batches as any rank has.

    When the rank has no rows left, its batches are empty. Corruption and the order of
    rows are the rank's own. The generator that the fit leaves behind is the same on all
    ranks.
    """

    def __init__(
        self,
        stream: Stream,
        generator: torch.Generator,
        lasting: torch.Generator,
        n_batches: int,
        n_rows: int,
    ) -> None:
        super().__init__(stream.rows, generator, stream.corruption)
        self.lasting = lasting
        self.n_rows = n_rows
        self.of_all = n_batches

    def n_batches(self, batch_size: int) -> int:
        return self.of_all

    def epoch(self, batch_size: int, shuffle: bool) -> Iterator[Batch]:
        none = torch.arange(0, device=self.rows.home)
        nothing = as_batch(self.rows.gather(none), self.generator)
        return islice(chain(super().epoch(batch_size, shuffle), repeat(nothing)), self.of_all)
