"""The training loop: minibatch descent on the flat buffer, with the rules that end it.

The only way out of the loop is ``on_epoch``, which sees every epoch's terms and may stop the fit by returning True.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from skcae.core.fused import FusedStep
from skcae.core.objective import AutogradStep, Objective
from skcae.core.solvers import RATES, SGD, Adam

BACK_OFF = 0.1
"""Factor of the learning rate after an epoch that diverged."""
MOST_BACK_OFFS = 6
EXPLOSION = 10.0
"""An epoch has diverged when its objective exceeds this many times that of the first batch, or is not finite."""


class Batches(Protocol):
    """Rows by index, as the core wants to see them."""

    n_rows: int

    def gather(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Clean rows and their positive weights on the fit's device, (n, n_features) and (n,)."""


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
    """What a fit carries on: parameters, the solver's buffers, and the number of steps taken."""

    flat: Tensor
    slots: list[Tensor]
    count: int = 0

    @classmethod
    def start(cls, flat: Tensor, solver: Adam | SGD) -> "State":
        return cls(flat, [torch.zeros_like(flat) for _ in range(solver.n_slots)])

    def copy(self) -> "State":
        return State(self.flat.clone(), [slot.clone() for slot in self.slots], self.count)

    def restore(self, other: "State") -> None:
        """Take the values of ``other``, in place: views into the buffers stay valid."""
        for mine, theirs in zip([self.flat, *self.slots], [other.flat, *other.slots], strict=True):
            mine.copy_(theirs)
        self.count = other.count


@dataclass
class Result:
    """The history of a fit, why it ended, and how often its learning rate was cut."""

    history: list[Epoch] = field(default_factory=list)
    status: str = "max_iter"
    best: int = -1
    back_offs: int = 0


class Monitor:
    """The rules that end a fit, applied one epoch at a time, and the learning rate that follows from them.

    A fit that no longer improves is closed: a constant rate ends at once, a decaying one comes down in the next
    ``n_iter_no_change`` epochs instead of staying high until ``max_iter``.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule, self.result = schedule, Result()
        self.begin, self.passed, self.end, self.closing = 0, 0.0, schedule.max_iter, False
        self.reference, self.lowest, self.stale = inf, inf, 0

    @property
    def done(self) -> int:
        return len(self.result.history)

    def rate(self, fraction: float) -> float:
        """The learning rate at a fraction of the present epoch."""
        progress = self.passed + (1 - self.passed) * (self.done + fraction - self.begin) / (self.end - self.begin)
        return self.schedule.learning_rate * BACK_OFF**self.result.back_offs * RATES[self.schedule.rate](progress)

    def diverged(self, total: float, first: float) -> bool:
        """Whether an epoch of this objective must be undone; ``first`` is that of its first batch."""
        if self.reference == inf and isfinite(first):
            self.reference = first
        if isfinite(total) and total <= EXPLOSION * self.reference:
            return False
        self.result.back_offs += 1
        if self.result.back_offs > MOST_BACK_OFFS:
            self.result.status = "diverged"
        return True

    def observe(self, epoch: Epoch) -> bool:
        """Record an epoch; returns whether it is the best so far."""
        self.result.history.append(epoch)
        self.stale = 0 if epoch.monitored < self.lowest * (1 - self.schedule.tol) else self.stale + 1
        patience = self.schedule.n_iter_no_change
        if patience is not None and self.stale >= patience and not self.closing:
            remaining = 0 if self.schedule.rate == "constant" else min(patience, self.end - self.done)
            self.passed += (1 - self.passed) * (self.done - self.begin) / (self.end - self.begin)
            self.begin, self.end, self.closing = self.done, self.done + remaining, True
        if self.done >= self.end:
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


@torch.no_grad()
def train(
    state: State,
    batches: Batches,
    objective: Objective,
    schedule: Schedule,
    generator: torch.Generator,
    on_epoch: Callable[[Epoch], bool | None] = lambda epoch: None,
    validation: Batches | None = None,
) -> Result:
    """Minimise ``objective`` over ``batches``, moving ``state`` in place.

    Ends with status ``"converged"`` (no improvement by a fraction ``tol`` in ``n_iter_no_change`` epochs), ``"max_iter"``,
    ``"stopped"`` (by ``on_epoch``), ``"interrupted"`` (KeyboardInterrupt) or ``"diverged"``. An epoch that diverges is undone
    and taken again at a tenth of the rate. With ``validation`` the state ends at the epoch that was best on it.
    """
    step = (FusedStep if FusedStep.handles(objective) else AutogradStep)(objective, state.flat)
    monitor = Monitor(schedule)
    result, good = monitor.result, state.copy()
    best = good
    try:
        while monitor.done < monitor.end and result.status != "diverged":
            means, first = _epoch(state, step, batches, monitor, generator)
            if monitor.diverged(means[0], first) or not state.flat.isfinite().all():
                state.restore(good)
                continue
            held_out = None
            if validation is not None:
                held_out = evaluate(state.flat, validation, objective, schedule.batch_size, generator)[0]
            epoch = Epoch(monitor.done + 1, means[0], means[1], means[2], held_out)
            good = state.copy()
            if monitor.observe(epoch):
                best = good
            if on_epoch(epoch):
                result.status = "stopped"
                break
    except KeyboardInterrupt:
        if not result.history:
            raise
        state.restore(good)
        result.status = "interrupted"
    if validation is not None:
        state.restore(best)
    return result


def _epoch(
    state: State, step: FusedStep | AutogradStep, batches: Batches, monitor: Monitor, generator: torch.Generator
) -> tuple[list[float], float]:
    """One pass over the rows: its mean terms, and the objective of its first batch."""
    schedule, n_rows = monitor.schedule, batches.n_rows
    shuffled = schedule.shuffle and n_rows > schedule.batch_size
    order = torch.randperm(n_rows, generator=generator) if shuffled else torch.arange(n_rows)
    terms, shares = [], []
    for number, index in enumerate(order.split(schedule.batch_size)):
        x, weight = batches.gather(index)
        shares.append(weight.sum())
        terms.append(torch.stack(step(x, weight / shares[-1], generator)))
        state.count += 1
        rate = monitor.rate(min(1.0, (number + 0.5) * schedule.batch_size / n_rows))
        schedule.solver.step(state.flat, step.gradient, state.slots, rate, state.count)
    return _means(terms, shares), float(terms[0][0])


def evaluate(flat: Tensor, batches: Batches, objective: Objective, batch_size: int, generator: torch.Generator) -> list[float]:
    """The objective's terms at ``flat``, means over all rows."""
    layers = objective.architecture.layers(objective.architecture.split(flat))
    terms, shares = [], []
    for index in torch.arange(batches.n_rows).split(batch_size):
        x, weight = batches.gather(index)
        shares.append(weight.sum())
        terms.append(torch.stack(objective.terms(layers, x, weight / shares[-1], generator)))
    return _means(terms, shares)


def _means(terms: list[Tensor], shares: list[Tensor]) -> list[float]:
    """Means over all rows from those over batches, in one transfer from the device."""
    weights = torch.stack(shares)
    return (weights @ torch.stack(terms) / weights.sum()).tolist()
