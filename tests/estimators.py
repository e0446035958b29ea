"""Small estimators, rows to fit them to, and their formulas, written again in numpy."""

import numpy as np
import pytest
from scipy.special import expit, xlogy
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder, DenoisingAutoencoder

X = load_digits().data[:80, 16:40] / 16
N, D = X.shape
both = pytest.mark.parametrize("Estimator", [ContractiveAutoencoder, DenoisingAutoencoder])
short_fits = pytest.mark.filterwarnings(
    "ignore:.*Not converged after max_iter:sklearn.exceptions.ConvergenceWarning",
    "ignore:.*by their mean:sklearn.exceptions.ConvergenceWarning",
    "ignore:.*by the frequencies of the classes:sklearn.exceptions.ConvergenceWarning",
)
"""The mark of tests whose fits end after a few epochs."""
collapsing = pytest.mark.filterwarnings("ignore:.*The code has collapsed:UserWarning")
"""The mark of tests of fits whose rows, alpha or few epochs leave no code that varies."""
saturating = pytest.mark.filterwarnings("ignore:.*The code has saturated:UserWarning")
"""The mark of tests of rows that are not scaled."""
diverging = pytest.mark.filterwarnings(
    "ignore:.*The objective diverged with:sklearn.exceptions.ConvergenceWarning"
)
"""The mark of tests of fits that begin at too high a rate."""
any_fit = [short_fits, collapsing, saturating, diverging]
"""The marks of tests of rows and parameters that are drawn."""
unnamed = pytest.mark.filterwarnings(
    "ignore:X (has|does not have valid) feature names:UserWarning:sklearn"
)
"""The mark of tests that give rows with names where there were none, or the other way."""
FORWARD = {
    "logistic": expit,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "identity": lambda z: z,
    "softplus": lambda z: np.logaddexp(0, z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "leaky_relu": lambda z: np.where(z > 0, z, z / 100),
}
SLOPE = {
    "logistic": lambda z: expit(z) * (1 - expit(z)),
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "relu": lambda z: (z > 0).astype(float),
    "identity": np.ones_like,
    "softplus": expit,
    "elu": lambda z: np.exp(np.minimum(z, 0)),
    "leaky_relu": lambda z: np.where(z > 0, 1, 0.01),
}


def make(Estimator, **params):
    return Estimator(
        **{"n_components": 6, "max_iter": 4, "batch_size": 20, "random_state": 0, **params}
    )


def steady(Estimator, **params):
    """An estimator whose epochs do not depend on how many there are to be."""
    fixed = {"learning_rate": "constant", "learning_rate_init": 0.01, "n_iter_no_change": None}
    return make(Estimator, **{**fixed, **params})


def still(Estimator, **params):
    """An estimator that keeps its initial parameters, so that its curves are theirs."""
    return make(Estimator, **{"learning_rate_init": 1e-30, "max_iter": 1, **params})


def encoder_layers(estimator):
    """Weights, biases and the name of the activation of every encoder layer."""
    depth = len(estimator.coefs_) // 2
    hidden = [estimator.activation] * (depth - 1)
    names = [*hidden, estimator.code_activation or estimator.activation]
    return zip(estimator.coefs_[:depth], estimator.intercepts_[:depth], names, strict=True)


def encode(estimator, X):
    for coef, intercept, name in encoder_layers(estimator):
        X = FORWARD[name](X @ coef + intercept)
    return X


def decode(estimator, codes):
    *hidden, (coef, intercept) = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))[
        len(estimator.coefs_) // 2 :
    ]
    for hidden_coef, hidden_intercept in hidden:
        codes = FORWARD[estimator.activation](codes @ hidden_coef + hidden_intercept)
    output = codes @ coef + intercept
    return output if estimator.loss == "squared_error" else expit(output)


def losses(estimator, X, R):
    """L(x, r) of every row, summed over features."""
    if estimator.loss == "squared_error":
        return ((X - R) ** 2).sum(1)
    return -(xlogy(X, R) + xlogy(1 - X, 1 - R)).sum(1)


def contractions(estimator, X):
    """||dh/dx||_F^2 of every row, from Jacobians that are formed."""
    jacobians = np.broadcast_to(np.eye(X.shape[1]), (len(X), X.shape[1], X.shape[1]))
    for coef, intercept, name in encoder_layers(estimator):
        Z = X @ coef + intercept
        jacobians = SLOPE[name](Z)[:, :, None] * (coef.T @ jacobians)
        X = FORWARD[name](Z)
    return (jacobians**2).sum((1, 2))


def assert_same_fit(one, other):
    """Bit-identical parameters."""
    for mine, theirs in zip(
        one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True
    ):
        np.testing.assert_array_equal(mine, theirs, strict=True)


def assert_close_fit(one, other):
    for mine, theirs in zip(
        one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-10)
