"""Contraction penalties: ``||J||_F^2`` of every row, exact or estimated.

A penalty takes the encoder at a point (its weights, its slopes at every row, the rows
themselves, and the encoder at other rows) and a source of random numbers. It returns
one number per row. It is a plain expression in weights and slopes, so its gradient
flows into both. That of W flows through the product itself and through the slopes;
penalties computed from detached weights lose the former.
"""

import sys
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from skcae.core import jacobian
from skcae.core.draws import Draws
from skcae.core.model import Point

LARGEST = sys.float_info.max


class Penalty:
    """Base class of the contraction penalties.

    Subclasses are frozen dataclasses whose fields are their parameters.
    """

    part_names: ClassVar[tuple[str, ...]] = ("contraction",)
    """Names of the terms in curves and printed lines."""

    def __call__(self, point: Point, draws: Draws) -> Tensor:
        """``||J||_F^2`` of every row, (..., rows)."""
        raise NotImplementedError

    def parts(self, point: Point, draws: Draws) -> tuple[Tensor, ...]:
        """Terms of the penalty; the objective contains alpha times their sum.

        Parameters
        ----------
        point : Point
            The encoder at the rows of a batch: ``point.weights``, ``point.slopes``,
            ``point.x`` and ``point.at(x)``.
        draws : Draws
            Source of random numbers for these rows.

        Returns
        -------
        parts : tuple of Tensor of shape (..., n_rows)
            One term for each of ``part_names``.
        """
        return (self(point, draws),)


@dataclass(frozen=True)
class Exact(Penalty):
    """``||J||_F^2`` without error.

    It uses the closed form for one layer, and the Gram matrix of the first layer for
    more.

    See Also
    --------
    Hutchinson : An unbiased estimate, cheaper for deep encoders.
    HigherOrder : Adds the curvature of the encoder.

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
    """Estimate of ``||J||_F^2`` as the mean of ``||u^T J||^2`` over random signs u.

    Each probe u costs one vector-Jacobian product, at any depth. The estimate is
    unbiased in value and gradient. Its standard error falls as
    ``1 / sqrt(rows * n_probes)`` [1]_.

    Parameters
    ----------
    n_probes : int, default=1
        Number of sign vectors per row and step, at least 1. The cost grows in
        proportion. Four times as many probes halve the error.

    Raises
    ------
    ValueError
        If ``n_probes`` is not an integer of at least 1.

    See Also
    --------
    Exact : The norm without error.
    HigherOrder : Adds the curvature of the encoder.

    References
    ----------
    .. [1] M. F. Hutchinson (1990). A stochastic estimator of the trace of the influence
       matrix for Laplacian smoothing splines. Communications in Statistics: Simulation
       and Computation 19(2).

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
        _check_count("Hutchinson", "n_probes", self.n_probes)

    def __call__(self, point: Point, draws: Draws) -> Tensor:
        total = point.x.new_zeros(())
        for _ in range(self.n_probes):
            probe = draws.signs(point.slopes[-1].shape[-1])
            total = total + jacobian.vjp(point.weights, point.slopes, probe).square().sum(-1)
        return total / self.n_probes


@dataclass(frozen=True)
class HigherOrder(Exact):
    """``||J||_F^2`` and the change of J nearby, as in the higher order autoencoder.

    With e normal noise that is independent in every feature, ``alpha`` multiplies

        ``||J(x)||_F^2 + strength * E ||J(x) - J(x + e)||_F^2``.

    The first term, as in :class:`Exact`, makes the code resist movements of x. The
    second makes J itself resist them: it penalises the curvature of the encoder, at a
    distance of ``sigma * sqrt(n_features)`` around the data [1]_. A fit records the
    first in ``contraction_curve_`` and the second, multiplied by ``strength``, in
    ``curvature_curve_``. Neither is multiplied by alpha. With ``strength=0`` or
    ``sigma=0`` the penalty equals :class:`Exact`.

    The noise is new for every row and step, so the estimate is unbiased in value and
    gradient. For one layer, both norms have a closed form. For more, they are estimated
    from two vector-Jacobian products with the same random signs, as in
    :class:`Hutchinson`.

    Parameters
    ----------
    strength : float, default=1.0
        Factor of the curvature relative to the contraction, at least 0.
    sigma : float, default=0.1
        Standard deviation of the noise in every feature, in the units of X, at least 0.
        For small sigma the second term is
        ``strength * sigma**2 * ||d^2 h / dx^2||_F^2``.
    n_draws : int, default=1
        Number of noisy copies per row and step, at least 1. The cost grows in
        proportion. Four times as many copies halve the error.

    Raises
    ------
    ValueError
        If ``strength`` or ``sigma`` is not a finite number of at least 0, or
        ``n_draws`` is not an integer of at least 1.

    See Also
    --------
    Exact : The contraction alone.
    Hutchinson : An estimate of the contraction alone.

    References
    ----------
    .. [1] S. Rifai, G. Mesnil, P. Vincent, X. Muller, Y. Bengio, Y. Dauphin, X. Glorot
       (2011). Higher order contractive auto-encoder. ECML PKDD. Its gamma is
       ``alpha * strength``.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder, HigherOrder
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, penalty=HigherOrder(sigma=0.3), max_iter=20, n_iter_no_change=None
    ... ).fit(X)
    >>> len(cae.contraction_curve_), len(cae.curvature_curve_)
    (20, 20)
    """

    strength: float = 1.0
    sigma: float = 0.1
    n_draws: int = 1

    part_names: ClassVar[tuple[str, ...]] = ("contraction", "curvature")

    def __post_init__(self) -> None:
        for name in ("strength", "sigma"):
            value = getattr(self, name)
            real = isinstance(value, Real) and not isinstance(value, bool)
            if not real or not 0 <= value <= LARGEST:
                raise ValueError(
                    f"{name}={value!r} must be a finite number of at least 0; use "
                    f"HigherOrder({name}={getattr(HigherOrder, name)!r})."
                )
        _check_count("HigherOrder", "n_draws", self.n_draws)

    @property
    def moves(self) -> int:
        """Number of noisy copies needed: none if strength or sigma is zero."""
        return self.n_draws if self.strength and self.sigma else 0

    @property
    def share(self) -> float:
        """Factor of a noisy copy in the curvature."""
        return float(self.strength) / self.n_draws

    def moved(self, x: Tensor, draws: Draws) -> Tensor:
        """Make a noisy copy of all rows.

        Parameters
        ----------
        x : Tensor of shape (..., n_rows, n_features)
            Rows.
        draws : Draws
            Source of random numbers for these rows.

        Returns
        -------
        x_moved : Tensor of shape (..., n_rows, n_features)
            The rows with normal noise of standard deviation ``sigma``.
        """
        return torch.add(x, draws.normal(), alpha=float(self.sigma))

    def parts(self, point: Point, draws: Draws) -> tuple[Tensor, ...]:
        if not self.moves:
            exact = self(point, draws)
            return exact, torch.zeros_like(exact)
        estimate = _in_closed_form if len(point.weights) == 1 else _by_products
        copies = (point.at(self.moved(point.x, draws)) for _ in range(self.moves))
        norms, changes = zip(*(estimate(point, copy, draws) for copy in copies), strict=True)
        return sum(norms) / self.n_draws, self.share * sum(changes)


def _in_closed_form(point: Point, copy: Point, draws: Draws) -> tuple[Tensor, Tensor]:
    """``||J||_F^2`` and ``||J - J'||_F^2`` of one layer."""
    (here,), (there,) = point.slopes, copy.slopes
    norm, change = (jacobian.squared_norm(point.weights, [one]) for one in (here, here - there))
    return norm, change


def _by_products(point: Point, copy: Point, draws: Draws) -> tuple[Tensor, Tensor]:
    """Unbiased estimates of both: ``||u^T J||^2`` and ``||u^T (J - J')||^2``."""
    probe = draws.signs(point.slopes[-1].shape[-1])
    here, there = (jacobian.vjp(one.weights, one.slopes, probe) for one in (point, copy))
    return here.square().sum(-1), (here - there).square().sum(-1)


def _check_count(kind: str, name: str, value: Any) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(
            f"{name}={value!r} must be an integer of at least 1; use {kind}({name}=1)."
        )


PenaltyName = Literal["exact", "hutchinson", "higher_order"]
"""The names of the table, for type checkers."""
PENALTIES = {"exact": Exact, "hutchinson": Hutchinson, "higher_order": HigherOrder}
