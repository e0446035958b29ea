"""Solvers that act in place on the flat parameter buffer, and learning rate schedules.

They are plain tensor arithmetic, not ``torch.optim``: constructing one of its
optimisers imports torch._dynamo, which costs seconds in every worker process, and a
flat buffer needs none of its bookkeeping.
"""

from dataclasses import dataclass
from math import cos, pi
from typing import ClassVar, Literal, Protocol

import torch
from torch import Tensor


class Solver(Protocol):
    """A solver; its row in ``SOLVERS`` names the parameters of estimators it takes."""

    n_slots: ClassVar[int]
    """Number of buffers, each as large as the parameters."""
    powers: ClassVar[tuple[int, ...]]
    """For each of them the power of the gradients that it averages."""
    parameters: ClassVar[tuple[str, ...]]
    """Names of fields that are parameters of the estimators."""

    def step(
        self,
        flat: Tensor,
        gradient: Tensor,
        slots: list[Tensor],
        rate: float | Tensor,
        count: Tensor,
    ) -> None:
        """Take step number ``count``, counted from 1.

        The rate is one number for all models, or (K, 1). The gradient may be
        overwritten. A step never waits for the device.
        """


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1).

    Squared gradients are averaged over about 20 steps, not over the usual 1000. Near a
    high peak rate the scale of the gradients changes within an epoch, and an old scale
    makes steps too long.
    """

    beta_1: float = 0.9
    beta_2: float = 0.95
    epsilon: float = 1e-8
    n_slots: ClassVar[int] = 2
    powers: ClassVar[tuple[int, ...]] = (1, 2)
    parameters: ClassVar[tuple[str, ...]] = ()

    def step(
        self,
        flat: Tensor,
        gradient: Tensor,
        slots: list[Tensor],
        rate: float | Tensor,
        count: Tensor,
    ) -> None:
        """Take a step by the kernel of ``torch.optim.Adam(fused=True)``.

        The kernel makes one pass over the buffers, where tensor arithmetic makes six.
        It takes a single rate. Models with their own rates therefore take a step of
        rate 1 from zero, which is then multiplied by each rate.
        """
        own = rate if isinstance(rate, Tensor) and rate.dim() > 0 else None
        moved = flat if own is None else torch.zeros_like(flat)
        torch._fused_adam_(
            [moved],
            [gradient],
            [slots[0]],
            [slots[1]],
            [],
            [count],
            lr=rate if own is None else 1.0,
            beta1=self.beta_1,
            beta2=self.beta_2,
            weight_decay=0.0,
            eps=self.epsilon,
            amsgrad=False,
            maximize=False,
        )
        if own is not None:
            flat.addcmul_(moved, own)


@dataclass(frozen=True)
class SGD:
    """Gradient descent with momentum, by default Nesterov's, as in MLPClassifier."""

    momentum: float = 0.9
    nesterovs_momentum: bool = True
    n_slots: ClassVar[int] = 1
    powers: ClassVar[tuple[int, ...]] = (1,)
    parameters: ClassVar[tuple[str, ...]] = ("momentum", "nesterovs_momentum")

    def step(
        self,
        flat: Tensor,
        gradient: Tensor,
        slots: list[Tensor],
        rate: float | Tensor,
        count: Tensor,
    ) -> None:
        """Take a step; the gradient is overwritten."""
        (velocity,) = slots
        velocity.mul_(self.momentum).sub_(gradient.mul_(rate))
        if self.nesterovs_momentum:
            flat.add_(velocity, alpha=self.momentum).sub_(gradient)
        else:
            flat.add_(velocity)


SolverName = Literal["adam", "sgd"]
SOLVERS: dict[str, type[Solver]] = {"adam": Adam, "sgd": SGD}


def _constant(progress: float) -> float:
    return 1.0


def _cosine(progress: float, warm_up: float = 0.1) -> float:
    if progress < warm_up:
        return progress / warm_up
    return (1 + cos(pi * (progress - warm_up) / (1 - warm_up))) / 2


RateName = Literal["constant", "cosine"]
RATES = {"constant": _constant, "cosine": _cosine}
"""Factor of the learning rate as a function of the progress of the fit, in (0, 1)."""
