"""What else was tried as a default: the objective that each change of one thing ends at, over that of the defaults.

Run ``python docs/benchmarks/tried.py --data mnist.npz``. Same seed and 200 epochs for
all. What has a parameter is changed by it, the rest inside of the package.
"""

import warnings
from argparse import Namespace
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from _common import mnist, parser, save
from defaults import CROSS_ENTROPY, default_rate, digits, standardised
from scipy.optimize import minimize
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning

from skcae import ContractiveAutoencoder
from skcae.core import monitor, solvers
from skcae.core.model import Architecture
from skcae.inspection import contraction


def problems(arguments: Namespace) -> dict[str, tuple[np.ndarray, dict]]:
    """Small ones, with weak and strong contraction, both losses, and one deep encoder."""
    scaled, pixels = standardised(load_digits), digits(1 / 16)
    deep = {"n_components": 16, "hidden_layer_sizes": (64,)}
    found = {
        "wine, 32": (standardised(load_wine), {"n_components": 32}),
        "digits, 64": (scaled, {"n_components": 64}),
        "digits, 64, alpha 1": (scaled, {"n_components": 64, "alpha": 1.0}),
        "digits in [0, 1], 32": (pixels, {"n_components": 32, **CROSS_ENTROPY}),
        "digits in [0, 1], 64 and 16": (pixels, deep | CROSS_ENTROPY),
        "MNIST, 2000 rows, 64": (mnist(arguments)[0][:2000], {"n_components": 64, **CROSS_ENTROPY}),
    }
    return (
        {name: (X[:200], parameters) for name, (X, parameters) in found.items()}
        if arguments.quick
        else found
    )


def initial(change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """Other initial weights: the change of the flat buffer, whose biases are zero."""
    glorot = Architecture.initialise
    return patch.object(
        Architecture, "initialise", lambda self, *given: change(glorot(self, *given))
    )


def adam(**parameters: float) -> Any:
    changed = partial(solvers.Adam, **parameters)
    changed.parameters = solvers.Adam.parameters  # type: ignore[attr-defined]
    return patch.dict(solvers.SOLVERS, adam=changed)


NOTHING = nullcontext()
CONSTANT = {"learning_rate": "constant", "learning_rate_init": 0.001}
TRIED: dict[str, tuple[Any, dict]] = {
    "defaults": (NOTHING, {}),
    "constant rate of 0.001": (NOTHING, CONSTANT),
    "constant rate of 0.001, batches of 200": (NOTHING, CONSTANT | {"batch_size": 200}),
    "a quarter of the peak rate": (NOTHING, {"peak": 0.25}),
    "half the peak rate": (NOTHING, {"peak": 0.5}),
    "twice the peak rate": (NOTHING, {"peak": 2.0}),
    "no warm-up": (
        patch.dict(solvers.RATES, cosine=partial(solvers.RATES["cosine"], warm_up=0)),
        {},
    ),
    "beta_2 = 0.999": (adam(beta_2=0.999), {}),
    "batches of 25": (NOTHING, {"batch_size": 25}),
    "batches of 100": (NOTHING, {"batch_size": 100}),
    "batches of 200": (NOTHING, {"batch_size": 200}),
    "initial weights of a tenth": (initial(lambda flat: flat / 10), {}),
    "initial weights of four times the size": (initial(lambda flat: flat * 4), {}),
    "epochs undone that rise by 5 %": (
        patch.object(monitor, "RISE", monitor.RISE._replace(limit=1.05)),
        {},
    ),
}
"""What stays patched during a fit, and parameters; "peak" is a factor of the default's peak rate."""


def fitted(
    X: np.ndarray, context: Any = NOTHING, peak: float = 1.0, **parameters: Any
) -> tuple[float, float]:
    """The objective reached, infinite if it diverged, and the seconds that it took."""
    if peak != 1:
        parameters["learning_rate_init"] = peak * default_rate(X, **parameters)
    cae = ContractiveAutoencoder(random_state=0, **parameters)
    start = perf_counter()
    try:
        with context:
            cae.fit(X)
    except ValueError:
        return np.inf, perf_counter() - start
    taken = perf_counter() - start
    return -cae.score(X) + cae.alpha * float(contraction(cae, X).mean()), taken


def quasi_newton(X: np.ndarray, limit: float, **parameters: Any) -> tuple[float, float]:
    """L-BFGS in float64 on all rows at once, from the same initial weights, for so many seconds; one layer only."""
    training = ContractiveAutoencoder(random_state=0, **parameters)._training(
        X.astype(np.float64), None
    )
    flat, (batch,) = (
        training.state.flat,
        training.stream.clean(len(X)),
    )
    step, start, lowest = training.objective.step(flat), perf_counter(), np.inf

    def value_and_gradient(x: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal lowest
        if perf_counter() - start > limit:
            raise TimeoutError
        flat.copy_(torch.from_numpy(x))
        value = float(step(batch).total)
        lowest = min(lowest, value)
        return value, step.gradient.numpy().copy()

    with suppress(TimeoutError):
        endless = {"maxiter": 10**9, "maxfun": 10**9}
        minimize(
            value_and_gradient, flat.numpy().copy(), jac=True, method="L-BFGS-B", options=endless
        )
    return lowest, perf_counter() - start


def tried(X: np.ndarray, parameters: dict, max_iter: int) -> dict[str, tuple[float, float]]:
    """Objective and seconds of everything that can be tried on one problem."""
    found = {
        name: fitted(X, context, max_iter=max_iter, **parameters | changed)
        for name, (context, changed) in TRIED.items()
    }
    if "hidden_layer_sizes" not in parameters:
        found["L-BFGS on all rows, for twice the time"] = quasi_newton(
            X, 2 * found["defaults"][1], **parameters
        )
    if (
        "loss" not in parameters
    ):  # the squared error and the contraction are those of the data as they were
        found["trained in the principal axes"] = fitted(
            PCA().fit_transform(X), max_iter=max_iter, **parameters
        )
    return found


def main() -> None:
    """A row for everything on every problem."""
    arguments, rows = parser(__doc__.splitlines()[0], data=True).parse_args(), []
    for problem, (X, parameters) in problems(arguments).items():
        found = tried(X, parameters, 2 if arguments.quick else 200)
        default = found["defaults"][0]
        rows += [
            {
                "tried": name,
                "problem": problem,
                "objective": f"{reached:.5g}",
                "over defaults in %": round(100 * (reached / default - 1), 1),
                "seconds": round(taken, 1),
            }
            for name, (reached, taken) in found.items()
        ]
    save("tried", rows, arguments)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        main()
