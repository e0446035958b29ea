"""The state that a training carries from step to step, and from fit to fit."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from skcae.core.solvers import Solver


@dataclass
class TrainingState:
    """The parameters, (size,) or (K, size), and the state of the solver.

    The number of steps is a tensor, so that a step consists of tensors alone. It is
    float32, as the kernel of Adam takes it, which is exact up to 2^24 steps.
    """

    flat: Tensor
    slots: list[Tensor]
    count: Tensor

    @classmethod
    def start(cls, flat: Tensor, solver: Solver) -> "TrainingState":
        """The state before the first step."""
        slots = [torch.zeros_like(flat) for _ in range(solver.n_slots)]
        return cls(flat, slots, torch.zeros((), dtype=torch.float32, device=flat.device))

    def copy(self) -> "TrainingState":
        """A copy that shares no memory with this state."""
        return self.of_models(...)

    def of_models(self, kept: Any) -> "TrainingState":
        """A copy for one model or for some."""
        slots = [slot[kept].clone() for slot in self.slots]
        return TrainingState(self.flat[kept].clone(), slots, self.count.clone())

    def assign(self, models: Any, other: "TrainingState") -> None:
        """Take the values of some models from ``other``; views stay valid."""
        for mine, theirs in zip([self.flat, *self.slots], [other.flat, *other.slots], strict=True):
            mine[models] = theirs[models]
