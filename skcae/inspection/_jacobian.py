"""The Jacobian of the code at given rows, and its norm."""

from typing import Any

import numpy as np

from skcae.core.jacobian import matrix, squared_norm
from skcae.inspection._rows import Encoder, check


def jacobian(estimator: Any, X: Any) -> np.ndarray:
    """Jacobian of the code at each row.

    ``J_jk = dh_j / dx_k``; for one layer ``J_jk = s'(a_j) W_jk``. The result has
    ``n_samples * n_components * n_features`` elements: where a norm or a spectrum is
    enough, the other functions give it without holding them all.

    Parameters
    ----------
    estimator : ContractiveAutoencoder or DenoisingAutoencoder
        A fitted autoencoder. The Jacobian is that at the row itself: nothing is
        corrupted.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows at which to differentiate.

    Returns
    -------
    J : ndarray of shape (n_samples, n_components, n_features)
        The Jacobians, in the dtype of the fit.

    Raises
    ------
    TypeError
        If estimator is not one of our autoencoders.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If X is not as transform takes it.

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
    X = check(estimator, X)
    encoder = Encoder(estimator)
    n_features, *outputs = encoder.sizes
    return encoder.map(
        lambda x: matrix(encoder.weights, encoder.slopes(x)),
        X,
        (outputs[-1], n_features),
        max(outputs) * n_features,
    )


def contraction(estimator: Any, X: Any) -> np.ndarray:
    """Squared Frobenius norm of the Jacobian at each row: the term that the contractive autoencoder penalises.

    ``||J||_F^2 = sum_jk (dh_j / dx_k)^2 = sum_i s_i^2``; for one layer
    ``sum_j s'(a_j)^2 ||W_j||^2``, so that J is not formed. Its mean over the training
    rows is what ``contraction_curve_`` follows.

    Parameters
    ----------
    estimator : ContractiveAutoencoder or DenoisingAutoencoder
        A fitted autoencoder.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows at which to differentiate.

    Returns
    -------
    norms : ndarray of shape (n_samples,)
        ``||J||_F^2`` of each row, at least 0, in the dtype of the fit. Not a mean, no
        factor of 1/2, not multiplied by alpha.

    Raises
    ------
    TypeError
        If estimator is not one of our autoencoders.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If X is not as transform takes it.

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
    X = check(estimator, X)
    encoder = Encoder(estimator)
    sizes = encoder.sizes
    widest = max(sizes) if len(sizes) == 2 else max(sizes[1:]) * min(sizes[:2])
    return encoder.map(lambda x: squared_norm(encoder.weights, encoder.slopes(x)), X, (), widest)
