"""Solvers, in place on the flat parameter buffer, and the shapes that a learning rate may take over a fit.

Plain tensor arithmetic and not ``torch.optim``: constructing one of its optimisers
imports torch._dynamo, which costs seconds in every worker process, and a flat buffer
needs none of its bookkeeping.
"""

from dataclasses import dataclass
from math import cos, pi
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1).

    Squared gradients are averaged over about 20 steps, not the usual 1000: near a high
    peak rate the scale of the gradients changes within an epoch, and an old one makes
    steps too long.
    """

    beta_1: float = 0.9
    beta_2: float = 0.95
    epsilon: float = 1e-8
    n_slots = 2

    def step(
        self, flat: Tensor, gradient: Tensor, slots: list[Tensor], rate: float | Tensor, count: int
    ) -> None:
        """Take step number ``count`` (from 1) with a ``rate`` that is a number, or (K, 1) for K models.

        The kernel of ``torch.optim.Adam(fused=True)``: one pass over the buffers where
        tensor arithmetic makes six. It knows one rate only, so models with their own
        take a step of rate 1 from zero, and then that many times it.
        """
        moved, common_rate = (
            (torch.zeros_like(flat), 1.0) if isinstance(rate, Tensor) else (flat, rate)
        )
        torch._fused_adam_(
            [moved], [gradient], [slots[0]], [slots[1]], [], [flat.new_full((), count, dtype=torch.float32)],
            lr=common_rate, beta1=self.beta_1, beta2=self.beta_2, weight_decay=0.0, eps=self.epsilon,
            amsgrad=False, maximize=False,
        )  # fmt: skip
        if isinstance(rate, Tensor):
            flat.addcmul_(moved, rate)


@dataclass(frozen=True)
class SGD:
    """Gradient descent with momentum, by default Nesterov's, in the form that MLPClassifier uses."""

    momentum: float = 0.9
    nesterov: bool = True
    n_slots = 1

    def step(
        self, flat: Tensor, gradient: Tensor, slots: list[Tensor], rate: float | Tensor, count: int
    ) -> None:
        """Take one step; ``gradient`` is overwritten, ``count`` is not needed."""
        (velocity,) = slots
        velocity.mul_(self.momentum).sub_(gradient.mul_(rate))
        if self.nesterov:
            flat.add_(velocity, alpha=self.momentum).sub_(gradient)
        else:
            flat.add_(velocity)


@dataclass
class State:
    """What a training carries on: parameters, (size,) or (K, size), the solver's buffers alike, and the steps taken."""

    flat: Tensor
    slots: list[Tensor]
    count: int = 0

    @classmethod
    def start(cls, flat: Tensor, solver: Adam | SGD) -> "State":
        """The state before the first step."""
        return cls(flat, [torch.zeros_like(flat) for _ in range(solver.n_slots)])

    def copy(self) -> "State":
        """One that shares no memory with this one."""
        return State(self.flat.clone(), [slot.clone() for slot in self.slots], self.count)

    def of_models(self, kept: int | list[int]) -> "State":
        """A copy for one model, or for some."""
        return State(
            self.flat[kept].clone(), [slot[kept].clone() for slot in self.slots], self.count
        )

    def assign(self, models: Any, other: "State") -> None:
        """Take the values of some models from ``other``; views into the buffers stay valid."""
        for mine, theirs in zip([self.flat, *self.slots], [other.flat, *other.slots], strict=True):
            mine[models] = theirs[models]


SOLVERS = {"adam": Adam, "sgd": SGD}


def _constant(progress: float) -> float:
    return 1.0


def _cosine(progress: float, warm_up: float = 0.1) -> float:
    if progress < warm_up:
        return progress / warm_up
    return (1 + cos(pi * (progress - warm_up) / (1 - warm_up))) / 2


RATES = {"constant": _constant, "cosine": _cosine}
"""Factor of the learning rate as a function of the progress of the fit, in (0, 1)."""
