"""Contraction penalties: ``||J||_F^2`` of every row, exact or estimated.

A penalty sees the encoder at a point (its weights, its slopes at every row, the rows
themselves, and the encoder at other rows) and a source of random numbers; it returns
one number per row. It is a plain expression in weights and slopes, so its gradient
flows into both: that of W through the product itself and through the slopes, which is
what penalties computed from detached weights lose.
"""

from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

from torch import Tensor

from skcae.core import jacobian
from skcae.core.draws import Draws
from skcae.core.model import Point


class Penalty:
    """Base class of the contraction penalties.

    Subclasses are frozen dataclasses whose fields are their parameters.
    """

    part_names: ClassVar[tuple[str, ...]] = ("contraction",)
    """What the terms are called in curves and printed lines."""

    def __call__(self, point: Point, draws: Draws) -> Tensor:
        """``||J||_F^2`` of every row, (..., rows)."""
        raise NotImplementedError

    def parts(self, point: Point, draws: Draws) -> tuple[Tensor, ...]:
        """A term for each of ``part_names``; the objective has alpha times their sum."""
        return (self(point, draws),)


@dataclass(frozen=True)
class Exact(Penalty):
    """``||J||_F^2`` without error.

    The closed form for one layer, the Gram matrix of the first layer for more.

    Examples
    --------
    >>> from skcae import ContractiveAutoencoder, Exact
    >>> ContractiveAutoencoder(8, hidden_layer_sizes=(32,), penalty=Exact())
    ContractiveAutoencoder(hidden_layer_sizes=(32,), n_components=8,
                           penalty=Exact())
    """

    def __call__(self, point: Point, draws: Draws) -> Tensor:
        return jacobian.squared_norm(point.weights, point.slopes)


@dataclass(frozen=True)
class Hutchinson(Penalty):
    """``E ||u^T J||^2 = ||J||_F^2`` for random signs u.

    Each probe is one vector-Jacobian product, at any depth. The estimate is unbiased in
    value and gradient; its standard error falls as ``1 / sqrt(rows * n_probes)``.

    Parameters
    ----------
    n_probes : int, default=1
        Number of sign vectors per row and step, at least 1. The cost grows in
        proportion to it; four times as many probes halve the error.

    References
    ----------
    M. F. Hutchinson (1990). A stochastic estimator of the trace of the influence matrix
    for Laplacian smoothing splines. Communications in Statistics: Simulation and
    Computation 19(2).

    Examples
    --------
    >>> from skcae import ContractiveAutoencoder, Hutchinson
    >>> cae = ContractiveAutoencoder(
    ...     hidden_layer_sizes=(128,), penalty=Hutchinson(n_probes=4)
    ... )
    >>> cae.penalty.n_probes
    4
    """

    n_probes: int = 1

    def __post_init__(self) -> None:
        whole = isinstance(self.n_probes, Integral) and not isinstance(self.n_probes, bool)
        if not whole or self.n_probes < 1:
            raise ValueError(
                f"n_probes={self.n_probes!r} must be an integer of at least 1; use "
                "Hutchinson(n_probes=1)."
            )

    def __call__(self, point: Point, draws: Draws) -> Tensor:
        total = point.x.new_zeros(())
        for _ in range(self.n_probes):
            probe = draws.signs(point.slopes[-1].shape[-1])
            total = total + jacobian.vjp(point.weights, point.slopes, probe).square().sum(-1)
        return total / self.n_probes


PENALTIES = {"exact": Exact, "hutchinson": Hutchinson}
