"""Are contractive codes worth it? Frozen codes of equal size before three classifiers, on digits and on MNIST.

Codes see all training rows and no label. With n labels, the hyper-parameters of code
and classifier are chosen together by cross-validation on the n labelled training rows
(three folds; with more than 1000 labels one fifth of them for validation). Held-out
rows are used once, for the accuracy that is written. Every seed draws rows, labels,
folds and weights anew; MNIST's 10000 test rows are held out in all.

It takes about half an hour of one core; ``--jobs 5`` runs the seeds side by side.
"""

import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch
from _common import mnist as load_mnist
from _common import parser, save, side_by_side
from joblib import delayed
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    StratifiedShuffleSplit,
    train_test_split,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from skcae import ContractiveAutoencoder, DenoisingAutoencoder

CLASSIFIERS = {
    "logistic regression": (LogisticRegression(max_iter=1000), {"C": [0.1, 1, 10]}),
    "nearest neighbours": (KNeighborsClassifier(), {"n_neighbors": [1, 3, 5]}),
    "linear SVM": (LinearSVC(random_state=0), {"C": [0.01, 0.1, 1]}),
}
N_SEEDS, LABELS = 5, [100, 300, 1000, 10000]
CORRUPTIONS = [
    ("masking", 0.25),
    ("masking", 0.5),
    ("masking", 0.75),
    ("gaussian", 0.3),
    ("gaussian", 0.5),
]


class Data(NamedTuple):
    """Rows in [0, 1], split; ``shared`` are the parameters of every autoencoder."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    alphas: list[float]
    shared: dict[str, Any]


def digits(seed: int, arguments: Namespace) -> Data:
    """scikit-learn's digits: 1000 rows to train on, 797 held out."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(
        X / 16, y, train_size=1000, stratify=y, random_state=seed
    )
    shared = {
        "n_components": 32,
        "loss": "cross_entropy",
        "max_iter": 2 if arguments.quick else 100,
        "random_state": seed,
    }
    return Data(X, y, X_test, y_test, [0.01, 0.03, 0.1, 0.3, 1], shared)


def mnist(seed: int, arguments: Namespace) -> Data:
    """MNIST: 10000 of its 60000 training rows, and its 10000 test rows."""
    X, y, X_test, y_test = load_mnist(arguments)
    X, _, y, _ = train_test_split(
        X, y, train_size=1000 if arguments.quick else 10000, stratify=y, random_state=seed
    )
    shared = {
        "n_components": 256,
        "loss": "cross_entropy",
        "max_iter": 1 if arguments.quick else 20,
        "random_state": seed,
    }
    return Data(X, y, X_test, y_test, [0.1, 0.3, 1, 3, 10], shared)


def coders(data: Data) -> Iterator[tuple[str, str, BaseEstimator]]:
    """Family, hyper-parameters in words, and the transformer that gives the codes."""
    shared = {**data.shared, "n_iter_no_change": None}
    yield "raw", "", "passthrough"
    yield "PCA", "", PCA(shared["n_components"], random_state=shared["random_state"])
    yield "autoencoder, alpha = 0", "", ContractiveAutoencoder(alpha=0, **shared)
    for kind, level in CORRUPTIONS:
        yield (
            "denoising",
            f"{kind} {level:g}",
            DenoisingAutoencoder(corruption=kind, corruption_level=level, **shared),
        )
    for alpha in data.alphas:
        yield "contractive", f"alpha {alpha:g}", ContractiveAutoencoder(alpha=alpha, **shared)


def codes(coder: BaseEstimator, data: Data) -> tuple[np.ndarray, np.ndarray]:
    """Codes of training and held-out rows, scaled to a mean squared norm of 100 so that C means the same for all.

    Only codes that have collapsed to nothing stay as they are.
    """
    train, test = data.X, data.X_test
    if coder != "passthrough":
        train, test = coder.fit_transform(train), coder.transform(test)
    norm = np.sqrt((train**2).sum(1).mean())
    scale = 10 / norm if norm > 1e-6 else 1.0
    return scale * train, scale * test


def one_seed(name: str, seed: int, arguments: Namespace) -> list[dict]:
    """A row of the CSV for every number of labels, classifier and family."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    torch.set_num_threads(1)
    data, rows = DATA[name](seed, arguments), []
    candidates = [(family, choice, *codes(coder, data)) for family, choice, coder in coders(data)]
    for n_labels in sorted(
        {min(n, len(data.y)) for n in (LABELS[:1] if arguments.quick else LABELS)}
    ):
        index = np.arange(len(data.y))
        if n_labels < len(data.y):
            index, _ = train_test_split(
                index, train_size=n_labels, stratify=data.y, random_state=seed
            )
        folds = StratifiedKFold(3, shuffle=True, random_state=seed)
        if n_labels > 1000:
            folds = StratifiedShuffleSplit(1, test_size=0.2, random_state=seed)
        for classifier, (estimator, grid) in CLASSIFIERS.items():
            best: dict[str, tuple] = {}
            for family, choice, train, test in candidates:
                search = GridSearchCV(clone(estimator), grid, cv=folds, refit=False).fit(
                    train[index], data.y[index]
                )
                if family not in best or search.best_score_ > best[family][0]:
                    best[family] = search.best_score_, choice, search.best_params_, train, test
            for family, (_, choice, chosen, train, test) in best.items():
                fitted = clone(estimator).set_params(**chosen).fit(train[index], data.y[index])
                said = ", ".join(
                    filter(None, [choice, *(f"{key} {value:g}" for key, value in chosen.items())])
                )
                accuracy = round(fitted.score(test, data.y_test), 4)
                where = {
                    "data": name,
                    "labels": n_labels,
                    "classifier": classifier,
                    "codes": family,
                    "seed": seed,
                }
                rows.append({**where, "accuracy": accuracy, "chosen": said})
        print(f"{name}, seed {seed}, {n_labels} labels", file=sys.stderr, flush=True)
    return rows


DATA = {"digits": digits, "mnist": mnist}


def main() -> None:
    """Measure and write."""
    chosen = parser(__doc__, data=True, jobs=True).parse_args()
    runs = [(name, seed, chosen) for name in DATA for seed in range(1 if chosen.quick else N_SEEDS)]
    save(
        "science",
        list(chain.from_iterable(side_by_side([delayed(one_seed)(*run) for run in runs], chosen))),
        chosen,
    )


if __name__ == "__main__":
    main()
