"""A grid of contraction strengths that follows the scale of the data."""

from itertools import pairwise
from numbers import Integral
from typing import Any

import numpy as np
import torch
from sklearn.base import clone

from skcae import _bridge, _domain, _validation
from skcae._codes import Codes
from skcae._spread import distinct_rows, total_variance
from skcae.core.model import Architecture

LOWEST, HIGHEST = 3e-2, 3.0
"""Ends of the grid, relative to the alpha at which penalty and variance are equal."""
NUMBERS = _validation.Number(Integral, 2, _validation.MOST_ALPHAS, closed="both")


def alpha_grid(estimator: Any, X: Any, *, n_alphas: int = 9, sample_weight: Any = None) -> Any:
    """Compute a grid of ``alpha`` values that suits the rows and an autoencoder.

    The grid is geometric and rounded to three digits. It reaches from 0.03 to 3 times
    the alpha at which the expected penalty of the initial weights equals the total
    variance of X,

        ``alpha = sum_j var(x_j) / E ||dh/dx||_F^2``.

    The best alpha depends on the scale of X, the number of features and the number of
    units. The grid follows these. Prepend 0 to compare with the plain autoencoder.

    Parameters
    ----------
    estimator : autoencoder
        An autoencoder of this package, fitted or not. The grid follows its layers and
        activation. X must be in the domain of its loss.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Training rows as they reach the autoencoder, for instance scaled.
    n_alphas : int, default=9
        Number of values, from 2 to 450.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows.

    Returns
    -------
    alphas : ndarray of shape (n_alphas,)
        Contraction strengths in increasing order, in float64.

    Raises
    ------
    TypeError
        If estimator is not an autoencoder of this package.
    ValueError
        If a parameter of estimator, n_alphas, X or sample_weight is not valid, or if
        all rows of X are equal.

    See Also
    --------
    skcae.ContractiveAutoencoderCV : Chooses alpha from this grid, without labels.
    skcae.model_selection.JointGridSearchCV : Searches alpha by the score of a Pipeline.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.preprocessing import scale
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.model_selection import alpha_grid
    >>> cae, X = ContractiveAutoencoder(128), load_digits().data
    >>> alpha_grid(cae, X / 16, n_alphas=4)
    array([0.0264, 0.123 , 0.569 , 2.64  ])
    >>> alpha_grid(cae, scale(X), n_alphas=4)
    array([ 0.343,  1.59 ,  7.39 , 34.3  ])
    """
    if not isinstance(estimator, Codes):
        raise TypeError(
            f"estimator is {estimator!r}; it must be an autoencoder of skcae, such as "
            "ContractiveAutoencoder."
        )
    if not NUMBERS.is_satisfied_by(n_alphas):
        raise ValueError(
            f"n_alphas={n_alphas!r} must be an integer from 2 to {_validation.MOST_ALPHAS}; the "
            "default is 9."
        )
    unfitted = clone(estimator)
    unfitted._validate_params()
    X = _bridge.to_array(_validation.check_rows(unfitted, X, reset=True))
    _domain.check_domain(X, unfitted.loss)
    return grid_of(unfitted, X, _validation.check_weights(sample_weight, X), n_alphas)


def grid_of(estimator: Any, X: Any, weight: np.ndarray | None, n_alphas: int) -> np.ndarray:
    """The grid for rows and weights that are already checked."""
    rows, share = distinct_rows(X, weight, np.random.RandomState(0))
    architecture = _validation.architecture(estimator, X.shape[1])
    middle = total_variance(rows, share) / initial_contraction(architecture)
    if len(share) == 1 or LOWEST * middle < np.finfo(np.float64).tiny:
        raise ValueError(
            f"A grid of {n_alphas} alphas follows the spread of X, whose rows are all equal, or "
            "nearly so; scale X, or list alphas instead."
        )
    grid = np.geomspace(LOWEST * middle, HIGHEST * middle, int(n_alphas))
    return np.array([float(f"{alpha:.3g}") for alpha in grid])


def initial_contraction(architecture: Architecture) -> float:
    """Expected ``||dh/dx||_F^2`` of the initial weights, with all units near zero."""
    # On both sides of zero, since the slope of some activations jumps there.
    around_zero = torch.tensor([-1e-3, 1e-3], dtype=torch.float64, device="cpu")
    norm = float(architecture.sizes[0])
    gain = 1.0
    layers = pairwise(architecture.sizes)
    for (n_in, n_out), activation in zip(layers, architecture.activations, strict=True):
        slope = activation.slope(activation.forward(around_zero))
        norm *= float(slope.square().mean()) * gain**2 * n_out * 2 / (n_in + n_out)
        gain = 1 / activation.steepest
    return norm
