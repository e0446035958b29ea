"""What a step costs: whole fits against the matrix products that no step avoids, and against the code users write today.

Run ``python docs/benchmarks/steps.py``. Data are made, float32; every ratio is the
median over repetitions that alternate. With ``--device cuda`` the rows are on the CPU
and each batch is sent to the device, by all but the floor.
"""

import warnings
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from math import ceil
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from _common import parser, save, seconds
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from skcae import ContractiveAutoencoder
from skcae.core import gram, span

SHAPES = {
    "digits": (1800, 64, 64, 64),
    "MNIST": (5000, 784, 256, 128),
    "MNIST, wide": (5000, 784, 1000, 256),
}
"""Rows, features, components, batch."""
SQUARED = {
    "784-64, batch 200": (5000, 784, 64, 200),
    "784-64, batch 1000": (5000, 784, 64, 1000),
    "784-128, batch 200": (5000, 784, 128, 200),
    "784-256, batch 200": (5000, 784, 256, 200),
    "5000-64, batch 200": (2000, 5000, 64, 200),
}
"""The same, of steps with squared error."""
SPARSE = (2000, 20000, 64, 200)
DENSITY = 0.005
WIDE = {"200 rows of 20000-64": (200, 20000, 64, 50), "500 rows of 5000-64": (500, 5000, 64, 50)}
"""Fits along principal axes."""
REPETITIONS, SECONDS = 7, 1.5


def idiom(
    X: Tensor, n_components: int, batch_size: int, epochs: int, device: str, alpha: float = 0.1
) -> None:
    """The closed form of the penalty, autograd and torch.optim.Adam."""
    encoder = torch.nn.Linear(X.shape[1], n_components, device=device)
    decoder_bias = torch.nn.Parameter(torch.zeros(X.shape[1], device=device))
    optimizer = torch.optim.Adam([*encoder.parameters(), decoder_bias], lr=0.001)
    for _ in range(epochs):
        for index in torch.randperm(len(X)).split(batch_size):
            x = X[index].to(device)
            h = torch.sigmoid(encoder(x))
            r = h @ encoder.weight + decoder_bias
            penalty = ((h * (1 - h)).square() @ encoder.weight.square().sum(1)).mean()
            loss = (
                binary_cross_entropy_with_logits(r, x, reduction="sum") / len(x) + alpha * penalty
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def floor(X: Tensor, n_components: int, batch_size: int, epochs: int, device: str) -> None:
    """The two products forward and three backward, and nothing else."""
    W, H = (
        torch.rand(n_components, X.shape[1], device=device),
        torch.rand(batch_size, n_components, device=device),
    )
    x, gradient = X[:batch_size].to(device, copy=True), torch.zeros_like(W)
    for _ in range(epochs * ceil(len(X) / batch_size)):
        torch.mm(x, W.T)
        torch.mm(H, W)
        torch.mm(x, W.T)
        torch.mm(H.T, x, out=gradient)
        gradient.addmm_(H.T, x)


def ours(
    X: Tensor | csr_array,
    n_components: int,
    batch_size: int,
    epochs: int,
    device: str,
    **parameters: float | str,
) -> None:
    """A whole fit."""
    settings = {
        "loss": "cross_entropy",
        "learning_rate": "constant",
        "learning_rate_init": 0.001,
        "n_iter_no_change": None,
    }
    settings |= {"batch_size": batch_size, "max_iter": epochs, "device": device, "random_state": 0}
    rows = X if isinstance(X, csr_array) else X.numpy()
    ContractiveAutoencoder(n_components, **settings | parameters).fit(rows)


def deep(
    X: Tensor, n_components: int, batch_size: int, epochs: int, device: str, **parameters: float
) -> None:
    """A whole fit of a deep encoder, 784-256-64."""
    ours(X, 64, batch_size, epochs, device, hidden_layer_sizes=(256,), **parameters)


def squared(*arguments: Any, **parameters: float | str) -> None:
    """A whole fit with squared error."""
    ours(*arguments, loss="squared_error", **parameters)


def reconstructed(*arguments: Any) -> None:
    """The same, with all reconstructions formed."""
    with patch.object(gram, "pays", lambda *shape: False):
        squared(*arguments)


def along_axes(*arguments: Any) -> None:
    """A whole fit at the default rate."""
    squared(*arguments, learning_rate_init="auto")


def in_all_features(*arguments: Any) -> None:
    """The same, never along principal axes."""
    with patch.object(span, "pays", lambda *shape: False):
        along_axes(*arguments)


def made(shape: tuple[int, ...], arguments: Namespace, density: float = 1.0) -> Tensor:
    """Rows, of which a share of numbers is not zero."""
    n_rows, n_features, _, batch_size = shape
    size = batch_size if arguments.quick else n_rows, n_features
    random = np.random.RandomState(0)
    X = random.uniform(size=size).astype(np.float32)
    if density < 1:
        X[random.uniform(size=size) >= density] = 0
    return torch.from_numpy(X)


def compare(
    contenders: dict[str, Callable],
    shape: tuple[int, ...],
    arguments: Namespace,
    X: Tensor,
    least: int = 2,
) -> dict[str, list[float]]:
    """Seconds of a step of every contender in every repetition; all take as many, ``least`` epochs."""
    *_, n_components, batch_size = shape
    long, repetitions = (0, 1) if arguments.quick else (SECONDS, REPETITIONS)

    def timed(contender: Callable, epochs: int) -> float:
        return seconds(lambda: contender(X, n_components, batch_size, epochs, arguments.device))

    for contender in contenders.values():
        timed(contender, 1)
    slowest = max(timed(contender, 1) for contender in contenders.values())
    epochs = max(2 if arguments.quick else least, round(long / slowest))
    rounds = [
        {name: timed(contender, epochs) for name, contender in contenders.items()}
        for _ in range(repetitions)
    ]
    steps = epochs * ceil(len(X) / batch_size)
    return {name: [one[name] / steps for one in rounds] for name in contenders}


def ratio(times: dict[str, list[float]], over: str, under: str) -> float:
    return round(median(a / b for a, b in zip(times[over], times[under], strict=True)), 2)


def of_squared_error(arguments: Namespace) -> list[dict]:
    """Steps of squared error, which need no reconstruction: of dense, sparse and wide rows."""
    found: list[dict] = []

    def add(name: str, times: dict[str, list[float]], **ratios: float) -> None:
        found.append({"shape": name, "ms a step": round(1000 * median(times["ours"]), 3), **ratios})

    contenders = {"ours": squared, "reconstructed": reconstructed, "floor": floor}
    for name, shape in SQUARED.items():
        times = compare(contenders, shape, arguments, made(shape, arguments))
        ratios = {
            "over floor": ratio(times, "ours", "floor"),
            "over reconstructing": ratio(times, "ours", "reconstructed"),
        }
        add(f"squared error, {name}", times, **ratios)
    X = made(SPARSE, arguments, DENSITY)
    rows = csr_array(X.numpy())
    contenders = {"ours": lambda X, *given: squared(rows, *given), "reconstructed": reconstructed}
    times = compare(contenders, SPARSE, arguments, X)
    name = f"sparse, {SPARSE[1]}-{SPARSE[2]}, batch {SPARSE[3]}"
    add(name, times, **{"over reconstructing": ratio(times, "ours", "reconstructed")})
    for name, shape in WIDE.items():
        contenders = {"ours": along_axes, "all features": in_all_features}
        times = compare(contenders, shape, arguments, made(shape, arguments), least=100)
        add(name, times, **{"over all features": ratio(times, "ours", "all features")})
    return found


def main() -> None:
    """Measure the shapes and the cost of contraction."""
    arguments, rows = parser(__doc__.splitlines()[0], device=True).parse_args(), []
    warnings.simplefilter("ignore")
    contenders = {"ours": ours, "idiom": idiom, "floor": floor, "alpha=0": partial(ours, alpha=0.0)}
    for name, shape in SHAPES.items():
        times = compare(contenders, shape, arguments, made(shape, arguments))
        rows.append(
            {
                "shape": f"{name} {shape[1]}-{shape[2]}, batch {shape[3]}",
                "ms a step": round(1000 * median(times["ours"]), 3),
                "over floor": ratio(times, "ours", "floor"),
                "over idiom": ratio(times, "ours", "idiom"),
                "floor over idiom": ratio(times, "floor", "idiom"),
                "over alpha=0": ratio(times, "ours", "alpha=0"),
            }
        )
    shape = SHAPES["MNIST"]
    contenders = {"ours": deep, "alpha=0": partial(deep, alpha=0.0)}
    times = compare(contenders, shape, arguments, made(shape, arguments))
    rows.append(
        {
            "shape": "MNIST 784-256-64, batch 128",
            "ms a step": round(1000 * median(times["ours"]), 3),
            "over alpha=0": ratio(times, "ours", "alpha=0"),
        }
    )
    save("steps", rows + of_squared_error(arguments), arguments)


if __name__ == "__main__":
    main()
