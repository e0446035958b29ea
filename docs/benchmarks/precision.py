"""Shorter products: whole fits in float32 with products of lower precision, their time, and what they end at.

Run ``python docs/benchmarks/precision.py --data mnist.npz``. Fits alternate, and time is
CPU time; one thread measures it best. "medium" is what
``torch.set_float32_matmul_precision("medium")`` allows torch; it depends on the processor
what that changes. In "bfloat16" both factors of every product are rounded to bfloat16
first; parameters, sums and all else stay float32. Accuracy is that of a logistic
regression on the codes, with 10 labels a class.
"""

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from statistics import mean, median, stdev
from time import process_time
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from _common import mnist, parser, save
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from skcae import ContractiveAutoencoder
from skcae.core import fused
from skcae.inspection import contraction

SEEDS, LABELS, DRAWS = 3, 10, 5


def short(left: Tensor, right: Tensor) -> Tensor:
    """The product of factors in bfloat16, in float32."""
    return (left.bfloat16() @ right.bfloat16()).float()


def step(self: fused.FusedStep, batch: Any) -> Any:
    """The fused step with such products."""
    code = self.activation.forward(fused.affine(batch.source, *self.encode))
    rows, error = self.loss.value_and_gradient(fused.affine(code, *self.decode), batch.target)
    backward = short(error.mul_(batch.weight.unsqueeze(-1)), self.decoder)
    terms, *gradients, scale = self.complete(batch, code, rows, backward)
    self._gradients(*gradients, code, error, scale)
    return terms


@contextmanager
def bfloat16() -> Iterator[None]:
    changed = {
        "affine": lambda x, matrix, bias: short(x, matrix).add_(bias),
        "product": lambda left, right, out: out.copy_(short(left, right)),
        "accumulate": lambda out, left, right: out.add_(short(left, right)),
    }
    with patch.multiple(fused, **changed), patch.object(fused.FusedStep, "__call__", step):
        yield


@contextmanager
def allowed(precision: str) -> Iterator[None]:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


WAYS: dict[str, Callable[[], Any]] = {
    "float32": nullcontext,
    "medium": lambda: allowed("medium"),
    "bfloat16": bfloat16,
}


def problems(arguments: Namespace) -> dict[str, tuple[np.ndarray, np.ndarray, dict]]:
    X, y, *_ = mnist(arguments)
    digits = load_digits()
    pixels = (digits.data / 16).astype(np.float32)
    short_fit, long_fit = (
        ({"max_iter": 1}, {"max_iter": 1})
        if arguments.quick
        else (
            {"max_iter": 15},
            {"max_iter": 200},
        )
    )
    return {
        "MNIST, 10000 rows, 256 units": (X[:10000], y[:10000], {"n_components": 256} | short_fit),
        "digits, 64 units": (pixels, digits.target, {"n_components": 64} | long_fit),
    }


def accuracy(codes: np.ndarray, y: np.ndarray) -> float:
    """The mean over draws of the labels, on up to 3000 other rows."""
    found = []
    for seed in range(DRAWS):
        order = np.random.RandomState(seed).permutation(len(y))
        ranks = np.empty(len(y), dtype=int)
        for label in np.unique(y):
            of_label = order[y[order] == label]
            ranks[of_label] = np.arange(len(of_label))
        labelled = ranks < LABELS
        others = order[~labelled[order]][:3000]
        classifier = LogisticRegression(max_iter=1000).fit(codes[labelled], y[labelled])
        found.append(classifier.score(codes[others], y[others]))
    return mean(found)


def measured(X: np.ndarray, y: np.ndarray, parameters: dict, seed: int) -> tuple[float, ...]:
    """CPU seconds, objective, contraction and accuracy of a fit."""
    cae = ContractiveAutoencoder(loss="cross_entropy", random_state=seed, **parameters)
    start = process_time()
    cae.fit(X)
    taken = process_time() - start
    with allowed("highest"):
        norms = float(contraction(cae, X).mean())
        found = cae.alpha * norms - cae.score(X), norms, accuracy(cae.transform(X), y)
    return taken, *found


def main() -> None:
    """A row for every problem and way."""
    arguments, rows = parser(__doc__.splitlines()[0], data=True).parse_args(), []
    for problem, (X, y, parameters) in problems(arguments).items():
        found: dict[str, list[tuple[float, ...]]] = {name: [] for name in WAYS}
        for seed in range(1 if arguments.quick else SEEDS):
            for name, way in WAYS.items():
                with way():
                    found[name].append(measured(X, y, parameters, seed))
        full = [fit[0] for fit in found["float32"]]
        for name, fits in found.items():
            seconds, *others = zip(*fits, strict=True)
            ratios = [a / b for a, b in zip(seconds, full, strict=True)]
            objective, norms, scores = (
                f"{mean(of):.2f} ± {stdev(of) if len(of) > 1 else 0:.2f}"
                for of in (*others[:2], [100 * score for score in others[2]])
            )
            rows.append(
                {
                    "problem": problem,
                    "products": name,
                    "time over float32": round(median(ratios), 2),
                    "objective": objective,
                    "||J||^2": norms,
                    "accuracy in %": scores,
                }
            )
    save("precision", rows, arguments)


if __name__ == "__main__":
    main()
