"""The training loop: minibatch descent on the flat buffer, with the rules that end it.

The only way out of the loop is ``on_epoch``, which sees every epoch's terms, may ask
what the fit would result in if it ended there, and may end it by returning True.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from math import inf, isfinite
from typing import Any, NamedTuple

import torch
from torch import Tensor

from skcae.core.fused import FusedStep
from skcae.core.objective import AutogradStep, Objective, Terms
from skcae.core.solvers import RATES, SGD, Adam, State
from skcae.core.streams import Batch, Stream, stack
from skcae.core.team import ALONE, Alone, Team

EXPLOSION, CUT_AFTER_EXPLOSION, MOST_EXPLOSIONS = 100.0, 0.1, 6
"""An epoch has exploded when its objective is not finite, or exceeds so many times the loss of a reconstruction by zeros."""
RISE, CUT_AFTER_RISE, MOST_RISES = 1.5, 0.5, 10
"""An epoch has risen when its objective exceeds so many times the lowest of an earlier one, steps enough having passed."""
STEPS_TO_RISE = 10


class Epoch(NamedTuple):
    """Means over the rows of one epoch as the parameters moved, and the objective on held-out rows at its end."""

    number: int
    total: float
    reconstruction: float
    penalty: float
    validation: float | None = None

    @property
    def monitored(self) -> float:
        """What the end of the fit is decided on: the loss of held-out rows, if there are any."""
        return self.total if self.validation is None else self.validation


@dataclass(frozen=True)
class Schedule:
    """How the parameters move, and when that ends."""

    solver: Adam | SGD
    learning_rate: float
    rate: str = "constant"
    batch_size: int = 200
    max_iter: int = 200
    tol: float = 1e-4
    n_iter_no_change: int | None = 10
    shuffle: bool = True


@dataclass
class Result:
    """Where a model ended: its history, why, its state and the generator's, and by how much its learning rate was cut."""

    history: list[Epoch] = field(default_factory=list)
    status: str = "running"
    best: int = -1
    explosions: int = 0
    rises: int = 0
    state: State = field(init=False, repr=False)
    generator: Tensor = field(init=False, repr=False)

    @property
    def cut(self) -> float:
        """The factor of the learning rate that is left."""
        return CUT_AFTER_EXPLOSION**self.explosions * CUT_AFTER_RISE**self.rises


OnEpoch = Callable[[int, Epoch, Callable[[], Result]], bool | None]
"""Called with the number of a model, the epoch it has ended, and a function that gives its result as of now."""


class Monitor:
    """The rules that guide and end the fit of one model, applied an epoch at a time.

    An epoch that explodes or rises is undone back to the start of the lowest one, and
    the learning rate is cut. A fit ends when it no longer improves at a constant rate;
    a decaying one goes all the way down, since a plateau before its end says no more
    than that the rate is high. ``reference`` is the loss of reconstructing every row by
    zeros.
    """

    def __init__(self, schedule: Schedule, n_batches: int, reference: float) -> None:
        self.schedule, self.n_batches, self.reference, self.result = (
            schedule,
            n_batches,
            reference,
            Result(),
        )
        self.lowest, self.lowest_at = inf, 0
        self.improved, self.stale = inf, 0

    @property
    def done(self) -> int:
        """Epochs so far."""
        return len(self.result.history)

    def rate(self, fraction: float) -> float:
        """The learning rate at a fraction of the present epoch."""
        shape = RATES[self.schedule.rate]((self.done + fraction) / self.schedule.max_iter)
        return self.schedule.learning_rate * self.result.cut * shape

    def failed(self, total: float, first: float) -> bool:
        """Whether an epoch of this mean objective is to be undone; ``first`` is the objective of its first batch."""
        if not self.done and not self.result.cut < 1 and isfinite(first):
            self.reference = max(self.reference, first)
        passed = (self.done - self.lowest_at) * self.n_batches
        if not isfinite(total) or total > EXPLOSION * self.reference:
            self.result.explosions += 1
        elif (
            total > RISE * self.lowest
            and passed >= STEPS_TO_RISE
            and self.result.rises < MOST_RISES
        ):
            self.result.rises += 1
        else:
            return False
        if self.result.explosions > MOST_EXPLOSIONS:
            self.result.explosions, self.result.status = MOST_EXPLOSIONS, "diverged"
        del self.result.history[self.lowest_at :]
        self.lowest, self.stale = inf, 0
        if self.result.best >= self.lowest_at:
            self.result.best, self.improved = -1, inf
        return True

    def observe(self, epoch: Epoch) -> tuple[bool, bool]:
        """Record an epoch; returns whether it is the lowest in training, and whether the best in what is monitored."""
        self.result.history.append(epoch)
        is_lowest, is_best = epoch.total < self.lowest, epoch.monitored < self.improved
        self.stale = (
            0 if epoch.monitored < self.improved * (1 - self.schedule.tol) else self.stale + 1
        )
        if is_lowest:
            self.lowest, self.lowest_at = epoch.total, self.done - 1
        if is_best:
            self.improved, self.result.best = epoch.monitored, self.done - 1
        patience = self.schedule.n_iter_no_change
        if self.schedule.rate == "constant" and patience is not None and self.stale >= patience:
            self.result.status = "converged"
        elif self.done == self.schedule.max_iter:
            self.result.status = "converged" if self._settled() else "max_iter"
        return is_lowest, is_best

    def _settled(self) -> bool:
        """Whether the last epochs improved the objective by less than ``tol`` each; without a patience nothing is asked."""
        window, history = self.schedule.n_iter_no_change, self.result.history
        if window is None:
            return True
        if len(history) <= window:
            return False
        before, now = history[-1 - window].monitored, history[-1].monitored
        return before - now < self.schedule.tol * window * abs(now)


class Group:
    """Models in lockstep: one state, and for each model its monitor and the stream that it reads.

    A model alone has parameters without a leading axis; several have (K, size) and
    equal numbers of batches. ``start`` is the state at the start of the epoch,
    ``proven`` that at the start of each model's lowest epoch, ``best`` that at the end
    of its best on held-out rows.
    """

    def __init__(
        self,
        objective: Objective,
        state: State,
        monitors: list[Monitor],
        streams: list[Stream],
        owner: list[int],
        held_out: list[Stream] | None,
        team: Alone | Team,
    ) -> None:
        self.monitors, self.streams, self.owner, self.held_out, self.team = (
            monitors,
            streams,
            owner,
            held_out,
            team,
        )
        self.schedule, self.alone = monitors[0].schedule, state.flat.dim() == 1
        self.start, self.proven, self.best = state, state.copy(), state.copy()
        self._aim(objective, state)

    def _aim(self, objective: Objective, state: State) -> None:
        self.objective, self.state = objective, state
        self.step = self.team.step(
            (FusedStep if FusedStep.handles(objective) else AutogradStep)(objective, state.flat)
        )

    def epoch(self) -> list[list[float]]:
        """One pass over the rows: of each model the objective of its first batch, and its mean terms."""
        self.start = self.state.copy()
        record = self._record(self.monitors[0].n_batches)
        means = _means(self._steps(), record)
        # The squares in a solver's buffer overflow long before the parameters, which
        # then no longer move.
        buffers = (self.state.flat, *self.state.slots)
        finite = torch.stack([buffer.abs().amax(-1) for buffer in buffers]).isfinite().all(0)
        first, total = (loss.where(finite, torch.inf) for loss in (record[0, 0], means.total))
        numbers = self.team.mean(torch.stack([first, total, means.reconstruction, means.penalty]))
        return numbers.reshape(4, -1).T.tolist()

    def _steps(self) -> Iterator[Terms]:
        """Every step of an epoch: the terms that it sees, and then taken."""
        state = self.state
        for rate, batch in zip(
            self._rates(), self._batches(self.streams, self.schedule.shuffle), strict=True
        ):
            terms = self.step(batch)
            state.count += 1
            self.schedule.solver.step(
                state.flat, self.step.gradient, state.slots, rate, state.count
            )
            yield terms

    def _record(self, n_batches: int) -> Tensor:
        return self.state.flat.new_empty(n_batches, len(Terms._fields), *self.state.flat.shape[:-1])

    def evaluate(self) -> list[float] | list[None]:
        """The objective of each model on held-out rows, where there are some."""
        if self.held_out is None:
            return [None] * len(self.monitors)
        layers = self.objective.architecture.layers(
            self.objective.architecture.split(self.state.flat)
        )
        terms = (
            self.objective.terms(layers, batch) for batch in self._batches(self.held_out, False)
        )
        means = _means(terms, self._record(self.held_out[0].n_batches(self.schedule.batch_size)))
        return self.team.mean(means.total, means.share).reshape(-1).tolist()

    def result(self, position: int) -> Result:
        """What a model results in if it ends here; with held-out rows in the state that was best on them."""
        result = self.monitors[position].result
        result.state = self.model(position, self.state if self.held_out is None else self.best)
        result.generator = self.streams[self.owner[position]].lasting.get_state()
        return result

    def models(self, positions: list[int]) -> Any:
        """An index of some models' parameters."""
        return ... if self.alone else positions

    def model(self, position: int, state: State) -> State:
        """The part of a state that is one model."""
        return state if self.alone else state.of_models(position)

    def keep(self, kept: list[int]) -> None:
        """Go on with some of the models; the others cost nothing from here."""
        self.monitors = [self.monitors[position] for position in kept]
        self.owner = [self.owner[position] for position in kept]
        self.proven, self.best = self.proven.of_models(kept), self.best.of_models(kept)
        self._aim(self.objective.of_models(kept), self.state.of_models(kept))

    def _batches(self, streams: list[Stream], shuffle: bool) -> Iterator[Batch]:
        used = sorted(set(self.owner))
        owner = torch.tensor([used.index(stream) for stream in self.owner])
        epochs = [streams[stream].epoch(self.schedule.batch_size, shuffle) for stream in used]
        for batches in zip(*epochs, strict=True):
            yield stack(list(batches), owner)

    def _rates(self) -> Iterable[float | Tensor]:
        """The learning rate of every step of an epoch: a number if the models have one in common, else (K, 1)."""
        n_batches = self.monitors[0].n_batches
        rates = [
            [monitor.rate((number + 0.5) / n_batches) for monitor in self.monitors]
            for number in range(n_batches)
        ]
        if all(min(step) == max(step) for step in rates):
            return [step[0] for step in rates]
        return torch.tensor(
            rates, dtype=self.state.flat.dtype, device=self.state.flat.device
        ).unsqueeze(-1)


def _means(terms: Iterable[Terms], record: Tensor) -> Terms:
    """Mean terms over all rows from those over batches, which are copied to a record.

    Small tensors that were kept from step to step would lie between the large ones of
    each and leave holes of memory.
    """
    for row, (*values, share) in zip(record, terms, strict=True):
        torch.stack([*values, share.expand_as(values[0])], out=row)
    *columns, shares = record.unbind(1)
    share = shares.sum(0)
    total, reconstruction, penalty = ((column * shares).sum(0) / share for column in columns)
    return Terms(total, reconstruction, penalty, share)


def _loss_of_zeros(
    stream: Stream, objective: Objective, schedule: Schedule, team: Alone | Team
) -> float:
    """The mean loss of reconstructing every row by the link of zero, which no training should end far above."""
    total, shares = 0.0, 0.0
    for index in torch.arange(stream.rows.n_rows).split(schedule.batch_size):
        x, weight = stream.rows.gather(index)
        rows = objective.loss.value(torch.zeros_like(x), x)
        total += float(rows.sum() if weight is None else rows @ weight)
        shares += len(index) if weight is None else float(weight.sum())
    return float(team.mean(torch.tensor(total / shares, dtype=torch.float64), shares))


class Task(NamedTuple):
    """One training, ready to start."""

    state: State
    objective: Objective
    schedule: Schedule
    stream: Stream
    held_out: Stream | None


@torch.no_grad()
def train(
    state: State,
    objective: Objective,
    schedules: list[Schedule],
    streams: list[Stream],
    owner: list[int],
    on_epoch: OnEpoch = lambda model, epoch, so_far: None,
    held_out: list[Stream] | None = None,
    team: Alone | Team = ALONE,
) -> list[Result]:
    """Minimise ``objective`` from ``state`` on, model k by ``schedules[k]`` over the rows of ``streams[owner[k]]``.

    Schedules may differ in their learning rates alone. Each model ends where it would
    end by itself, with status ``"converged"`` (no improvement by a fraction ``tol`` in
    ``n_iter_no_change`` epochs), ``"max_iter"``, ``"stopped"`` (by ``on_epoch``),
    ``"interrupted"`` (KeyboardInterrupt, a model alone, of several epochs: who passes
    over the rows once is to see it) or ``"diverged"``, and leaves the group. With
    held-out rows its state is that of the epoch that was best on them. A ``team``
    trains one model on the rows of all its ranks; it gives them the same result, and
    its interrupts are errors.
    """
    with team.training(state):
        references = [_loss_of_zeros(stream, objective, schedules[0], team) for stream in streams]
        n_batches = streams[0].n_batches(schedules[0].batch_size)
        monitors = [
            Monitor(one, n_batches, references[stream])
            for one, stream in zip(schedules, owner, strict=True)
        ]
        group = Group(objective, state, monitors, streams, owner, held_out, team)
        try:
            _to_the_end(group, on_epoch)
        except KeyboardInterrupt:
            result = monitors[0].result
            if (
                len(monitors) > 1
                or not result.history
                or schedules[0].max_iter == 1
                or team.size > 1
            ):
                raise
            group.state = group.start
            group.result(0).status = "interrupted"
        results = [monitor.result for monitor in monitors]
        for result in results:
            team.agree(result.state)
    return results


def _to_the_end(group: Group, on_epoch: OnEpoch) -> None:
    """Epoch after epoch, until every model has ended."""
    running = list(range(len(group.monitors)))
    while running:
        _advance(group, running, on_epoch)
        kept = []
        for position, monitor in enumerate(group.monitors):
            if monitor.result.status == "running":
                kept.append(position)
            else:
                group.result(position)
        if kept and len(kept) < len(running):
            group.keep(kept)
        running = [running[position] for position in kept]


def _advance(group: Group, running: list[int], on_epoch: OnEpoch) -> None:
    """One epoch of every running model, and what follows from it."""
    epochs = group.epoch()
    validations = group.evaluate()
    failed, lowest, best = [], [], []
    for position, (monitor, (first, *terms)) in enumerate(zip(group.monitors, epochs, strict=True)):
        if monitor.failed(terms[0], first):
            failed.append(position)
            continue
        total, reconstruction, penalty = terms
        epoch = Epoch(monitor.done + 1, total, reconstruction, penalty, validations[position])
        is_lowest, is_best = monitor.observe(epoch)
        lowest += [position] if is_lowest else []
        best += [position] if is_best else []
    if failed:
        group.state.assign(group.models(failed), group.proven)
    if lowest:
        group.proven.assign(group.models(lowest), group.start)
    if best and group.held_out:
        group.best.assign(group.models(best), group.state)
    group.start = group.state
    for position, model in enumerate(running):
        if position not in failed:
            result = group.monitors[position].result
            if group.team.any(
                bool(on_epoch(model, result.history[-1], partial(group.result, position)))
            ):
                result.status = "stopped"
