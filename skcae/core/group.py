"""Models that train in lockstep: their epochs, evaluation and departure."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor

from skcae.core.monitor import Epoch, Monitor, Result, Status
from skcae.core.protocol import Objective, Terms
from skcae.core.state import TrainingState
from skcae.core.streams import Batch, Stream, stack
from skcae.core.team import Alone, Team

OnEpoch = Callable[[int, Epoch, Callable[[], Result]], bool | None]
"""Called with the number of a model, its last epoch and its result so far."""


class Group:
    """One state, and for each model its monitor and the stream that it reads.

    The parameters of a single model have no leading axis; those of several are (K,
    size), and the models have equal numbers of batches. ``start`` is the state at the
    start of the epoch, ``proven`` that at the start of each model's lowest epoch,
    ``best`` that at the end of its best epoch on held-out rows. Models that have ended
    leave the group; their results are in ``results``.
    """

    def __init__(
        self,
        objective: Objective,
        state: TrainingState,
        monitors: list[Monitor],
        streams: list[Stream],
        owner: list[int],
        held_out: list[Stream] | None,
        team: Alone | Team,
    ) -> None:
        self.monitors = monitors
        self.streams = streams
        self.owner = owner
        self.held_out = held_out
        self.team = team
        self.schedule = monitors[0].schedule
        self.alone = state.flat.dim() == 1
        self.start, self.proven, self.best = state, state.copy(), state.copy()
        self.running = list(range(len(monitors)))
        self.results: dict[int, Result] = {}
        self._aim(objective, state)

    def _aim(self, objective: Objective, state: TrainingState) -> None:
        self.objective = objective
        self.state = state
        self.step = self.team.step(objective.step(state.flat))

    def run(self, on_epoch: OnEpoch) -> None:
        """Train epoch after epoch, until every model has ended."""
        while self.running:
            self._advance(on_epoch)
            self._part()

    def _advance(self, on_epoch: OnEpoch) -> None:
        """Train one epoch of every running model, and act on its outcome."""
        totals = self._epoch()
        undone: list[int] = []
        validations = self._evaluate()
        for position, (first, total, *parts) in enumerate(totals):
            monitor = self.monitors[position]
            if monitor.untrained:
                monitor.begin(first)
            if failure := monitor.failure(total):
                monitor.undo(failure)
                undone.append(position)
                continue
            named = dict(zip(self.objective.part_names, parts, strict=True))
            monitor.record(Epoch(monitor.done + 1, total, named, validations[position]))
        self._keep_states(undone)
        for position, monitor in enumerate(self.monitors):
            if position not in undone:
                so_far = partial(self._result, position)
                stop = on_epoch(self.running[position], monitor.history[-1], so_far)
                if self.team.any(bool(stop)):
                    monitor.status = Status.STOPPED

    def _keep_states(self, undone: list[int]) -> None:
        """Go back where an epoch was undone, and keep the states to go back to."""
        counted = [position for position in range(len(self.monitors)) if position not in undone]
        lowest = [position for position in counted if self.monitors[position].is_lowest]
        best = [position for position in counted if self.monitors[position].is_best]
        if undone:
            self.state.assign(self._models(undone), self.proven)
        if lowest:
            self.proven.assign(self._models(lowest), self.start)
        if best and self.held_out:
            self.best.assign(self._models(best), self.state)
        self.start = self.state

    def _part(self) -> None:
        """Let models that have ended leave the group; from here they cost nothing."""
        going = [monitor.status is Status.RUNNING for monitor in self.monitors]
        for position, number in enumerate(self.running):
            if not going[position]:
                self.results[number] = self._result(position)
        kept = [position for position, goes in enumerate(going) if goes]
        if kept and not all(going):
            self.proven, self.best = self.proven.of_models(kept), self.best.of_models(kept)
            self._aim(self.objective.of_models(kept), self.state.of_models(kept))
        self.monitors = [self.monitors[position] for position in kept]
        self.owner = [self.owner[position] for position in kept]
        self.running = [self.running[position] for position in kept]

    def interrupt(self) -> None:
        """End a single model at the end of its last whole epoch."""
        (monitor,) = self.monitors
        self.state = self.start
        monitor.status = Status.INTERRUPTED
        self._part()

    def _epoch(self) -> list[list[float]]:
        """Make one pass over the rows.

        For each model, return the objective of its first batch, the mean objective, and
        the means of its parts.
        """
        self.start = self.state.copy()
        n_batches = self.monitors[0].n_batches
        record = self._record(n_batches)
        values, _ = _means(self._steps(), record)
        # Squares in the buffers of a solver overflow long before the parameters do; the
        # parameters then no longer move.
        buffers = (self.state.flat, *self.state.slots)
        finite = torch.stack([buffer.abs().amax(-1) for buffer in buffers]).isfinite().all(0)
        first, total = (loss.where(finite, torch.inf) for loss in (record[0, 0], values[0]))
        numbers = self.team.mean(torch.stack([first, total, *values[1:]]))
        rows: list[list[float]] = numbers.reshape(len(numbers), -1).T.tolist()
        return rows

    def _steps(self) -> Iterator[Terms]:
        batches = self._batches(self.streams, self.schedule.shuffle)
        for rate, batch in zip(self._rates(), batches, strict=True):
            yield self._take(batch, rate)

    def _take(self, batch: Batch, rate: float | Tensor) -> Terms:
        """Take a step and return the terms before it."""
        state = self.state
        terms: Terms = self.step(batch)
        state.count.add_(1)
        gradient = self.step.gradient
        self.schedule.solver.step(state.flat, gradient, state.slots, rate, state.count)
        return terms

    def _record(self, n_batches: int) -> Tensor:
        """An empty record: for every batch the objective, its parts and the share."""
        n_values = 1 + len(self.objective.part_names)
        return self.state.flat.new_empty(n_batches, n_values + 1, *self.state.flat.shape[:-1])

    def _evaluate(self) -> list[float] | list[None]:
        """The objective of each model on held-out rows, if there are any."""
        if self.held_out is None:
            return [None] * len(self.monitors)
        batches = self._batches(self.held_out, False)
        terms = (self.objective.terms(self.state.flat, batch) for batch in batches)
        n_batches = self.held_out[0].n_batches(self.schedule.batch_size)
        values, share = _means(terms, self._record(n_batches))
        means: list[float] = self.team.mean(values[0], share).reshape(-1).tolist()
        return means

    def _result(self, position: int) -> Result:
        """The result of a model if it ends here.

        With held-out rows, its state is the one that was best on them.
        """
        state = self.state if self.held_out is None else self.best
        own = state if self.alone else state.of_models(position)
        generator = self.streams[self.owner[position]].lasting
        return self.monitors[position].result(own, generator.get_state())

    def _models(self, positions: list[int]) -> Any:
        """An index of the parameters of some models."""
        return ... if self.alone else positions

    def _batches(self, streams: list[Stream], shuffle: bool) -> Iterator[Batch]:
        used = sorted(set(self.owner))
        owner = torch.tensor([used.index(one) for one in self.owner], device=self.state.flat.device)
        epochs = [streams[stream].epoch(self.schedule.batch_size, shuffle) for stream in used]
        for batches in zip(*epochs, strict=True):
            yield stack([one if self.alone else one.dense() for one in batches], owner)

    def _rates(self) -> Iterable[float | Tensor]:
        """The rate of every step of an epoch: one number for all models, or (K, 1)."""
        n_batches = self.monitors[0].n_batches
        middles = [(number + 0.5) / n_batches for number in range(n_batches)]
        rates = [[monitor.rate(middle) for monitor in self.monitors] for middle in middles]
        if all(min(step) == max(step) for step in rates):
            return [step[0] for step in rates]
        flat = self.state.flat
        return torch.tensor(rates, dtype=flat.dtype, device=flat.device).unsqueeze(-1)


def _means(terms: Iterable[Terms], record: Tensor) -> tuple[Tensor, Tensor]:
    """Means over all rows from those over batches, total first, and the share of all.

    Terms are copied to a record. If small tensors were kept from step to step, they
    would lie between the large ones of each step and fragment memory.
    """
    for row, (total, parts, share) in zip(record, terms, strict=True):
        torch.stack([total, *parts, share.expand_as(total)], out=row)
    shares = record[:, -1]
    share = shares.sum(0)
    return (record[:, :-1] * shares.unsqueeze(1)).sum(0) / share, share
