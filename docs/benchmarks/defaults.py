"""How good are the defaults? The objective they reach, beside the best that trying by hand finds.

Run ``python docs/benchmarks/defaults.py --data mnist.npz``; it takes about an hour of
one core, and ``--jobs 2`` fits two at a time. By hand: peak rates from twice to a
quarter of the default's and three sizes of batches, in as many epochs and in three
times as many; all by the median over three seeds. Of MNIST fewer, in twice the epochs,
with one seed.
"""

import warnings
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from _common import mnist, parser, save, side_by_side
from joblib import delayed
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.preprocessing import StandardScaler

from skcae import ContractiveAutoencoder
from skcae.inspection import contraction

BY_HAND = [
    (1.0, "auto"),
    (2.0, "auto"),
    (0.5, "auto"),
    (0.25, "auto"),
    (1.0, 25),
    (1.0, 100),
    (1.0, 200),
]
"""Factors of the default's peak rate, and sizes of batches; the first are the defaults."""
BY_HAND_ON_MNIST = BY_HAND[:3]
CROSS_ENTROPY = {"loss": "cross_entropy"}


def standardised(load: Callable, scale: float = 1.0) -> np.ndarray:
    return (StandardScaler().fit_transform(load().data) * scale).astype(np.float32)


def digits(scale: float) -> np.ndarray:
    return (load_digits().data * scale).astype(np.float32)


def words() -> sparse.csr_array:
    """Synthetic documents over 2000 words, a few topics in each, weighted and normalised as text is."""
    random = np.random.RandomState(0)
    topics, mixture = (
        random.dirichlet(np.full(2000, 0.02), 20),
        random.dirichlet(np.full(20, 0.1), 2000),
    )
    counts = np.log1p(random.poisson(80 * (mixture @ topics)))
    lengths = np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)
    return sparse.csr_array(counts / lengths, dtype=np.float32)


SMALL: dict[str, tuple[Callable[[], Any], dict]] = {
    "wine, 5 units": (partial(standardised, load_wine), {"n_components": 5}),
    "wine, 32 units": (partial(standardised, load_wine), {"n_components": 32}),
    "breast cancer, 10 units": (partial(standardised, load_breast_cancer), {"n_components": 10}),
    "breast cancer, 64 units": (partial(standardised, load_breast_cancer), {"n_components": 64}),
    "digits in [0, 1], 32 units": (partial(digits, 1 / 16), {"n_components": 32, **CROSS_ENTROPY}),
    "digits in [0, 1], 128 units": (
        partial(digits, 1 / 16),
        {"n_components": 128, **CROSS_ENTROPY},
    ),
    "digits, 64 units": (partial(standardised, load_digits), {"n_components": 64}),
    "digits, 64 relu units": (
        partial(standardised, load_digits),
        {"n_components": 64, "activation": "relu"},
    ),
    "digits, 256 and 32 units": (
        partial(standardised, load_digits),
        {"n_components": 32, "hidden_layer_sizes": (256,)},
    ),
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
    "MNIST standardised, alpha 0.1": (
        lambda X: StandardScaler().fit_transform(X).astype(np.float32),
        {"n_components": 256},
    ),
}


def default_rate(X: Any, **parameters: Any) -> float:
    """The peak rate that ``learning_rate_init="auto"`` stands for."""
    return ContractiveAutoencoder(**parameters)._training(X, None).schedule.learning_rate


def fitted(X: Any, **parameters: Any) -> float:
    """The objective reached over the whole of X; infinite where it diverged."""
    cae = ContractiveAutoencoder(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            cae.fit(X)
        except ValueError:
            return np.inf
    some = X[:1000] if cae.hidden_layer_sizes else X
    return -cae.score(X) + cae.alpha * float(contraction(cae, some).mean())


def compare(
    name: str,
    X: Any,
    parameters: dict,
    by_hand: list[tuple],
    longer: int,
    seeds: range,
    arguments: Namespace,
) -> dict:
    """Defaults, the best by hand in as many epochs, and the best in more."""
    few = 2 if arguments.quick else 200
    auto = default_rate(X, max_iter=few, **parameters)
    tries = [(epochs, *knobs) for epochs in (few, longer * few) for knobs in by_hand]
    fits = [
        delayed(fitted)(
            X,
            max_iter=epochs,
            learning_rate_init=auto * factor,
            batch_size=size,
            random_state=seed,
            **parameters,
        )
        for epochs, factor, size in tries
        for seed in seeds
    ]
    reached = np.reshape(side_by_side(fits, arguments), (len(tries), len(seeds)))
    objectives = dict(zip(tries, np.median(reached, axis=1).tolist(), strict=True))
    default, best = objectives[tries[0]], min(objectives, key=objectives.get)
    alike = min((tried for tried in tries if tried[0] == few), key=objectives.get)
    variation = float(
        np.var(X.toarray() if sparse.issparse(X) else X, axis=0, dtype=np.float64).sum()
    )
    return {
        "problem": name,
        "defaults": f"{default:.4g}",
        "best by hand": f"{objectives[alike]:.4g}",
        "found by": f"rate x {alike[1]:g}" if alike[2] == "auto" else f"batches of {alike[2]}",
        "excess in %": round(100 * (default / objectives[alike] - 1), 1),
        "over more epochs": round(100 * (default / objectives[best] - 1), 1),
        "of the variance": round(100 * (default - objectives[best]) / variation, 2),
    }


def main() -> None:
    """All problems; the pixels of MNIST only if ``--without-mnist`` is not given."""
    options = parser(__doc__.splitlines()[0], data=True, jobs=True)
    options.add_argument("--without-mnist", action="store_true", help="the small problems alone")
    arguments = options.parse_args()
    small = list(SMALL.items())[: 2 if arguments.quick else None]
    rows = [
        compare(name, load(), parameters, BY_HAND, 3, range(3), arguments)
        for name, (load, parameters) in small
    ]
    if not arguments.without_mnist:
        X = mnist(arguments)[0][:10000]
        rows += [
            compare(name, scale(X), parameters, BY_HAND_ON_MNIST, 2, range(1), arguments)
            for name, (scale, parameters) in MNIST.items()
        ]
    save("defaults", rows, arguments)


if __name__ == "__main__":
    main()
