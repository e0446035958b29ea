"""How codes move and saturate: what is seen from the code itself and not from its derivative."""

from numbers import Integral
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state
from torch import Tensor

from skcae import _bridge
from skcae.core.jacobian import jvp
from skcae.inspection._rows import Encoder, check

SATURATED = 0.05
"""A logistic unit nearer than this to 0 or 1 is saturated."""


def contraction_curve(
    estimator: Any, X: Any, radii: Any, *, n_directions: int = 1, random_state: Any = None
) -> np.ndarray:
    """How much closer the code brings points, at growing distances: the mean contraction ratio at each radius.

    The mean over rows x, and over u uniform on the unit sphere, of
    ``||f(x + r u) - f(x)|| / r``. As r goes to 0 it tends to the mean of ``||J u||``,
    which is at most ``||J||_F / sqrt(n_features)``; the radius 0 gives that limit. A
    code that is contractive near the data and spreads them out has a curve that first
    rises with r. Computed in float64.

    Parameters
    ----------
    estimator : ContractiveAutoencoder or DenoisingAutoencoder
        A fitted autoencoder.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows at the centres of the spheres.
    radii : array-like of shape (n_radii,)
        Radii r, finite and at least 0, in units of X. Below 1e-6 the difference of the
        codes loses digits.
    n_directions : int, default=1
        Directions u drawn for each row, at least 1. All radii share them, so the curve
        is smooth.
    random_state : int, RandomState instance or None, default=None
        Seed of the directions.

    Returns
    -------
    ratios : ndarray of shape (n_radii,)
        The mean ratio at each radius, at least 0, in float64.

    Raises
    ------
    TypeError
        If estimator is not one of our autoencoders.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If radii or n_directions is out of range, or X is not as transform takes it.

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
    X = check(estimator, X)
    radii = _check_radii(radii)
    if isinstance(n_directions, bool) or not isinstance(n_directions, Integral) or n_directions < 1:
        raise ValueError(
            f"n_directions={n_directions!r} must be an integer of at least 1; n_directions=1 is the default."
        )
    encoder, draws = Encoder(estimator, torch.float64), check_random_state(random_state)

    def ratios(x: Tensor) -> Tensor:
        drawn = draws.standard_normal((len(x) * n_directions, x.shape[1]))
        u = torch.nn.functional.normalize(_bridge.to_tensor(drawn, encoder.device), dim=-1)
        return (
            _ratios(encoder, x.repeat_interleave(n_directions, 0), u, radii)
            .unflatten(0, (len(x), -1))
            .mean(1)
        )

    return encoder.map(ratios, X, radii.shape, max(encoder.sizes) * int(n_directions)).mean(
        0, dtype=np.float64
    )


def saturation(estimator: Any, X: Any) -> np.ndarray:
    """Fraction of the code's logistic units that are saturated at each row.

    ``#{j : h_j < 0.05 or h_j > 0.95} / n_components``. A saturated unit barely moves
    with its input: its slope h (1 - h) is below 0.0475, whereas that of a unit at 1/2
    is 0.25. Contraction comes about largely by saturation.

    Parameters
    ----------
    estimator : ContractiveAutoencoder or DenoisingAutoencoder
        A fitted autoencoder with ``activation="logistic"``.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows to encode.

    Returns
    -------
    fraction : ndarray of shape (n_samples,)
        From 0 to 1, in the dtype of the fit.

    Raises
    ------
    TypeError
        If estimator is not one of our autoencoders.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If the activation is not logistic, or X is not as transform takes it.

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
    X = check(estimator, X)
    if estimator.activation != "logistic":
        raise ValueError(
            f"activation={estimator.activation!r} has no two ends to saturate at; saturation is that of "
            'activation="logistic". Use contraction, which any activation has.'
        )
    encoder = Encoder(estimator)

    def fraction(x: Tensor) -> Tensor:
        code = encoder.outputs(x)[-1]
        return ((code < SATURATED) | (code > 1 - SATURATED)).to(x.dtype).mean(-1)

    return encoder.map(fraction, X, (), max(encoder.sizes))


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
            f"radii={radii!r} must be a sequence of at least one finite number, none negative; use for instance "
            "np.linspace(0, 10, 21)."
        )
    return checked.astype(np.float64)


def _ratios(encoder: Encoder, x: Tensor, u: Tensor, radii: np.ndarray) -> Tensor:
    """``||f(x + r u) - f(x)|| / r`` of every row and radius, (rows, n_radii); the first layer's products serve all radii."""
    weight, bias = encoder.weights[0], encoder.biases[0]
    start, step = x @ weight.mT + bias, u @ weight.mT
    code = encoder.outputs_from(start)[-1]
    columns = []
    for radius in radii.tolist():
        if radius == 0:
            columns.append(jvp(encoder.weights, encoder.slopes(x), u).norm(dim=-1))
        else:
            columns.append(
                (encoder.outputs_from(start + radius * step)[-1] - code).norm(dim=-1) / radius
            )
    return torch.stack(columns, -1)
