"""What else was tried as a default: the objective that each change of one thing ends at, over that of the defaults.

Run ``python docs/benchmarks/tried.py --data mnist.npz``. Same seed and 200 epochs for
all, but 15 for 10000 rows. What has a parameter is changed by it, the rest inside of the
package. ``--only NAME`` measures one change, beside the defaults, and keeps the other
rows of the CSV.
"""

import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from csv import DictReader
from dataclasses import replace
from functools import partial
from math import ceil
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from _common import HERE, mnist, parser, save
from defaults import CROSS_ENTROPY, default_rate, digits, standardised
from scipy.optimize import minimize
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning

from skcae import ContractiveAutoencoder
from skcae.core import monitor, solvers, train
from skcae.core.group import Group
from skcae.core.model import Architecture, encoder_outputs
from skcae.core.streams import Batch
from skcae.inspection import contraction


def problems(arguments: Namespace) -> dict[str, tuple[np.ndarray, dict]]:
    """Small ones, with weak and strong contraction, both losses, and one deep encoder."""
    scaled, pixels = standardised(load_digits), digits(1 / 16)
    deep = {"n_components": 16, "hidden_layer_sizes": (64,)}
    images = mnist(arguments)[0]
    short = {"n_components": 256, "max_iter": 15, **CROSS_ENTROPY}
    found = {
        "wine, 32": (standardised(load_wine), {"n_components": 32}),
        "digits, 64": (scaled, {"n_components": 64}),
        "digits, 64, alpha 1": (scaled, {"n_components": 64, "alpha": 1.0}),
        "digits in [0, 1], 32": (pixels, {"n_components": 32, **CROSS_ENTROPY}),
        "digits in [0, 1], 64 and 16": (pixels, deep | CROSS_ENTROPY),
        "MNIST, 2000 rows, 64": (images[:2000], {"n_components": 64, **CROSS_ENTROPY}),
        "MNIST, 10000 rows, 256, 15 epochs": (images[:10000], short),
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


@contextmanager
def taking(change: Callable[[Group, Batch, torch.Tensor], Any]) -> Iterator[None]:
    """The solver takes its steps within the context ``change(group, batch, gradient)``."""

    def take(group: Group, batch: Batch, rate: float) -> Any:
        terms, state = group.step(batch), group.state
        state.count.add_(1)
        gradient = group.step.gradient
        with change(group, batch, gradient):
            group.schedule.solver.step(state.flat, gradient, state.slots, rate, state.count)
        return terms

    with patch.object(Group, "_take", take):
        yield


@contextmanager
def centred(
    group: Group, batch: Batch, gradient: torch.Tensor, rows: bool = False, half: bool = False
) -> Iterator[None]:
    """What layers see is centred, at its running mean or at 1/2; biases follow the weights.

    Montavon and Mueller (2012), Deep Boltzmann machines and the centering trick.
    """
    architecture = group.objective.architecture
    layers, by = (architecture.layers(flat) for flat in (group.state.flat, gradient))
    outputs = list(encoder_outputs(layers, batch.source))
    means = [batch.weight @ output for output in [batch.source, *outputs]]
    earlier = vars(group).get("means", means)
    group.means = means = [0.9 * old + 0.1 * new for old, new in zip(earlier, means, strict=True)]
    if half:
        means = [torch.full_like(mean, 0.5) for mean in means]
    seen = [*means[:-1], *means[:0:-1]]
    maps = [
        (*both, mean)
        for both, mean in zip(zip(_maps(layers), _maps(by), strict=True), seen, strict=True)
    ][0 if rows else 1 :]
    for _, (by_weight, by_bias), mean in maps:
        by_weight.sub_(torch.outer(by_bias, mean))
    before = [weight @ mean for (weight, _), _, mean in maps]
    yield
    for ((weight, bias), _, mean), old in zip(maps, before, strict=True):
        bias.sub_(weight @ mean - old)


def _maps(layers: Any) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The weight and bias of every layer, encoder first."""
    weights = layers.encoder_weights + layers.decoder_weights
    return list(zip(weights, layers.encoder_biases + layers.decoder_biases, strict=True))


@contextmanager
def slow_biases(group: Group, batch: Batch, gradient: torch.Tensor) -> Iterator[None]:
    """Biases move by a tenth."""
    parts = group.objective.architecture.split(group.state.flat)
    biases = [part for part in parts if part.dim() == 1]
    before = [bias.clone() for bias in biases]
    yield
    for bias, old in zip(biases, before, strict=True):
        bias.copy_(old + (bias - old) / 10)


class Nadam(solvers.Adam):
    """Adam with Nesterov's momentum (Dozat, 2016)."""

    def step(self, flat: Any, gradient: Any, slots: Any, rate: float, count: torch.Tensor) -> None:
        (mean, square), steps = slots, float(count)
        mean.lerp_(gradient, 1 - self.beta_1)
        square.mul_(self.beta_2).addcmul_(gradient, gradient, value=1 - self.beta_2)
        ahead = mean * (self.beta_1 / (1 - self.beta_1 ** (steps + 1)))
        ahead.add_(gradient, alpha=(1 - self.beta_1) / (1 - self.beta_1**steps))
        size = (square / (1 - self.beta_2**steps)).sqrt_().add_(self.epsilon)
        flat.addcdiv_(ahead, size, value=-rate)


@contextmanager
def changing_batches(first: float, last: float) -> Iterator[None]:
    """Batches whose size goes from ``first`` to ``last`` times the usual one."""
    epoch, usual = Group._epoch, {}

    def changed(group: Group) -> Any:
        (monitor,) = group.monitors
        size = usual.setdefault(id(group), group.schedule.batch_size)
        progress = monitor.done / group.schedule.max_iter
        size = ceil(size * first * (last / first) ** progress)
        group.schedule = replace(group.schedule, batch_size=size)
        monitor.n_batches = ceil(group.streams[0].n_rows / size)
        return epoch(group)

    with patch.object(Group, "_epoch", changed):
        yield


@contextmanager
def from_rows(directions: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
    """Initial weights of the first layer in some directions of the rows, in their usual sizes."""
    begin = train._begin

    def begun(state: Any, objective: Any, streams: list, *given: Any) -> None:
        begin(state, objective, streams, *given)
        (batch,) = streams[0].clean(streams[0].n_rows)
        weight = objective.architecture.split(state.flat)[0]
        found = directions(batch.target - batch.target.mean(0))
        some = torch.arange(len(weight)) % len(found)
        found = torch.nn.functional.normalize(found[some])
        weight.copy_(found * torch.linalg.vector_norm(weight, dim=1, keepdim=True))

    with patch.object(train, "_begin", begun):
        yield


def shuffled(rows: torch.Tensor) -> torch.Tensor:
    """The rows, centred, in an order of their own."""
    return rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))]


def principal(rows: torch.Tensor) -> torch.Tensor:
    """Random rotations of the leading principal axes, as many as there are up to 256."""
    axes = torch.linalg.svd(rows, full_matrices=False)[2][:256]
    normal = torch.randn(len(axes), len(axes), generator=torch.Generator().manual_seed(0))
    return torch.linalg.qr(normal)[0].to(axes.dtype) @ axes


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
    "codes centred at their means": (partial(taking, centred), {}),
    "codes centred at 1/2": (partial(taking, partial(centred, half=True)), {}),
    "rows and codes centred at their means": (partial(taking, partial(centred, rows=True)), {}),
    "Nesterov's momentum in Adam": (patch.dict(solvers.SOLVERS, adam=Nadam), {}),
    "biases at a tenth of the rate": (partial(taking, slow_biases), {}),
    "batches that grow from a half to twice the size": (partial(changing_batches, 0.5, 2), {}),
    "batches that shrink from twice to half the size": (partial(changing_batches, 2, 0.5), {}),
    "initial weights from rows": (partial(from_rows, shuffled), {}),
    "initial weights from principal axes": (partial(from_rows, principal), {}),
}
"""What stays patched during a fit, or what makes that, and parameters; "peak" is a factor of the default's peak rate."""


def fitted(
    X: np.ndarray, context: Any = NOTHING, peak: float = 1.0, **parameters: Any
) -> tuple[float, float]:
    """The objective reached, infinite if it diverged, and the seconds that it took."""
    if peak != 1:
        parameters["learning_rate_init"] = peak * default_rate(X, **parameters)
    cae = ContractiveAutoencoder(random_state=0, **parameters)
    start = perf_counter()
    try:
        with context() if isinstance(context, partial) else context:
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


def tried(
    X: np.ndarray, parameters: dict, max_iter: int, only: list[str] | None = None
) -> dict[str, tuple[float, float]]:
    """Objective and seconds of everything that can be tried on one problem, or of some of it."""
    found = {
        name: fitted(X, context, **{"max_iter": max_iter} | parameters | changed)
        for name, (context, changed) in TRIED.items()
        if only is None or name in ["defaults", *only]
    }
    if only is not None:
        return found
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


def kept(measured: list[dict]) -> list[dict]:
    """The rows of the CSV, but for those that were measured again; of the defaults all."""
    again = {(row["tried"], row["problem"]) for row in measured if row["tried"] != "defaults"}
    with (HERE / "tried.csv").open(newline="") as file:
        return [row for row in DictReader(file) if (row["tried"], row["problem"]) not in again]


def main() -> None:
    """A row for everything on every problem."""
    options = parser(__doc__.splitlines()[0], data=True)
    options.add_argument("--only", nargs="+", choices=TRIED, metavar="NAME", help="some changes")
    arguments, rows = options.parse_args(), []
    for problem, (X, parameters) in problems(arguments).items():
        found = tried(X, parameters, 2 if arguments.quick else 200, arguments.only)
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
    if arguments.only and not arguments.quick:
        before = kept(rows)
        known = {row["problem"] for row in before if row["tried"] == "defaults"}
        rows = before + [
            row for row in rows if row["tried"] != "defaults" or row["problem"] not in known
        ]
    save("tried", rows, arguments)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        main()
