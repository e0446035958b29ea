"""The training loop: minibatch descent on the flat buffer, with the rules that end it.

The only way out of the loop is ``on_epoch``, which sees every epoch's terms and may stop the fit by returning True.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil, inf, isfinite
from typing import NamedTuple

import torch
from torch import Tensor

from skcae.core.fused import FusedStep
from skcae.core.objective import AutogradStep, Objective, Terms
from skcae.core.solvers import RATES, SGD, Adam
from skcae.core.streams import Batch, Stream, stack

BACK_OFF = 0.1
"""Factor of the learning rate after an epoch that diverged."""
MOST_BACK_OFFS = 6
EXPLOSION = 100.0
"""An epoch has diverged when its objective is not finite, or exceeds this many times that of a reconstruction by zeros."""


class Epoch(NamedTuple):
    """Means over the rows of one epoch as the parameters moved, and the objective on held-out rows at its end."""

    number: int
    total: float
    reconstruction: float
    penalty: float
    validation: float | None = None

    @property
    def monitored(self) -> float:
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
class State:
    """What a training carries on: parameters, (size,) or (K, size), the solver's buffers alike, and the steps taken."""

    flat: Tensor
    slots: list[Tensor]
    count: int = 0

    @classmethod
    def start(cls, flat: Tensor, solver: Adam | SGD) -> "State":
        return cls(flat, [torch.zeros_like(flat) for _ in range(solver.n_slots)])

    def copy(self) -> "State":
        return State(self.flat.clone(), [slot.clone() for slot in self.slots], self.count)

    def of_models(self, kept: int | list[int]) -> "State":
        """A copy for one model, or for some."""
        return State(self.flat[kept].clone(), [slot[kept].clone() for slot in self.slots], self.count)


@dataclass
class Result:
    """Where a model ended: its history, why it ended, its state, the generator's, and the cuts of its learning rate."""

    history: list[Epoch] = field(default_factory=list)
    status: str = "running"
    best: int = -1
    back_offs: int = 0
    state: State = field(init=False, repr=False)
    generator: Tensor = field(init=False, repr=False)


class Monitor:
    """The rules that end a fit, applied one epoch at a time, and the learning rate that follows from them.

    A fit that no longer improves is closed: a constant rate ends at once, a decaying one comes down in the next
    ``n_iter_no_change`` epochs instead of staying high until ``max_iter``. ``reference`` is the loss of reconstructing every
    row by zeros, beside which an objective may be judged to have exploded.
    """

    def __init__(self, schedule: Schedule, reference: float) -> None:
        self.schedule, self.reference, self.result = schedule, reference, Result()
        self.begin, self.passed, self.end, self.closing = 0, 0.0, schedule.max_iter, False
        self.lowest, self.stale = inf, 0

    @property
    def done(self) -> int:
        return len(self.result.history)

    def rate(self, fraction: float) -> float:
        """The learning rate at a fraction of the present epoch."""
        progress = self.passed + (1 - self.passed) * (self.done + fraction - self.begin) / (self.end - self.begin)
        return self.schedule.learning_rate * BACK_OFF**self.result.back_offs * RATES[self.schedule.rate](progress)

    def diverged(self, total: float, first: float) -> bool:
        """Whether an epoch of this mean objective must be undone; ``first`` is the objective of its first batch."""
        if not self.done and not self.result.back_offs and isfinite(first):
            self.reference = max(self.reference, first)
        return not isfinite(total) or total > EXPLOSION * self.reference

    def back_off(self, n_proven: int) -> None:
        """Go back to the first ``n_proven`` epochs and lower the learning rate, unless that has been done often enough."""
        if self.result.back_offs == MOST_BACK_OFFS:
            self.result.status = "diverged"
            return
        self.result.back_offs += 1
        del self.result.history[n_proven:]
        self.stale = 0
        if self.result.best >= n_proven:
            self.result.best = n_proven - 1
            self.lowest = self.result.history[-1].monitored if n_proven else inf

    def observe(self, epoch: Epoch) -> bool:
        """Record an epoch; returns whether it is the best so far."""
        self.result.history.append(epoch)
        self.stale = 0 if epoch.monitored < self.lowest * (1 - self.schedule.tol) else self.stale + 1
        patience = self.schedule.n_iter_no_change
        if patience is not None and self.stale >= patience and not self.closing:
            remaining = 0 if self.schedule.rate == "constant" else min(patience, self.end - self.done)
            self.passed += (1 - self.passed) * (self.done - self.begin) / (self.end - self.begin)
            self.begin, self.end, self.closing = self.done, self.done + remaining, True
        if self.done == self.end:
            self.result.status = "converged" if self.closing or self._settled() else "max_iter"
        improved = epoch.monitored < self.lowest
        if improved:
            self.lowest, self.result.best = epoch.monitored, self.done - 1
        return improved

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

    A model alone may have parameters without a leading axis; several have (K, size) and must have equal numbers of batches.
    """

    def __init__(
        self, objective: Objective, state: State, monitors: list[Monitor], streams: list[Stream], owner: list[int]
    ) -> None:
        self.monitors, self.streams, self.owner = monitors, streams, owner
        self.schedule = monitors[0].schedule
        self.aim(objective, state)

    def aim(self, objective: Objective, state: State) -> None:
        """Bind the step to this state's buffer."""
        self.objective, self.state = objective, state
        self.step = (FusedStep if FusedStep.handles(objective) else AutogradStep)(objective, state.flat)

    def epoch(self) -> list[list[float]]:
        """One pass over the rows: of each model the objective of its first batch, and its mean terms."""
        schedule, state, terms, shares = self.schedule, self.state, [], []
        n_batches = ceil(self.streams[self.owner[0]].rows.n_rows / schedule.batch_size)
        for number, batch in enumerate(self._batches(self.streams, schedule.shuffle)):
            terms.append(self.step(batch))
            shares.append(batch.share)
            state.count += 1
            rate = self._rate((number + 0.5) / n_batches)
            schedule.solver.step(state.flat, self.step.gradient, state.slots, rate, state.count)
        first = terms[0].total.where(state.flat.isfinite().all(-1), torch.inf)
        return torch.stack([first, *_means(terms, shares)]).reshape(4, -1).T.tolist()

    def evaluate(self, streams: list[Stream]) -> list[float]:
        """The objective of each model on held-out rows."""
        layers = self.objective.architecture.layers(self.objective.architecture.split(self.state.flat))
        batches = list(self._batches(streams, False))
        terms = [self.objective.terms(layers, batch) for batch in batches]
        return _means(terms, [batch.share for batch in batches]).total.reshape(-1).tolist()

    def keep(self, kept: list[int]) -> None:
        """Go on with some of the models; the others cost nothing from here."""
        self.monitors = [self.monitors[position] for position in kept]
        self.owner = [self.owner[position] for position in kept]
        self.aim(self.objective.of_models(kept), self.state.of_models(kept))

    def _batches(self, streams: list[Stream], shuffle: bool) -> Iterator[Batch]:
        used = sorted(set(self.owner))
        owner = torch.tensor([used.index(stream) for stream in self.owner])
        epochs = [streams[stream].epoch(self.schedule.batch_size, shuffle) for stream in used]
        for batches in zip(*epochs, strict=True):
            yield stack(list(batches), owner)

    def _rate(self, fraction: float) -> float | Tensor:
        rates = [monitor.rate(fraction) for monitor in self.monitors]
        if min(rates) == max(rates):
            return rates[0]
        return torch.tensor(rates, dtype=self.state.flat.dtype, device=self.state.flat.device).unsqueeze(-1)


def _means(terms: list[Terms], shares: list[Tensor]) -> Terms:
    """Mean terms over all rows from those over batches."""
    weights = torch.stack(shares).expand(*terms[0].total.shape, -1) if shares[0].dim() == 0 else torch.stack(shares, -1)
    return Terms(*((torch.stack(column, -1) * weights).sum(-1) / weights.sum(-1) for column in zip(*terms, strict=True)))


def _loss_of_zeros(stream: Stream, objective: Objective, schedule: Schedule) -> float:
    """The mean loss of reconstructing every row by the link of zero, which no training should end far above."""
    total, shares = 0.0, 0.0
    for index in torch.arange(stream.rows.n_rows).split(schedule.batch_size):
        x, weight = stream.rows.gather(index)
        rows = objective.loss.value(torch.zeros_like(x), x)
        total += float(rows.sum() if weight is None else rows @ weight)
        shares += len(index) if weight is None else float(weight.sum())
    return total / shares


@torch.no_grad()
def train(
    state: State,
    objective: Objective,
    schedule: Schedule,
    stream: Stream,
    on_epoch: Callable[[Epoch], bool | None] = lambda epoch: None,
    held_out: Stream | None = None,
) -> Result:
    """Minimise ``objective`` over the rows of ``stream`` from ``state`` on.

    Ends with status ``"converged"`` (no improvement by a fraction ``tol`` in ``n_iter_no_change`` epochs), ``"max_iter"``,
    ``"stopped"`` (by ``on_epoch``), ``"interrupted"`` (KeyboardInterrupt) or ``"diverged"``. A divergence is undone,
    together with the epoch whose last steps may have led to it, and training goes on at a tenth of the rate. With held-out
    rows the state is that of the epoch that was best on them.
    """
    monitor = Monitor(schedule, _loss_of_zeros(stream, objective, schedule))
    group, result = Group(objective, state, [monitor], [stream], [0]), monitor.result
    start = proven = best = state.copy()
    n_proven = 0
    try:
        while result.status == "running":
            ((first, total, reconstruction, penalty),) = group.epoch()
            if monitor.diverged(total, first):
                best = proven if result.best >= n_proven else best
                monitor.back_off(n_proven)
                group.aim(objective, proven.copy())
                start = proven
                continue
            proven, n_proven = start, monitor.done
            validation = group.evaluate([held_out])[0] if held_out else None
            epoch = Epoch(monitor.done + 1, total, reconstruction, penalty, validation)
            improved, start = monitor.observe(epoch), group.state.copy()
            best = start if improved else best
            if on_epoch(epoch):
                result.status = "stopped"
    except KeyboardInterrupt:
        if not result.history:
            raise
        result.status, group.state = "interrupted", start
    result.state = best if held_out else group.state
    result.generator = stream.generator.get_state()
    return result


@torch.no_grad()
def train_together(
    state: State,
    objective: Objective,
    schedules: list[Schedule],
    streams: list[Stream],
    owner: list[int],
    on_epoch: Callable[[int, Epoch], None] = lambda model, epoch: None,
    held_out: list[Stream] | None = None,
) -> list[Result]:
    """``train`` for K models at once, model k on the rows of stream ``owner[k]``; each ends where it would alone.

    Schedules may differ in their learning rates. A model that ends leaves the group. One that diverges ends with status
    ``"diverged"`` and no state: it must be trained alone, where it can go back.
    """
    references = [_loss_of_zeros(stream, objective, schedules[0]) for stream in streams]
    monitors = [Monitor(schedule, references[mine]) for schedule, mine in zip(schedules, owner, strict=True)]
    group, running = Group(objective, state, monitors, streams, owner), list(range(len(schedules)))
    best: dict[int, State] = {}
    while running:
        epochs = group.epoch()
        validations: list = group.evaluate(held_out) if held_out else [None] * len(running)
        for position, model in enumerate(running):
            monitor, (first, total, reconstruction, penalty) = monitors[model], epochs[position]
            if monitor.diverged(total, first):
                monitor.result.status = "diverged"
                continue
            epoch = Epoch(monitor.done + 1, total, reconstruction, penalty, validations[position])
            if monitor.observe(epoch) and held_out:
                best[model] = group.state.of_models(position)
            on_epoch(model, epoch)
            if monitor.result.status != "running":
                monitor.result.state = best[model] if held_out else group.state.of_models(position)
                monitor.result.generator = streams[owner[model]].generator.get_state()
        kept = [position for position, model in enumerate(running) if monitors[model].result.status == "running"]
        if kept and len(kept) < len(running):
            group.keep(kept)
        running = [running[position] for position in kept]
    return [monitor.result for monitor in monitors]
