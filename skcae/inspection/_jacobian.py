"""The Jacobian of the code at given rows, and its norm."""

from typing import Any

import numpy as np

from skcae._fitted import Model
from skcae._holders import carry_checked
from skcae.core.jacobian import matrix, squared_norm


def jacobian(estimator: Any, X: Any) -> np.ndarray:
    """Jacobian of the code at each row.

    Its entries are ``J_jk = dh_j / dx_k``, or ``s'(a_j) W_jk`` for one layer [1]_. The
    result has ``n_samples * n_components * n_features`` elements. If a norm or a
    spectrum is enough, use the other functions, which never hold all of them.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or other
        meta-estimator with one inside. The steps before it are applied to X first.
        A DenoisingAutoencoder is differentiated at the row itself, without corruption.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows at which to differentiate.

    Returns
    -------
    J : ndarray of shape (n_samples, n_components, n_features)
        Jacobian with respect to each row as it reaches the autoencoder, in the dtype of
        the fit.

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
    .. [1] S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011). Contractive
       auto-encoders: explicit invariance during feature extraction. ICML. Equation 1.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import jacobian
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> jacobian(cae, X[:5]).shape
    (5, 32, 64)
    """
    autoencoder, X = carry_checked(estimator, X)
    model = Model(autoencoder)
    n_features, *outputs = model.sizes
    return model.map(
        lambda x: matrix(model.weights, model.point(x).slopes),
        X,
        (outputs[-1], n_features),
        max(outputs) * n_features,
    )


def contraction(estimator: Any, X: Any) -> np.ndarray:
    """Squared Frobenius norm of the Jacobian at each row.

    ``||J||_F^2 = sum_jk (dh_j / dx_k)^2 = sum_i s_i^2`` is the term that the
    contractive autoencoder penalises [1]_. ``contraction_curve_`` holds its mean over
    the training rows in each epoch. For one layer it is ``sum_j s'(a_j)^2 ||W_j||^2``,
    and J is not formed.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or other
        meta-estimator with one inside. The steps before it are applied to X first.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows at which to differentiate.

    Returns
    -------
    norms : ndarray of shape (n_samples,)
        ``||J||_F^2`` of each row, at least 0, in the dtype of the fit: a sum over all
        entries of J, without a factor of 1/2 or alpha.

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
    .. [1] S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011). Contractive
       auto-encoders: explicit invariance during feature extraction. ICML. Equation 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import contraction
    >>> X = load_digits().data / 16
    >>> plain, cae = (
    ...     ContractiveAutoencoder(
    ...         32, alpha=alpha, max_iter=20, n_iter_no_change=None, random_state=0
    ...     ).fit(X)
    ...     for alpha in (0, 1)
    ... )
    >>> bool(np.all(contraction(cae, X) < contraction(plain, X)))
    True
    """
    autoencoder, X = carry_checked(estimator, X)
    model = Model(autoencoder)
    sizes = model.sizes
    widest = max(sizes) if len(sizes) == 2 else max(sizes[1:]) * min(sizes[:2])
    return model.map(lambda x: squared_norm(model.weights, model.point(x).slopes), X, (), widest)
