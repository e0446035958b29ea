"""Objective against wall time on 10000 rows of MNIST: the number of steps matters more than the cost of one.

Run ``python docs/benchmarks/curve.py --data mnist.npz``. 256 tied logistic units,
cross_entropy, alpha 0.1, float32. The defaults plan their rates for the whole fit, so
each of their points is a fit of its own; at a constant rate one fit is looked at on the
way. Seconds are those of training alone; the objective is that of all training rows, in
float64, for everybody.
"""

import warnings
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from _common import mnist, parser, save, seconds
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning
from torch.nn.functional import binary_cross_entropy_with_logits

from skcae import ContractiveAutoencoder

EPOCHS, ALPHA, N_COMPONENTS, BATCH = (5, 15, 40, 100), 0.1, 256, 128
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
"""Constant rates of the idiom, in steps of about three."""
Point = tuple[int, float, tuple[np.ndarray, np.ndarray, np.ndarray]]
"""Epochs, the seconds that they took, and weights (n_components, n_features), code biases and output biases."""


def objective(X: np.ndarray, W: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    """The mean over rows of cross-entropy and contraction, in float64."""
    X, W, b, c = (array.astype(np.float64) for array in (X, W, b, c))
    h = expit(X @ W.T + b)
    z = h @ W + c
    error = (np.logaddexp(0, z) - X * z).sum(1).mean()
    return float(error + ALPHA * ((h * (1 - h)) ** 2 @ (W**2).sum(1)).mean())


def ours(X: np.ndarray, epochs: tuple[int, ...], **parameters: object) -> Iterator[Point]:
    """One estimator, fitted for every number of epochs in turn; with ``warm_start`` it goes on where it was."""
    cae, total = (
        ContractiveAutoencoder(
            N_COMPONENTS, alpha=ALPHA, loss="cross_entropy", random_state=0, **parameters
        ),
        0.0,
    )
    for done, until in pairwise([0, *epochs]):
        cae.set_params(max_iter=until - done if cae.warm_start else until)
        taken = seconds(lambda: cae.fit(X))
        total = total + taken if cae.warm_start else taken
        yield until, total, (cae.components_, cae.intercept_hidden_, cae.intercept_visible_)


def idiom(X: np.ndarray, epochs: tuple[int, ...], rate: float) -> Iterator[Point]:
    """The closed form, autograd and torch.optim.Adam at a constant rate."""
    torch.manual_seed(0)
    rows = torch.from_numpy(X)
    encoder, bias = (
        torch.nn.Linear(X.shape[1], N_COMPONENTS),
        torch.nn.Parameter(torch.zeros(X.shape[1])),
    )
    optimizer = torch.optim.Adam([*encoder.parameters(), bias], lr=rate)

    def train(n: int) -> None:
        for _ in range(n):
            for index in torch.randperm(len(rows)).split(BATCH):
                x = rows[index]
                h = torch.sigmoid(encoder(x))
                error = binary_cross_entropy_with_logits(
                    h @ encoder.weight + bias, x, reduction="sum"
                ) / len(x)
                loss = (
                    error + ALPHA * ((h * (1 - h)).square() @ encoder.weight.square().sum(1)).mean()
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    total = 0.0
    for done, until in pairwise([0, *epochs]):
        total += seconds(partial(train, until - done))
        W, b, c = (parameter.detach().numpy() for parameter in (encoder.weight, encoder.bias, bias))
        yield until, total, (W, b, c)


CONSTANT = {
    "learning_rate": "constant",
    "learning_rate_init": 0.001,
    "batch_size": BATCH,
    "n_iter_no_change": None,
}
CONTENDERS = {
    "skcae, defaults": ours,
    "skcae, constant 0.001": partial(ours, warm_start=True, **CONSTANT),
    **{f"torch.optim.Adam, constant {rate:g}": partial(idiom, rate=rate) for rate in RATES},
}


def main() -> None:
    """A row for every contender and number of epochs."""
    arguments = parser(__doc__.splitlines()[0], data=True).parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    X, epochs, rows = mnist(arguments)[0][:10000], (1, 2) if arguments.quick else EPOCHS, []
    for name, contender in CONTENDERS.items():
        list(contender(X[:BATCH], (1,)))  # to warm up
        for until, taken, weights in contender(X, epochs):
            value = round(objective(X, *weights), 2)
            rows.append(
                {"peer": name, "epochs": until, "seconds": round(taken, 2), "objective": value}
            )
    save("curve", rows, arguments)


if __name__ == "__main__":
    main()
