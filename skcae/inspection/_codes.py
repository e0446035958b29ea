"""How far codes move and how many units saturate, measured on the codes themselves."""

from numbers import Integral
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state
from torch import Tensor

from skcae import _bridge
from skcae._fitted import Model
from skcae._holders import carry_checked
from skcae.core.jacobian import jvp
from skcae.core.model import Layers, encode

SATURATED = 0.05
"""A logistic unit whose output is nearer than this to 0 or 1 is saturated."""


def contraction_curve(
    estimator: Any, X: Any, radii: Any, *, n_directions: int = 1, random_state: Any = None
) -> np.ndarray:
    """Mean contraction ratio at each radius: distance of codes over distance of inputs.

    The ratio at radius r is the mean, over rows x and over u uniform on the unit
    sphere, of ``||f(x + r u) - f(x)|| / r``. As r goes to 0, it tends to the mean of
    ``||J u||``, which is the value at radius 0 and at most the mean of
    ``||J||_F / sqrt(n_features)``. If a code contracts near the data and separates
    distant points, the curve first rises with r [1]_. It is computed in float64.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or other
        meta-estimator with one inside. The steps before it are applied to X first.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Centres of the spheres.
    radii : array-like of shape (n_radii,)
        Radii r, finite and at least 0, in the units of the rows that the autoencoder
        encodes. Below 1e-6 the difference of the codes loses digits.
    n_directions : int, default=1
        Number of directions u drawn for each row, at least 1. All radii share them, so
        the curve is smooth.
    random_state : int, RandomState instance or None, default=None
        Seed of the directions.

    Returns
    -------
    ratios : ndarray of shape (n_radii,)
        The mean ratio at each radius, at least 0, in float64.

    Raises
    ------
    TypeError
        If estimator neither is nor holds an autoencoder of this package.
    sklearn.exceptions.NotFittedError
        If the autoencoder, or the estimator that holds it, is not fitted.
    ValueError
        If radii or n_directions is out of range, or X is not valid input for estimator.

    References
    ----------
    .. [1] S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011). Contractive
       auto-encoders: explicit invariance during feature extraction. ICML. Figure 1.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import contraction_curve
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> contraction_curve(cae, X, radii=[0, 0.1, 1, 10], random_state=0).shape
    (4,)
    """
    autoencoder, X = carry_checked(estimator, X)
    radii = _check_radii(radii)
    if isinstance(n_directions, bool) or not isinstance(n_directions, Integral) or n_directions < 1:
        raise ValueError(
            f"n_directions={n_directions!r} must be an integer of at least 1; use "
            "n_directions=1, the default."
        )
    model = Model(autoencoder, dtype=torch.float64)
    draws = check_random_state(random_state)
    widest = max(model.sizes) * int(n_directions)

    def ratios(x: Tensor) -> Tensor:
        drawn = draws.standard_normal((len(x) * n_directions, x.shape[1]))
        u = torch.nn.functional.normalize(_bridge.to_tensor(drawn, model.device), dim=-1)
        of_all = _ratios(model, x.repeat_interleave(n_directions, 0), u, radii)
        return of_all.unflatten(0, (len(x), -1)).mean(1)

    return model.map(ratios, X, radii.shape, widest).mean(0, dtype=np.float64)


def saturation(estimator: Any, X: Any) -> np.ndarray:
    """Fraction of the code's logistic units that are saturated at each row.

    The fraction is ``#{j : h_j < 0.05 or h_j > 0.95} / n_components``. A saturated unit
    barely moves with its input: its slope h (1 - h) is below 0.0475, while that of a
    unit at 1/2 is 0.25. Logistic codes contract mostly by saturation [1]_.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder with a logistic code, or a fitted Pipeline, search,
        FrozenEstimator or other meta-estimator with one inside. The steps before it are
        applied to X first.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows to encode.

    Returns
    -------
    fraction : ndarray of shape (n_samples,)
        Fraction of saturated units, from 0 to 1, in the dtype of the fit.

    Raises
    ------
    TypeError
        If estimator neither is nor holds an autoencoder of this package.
    sklearn.exceptions.NotFittedError
        If the autoencoder, or the estimator that holds it, is not fitted.
    ValueError
        If the activation of the code is not logistic, or X is not valid input for
        estimator.

    References
    ----------
    .. [1] S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011). Contractive
       auto-encoders: explicit invariance during feature extraction. ICML. Table 1,
       column SAT.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import saturation
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> saturation(cae, X).shape
    (1797,)
    """
    autoencoder, X = carry_checked(estimator, X)
    model = Model(autoencoder)
    *_, name = model.architecture.activation_names
    if name != "logistic":
        raise ValueError(
            f'saturation is defined for activation="logistic" only, but the code has '
            f"activation={name!r}; use contraction, which is defined for every activation."
        )

    def fraction(x: Tensor) -> Tensor:
        code = model.encode(x)
        return ((code < SATURATED) | (code > 1 - SATURATED)).to(x.dtype).mean(-1)

    return model.map(fraction, X, (), max(model.sizes))


def _check_radii(radii: Any) -> np.ndarray:
    checked = np.asarray(radii)
    if (
        checked.dtype.kind not in "iuf"
        or checked.ndim != 1
        or not checked.size
        or not np.isfinite(checked).all()
        or checked.min() < 0
    ):
        raise ValueError(
            f"radii={radii!r} must be a sequence of at least one finite number, none "
            "negative; use for instance np.linspace(0, 10, 21)."
        )
    return checked.astype(np.float64)


def _ratios(model: Model, x: Tensor, u: Tensor, radii: np.ndarray) -> Tensor:
    """``||f(x + r u) - f(x)|| / r`` of every row and radius, (rows, n_radii).

    All radii share the products of the first layer.
    """
    weight, bias = model.weights[0], model.layers.encoder_biases[0]
    start = x @ weight.mT + bias
    step = u @ weight.mT
    code = _code_from(model, start)

    def ratio(radius: float) -> Tensor:
        if radius == 0:
            return jvp(model.weights, model.point(x).slopes, u).norm(dim=-1)
        return (_code_from(model, start + radius * step) - code).norm(dim=-1) / radius

    return torch.stack([ratio(radius) for radius in radii.tolist()], -1)


def _code_from(model: Model, z: Tensor) -> Tensor:
    """The code that belongs to the pre-activation z of the first layer."""
    weights, biases, _, _, (activation, *activations) = model.layers
    first = activation.forward(z)
    if not activations:
        return first
    return encode(Layers(weights[1:], biases[1:], [], [], activations), first)
