"""The schedule of a fit, and the values that ``"auto"`` stands for in it."""

from itertools import pairwise
from math import ceil, sqrt
from numbers import Real
from typing import Any

from skcae.core.monitor import Schedule
from skcae.core.objective import AutoencoderObjective
from skcae.core.solvers import SOLVERS, Solver

STAYING = 10.0
"""Divisor of a constant rate."""
OTHERS = 4.0
"""Divisor of the rate for activations without a divisor of their own, if X is wide."""
ROWS_OF_STAYING = 50
"""Rows per step below which a constant rate is lower, as gradients are noisier."""
ROWS_OF_DEEP_PASS = 10
"""Rows per step in a pass of partial_fit over a deep encoder, which needs more steps."""
LONG_EPOCHS, LONG_STEPS = 60, 1500
"""Epochs and steps beyond which a cosine starts lower; a fit below both is short."""


def learning_rate(
    objective: AutoencoderObjective, rate: str, rows_per_step: int, n_epochs: int, n_steps: int
) -> float:
    """The peak rate of a cosine schedule, or the constant rate.

    Both start from the bound of the initial weights of the widest layer. Deep encoders
    and strong contraction need a lower rate, and so do activations at which units die
    or are stuck. Deep encoders without bounds need it for many features, which move a
    unit together: relu divides by 2 up to 16 features, and by 4 from 32 on. Long
    cosines of one layer need a lower peak only: they end at rates near zero anyway. A
    constant rate must be one at which the objective can settle.
    """
    sizes, names = objective.architecture.sizes, objective.architecture.activation_names
    bound = min(sqrt(6 / (n_in + n_out)) for n_in, n_out in pairwise(sizes))
    deep = len(names) > 1
    divisors = {
        "logistic": 1.0,
        "tanh": 2.0 if deep else 1.0,
        "softplus": max(1.0, sqrt(sizes[0]) / 2) if deep else 2.0,
    }
    others = min(max(sizes[0] / 8, 2.0), OTHERS) if deep else OTHERS
    peak = (1.8 * bound**1.5 if deep else bound) / len(names)
    peak /= max(divisors.get(name, others) for name in names)
    peak /= 1 + min(1.0, float(objective.alpha))
    if rate == "constant":
        return peak / STAYING * min(1.0, sqrt(rows_per_step / ROWS_OF_STAYING))
    long = 1.0 if deep else min(n_epochs / LONG_EPOCHS, n_steps / LONG_STEPS)
    return peak / sqrt(max(1.0, long))


def batch_size(estimator: Any, n_rows: int, automatic: int | None = None) -> int:
    """Number of rows per step; "auto" is by default a fortieth of the rows, from 50 to 200."""
    size = estimator.batch_size
    if size == "auto":
        size = automatic or min(max(n_rows // 40, 50), 200)
    return min(int(size), n_rows)


def solver(estimator: Any) -> Solver:
    """The solver, with the parameters of the estimator that it takes."""
    kind = SOLVERS[estimator.solver]
    given = {name: getattr(estimator, name) for name in kind.parameters}
    numbers = {
        name: float(value)
        for name, value in given.items()
        if isinstance(value, Real) and not isinstance(value, bool)
    }
    return kind(**given | numbers)


def schedule(
    estimator: Any, objective: AutoencoderObjective, n_rows: int, one_pass: bool
) -> Schedule:
    """The schedule of a fit.

    A single pass has a constant rate, since the total number of steps is unknown.
    """
    rate = "constant" if one_pass else estimator.learning_rate
    max_iter = 1 if one_pass else int(estimator.max_iter)
    deep_pass = one_pass and objective.architecture.depth > 1
    size = batch_size(estimator, n_rows, ROWS_OF_DEEP_PASS if deep_pass else None)
    peak = estimator.learning_rate_init
    n_steps = max_iter * ceil(n_rows / size)
    if peak == "auto":
        peak = learning_rate(objective, rate, size, max_iter, n_steps)
    return Schedule(
        solver=solver(estimator),
        learning_rate=float(peak),
        rate=rate,
        batch_size=size,
        max_iter=max_iter,
        tol=float(estimator.tol),
        n_iter_no_change=None if one_pass else estimator.n_iter_no_change,
        shuffle=bool(estimator.shuffle) and not one_pass,
    )
