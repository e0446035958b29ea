"""Steps in centred coordinates: what they save in epochs, and what their codes are worth.

Run ``python docs/benchmarks/centred.py --data mnist.npz``; it takes a quarter of an hour
of one core. 10000 rows of MNIST, 256 logistic units, cross-entropy. The accuracy is that
of a logistic regression on codes of labelled rows, over 10000 other rows, and the mean
over draws of the labels.
"""

import warnings
from argparse import Namespace
from contextlib import nullcontext
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from _common import mnist, parser, save
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from tried import centred, taking

from skcae import ContractiveAutoencoder
from skcae.inspection import contraction

WAYS: dict[str, Any] = {
    "defaults": nullcontext,
    "rows and codes centred at their means": partial(taking, partial(centred, rows=True)),
}
ALPHAS = (0.1, 1.0)
EPOCHS = (15, 40)
LABELS = (100, 300, 1000)
N_SEEDS, N_DRAWS = 3, 8


def accuracy(codes: np.ndarray, y: np.ndarray, n_labels: int, n_train: int) -> float:
    """In percent, of classifiers that know the labels of some of the first rows."""
    scores = []
    for draw in range(N_DRAWS):
        labelled, _ = train_test_split(
            np.arange(n_train), train_size=n_labels, stratify=y[:n_train], random_state=draw
        )
        head = LogisticRegression(max_iter=1000).fit(codes[labelled], y[labelled])
        scores.append(head.score(codes[n_train:], y[n_train:]))
    return 100 * float(np.mean(scores))


def measure(way: str, alpha: float, max_iter: int, arguments: Namespace) -> list[dict[str, Any]]:
    """A row for every seed."""
    X, y, _, _ = mnist(arguments)
    n_train = len(X) // 6
    X, y = X[: 2 * n_train], y[: 2 * n_train]
    rows = []
    for seed in range(N_SEEDS):
        cae = ContractiveAutoencoder(256, alpha=alpha, max_iter=max_iter, random_state=seed)
        cae.set_params(loss="cross_entropy")
        with WAYS[way](), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cae.fit(X[:n_train])
        norm = float(contraction(cae, X[:n_train]).mean())
        codes = cae.transform(X)
        row = {"steps": way, "alpha": alpha, "epochs": max_iter, "seed": seed}
        row["objective"] = round(alpha * norm - cae.score(X[:n_train]), 2)
        row["contraction"] = round(norm, 1)
        for n_labels in (50,) if arguments.quick else LABELS:
            row[f"{n_labels} labels"] = round(accuracy(codes, y, n_labels, n_train), 2)
        rows.append(row)
    return rows


def main() -> None:
    """Both ways, in as many epochs."""
    arguments = parser(__doc__.splitlines()[0], data=True).parse_args()
    epochs = (1,) if arguments.quick else EPOCHS
    rows = [
        row
        for alpha, max_iter, way in product(ALPHAS, epochs, WAYS)
        for row in measure(way, alpha, max_iter, arguments)
    ]
    save("centred", rows, arguments)


if __name__ == "__main__":
    main()
