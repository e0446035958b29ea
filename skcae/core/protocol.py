"""What the training loop asks of an objective, and a step by autograd for any.

An objective names its parts. Whatever follows a training (curves, printed lines, what
ranks exchange) goes by these names, so that a new term touches the objective alone.
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
    """The loss of models that answer every row alike."""

    zero: float
    """Answering by zero, before the link: no training should end far above it."""
    mean: float
    """Answering by the mean, infinite if all rows are alike: to end above it is to have
    learned nothing."""


class Step(Protocol):
    """The value of an objective at parameters that move in place.

    A call leaves the gradient in ``gradient``, laid out as the parameters are.
    """

    gradient: Tensor

    def __call__(self, batch: Batch) -> Terms:
        """The terms of a batch."""


class Objective(Protocol):
    """What is minimised, as the training loop sees it."""

    @property
    def part_names(self) -> tuple[str, ...]:
        """What is measured beside the total."""

    def step(self, flat: Tensor) -> Step:
        """The fastest step for the parameters in ``flat``, of one model or several."""

    def terms(self, flat: Tensor, batch: Batch) -> Terms:
        """The value alone."""

    def moments(self, batch: Batch) -> Tensor:
        """Means over the rows of what ``baseline`` and ``begin`` need, a vector."""

    def baseline(self, moments: Tensor) -> Baseline:
        """The loss of models that answer every row alike."""

    def begin(self, flat: Tensor, moments: Tensor) -> None:
        """Set what the first rows say of new parameters; moments of each model's."""

    def of_models(self, kept: list[int]) -> Self:
        """The objective of some of the models."""


class AutogradStep:
    """A step of any objective."""

    def __init__(self, objective: Objective, flat: Tensor) -> None:
        self.objective = objective
        self.leaf = flat.detach().requires_grad_()
        self.gradient = torch.empty_like(flat)

    def __call__(self, batch: Batch) -> Terms:
        with torch.enable_grad():
            total, parts, share = self.objective.terms(self.leaf, batch)
            (self.gradient,) = torch.autograd.grad(total.sum(), self.leaf)
        return Terms(total.detach(), tuple(part.detach() for part in parts), share)
