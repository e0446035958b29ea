"""What a step costs: whole fits against the matrix products that no step avoids, and against the code users write today.

Run ``python docs/benchmarks/steps.py``. Data are made, float32; every ratio is the median over repetitions that alternate.
"""

from collections.abc import Callable
from math import ceil
from statistics import median
from time import perf_counter

import numpy as np
import torch
from _common import parser, save
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from skcae import ContractiveAutoencoder

SHAPES = {"digits": (1800, 64, 64, 64), "MNIST": (5000, 784, 256, 128), "MNIST, wide": (5000, 784, 1000, 256)}
"""Rows, features, components, batch."""
REPETITIONS, SECONDS = 7, 1.5


def idiom(X: Tensor, n_components: int, batch_size: int, epochs: int, alpha: float = 0.1) -> None:
    """The closed form of the penalty, autograd and torch.optim.Adam."""
    encoder, decoder_bias = torch.nn.Linear(X.shape[1], n_components), torch.nn.Parameter(torch.zeros(X.shape[1]))
    optimizer = torch.optim.Adam([*encoder.parameters(), decoder_bias], lr=0.001)
    for _ in range(epochs):
        for index in torch.randperm(len(X)).split(batch_size):
            x = X[index]
            h = torch.sigmoid(encoder(x))
            r = h @ encoder.weight + decoder_bias
            penalty = ((h * (1 - h)).square() @ encoder.weight.square().sum(1)).mean()
            loss = binary_cross_entropy_with_logits(r, x, reduction="sum") / len(x) + alpha * penalty
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def floor(X: Tensor, n_components: int, batch_size: int, epochs: int) -> None:
    """The two products forward and three backward, and nothing else."""
    W, H = torch.rand(n_components, X.shape[1]), torch.rand(batch_size, n_components)
    x, gradient = X[:batch_size].clone(), torch.zeros(n_components, X.shape[1])
    for _ in range(epochs * ceil(len(X) / batch_size)):
        torch.mm(x, W.T)
        torch.mm(H, W)
        torch.mm(x, W.T)
        torch.mm(H.T, x, out=gradient)
        gradient.addmm_(H.T, x)


def ours(X: Tensor, n_components: int, batch_size: int, epochs: int, **parameters: float) -> None:
    """A whole fit."""
    settings = {"loss": "cross_entropy", "learning_rate": "constant", "learning_rate_init": 0.001, "n_iter_no_change": None}
    ContractiveAutoencoder(n_components, batch_size=batch_size, max_iter=epochs, random_state=0, **settings, **parameters).fit(
        X.numpy()
    )


def deep(X: Tensor, n_components: int, batch_size: int, epochs: int, **parameters: float) -> None:
    """A whole fit of a deep encoder, 784-256-64."""
    ours(X, 64, batch_size, epochs, hidden_layer_sizes=(256,), **parameters)


def seconds(function: Callable, *arguments: object, **parameters: float) -> float:
    start = perf_counter()
    function(*arguments, **parameters)
    return perf_counter() - start


def compare(contenders: dict[str, Callable], shape: tuple[int, int, int, int]) -> dict[str, list[float]]:
    """Seconds of every contender in every repetition; all take the same number of steps."""
    n_rows, n_features, n_components, batch_size = shape
    X = torch.from_numpy(np.random.RandomState(0).uniform(size=(n_rows, n_features)).astype(np.float32))
    for contender in contenders.values():
        contender(X, n_components, batch_size, 1)
    slowest = max(seconds(contender, X, n_components, batch_size, 1) for contender in contenders.values())
    epochs = max(2, round(SECONDS / slowest))
    rounds = [
        {name: seconds(contender, X, n_components, batch_size, epochs) for name, contender in contenders.items()}
        for _ in range(REPETITIONS)
    ]
    steps = epochs * ceil(n_rows / batch_size)
    return {name: [one[name] / steps for one in rounds] for name in contenders}


def ratio(times: dict[str, list[float]], over: str, under: str) -> float:
    return round(median(a / b for a, b in zip(times[over], times[under], strict=True)), 2)


def main() -> None:
    """Measure the shapes and the cost of contraction."""
    parser(__doc__.splitlines()[0]).parse_args()
    rows = []
    for name, shape in SHAPES.items():
        times = compare({"ours": ours, "idiom": idiom, "floor": floor, "alpha=0": lambda *a: ours(*a, alpha=0.0)}, shape)
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
    times = compare({"ours": deep, "alpha=0": lambda *a: deep(*a, alpha=0.0)}, SHAPES["MNIST"])
    rows.append(
        {
            "shape": "MNIST 784-256-64, batch 128",
            "ms a step": round(1000 * median(times["ours"]), 3),
            "over alpha=0": ratio(times, "ours", "alpha=0"),
        }
    )
    save("steps", rows)


if __name__ == "__main__":
    main()
