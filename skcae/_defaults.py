"""What ``"auto"`` stands for: the learning rate, and the number of rows per step."""

from itertools import pairwise
from math import sqrt

from skcae.core.objective import AutoencoderObjective

UNBOUNDED, STAYING = 4.0, 10.0
"""Divisors of the rate: of units without an upper end, and of a rate that never falls."""
ROWS_OF_STAYING = 50
"""A constant rate is lower with fewer rows per step, whose gradients are noisier."""
LONG_EPOCHS, LONG_STEPS = 60, 1500
"""A cosine of more epochs and more steps begins lower."""


def learning_rate(
    objective: AutoencoderObjective, rate: str, rows_per_step: int, n_epochs: int, n_steps: int
) -> float:
    """The peak of a cosine, or the constant rate.

    Both start from the bound of the widest layer's initial weights.

    Deep encoders and strong contraction want less: their units die, for good, where
    others only take a detour. So do activations that do not saturate, and long cosines,
    which end at rates of nothing: a higher peak brings them no further. A constant rate
    has to be one at which the objective can settle.
    """
    layers = list(pairwise(objective.architecture.sizes))
    largest = min(sqrt(6 / (n_in + n_out)) for n_in, n_out in layers)
    peak = largest / len(layers) / (1 + min(1.0, float(objective.alpha)))
    if not all(activation.bounded for activation in objective.architecture.activations):
        peak /= UNBOUNDED
    if rate == "constant":
        return peak / STAYING * min(1.0, sqrt(rows_per_step / ROWS_OF_STAYING))
    return peak / sqrt(max(1.0, min(n_epochs / LONG_EPOCHS, n_steps / LONG_STEPS)))


def batch_size(n_rows: int) -> int:
    """A fortieth of the rows, within bounds that keep the processor busy."""
    return min(max(n_rows // 40, 50), 200)
