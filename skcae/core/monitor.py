"""The rules that guide and end the fit of one model, and its result."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import inf, isfinite
from statistics import fmean
from typing import NamedTuple

from torch import Tensor

from skcae.core.protocol import Baseline
from skcae.core.solvers import RATES, Solver
from skcae.core.state import TrainingState


@dataclass(frozen=True)
class Schedule:
    """How the parameters move, and when the fit ends."""

    solver: Solver
    learning_rate: float
    rate: str = "constant"
    batch_size: int = 200
    max_iter: int = 200
    tol: float = 1e-4
    n_iter_no_change: int | None = 10
    shuffle: bool = True


class Epoch(NamedTuple):
    """Means over the rows of one epoch, taken while the parameters move."""

    number: int
    total: float
    parts: dict[str, float]
    """Parts of the objective by name."""
    validation: float | None = None
    """The objective on held-out rows at the end of the epoch."""

    @property
    def loss(self) -> float:
        """The first part, which measures how well rows are answered."""
        return next(iter(self.parts.values()))

    @property
    def monitored(self) -> float:
        """The value that decides the end: the loss of held-out rows, if any."""
        return self.total if self.validation is None else self.validation


class Status(Enum):
    """Why a training ended, as a sentence."""

    RUNNING = "The training has not ended."
    CONVERGED = "The objective no longer improves."
    MAX_ITER = "The objective still improved when max_iter was reached."
    STOPPED = "A callback ended the training."
    INTERRUPTED = "Training interrupted by user."
    DIVERGED = "The objective diverged with every learning rate tried."


class Failure(NamedTuple):
    """A kind of failed epoch, which is undone."""

    limit: float
    cut: float
    """Factor of the learning rate after it."""
    most: int
    """Maximum number of times that the rate is cut for it."""


EXPLOSION = Failure(limit=100.0, cut=0.1, most=6)
"""The objective is not finite, or exceeds ``limit`` times the reference."""
RISE = Failure(limit=1.5, cut=0.5, most=10)
"""The objective exceeds ``limit`` times the lowest of an epoch STEPS_TO_RISE ago."""
STEPS_TO_RISE = 10


LITTLE = {"cosine": (0.2, 0.05), "constant": (0.1, 0.025)}
"""Fractions of the objective, and of the loss of the mean, below which the gain of the
second half of a fit is little. The second half of a cosine also gains by its falling
rate, which more epochs would not repeat."""
LITTLE_OF_BOTH = 1.75
"""Factor by which a gain may exceed both fractions and still be little. The falling rate
alone lowers a noisy objective by about as much, however long the fit."""
LEARNED = 1e-3
"""Fraction of the loss of the mean that a fit must gain to have learned."""


@dataclass(frozen=True)
class Result:
    """The outcome of the training of one model."""

    history: tuple[Epoch, ...]
    status: Status
    best: int
    """Position in the history of the epoch with the best monitored value."""
    explosions: int
    rises: int
    cut: float
    """The factor of the learning rate that is left after all cuts."""
    baseline: Baseline
    state: TrainingState
    generator: Tensor
    """The state of the generator from which a later fit continues."""

    @property
    def no_better_than_the_mean(self) -> bool:
        """Whether the loss is no lower than that of answering with the mean."""
        return self.history[-1].loss > (1 - LEARNED) * self.baseline.mean


def ends(history: Sequence[Epoch], fraction: float) -> tuple[float, float]:
    """The monitored value before the last ``fraction`` of epochs, and at their end.

    Both are means over a twentieth of the epochs, since an epoch may be noisy: around
    the one, and up to the other. The gain of a single epoch is unknown. The value at
    the end is 0 then, so that the gain is the most that further epochs may gain.
    """
    values = [epoch.monitored for epoch in history]
    if len(values) == 1:
        return values[0], 0.0
    aside = len(values) // 40
    since = max(int(len(values) * (1 - fraction)), 1)
    return fmean(values[since - 1 - aside : since + aside]), fmean(values[-2 * aside - 1 :])


class Monitor:
    """The course of one model's fit.

    An epoch that explodes or rises is undone: the fit goes back to the start of the
    lowest epoch, at a lower rate. A fit at a constant rate ends when it no longer
    improves. A fit at a decaying rate goes on to its end, since a plateau before the
    end only shows that the rate is still high.
    """

    def __init__(self, schedule: Schedule, n_batches: int, baseline: Baseline) -> None:
        self.schedule = schedule
        self.n_batches = n_batches
        self.baseline = baseline
        self.reference = baseline.zero
        self.history: list[Epoch] = []
        self.status = Status.RUNNING
        self.explosions = 0
        self.rises = 0
        self.lowest, self.lowest_at = inf, 0
        self.improved, self.best = inf, -1
        self.stale = 0

    @property
    def done(self) -> int:
        """Number of epochs that count."""
        return len(self.history)

    @property
    def cut(self) -> float:
        """The factor of the learning rate that is left after all cuts."""
        return float(EXPLOSION.cut**self.explosions * RISE.cut**self.rises)

    @property
    def untrained(self) -> bool:
        """Whether no epoch has been trained, not even one that was undone."""
        return not self.done and self.cut == 1

    @property
    def is_lowest(self) -> bool:
        """Whether the last epoch is the lowest in training."""
        return self.lowest_at == self.done - 1

    @property
    def is_best(self) -> bool:
        """Whether the last epoch is the best by the monitored value."""
        return self.best == self.done - 1

    def rate(self, fraction: float) -> float:
        """The learning rate at a fraction of the current epoch."""
        shape = RATES[self.schedule.rate]((self.done + fraction) / self.schedule.max_iter)
        return self.schedule.learning_rate * self.cut * shape

    def begin(self, first: float) -> None:
        """Raise the reference to the objective of the first batch if it is higher."""
        if isfinite(first):
            self.reference = max(self.reference, first)

    def failure(self, total: float) -> Failure | None:
        """The failure of an epoch with this mean objective, if it is one."""
        if not isfinite(total) or total > EXPLOSION.limit * self.reference:
            return EXPLOSION
        passed = (self.done - self.lowest_at) * self.n_batches
        risen = total > RISE.limit * self.lowest and passed >= STEPS_TO_RISE
        return RISE if risen and self.rises < RISE.most else None

    def undo(self, failure: Failure) -> None:
        """Go back to the start of the lowest epoch, and continue at a lower rate."""
        if failure is RISE:
            self.rises += 1
        elif self.explosions == EXPLOSION.most:
            self.status = Status.DIVERGED
        else:
            self.explosions += 1
        del self.history[self.lowest_at :]
        self.lowest, self.stale = inf, 0
        if self.best >= self.lowest_at:
            self.improved, self.best = inf, -1

    def record(self, epoch: Epoch) -> None:
        """Record an epoch that counts, and end the fit if it is the last."""
        enough = self.improved * (1 - self.schedule.tol)
        self.stale = 0 if epoch.monitored < enough else self.stale + 1
        self.history.append(epoch)
        if epoch.total < self.lowest:
            self.lowest, self.lowest_at = epoch.total, self.done - 1
        if epoch.monitored < self.improved:
            self.improved, self.best = epoch.monitored, self.done - 1
        patience = self.schedule.n_iter_no_change
        if self.schedule.rate == "constant" and patience is not None and self.stale >= patience:
            self.status = Status.CONVERGED
        elif self.done == self.schedule.max_iter:
            self.status = Status.CONVERGED if self._settled() else Status.MAX_ITER

    def _settled(self) -> bool:
        """Whether the second half of the epochs gained little.

        The gain is compared with the objective and with the loss of the mean. If
        ``n_iter_no_change`` is None, no gain is asked for.
        """
        if self.schedule.n_iter_no_change is None:
            return True
        before, after = ends(self.history, 0.5)
        little, of_the_mean = LITTLE[self.schedule.rate]
        either = little * abs(before), of_the_mean * self.baseline.mean
        return before - after <= max(*either, LITTLE_OF_BOTH * min(either))

    def result(self, state: TrainingState, generator: Tensor) -> Result:
        """The result of the fit if it ends here, in this state."""
        course = self.status, self.best, self.explosions, self.rises, self.cut, self.baseline
        return Result(tuple(self.history), *course, state, generator)
