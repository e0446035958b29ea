"""Samples from a fitted autoencoder, by random walks along what it has learned."""

from itertools import islice
from math import inf
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch

from skcae import _bridge, _validation
from skcae._fitted import Model
from skcae._holders import carry_checked
from skcae.core import sampling
from skcae.core.draws import on_device

__all__ = ["walk"]


def walk(
    estimator: Any,
    X: Any,
    n_steps: int = 100,
    sigma: float = 1.0,
    random_state: Any = None,
    *,
    thin: int = 1,
) -> np.ndarray:
    """Walk at random from each row along the directions that the code follows.

    A step encodes the row, moves the code and decodes it:

        ``h = f(x)``, ``h' = h + J J^T e``, ``x' = g(h')``,

    where J is the Jacobian of the code at x and e is normal noise. The code moves along
    the directions in which it varies with x, and hardly along contracted ones. A walk
    of a contractive autoencoder therefore stays near the data while it moves from one
    row to others like it [1]_.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or other
        meta-estimator with one inside. The steps before it are applied to X first.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows to start from, one walk each.
    n_steps : int, default=100
        Number of steps, at least 1.
    sigma : float, default=1.0
        Standard deviation of e, at least 0. Without noise, each step is a
        reconstruction.
    random_state : int, RandomState instance or None, default=None
        Seed of the noise.
    thin : int, default=1
        Every ``thin``-th row is kept, from 1 to ``n_steps``.

    Returns
    -------
    rows : ndarray of shape (n_samples, n_steps // thin, n_features)
        Rows visited after ``thin``, ``2 * thin``, ... steps, as they reach the
        autoencoder, in the dtype of the fit. The starting rows are not included. Memory
        use beyond this array is bounded.

    Raises
    ------
    TypeError
        If estimator neither is nor holds an autoencoder of this package.
    sklearn.exceptions.NotFittedError
        If the autoencoder, or the estimator that holds it, is not fitted.
    ValueError
        If ``n_steps``, ``sigma`` or ``thin`` is out of range, the walk overflows, or X
        is not valid input for estimator.

    See Also
    --------
    skcae.inspection.WalksDisplay : Walks as images.
    skcae.inspection.tangents : Directions that the code follows most.

    References
    ----------
    .. [1] S. Rifai, Y. Bengio, Y. Dauphin, P. Vincent (2012). A generative process for
       sampling contractive auto-encoders. ICML.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.sampling import walk
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> walk(cae, X[:5], n_steps=20, thin=4, random_state=0).shape
    (5, 5, 64)
    """
    _check_count("n_steps", n_steps, "of at least 1", inf)
    _check_count("thin", thin, f"from 1 to n_steps, which is {n_steps} here", n_steps)
    if not _validation.Number(Real, 0, _validation.LARGEST, closed="both").is_satisfied_by(sigma):
        raise ValueError(
            f"sigma={sigma!r} must be a finite number of at least 0; use for instance sigma=1."
        )
    autoencoder, X = carry_checked(estimator, X)
    model = Model(autoencoder)
    generator = on_device(_bridge.new_generator(random_state), model.device)
    rows = np.empty((X.shape[0], n_steps // thin, X.shape[1]), dtype=model.dtype)
    with torch.inference_mode():
        for part in _bridge.chunks(X.shape[0], max(model.sizes)):
            start = _bridge.to_tensor(X[part], model.device)
            steps = sampling.walk(model.layers, model.loss, start, float(sigma), generator)
            kept = islice(steps, thin - 1, n_steps, thin)
            for number, visited in enumerate(kept):
                rows[part, number] = _bridge.to_numpy(visited)
    if not _bridge.is_finite(rows):
        raise ValueError(
            f"The walk of n_steps={n_steps} with sigma={sigma!r} overflows {rows.dtype}; lower "
            "sigma or n_steps, or scale X as the rows of the fit were."
        )
    return rows


def _check_count(name: str, value: Any, limits: str, highest: float) -> None:
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or not 1 <= value <= highest:
        raise ValueError(
            f"{name}={value!r} must be an integer {limits}; use for instance {name}=1."
        )
