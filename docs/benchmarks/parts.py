"""Where the time goes: the parts of steps that miss an aim, each by itself, and those of a fit of wide rows.

Run ``python docs/benchmarks/parts.py``. Parts and whole fits alternate; a ratio is that
of medians. With one thread, time is CPU time. The products of a denoising step are
those with a reconstruction, and the four without one, a form that is only here.
"""

from argparse import Namespace
from collections.abc import Callable
from functools import partial
from math import ceil
from statistics import median
from time import perf_counter, process_time

import torch
from _common import parser, save
from steps import along_axes, floor, idiom, made, ours, squared

from skcae import DenoisingAutoencoder, _bridge
from skcae.core import gram, span
from skcae.core.activations import ACTIVATIONS
from skcae.core.corruptions import Corruption
from skcae.core.losses import LOSSES
from skcae.core.model import Architecture
from skcae.core.solvers import Adam
from skcae.core.state import TrainingState
from skcae.core.streams import Stream

STEPS = {
    "cross-entropy, 64-64, batch 64": ((1800, 64, 64, 64), ours, idiom, 0.3),
    "cross-entropy, 784-256, batch 128": ((5000, 784, 256, 128), ours, floor, 1.25),
    "cross-entropy, 784-1000, batch 256": ((5000, 784, 1000, 256), ours, floor, 1.1),
    "squared error, 784-64, batch 1000": ((5000, 784, 64, 1000), squared, floor, 0.85),
    "squared error, 784-128, batch 200": ((5000, 784, 128, 200), squared, floor, 1.15),
    "squared error, 5000-64, batch 200": ((2000, 5000, 64, 200), squared, floor, 0.85),
}
"""Rows, features, components and batch; the fit, what it is over, and the aim."""
TINY = (200, 2, 2, 4)
"""Steps that have next to nothing to compute."""
WIDE, WIDE_AIM = (200, 20000, 64, 50), 1.6
MASKED = [(5000, 784, 64, 200), (5000, 784, 64, 1000), (2000, 5000, 64, 200)]
REPETITIONS, SECONDS, ELEMENTS = 7, 0.2, 5e9
Runs = dict[str, tuple[Callable[[], object], int]]
"""By name what is run, and as how many steps it counts."""


def forms(n_features: int, n_components: int, batch_size: int) -> dict[str, Callable]:
    """The products of a step that reconstructs, of one that does not, and of a denoising one."""
    x, h = torch.rand(batch_size, n_features), torch.rand(batch_size, n_components)
    W, small = torch.rand(n_components, n_features), torch.rand(n_components, n_components)
    there, back = (x, W.T), (h.T, x)
    two = [there, (W, W.T), (h, small), (h.T, h), (small, W), back]
    pairs = {"five": [there, (h, W), there, back, back], "two": two, "four": [*two, there, back]}

    def run(name: str) -> None:
        for left, right in pairs[name]:
            torch.mm(left, right)

    return {name: partial(run, name) for name in pairs}


def of_step(shape: tuple[int, ...], fit: Callable, unit: Callable, quick: bool) -> Runs:
    """A whole fit, what it is over, and the parts of its steps."""
    _, n_features, n_components, batch_size = shape
    X, solver, logistic = made(shape, Namespace(quick=quick)), Adam(), ACTIVATIONS["logistic"]
    n_steps = ceil(len(X) / batch_size)
    epochs = 2 if quick else min(200, ceil(ELEMENTS / (len(X) * n_features * n_components)))
    given = X, n_components, batch_size, epochs, "cpu"
    stream = Stream(_bridge.rows_to_train(X.numpy(), None, _bridge.CPU), torch.Generator())
    architecture = Architecture((n_features, n_components))
    state = TrainingState.start(architecture.initialise(torch.Generator(), X.dtype), solver)
    gradient, weight = torch.rand_like(state.flat), torch.full((batch_size, 1), 1 / batch_size)
    (W, _, c), G = architecture.split(state.flat), architecture.split(gradient)[0]
    x, z = torch.rand(batch_size, n_features), torch.rand(batch_size, n_features)
    a, norms = torch.rand(batch_size, n_components), torch.rand(n_components)

    def output() -> None:
        LOSSES["cross_entropy"].value_and_gradient(z, x)[1].mul_(weight).sum(0)

    def codes() -> None:
        slope = logistic.slope(code := logistic.forward(a))
        ((weighted := slope * weight) * slope).sum(0)
        a.clone().addcmul_(logistic.curvature(code, weighted), norms).mul_(slope).sum(0)

    def weights() -> None:
        torch.addcmul(G, W, torch.linalg.vector_norm(W, dim=-1, keepdim=True), out=G)

    parts = {
        "products": forms(*shape[1:])["two" if fit is squared else "five"],
        "rows": (lambda: gram.DenseRows(x, c).total(weight)) if fit is squared else output,
        "codes": codes,
        "weights": weights,
        "solver": lambda: solver.step(state.flat, gradient, state.slots, 1e-9, state.count),
    }
    return {
        "whole": (lambda: fit(*given), epochs * n_steps),
        unit.__name__: (lambda: unit(*given), epochs * n_steps),
        "batches": (lambda: [*stream.epoch(batch_size, True)], n_steps),
        **{name: (run, 1) for name, run in parts.items()},
        "one after another": (lambda: [run() for run in parts.values()], 1),
    }


def of_wide_rows(quick: bool) -> Runs:
    """A fit along the axes of the rows, the fit in these alone, and the way there and back."""
    X, settings = made(WIDE, Namespace(quick=quick)), (*WIDE[2:], 2 if quick else 100, "cpu")
    axes, rows = span.spanning_axes(X, torch.ones(len(X)))
    products, solver, architecture = span._products(X), Adam(), Architecture((len(axes), WIDE[2]))
    state = TrainingState.start(architecture.initialise(torch.Generator(), X.dtype), solver)
    runs: dict[str, Callable] = {
        "whole": lambda: along_axes(X, *settings),
        "reduced rows": lambda: along_axes(rows, *settings),
        "products of rows": lambda: span._products(X),
        "eigenvectors": lambda: torch.linalg.eigh(products),
        "axes": lambda: span._combined(products, X),
        "weights turned back": lambda: span.turned_back(architecture, state, solver, axes),
    }
    return {name: (run, 1) for name, run in runs.items()}


def of_masked_rows(shape: tuple[int, ...], quick: bool) -> Runs:
    """A denoising fit, its batches and its products."""
    X, size = made(shape, Namespace(quick=quick)), shape[-1]
    dae = DenoisingAutoencoder(shape[2], batch_size=size, max_iter=4, random_state=0)
    rows = _bridge.rows_to_train(X.numpy(), None, _bridge.CPU)
    stream, n_steps = Stream(rows, torch.Generator(), Corruption("masking", 0.3)), len(X) // size
    products = forms(*shape[1:])
    return {
        "whole": (lambda: dae.fit(X.numpy()), 4 * n_steps),
        "batches": (lambda: [*stream.epoch(size, True)], n_steps),
        "five products": (products["five"], 1),
        "four products": (products["four"], 1),
    }


def measured(runs: Runs, quick: bool) -> dict[str, float]:
    """Seconds of a step."""
    clock = process_time if torch.get_num_threads() == 1 else perf_counter

    def timed(run: Callable[[], object], repeats: int = 1) -> float:
        start = clock()
        for _ in range(repeats):
            run()
        return (clock() - start) / repeats

    firsts = {name: max(timed(run), timed(run), 1e-9) for name, (run, _) in runs.items()}
    repeats = {name: 1 if quick else ceil(SECONDS / first) for name, first in firsts.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(1 if quick else REPETITIONS):
        for name, (run, steps) in runs.items():
            times[name].append(timed(run, repeats[name]) / steps)
    return {name: median(found) for name, found in times.items()}


def main() -> None:
    """A row for every part of every fit."""
    arguments, found = parser(__doc__.splitlines()[0]).parse_args(), []
    quick = arguments.quick

    def add(fit: str, over: str, aim: float | str, times: dict[str, float]) -> None:
        for part, time in times.items():
            ratio = round(time / times[over], 3)
            found.append({"fit": fit, "over": over, "aim": aim, "part": part, "ratio": ratio})

    calls = {}
    for fit in (ours, squared):
        tiny = measured(of_step(TINY, fit, floor, quick), quick)
        calls[fit] = tiny["whole"] - tiny["batches"] - tiny["one after another"]
    for name, (shape, fit, unit, aim) in STEPS.items():
        times = measured(of_step(shape, fit, unit, quick), quick)
        add(name, unit.__name__, aim, times | {"calls": calls[fit]})
    name = f"{WIDE[0]} rows of {WIDE[1]}-{WIDE[2]}"
    add(name, "reduced rows", WIDE_AIM, measured(of_wide_rows(quick), quick))
    for shape in MASKED:
        name = f"masked rows, {shape[1]}-{shape[2]}, batch {shape[3]}"
        add(name, "whole", "", measured(of_masked_rows(shape, quick), quick))
    save("parts", found, arguments)


if __name__ == "__main__":
    main()
