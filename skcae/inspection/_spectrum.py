"""Singular values and vectors of the Jacobian at given rows, and its dimension.

With h = f(x) the code, J(x) = dh/dx is (n_components, n_features) and has the singular
values ``s_1 >= s_2 >= ...``. For one layer ``J = D W``, with D the diagonal of the
activation's slopes and W ``components_``; for more layers J is a product of such
factors. All rows share W: with ``W^T = Q R`` from one QR decomposition, J has the
singular values of the smaller ``D R^T``. Its rows of saturated or inactive units are
negligible and left out, which saves most of the work.
"""

from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skcae._fitted import Model
from skcae._holders import carry_checked
from skcae.core.jacobian import matrix

GRAM_RANGE = {"float64": 1e-5, "float32": 0.0}
"""Fraction of s_1 above which singular values from a float64 Gram matrix are exact
enough for the dtype."""
NEGLIGIBLE = {"float64": 1e-12, "float32": 1e-9}
"""A row of J shorter than this fraction of the longest changes singular values by less
than this fraction of s_1."""


def singular_values(estimator: Any, X: Any, k: int | None = None) -> np.ndarray:
    """Singular values of the Jacobian at each row, largest first.

    With ``J = U diag(s) V^T``, a small step from x along the i-th column of V moves the
    code s_i times as far. With strong contraction few s_i are large, along the
    directions in which the data vary [1]_.

    The values are computed in float64, to within 1e-10 s_1, or to within the resolution
    of float32 for float32 fits. Much smaller values are 0. The cost is one small
    eigenvalue problem per row, whose size falls with the number of saturated units.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or other
        meta-estimator with one inside. The steps before it are applied to X first.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows at which to differentiate.
    k : int, default=None
        Number of the largest singular values to return, from 1 to
        ``min(n_components, n_features)``. None returns all.

    Returns
    -------
    s : ndarray of shape (n_samples, k)
        Singular values in decreasing order, at least 0, in the dtype of the fit.

    Raises
    ------
    TypeError
        If estimator neither is nor holds an autoencoder of this package.
    sklearn.exceptions.NotFittedError
        If the autoencoder, or the estimator that holds it, is not fitted.
    ValueError
        If k is out of range, or X is not valid input for estimator.

    References
    ----------
    .. [1] S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011). Contractive
       auto-encoders: explicit invariance during feature extraction. ICML. Figure 2.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import singular_values
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> singular_values(cae, X[:100], k=10).shape
    (100, 10)
    """
    autoencoder, X = carry_checked(estimator, X)
    model = Model(autoencoder, dtype=torch.float64)
    n_values = _n_values(model) if k is None else _check_k(model, k)
    weights, _ = _reduced(model)
    floor, negligible = GRAM_RANGE[X.dtype.name], NEGLIGIBLE[X.dtype.name]

    def leading(x: Tensor) -> Tensor:
        return _spectrum(_live(matrix(weights, model.point(x).slopes), negligible), n_values, floor)

    return model.map(leading, X, (n_values,), _spectral_width(weights))


def tangents(estimator: Any, X: Any, k: int) -> np.ndarray:
    """Directions in input space that the code follows most at each row.

    With ``J = U diag(s) V^T``, the tangents are the first k columns of V, the leading
    right singular vectors of the Jacobian. If the data lie near a manifold, a
    contractive code varies along it alone, and the tangents span the estimated tangent
    space of the manifold [1]_. An image that is moved along a tangent is slightly
    deformed. Tangents are computed in float64.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or other
        meta-estimator with one inside. The steps before it are applied to X first.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows at which to differentiate.
    k : int
        Number of tangents, from 1 to ``min(n_components, n_features)``.

    Returns
    -------
    V : ndarray of shape (n_samples, k, n_features)
        Orthonormal rows in order of decreasing singular value, in the dtype of the fit.
        The entry of largest magnitude of each is positive. Tangents of equal singular
        values are determined up to a rotation. The features are those that reach the
        autoencoder.

    Raises
    ------
    TypeError
        If estimator neither is nor holds an autoencoder of this package.
    sklearn.exceptions.NotFittedError
        If the autoencoder, or the estimator that holds it, is not fitted.
    ValueError
        If k is out of range, or X is not valid input for estimator.

    References
    ----------
    .. [1] S. Rifai, Y. N. Dauphin, P. Vincent, Y. Bengio, X. Muller (2011). The
       manifold tangent classifier. NIPS. Section 3.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import tangents
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> tangents(cae, X[:3], k=4).shape
    (3, 4, 64)
    """
    autoencoder, X = carry_checked(estimator, X)
    model = Model(autoencoder, dtype=torch.float64)
    n_tangents = _check_k(model, k)
    weights, basis = _reduced(model)

    def leading(x: Tensor) -> Tensor:
        J = _live(
            matrix(weights, model.point(x).slopes), NEGLIGIBLE["float64"], at_least=n_tangents
        )
        rows = torch.linalg.svd(J, full_matrices=False).Vh[:, :n_tangents]
        rows = rows if basis is None else rows @ basis.mT
        return rows * torch.where(rows.amax(-1) >= -rows.amin(-1), 1.0, -1.0).to(rows).unsqueeze(-1)

    widest = max(_spectral_width(weights), n_tangents * model.sizes[0])
    return model.map(leading, X, (n_tangents, model.sizes[0]), widest)


def local_dimension(estimator: Any, X: Any) -> np.ndarray:
    """Number of directions that the code follows at each row.

    The dimension is the participation ratio of the squared singular values [1]_,
    ``(sum_i s_i^2)^2 / sum_i s_i^4 = ||J||_F^4 / ||J J^T||_F^2``. It is k if k singular
    values are equal and the others zero, and in general lies between 1 and the rank of
    J. Unlike a count of the values that make up some fraction of ``||J||_F^2``, it
    needs no threshold. Tiny singular values hardly change it, although each adds 1 to
    the rank. It does not depend on scale: J and c J have the same dimension.

    For one layer no decomposition is needed. With ``p_j = s'(a_j)^2`` and
    ``G = W W^T``, the dimension is ``(sum_j p_j G_jj)^2 / sum_ij p_i G_ij^2 p_j``. It
    is computed in float64.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or other
        meta-estimator with one inside. The steps before it are applied to X first.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows at which to differentiate.

    Returns
    -------
    dimension : ndarray of shape (n_samples,)
        Dimension of each row, from 1 to ``min(n_components, n_features)``, not rounded,
        in the dtype of the fit. It is 0 if J is zero.

    Raises
    ------
    TypeError
        If estimator neither is nor holds an autoencoder of this package.
    sklearn.exceptions.NotFittedError
        If the autoencoder, or the estimator that holds it, is not fitted.
    ValueError
        If X is not valid input for estimator.

    References
    ----------
    .. [1] P. Gao, E. Trautmann, B. Yu, G. Santhanam, S. Ryu, K. Shenoy, S. Ganguli
       (2017). A theory of multineuronal dimensionality, dynamics and measurement.
       bioRxiv 214262. It defines the participation ratio of a covariance.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import local_dimension
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> dimension = local_dimension(cae, X)
    >>> bool(dimension.min() >= 1), bool(dimension.max() <= 32)
    (True, True)
    """
    autoencoder, X = carry_checked(estimator, X)
    model = Model(autoencoder, dtype=torch.float64)
    if len(model.weights) == 1:
        (weight,) = model.weights
        gram = weight @ weight.mT
        return model.map(
            lambda x: _one_layer_participation(model.point(x).slopes[0], gram),
            X,
            (),
            max(model.sizes),
        )
    weights, _ = _reduced(model)
    return model.map(
        lambda x: _participation(matrix(weights, model.point(x).slopes)),
        X,
        (),
        _spectral_width(weights),
    )


def _check_k(model: Model, k: int | None) -> int:
    highest = _n_values(model)
    if isinstance(k, bool) or not isinstance(k, Integral) or not 1 <= k <= highest:
        raise ValueError(
            f"k={k!r} must be an integer from 1 to min(n_components, n_features), which is "
            f"{highest} here; use k={highest} for all."
        )
    return int(k)


def _n_values(model: Model) -> int:
    return min(model.sizes[0], model.sizes[-1])


def _reduced(model: Model) -> tuple[list[Tensor], Tensor | None]:
    """Weights of an encoder with fewer inputs and the same singular values, and Q.

    With ``W_1^T = Q R``, ``J = A W_1 = (A R^T) Q^T``: Q maps rows back to the features.
    This pays if the first layer is narrower than the input. If the code is wider than
    the first layer, ``A R^T`` would lack some of the zero singular values.
    """
    n_features, n_first, n_components = *model.sizes[:2], model.sizes[-1]
    if n_first >= n_features or n_components > n_first:
        return model.weights, None
    basis, triangle = torch.linalg.qr(model.weights[0].mT)
    return [triangle.mT, *model.weights[1:]], basis


def _spectral_width(weights: list[Tensor]) -> int:
    """Number of elements per row of the largest product that leads to the Jacobian."""
    return max(weight.shape[0] for weight in weights) * weights[0].shape[1]


def _small_gram(J: Tensor) -> Tensor:
    """The smaller of ``J J^T`` and ``J^T J`` of every row."""
    return J @ J.mT if J.shape[-2] <= J.shape[-1] else J.mT @ J


def _live(J: Tensor, negligible: float, at_least: int = 1) -> Tensor:
    """The longest rows of every J, as many as count in the J that has the most."""
    norms = J.norm(dim=-1)
    n_live = (norms > negligible * norms.amax(-1, keepdim=True)).sum(-1).max().clamp_min(at_least)
    longest = norms.topk(int(n_live), -1).indices
    return J.gather(-2, longest.unsqueeze(-1).expand(-1, -1, J.shape[-1]))


def _spectrum(J: Tensor, k: int, floor: float) -> Tensor:
    """The k largest singular values of every row's J, padded with zeros.

    They come from the Gram matrix, at half the cost of a decomposition of J. Squaring
    gives s_i an error of ``eps s_1^2 / s_i``, so a J whose last value is below
    ``floor s_1`` is decomposed itself.
    """
    values = torch.linalg.eigvalsh(_small_gram(J)).flip(-1)[:, :k].clamp_min(0).sqrt()
    wide = values[:, -1] < floor * values[:, 0]
    if wide.any():
        values[wide] = torch.linalg.svdvals(J[wide])[:, :k]
    return torch.nn.functional.pad(values, (0, k - values.shape[-1]))


def _participation(J: Tensor) -> Tensor:
    """``||J||_F^4 / ||J J^T||_F^2`` of every row, 0 if J is 0."""
    return _ratio_or_zero(J.square().sum((-2, -1)).square(), _small_gram(J).square().sum((-2, -1)))


def _one_layer_participation(slope: Tensor, gram: Tensor) -> Tensor:
    """The participation ratio from the slopes and ``W W^T``."""
    p = slope.square()
    return _ratio_or_zero((p @ gram.diagonal()).square(), ((p @ gram.square()) * p).sum(-1))


def _ratio_or_zero(numerator: Tensor, denominator: Tensor) -> Tensor:
    return (numerator / denominator).where(denominator > 0, 0)
