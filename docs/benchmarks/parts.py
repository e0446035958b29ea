"""Where the time goes: steps that miss an aim, timed within whole fits, and the parts of a fit of wide rows.

Run ``python docs/benchmarks/parts.py``. Fits, what they are over, and fits in which every
call of torch is timed alternate; a ratio is that of medians. With one thread, time is
CPU time. Masked rows are trained on in four products, and with a reconstruction.
"""

from argparse import Namespace
from collections.abc import Callable
from functools import partial
from math import ceil
from statistics import median
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

import torch
from _common import parser, save
from steps import along_axes, floor, idiom, made, ours, squared
from torch.overrides import TorchFunctionMode

from skcae import DenoisingAutoencoder, _bridge
from skcae.core import gram, span
from skcae.core.model import Architecture
from skcae.core.solvers import Adam
from skcae.core.state import TrainingState

STEPS = {
    "cross-entropy, 64-64, batch 64": ((1800, 64, 64, 64), ours, idiom, 0.3),
    "cross-entropy, 784-256, batch 128": ((5000, 784, 256, 128), ours, floor, 1.25),
    "cross-entropy, 784-1000, batch 256": ((5000, 784, 1000, 256), ours, floor, 1.1),
    "squared error, 784-64, batch 1000": ((5000, 784, 64, 1000), squared, floor, 0.85),
    "squared error, 784-128, batch 200": ((5000, 784, 128, 200), squared, floor, 1.15),
    "squared error, 5000-64, batch 200": ((2000, 5000, 64, 200), squared, floor, 0.85),
}
"""Rows, features, components and batch; the fit, what it is over, and the aim."""
TINY = (60, 2, 2, 4)
"""Steps that have next to nothing to compute."""
WIDE, WIDE_AIM = (200, 20000, 64, 50), 1.6
MASKED = [(5000, 784, 64, 1000), (2000, 5000, 64, 500), (2000, 5000, 64, 1000)]
REPETITIONS, ELEMENTS, MOST_EPOCHS = 3, 2.5e9, 100
KINDS = dict.fromkeys(["mm", "addmm", "addmm_", "matmul"], "products") | {"_fused_adam_": "solver"}
"""Of the calls of torch, by their names; all others are passes."""
Times = dict[str, float]


def timed(run: Callable[[], object]) -> float:
    clock = process_time if torch.get_num_threads() == 1 else perf_counter
    start = clock()
    run()
    return clock() - start


class Inside(TorchFunctionMode):
    """Seconds of the batches and, by kind, of the calls of torch that are made in it."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = dict.fromkeys(["products", "passes", "solver", "batches"], 0.0)
        self.of_clock = median(timed(lambda: None) for _ in range(999))

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kind = KINDS.get(func.__name__, "passes")
        if kind == "products" and min(min(factor.shape) for factor in args[-2:]) == 1:
            kind = "passes"  # over a matrix, for its product with a vector
        return self.call(kind, func, *args, **(kwargs or {}))

    def call(self, kind: str, func: Callable, *args: Any, **named: Any) -> Any:
        found: list[Any] = []
        self.seconds[kind] += timed(lambda: found.append(func(*args, **named))) - self.of_clock
        return found[0]


def inside(run: Callable[[], object]) -> Times:
    """What torch and the batches take of a run."""
    mode, gather = Inside(), _bridge.Rows.gather
    counted = lambda rows, index: mode.call("batches", gather, rows, index)  # noqa: E731
    with patch.object(_bridge.Rows, "gather", counted), mode:
        run()
    return mode.seconds


def products(n: int, n_features: int, n_components: int, batch_size: int, fit: Callable) -> None:
    """Those of n steps, and nothing else."""
    x, h = torch.rand(batch_size, n_features), torch.rand(batch_size, n_components)
    W, small = torch.rand(n_components, n_features), torch.rand(n_components, n_components)
    there, back = (x, W.T), (h.T, x)
    two = [there, (W, W.T), (h, small), (h.T, h), (small, W), back]
    for _ in range(n):
        for left, right in two if fit is squared else [there, (h, W), there, back, back]:
            torch.mm(left, right)


def of_step(shape: tuple[int, ...], fit: Callable, unit: Callable, quick: bool) -> Times:
    """A step of a whole fit, one of what it is over, and its parts.

    A fit of one epoch is taken from each, so that parts are of steps alone.
    """
    X, sizes = made(shape, Namespace(quick=quick)), shape[1:]
    n_steps = ceil(len(X) / sizes[-1])
    most = min(MOST_EPOCHS, ceil(ELEMENTS / (len(X) * sizes[0] * sizes[1])))
    epochs = 2 if quick else max(3, most)
    fits = [partial(fit, X, *sizes[1:], n, "cpu") for n in (epochs, 1)]
    whole, first = map(timed, fits)
    step = (whole - first) / (epochs - 1)
    parts = [inside(run) for run in fits]
    times = {
        "whole": whole / epochs,
        unit.__name__: timed(partial(unit, X, *sizes[1:], epochs, "cpu")) / epochs,
        "products alone": timed(partial(products, n_steps, *sizes, fit)),
        **{part: (parts[0][part] - one) / (epochs - 1) for part, one in parts[1].items()},
        "start and end": whole / epochs - step,
    }
    times["outside"] = step - sum(times[part] for part in parts[0])
    return {part: time / n_steps for part, time in times.items()}


def of_wide_rows(quick: bool) -> Times:
    """A fit along the axes of the rows, the fit in these alone, and the way there and back."""
    X, settings = made(WIDE, Namespace(quick=quick)), (*WIDE[2:], 2 if quick else 100, "cpu")
    axes, rows = span.spanning_axes(X, torch.ones(len(X)))
    of_rows, solver, architecture = span._products(X), Adam(), Architecture((len(axes), WIDE[2]))
    state = TrainingState.start(architecture.initialise(torch.Generator(), X.dtype), solver)
    runs: dict[str, Callable] = {
        "whole": lambda: along_axes(X, *settings),
        "reduced rows": lambda: along_axes(rows, *settings),
        "products of rows": lambda: span._products(X),
        "eigenvectors": lambda: torch.linalg.eigh(of_rows),
        "axes": lambda: span._combined(of_rows, X),
        "weights turned back": lambda: span.turned_back(architecture, state, solver, axes),
    }
    return {name: timed(run) for name, run in runs.items()}


def of_masked_rows(shape: tuple[int, ...], quick: bool) -> Times:
    """A denoising fit, and the same with reconstructions."""
    X = made(shape, Namespace(quick=quick)).numpy()
    settings = {"learning_rate_init": 1e-4, "random_state": 0, "n_iter_no_change": None}
    dae = DenoisingAutoencoder(
        shape[2], batch_size=shape[3], max_iter=2 if quick else 10, **settings
    )
    whole = timed(lambda: dae.fit(X))
    with patch.object(gram, "pays", lambda *shape: False):
        return {"whole": whole, "reconstructed": timed(lambda: dae.fit(X))}


def medians(measure: Callable[[], Times], quick: bool) -> Times:
    """The median of each part over repetitions; the first time nothing is warm."""
    measure()
    found = [measure() for _ in range(1 if quick else REPETITIONS)]
    return {part: median(times[part] for times in found) for part in found[0]}


def main() -> None:
    """A row for every part of every fit."""
    arguments, found = parser(__doc__.splitlines()[0]).parse_args(), []
    quick = arguments.quick

    def add(fit: str, over: str, aim: float | str, times: Times) -> None:
        for part, time in times.items():
            ratio = round(time / times[over], 3)
            found.append({"fit": fit, "over": over, "aim": aim, "part": part, "ratio": ratio})

    tiny = {
        fit: medians(partial(of_step, TINY, fit, floor, quick), quick) for fit in (ours, squared)
    }
    for name, (shape, fit, unit, aim) in STEPS.items():
        times = medians(partial(of_step, shape, fit, unit, quick), quick)
        add(name, unit.__name__, aim, times | {"python": tiny[fit]["outside"]})
    name = f"{WIDE[0]} rows of {WIDE[1]}-{WIDE[2]}"
    add(name, "reduced rows", WIDE_AIM, medians(partial(of_wide_rows, quick), quick))
    for shape in MASKED:
        name = f"{shape[1]}-{shape[2]}, batch {shape[3]}"
        add(name, "whole", "", medians(partial(of_masked_rows, shape, quick), quick))
    save("parts", found, arguments)


if __name__ == "__main__":
    main()
