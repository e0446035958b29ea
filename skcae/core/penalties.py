"""Contraction penalties: ``||J||_F^2`` of every row, exactly or by an unbiased estimate.

A penalty is called with the encoder's weights, the slopes of every layer at each row,
and a source of random signs; it returns one number per row. It is a plain expression in
weights and slopes, so its gradient flows into both: that of W through the product
itself and through the slopes, which is what penalties computed from detached weights
lose.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral

from torch import Tensor

from skcae.core import jacobian

Signs = Callable[[int], Tensor]
"""Random signs for so many columns, (..., rows, columns)."""


class Penalty:
    """Base class of the contraction penalties; subclasses are frozen dataclasses whose fields are their knobs."""

    def __call__(self, weights: Sequence[Tensor], slopes: Sequence[Tensor], signs: Signs) -> Tensor:
        """``||J||_F^2`` of every row, (..., rows)."""
        raise NotImplementedError


@dataclass(frozen=True)
class Exact(Penalty):
    """``||J||_F^2`` without error: the closed form for one layer, the Gram matrix of the first layer for more.

    Examples
    --------
    >>> from skcae import ContractiveAutoencoder, Exact
    >>> ContractiveAutoencoder(8, hidden_layer_sizes=(32,), penalty=Exact())
    ContractiveAutoencoder(hidden_layer_sizes=(32,), n_components=8,
                           penalty=Exact())
    """

    def __call__(self, weights: Sequence[Tensor], slopes: Sequence[Tensor], signs: Signs) -> Tensor:
        return jacobian.squared_norm(weights, slopes)


@dataclass(frozen=True)
class Hutchinson(Penalty):
    """``E ||u^T J||^2 = ||J||_F^2`` for random signs u: one vector-Jacobian product per probe, at any depth.

    Unbiased in value and gradient; the standard error falls as
    ``1 / sqrt(rows * n_probes)``.

    Parameters
    ----------
    n_probes : int, default=1
        Sign vectors per row and step. More probes cost proportionally more and halve
        the error for four times as many.

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
        if (
            isinstance(self.n_probes, bool)
            or not isinstance(self.n_probes, Integral)
            or self.n_probes < 1
        ):
            raise ValueError(
                f"n_probes={self.n_probes!r} must be an integer of at least 1; use Hutchinson(n_probes=1)."
            )

    def __call__(self, weights: Sequence[Tensor], slopes: Sequence[Tensor], signs: Signs) -> Tensor:
        total = slopes[-1].new_zeros(())
        for _ in range(self.n_probes):
            probe = signs(slopes[-1].shape[-1])
            total = total + jacobian.vjp(weights, slopes, probe).square().sum(-1)
        return total / self.n_probes


PENALTIES = {"exact": Exact, "hutchinson": Hutchinson}
