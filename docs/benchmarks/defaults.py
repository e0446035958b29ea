"""How good are the defaults? The objective they reach, beside the best that trying by hand finds.

Run ``python docs/benchmarks/defaults.py --data mnist.npz``. By hand: peak rates from twice to a quarter of the default's, three
sizes of batches, and three times its epochs, with the same seed; of MNIST fewer, with twice its epochs.
"""

import warnings
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from _common import mnist, parser, save
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from skcae import ContractiveAutoencoder, _validation
from skcae.core.model import Architecture
from skcae.inspection import contraction

BY_HAND = [(2.0, "auto"), (1.0, "auto"), (0.5, "auto"), (0.25, "auto"), (1.0, 25), (1.0, 100), (1.0, 200)]
"""Factors of the default's peak rate, and sizes of batches."""
BY_HAND_ON_MNIST = BY_HAND[1:3]
CROSS_ENTROPY = {"loss": "cross_entropy"}


def standardised(load: Callable, scale: float = 1.0) -> np.ndarray:
    return (StandardScaler().fit_transform(load().data) * scale).astype(np.float32)


def digits(scale: float) -> np.ndarray:
    return (load_digits().data * scale).astype(np.float32)


def words() -> sparse.csr_array:
    """Made documents over 2000 words, a few topics in each, weighted and normalised as text is."""
    random = np.random.RandomState(0)
    topics, mixture = random.dirichlet(np.full(2000, 0.02), 20), random.dirichlet(np.full(20, 0.1), 2000)
    counts = np.log1p(random.poisson(80 * (mixture @ topics)))
    lengths = np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)
    return sparse.csr_array(counts / lengths, dtype=np.float32)


SMALL: dict[str, tuple[Callable[[], Any], dict]] = {
    "wine, 5 units": (partial(standardised, load_wine), {"n_components": 5}),
    "wine, 32 units": (partial(standardised, load_wine), {"n_components": 32}),
    "breast cancer, 10 units": (partial(standardised, load_breast_cancer), {"n_components": 10}),
    "breast cancer, 64 units": (partial(standardised, load_breast_cancer), {"n_components": 64}),
    "digits in [0, 1], 32 units": (partial(digits, 1 / 16), {"n_components": 32, **CROSS_ENTROPY}),
    "digits in [0, 1], 128 units": (partial(digits, 1 / 16), {"n_components": 128, **CROSS_ENTROPY}),
    "digits, 64 units": (partial(standardised, load_digits), {"n_components": 64}),
    "digits, 64 relu units": (partial(standardised, load_digits), {"n_components": 64, "activation": "relu"}),
    "digits, 256 and 32 units": (partial(standardised, load_digits), {"n_components": 32, "hidden_layer_sizes": (256,)}),
    "digits in [0, 1], 256 and 32 units": (
        partial(digits, 1 / 16),
        {"n_components": 32, "hidden_layer_sizes": (256,), **CROSS_ENTROPY},
    ),
    "words, 64 units": (words, {"n_components": 64}),
    "unscaled pixels": (partial(digits, 255 / 16), {"n_components": 32}),
    "digits times 1e-6": (partial(standardised, load_digits, 1e-6), {"n_components": 32}),
    "digits times 1e6": (partial(standardised, load_digits, 1e6), {"n_components": 32}),
}
MNIST: dict[str, tuple[Callable[[np.ndarray], np.ndarray], dict]] = {
    "MNIST, alpha 0.1": (lambda X: X, {"n_components": 256, **CROSS_ENTROPY}),
    "MNIST, alpha 1": (lambda X: X, {"n_components": 256, "alpha": 1.0, **CROSS_ENTROPY}),
    "MNIST standardised, alpha 0.1": (lambda X: StandardScaler().fit_transform(X).astype(np.float32), {"n_components": 256}),
}


def fitted(X: Any, **parameters: Any) -> dict:
    """The objective reached over the whole of X, and what it took."""
    cae = ContractiveAutoencoder(random_state=0, **parameters)
    try:
        cae.fit(X)
    except ValueError:
        return {"objective": np.inf}
    some = X[:1000] if cae.hidden_layer_sizes else X
    objective = -cae.score(X) + cae.alpha * float(contraction(cae, some).mean())
    return {
        "objective": objective,
        "rate": cae.learning_rate_,
        "epochs": cae.n_iter_,
        "batch": cae.batch_size,
    }


def default_rate(X: Any, parameters: dict) -> float:
    """The peak rate that ``learning_rate_init="auto"`` stands for."""
    cae = ContractiveAutoencoder(**parameters)
    return _validation.learning_rate(cae, cae._objective(Architecture(_validation.layer_sizes(cae, X.shape[1]))))


def compare(name: str, X: Any, parameters: dict, by_hand: list[tuple], longer: int, max_iter: int) -> dict:
    """Defaults, and the best by hand."""
    default, auto = fitted(X, max_iter=max_iter, **parameters), default_rate(X, parameters)
    tries = [
        fitted(X, learning_rate_init=auto * factor, batch_size=size, max_iter=max_iter * longer, **parameters)
        for factor, size in by_hand
    ]
    best = min([default, *tries], key=lambda one: one["objective"])
    variation = float(np.var(X.toarray() if sparse.issparse(X) else X, axis=0, dtype=np.float64).sum())
    return {
        "problem": name,
        "defaults": f"{default['objective']:.4g}",
        "best by hand": f"{best['objective']:.4g}",
        "excess in %": round(100 * (default["objective"] / best["objective"] - 1), 1),
        "excess in % of the variance": round(100 * (default["objective"] - best["objective"]) / variation, 2),
        "best epochs": best.get("epochs"),
        "best rate over default": round(best.get("rate", np.nan) / auto, 2),
        "best batch": best.get("batch"),
    }


def main(arguments: Namespace) -> None:
    """All problems; the pixels of MNIST only if ``--without-mnist`` is not given."""
    small, max_iter = (list(SMALL)[:2], 2) if arguments.quick else (list(SMALL), 200)
    rows = [compare(name, SMALL[name][0](), SMALL[name][1], BY_HAND, 3, max_iter) for name in small]
    if not arguments.without_mnist:
        X = mnist(arguments)[0][:10000]
        rows += [
            compare(name, scale(X), parameters, BY_HAND_ON_MNIST, 2, max_iter) for name, (scale, parameters) in MNIST.items()
        ]
    save("defaults", rows, arguments)


if __name__ == "__main__":
    options = parser(__doc__.splitlines()[0], data=True)
    options.add_argument("--without-mnist", action="store_true", help="the small problems alone")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        main(options.parse_args())
