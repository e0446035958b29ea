"""What is behind the codes in worth.py, and how labelled rows choose the settings."""

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from _candidates import VARIANCE, Codes
from _findings import FIRST_HEAD
from _sets import Split
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from sklearn.svm import SVC

CS, CS_OF_RAW = [0.03, 0.3, 3], np.geomspace(0.001, 30, 15).round(4).tolist()
FACTORS, FACTORS_OF_RAW = [0.3, 1.0, 3.0], [0.1, 0.3, 1.0, 3.0, 10.0]
N_UNLABELLED = 1000
ADVERSARIAL, N_ATTACKED = 0.05, 1000
"""How far each value of a test row goes where the log-loss grows, and on about how many rows."""


def svm(parameters: tuple[float, float]) -> SVC:
    """Of C and a factor of ``gamma="scale"``."""
    C, factor = parameters
    return SVC(C=C, kernel=partial(rbf_kernel, gamma=factor / VARIANCE))


HEADS: dict[str, tuple[Callable, list, list]] = {
    FIRST_HEAD: (lambda C: LogisticRegression(C=C, max_iter=500), CS, CS_OF_RAW),
    "k-NN": (lambda k: KNeighborsClassifier(k, algorithm="brute"), [1, 3, 5], list(range(1, 16))),
    "RBF-SVM": (
        svm,
        [(10, factor) for factor in FACTORS],
        list(product([1, 10, 100], FACTORS_OF_RAW)),
    ),
}
"""A classifier of a parameter, the parameters for codes with settings of their own, and those for raw rows."""


class Choice(NamedTuple):
    """What cross-validation chose, fitted to all labelled rows."""

    codes: Codes
    parameter: Any
    classifier: BaseEstimator

    @property
    def words(self) -> str:
        return f"{self.codes.words}; {self.parameter}".removeprefix("; ")

    def score(self, condition: str = "clean") -> float:
        """The accuracy on test rows under a condition."""
        return self.classifier.score(self.codes.under(condition), self.codes.split.y_test)


def labelled(split: Split, n_labels: int, seed: int) -> np.ndarray:
    """The rows of one draw that have a label, stratified."""
    rows = np.arange(len(split.y))
    return train_test_split(rows, train_size=n_labels, stratify=split.y, random_state=seed)[0]


def sizes(split: Split, wanted: list[int]) -> list[int]:
    """Numbers of labels that leave some rows without."""
    return [n for n in wanted if n <= 0.9 * len(split.y)]


def folds(y: np.ndarray, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Five folds; above 300 rows three, and above 1000 a third held out."""
    splitter: Any = StratifiedKFold(5 if len(y) <= 300 else 3, shuffle=True, random_state=seed)
    if len(y) > 1000:
        splitter = StratifiedShuffleSplit(1, test_size=1 / 3, random_state=seed)
    return list(splitter.split(y, y))


def in_their_span(codes: np.ndarray) -> np.ndarray:
    """The same rows in coordinates of the space that they span, which is smaller where they are few.

    Distances are the same, and so is a penalty on the norm of coefficients.
    """
    if len(codes) >= codes.shape[1]:
        return codes.astype(np.float64)
    return np.linalg.qr(codes.T.astype(np.float64), mode="r").T


def cross_validated(
    make: Callable, parameters: list, codes: np.ndarray, y: np.ndarray, seed: int
) -> np.ndarray:
    """The accuracy of every parameter on every fold, (n_parameters, n_folds)."""
    codes, splits = in_their_span(codes), folds(y, seed)
    return np.array(
        [
            [
                make(value).fit(codes[train], y[train]).score(codes[test], y[test])
                for train, test in splits
            ]
            for value in parameters
        ]
    )


def choose(head: str, candidates: list[Codes], rows: np.ndarray, seed: int) -> Choice:
    """The best candidate and parameter; of equals the first."""
    make, values, values_of_raw = HEADS[head]
    y, found = candidates[0].split.y[rows], []
    for codes in candidates:
        parameters = values if codes.words else values_of_raw
        means = cross_validated(make, parameters, codes.train[rows], y, seed).mean(1).round(9)
        found += [(mean, codes, value) for mean, value in zip(means, parameters, strict=True)]
    _, codes, value = max(found, key=lambda one: one[0])
    return Choice(codes, value, make(value).fit(codes.train[rows].astype(np.float64), y))


# Beside the accuracy under a condition


def adversarial(choice: Choice) -> float:
    """The accuracy on rows that took one step along the sign of the gradient of their log-loss."""
    codes, split = choice.codes, choice.codes.split
    step = max(1, len(split.X_test) // N_ATTACKED)
    X, y = split.X_test[::step], split.y_test[::step]
    missed = choice.classifier.predict_proba(codes.of(X)) - (y[:, None] == np.unique(split.y))
    missed = missed[:, 1:] if missed.shape[1] == 2 else missed
    gradient = codes.gradient(X, missed @ choice.classifier.coef_)
    moved = (X + ADVERSARIAL * np.sign(gradient)).astype(np.float32)
    return choice.classifier.score(codes.of(moved), y)


def found_again(choice: Choice, seed: int) -> float:
    """The adjusted Rand index of k-means on codes of the test rows and their classes."""
    y = choice.codes.split.y_test
    clusters = KMeans(len(np.unique(y)), n_init=3, random_state=seed)
    return adjusted_rand_score(y, clusters.fit_predict(choice.codes.under("clean")))


def semi_supervised(choice: Choice, rows: np.ndarray, seed: int) -> dict[str, float]:
    """Classifiers that learn from some unlabelled rows too, on the codes chosen."""
    codes, split = choice.codes, choice.codes.split
    others = np.setdiff1d(np.arange(len(split.y)), rows)
    others = np.random.RandomState(seed).permutation(others)[:N_UNLABELLED]
    both = np.concatenate([rows, others])
    y = np.where(np.arange(len(both)) < len(rows), split.y[both], -1)
    spreading = LabelSpreading(kernel="knn", n_neighbors=7, alpha=0.2, max_iter=100)
    training = SelfTrainingClassifier(HEADS[FIRST_HEAD][0](choice.parameter), max_iter=5)
    return {
        name: estimator.fit(codes.train[both], y).score(codes.under("clean"), split.y_test)
        for name, estimator in (("LabelSpreading", spreading), ("SelfTraining", training))
    }


def umap_neighbours(choice: Choice, rows: np.ndarray, seed: int) -> float:
    """The nearest neighbour in UMAP's embedding of the labelled rows and some others."""
    from umap import UMAP

    codes, y = choice.codes, choice.codes.split.y
    others = np.random.RandomState(seed).permutation(len(y))[: 2 * N_UNLABELLED]
    reducer = UMAP(n_components=10, random_state=seed).fit(codes.train[np.union1d(rows, others)])
    nearest = KNeighborsClassifier(1).fit(reducer.transform(codes.train[rows]), y[rows])
    return nearest.score(reducer.transform(codes.under("clean")), codes.split.y_test)
