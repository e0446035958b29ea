"""What the training loop needs of an objective, and a step by autograd for any.

An objective names its parts. Everything that reports a training (curves, printed lines,
exchanges between ranks) follows these names, so that a new term changes the objective
alone.
"""

from typing import NamedTuple, Protocol, Self

import torch
from torch import Tensor

from skcae.core.streams import Batch


class Terms(NamedTuple):
    """An objective over some rows: means over the rows, one number per model."""

    total: Tensor
    parts: tuple[Tensor, ...]
    """In the order of the objective's ``part_names``."""
    share: Tensor
    """The sum of the weights of these rows."""


class Baseline(NamedTuple):
    """The losses of models that give every row the same answer."""

    zero: float
    """The loss of a zero pre-activation. No training should end far above it."""
    mean: float
    """The loss of the mean, infinite if all rows are alike. A training that ends above
    it has learned nothing."""


class Step(Protocol):
    """The value of an objective, at parameters that are moved in place.

    A call stores the gradient in ``gradient``, laid out like the parameters.
    """

    gradient: Tensor

    def __call__(self, batch: Batch) -> Terms:
        """The terms of a batch."""


class Objective(Protocol):
    """The objective that the training loop minimises."""

    @property
    def part_names(self) -> tuple[str, ...]:
        """Names of the parts that are measured beside the total."""

    def step(self, flat: Tensor) -> Step:
        """The fastest step for the parameters in ``flat``, of one model or several."""

    def terms(self, flat: Tensor, batch: Batch) -> Terms:
        """The terms of a batch, without a gradient of their own."""

    def moments(self, batch: Batch) -> Tensor:
        """Means over the rows that ``baseline`` and ``begin`` need, as a vector."""

    def baseline(self, moments: Tensor) -> Baseline:
        """The losses of models that give every row the same answer."""

    def begin(self, flat: Tensor, moments: Tensor) -> None:
        """Start new parameters from the moments of the first rows of each model."""

    def of_models(self, kept: list[int]) -> Self:
        """The objective of some of the models."""


class AutogradStep:
    """A step of any objective, by autograd."""

    def __init__(self, objective: Objective, flat: Tensor) -> None:
        self.objective = objective
        self.leaf = flat.detach().requires_grad_()
        self.gradient = torch.empty_like(flat)

    def __call__(self, batch: Batch) -> Terms:
        with torch.enable_grad():
            total, parts, share = self.objective.terms(self.leaf, batch)
            (self.gradient,) = torch.autograd.grad(total.sum(), self.leaf)
        return Terms(total.detach(), tuple(part.detach() for part in parts), share)
