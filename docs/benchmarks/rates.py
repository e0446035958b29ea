"""Is ``learning_rate_init="auto"`` a good rate? Beside the best of some rates, on the training rows.

Run ``python docs/benchmarks/rates.py``; it takes half an hour of one core. Four
activations and up to two hidden layers on every set, 16 units at most. The best of the
rates by hand is chosen by the mean objective of four seeds, and set beside "auto" by
four others: the lowest of several noisy numbers would be too low. With four more seeds
it is set beside itself, which shows what seeds alone change.
"""

import warnings
from argparse import Namespace
from collections import defaultdict
from itertools import product
from typing import Any

import numpy as np
from _common import parser, save
from defaults import digits, standardised
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
    make_classification,
)
from sklearn.preprocessing import StandardScaler

from skcae import ContractiveAutoencoder
from skcae.inspection import contraction
from skcae.model_selection import JointGridSearchCV

RATES = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
ACTIVATIONS = ("logistic", "tanh", "relu", "softplus")
HIDDEN: tuple[tuple[int, ...], ...] = ((), (32,), (32, 32))
N_SEEDS = 4
"""To choose a rate, as many to compare, and as many for a repeat."""


def sets() -> dict[str, np.ndarray]:
    """Rows of few and of many features, in [0, 1] and standardised."""
    drawn = make_classification(1000, 50, n_informative=30, n_redundant=10, random_state=42)[0]
    return {
        "iris": standardised(load_iris),
        "wine": standardised(load_wine),
        "diabetes": standardised(load_diabetes),
        "breast cancer": standardised(load_breast_cancer),
        "digits in [0, 1]": digits(1 / 16),
        "digits": standardised(load_digits),
        "make_classification": StandardScaler().fit_transform(drawn).astype(np.float32),
    }


def objective(cae: ContractiveAutoencoder, X: np.ndarray, y: None = None) -> float:
    """What a fit minimises, with the sign of a score."""
    return cae.score(X) - cae.alpha * float(contraction(cae, X).mean())


def reached(X: np.ndarray, **parameters: Any) -> dict[float | str, np.ndarray]:
    """The objective at every rate, a value per seed."""
    cae = ContractiveAutoencoder(min(16, X.shape[1]), **parameters)
    grid = {"learning_rate_init": ["auto", *RATES], "random_state": list(range(3 * N_SEEDS))}
    every = [(np.arange(len(X)),) * 2]
    search = JointGridSearchCV(cae, grid, scoring=objective, cv=every, refit=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        search.fit(X)
    found = defaultdict(list)
    results = search.cv_results_
    for candidate, score in zip(results["params"], results["mean_test_score"], strict=True):
        found[candidate["learning_rate_init"]].append(-score)
    return {rate: np.array(values) for rate, values in found.items()}


def compare(name: str, X: np.ndarray, **parameters: Any) -> dict[str, Any]:
    """The means over seeds that did not choose the rate; both sides of a comparison have their own."""
    found = reached(X, **parameters)
    best = min(RATES, key=lambda rate: found[rate][:N_SEEDS].mean())
    first, second = slice(N_SEEDS, 2 * N_SEEDS), slice(2 * N_SEEDS, None)
    auto, by_hand, again = found["auto"][second], found[best][first], found[best][second]
    spread = np.sqrt(sum(values.var(ddof=1) / N_SEEDS for values in (auto, by_hand)))
    return {
        "set": name,
        "activation": parameters["activation"],
        "hidden layers": len(parameters["hidden_layer_sizes"]),
        "auto": f"{auto.mean():.4g}",
        "by hand": f"{by_hand.mean():.4g}",
        "rate by hand": best,
        "excess in %": round(100 * (auto.mean() / by_hand.mean() - 1), 1),
        "by hand again in %": round(100 * (again.mean() / by_hand.mean() - 1), 1),
        "standard error": round(100 * spread / by_hand.mean(), 1),
        "of the variance": round(100 * (auto.mean() - by_hand.mean()) / X.var(axis=0).sum(), 2),
    }


def main() -> None:
    """All sets, activations and depths."""
    arguments: Namespace = parser(__doc__.splitlines()[0]).parse_args()
    found, few = sets(), {"max_iter": 2} if arguments.quick else {}
    if arguments.quick:
        found = {"iris": found["iris"]}
    rows = [
        compare(name, X, activation=activation, hidden_layer_sizes=hidden, **few)
        for (name, X), activation, hidden in product(found.items(), ACTIVATIONS, HIDDEN)
    ]
    save("rates", rows, arguments)


if __name__ == "__main__":
    main()
