"""Data sets whose rows are in [0, 1], split, and what can happen to test rows."""

from argparse import Namespace
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from _common import mnist
from _images import SIDE, convex, on_noise, rectangles, rotated
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

NOISES = [0.1, 0.2, 0.3, 0.4, 0.5]
MISSING = 0.25
MOVES = [(down, right) for down in (0, 1, 2) for right in (0, 1, 2) if (down, right) != (1, 1)]


class Split(NamedTuple):
    """Rows to train on and to test on; ``shape`` is that of an image, None in a table."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    shape: tuple[int, int] | None

    def under(self, condition: str) -> np.ndarray:
        """The test rows under one of CONDITIONS."""
        return CONDITIONS[condition](self)


class Kind(NamedTuple):
    """How a set is made, and the size and the epochs of its autoencoders."""

    load: Callable[..., Split]
    n_components: int
    epochs: int
    drawn: bool = False
    """Whether every draw has a split and encoders of its own, or only labels."""
    most_labels: int = 1000


def bundled(load: Callable, shape: tuple | None, seed: int, arguments: Namespace) -> Split:
    """A set of scikit-learn's: 70 % of the rows to train on."""
    X, y = load(return_X_y=True)
    if arguments.quick:
        X, y = X[::3], y[::3]
    X, X_test, y, y_test = train_test_split(X, y, train_size=0.7, stratify=y, random_state=seed)
    if shape is None:
        scaler = MinMaxScaler().fit(X)
        X, X_test = scaler.transform(X), scaler.transform(X_test)
    else:
        X, X_test = X / 16, X_test / 16
    return Split(X.astype(np.float32), y, X_test.astype(np.float32), y_test, shape)


def of_mnist(
    change: Callable | None, n_train: int, n_test: int, seed: int, arguments: Namespace
) -> Split:
    """The first training rows of MNIST, and so many of its test rows, each image changed."""
    X, y, X_test, y_test = mnist(arguments)
    every = max(1, len(X_test) // n_test)
    X, y, X_test, y_test = X[:n_train], y[:n_train], X_test[::every], y_test[::every]
    if change is not None:
        X, X_test = change(X, seed), change(X_test, seed + 1)
    return Split(X, y.astype(int), X_test, y_test.astype(int), (SIDE, SIDE))


def drawn(make: Callable, n_train: int, n_test: int, seed: int, arguments: Namespace) -> Split:
    """Images that are made."""
    if arguments.quick:
        n_train, n_test = 200, 100
    X, y = make(n_train + n_test, seed)
    y = y.astype(int)
    return Split(X[:n_train], y[:n_train], X[n_train:], y[n_train:], (SIDE, SIDE))


SETS = {
    "digits": Kind(partial(bundled, load_digits, (8, 8)), 128, 100, drawn=True),
    "MNIST": Kind(partial(of_mnist, None, 60000, 2500), 1000, 10, most_labels=3000),
    "breast cancer": Kind(partial(bundled, load_breast_cancer, None), 128, 100, drawn=True),
    "wine": Kind(partial(bundled, load_wine, None), 128, 100, drawn=True),
    "rectangles": Kind(partial(drawn, rectangles, 1200, 2500), 500, 40),
    "convex": Kind(partial(drawn, convex, 8000, 2500), 500, 10),
    "MNIST-rot": Kind(partial(of_mnist, rotated, 12000, 2500), 500, 10),
    "MNIST-bg-rand": Kind(partial(of_mnist, on_noise, 12000, 2500), 500, 10),
}
"""In the order in which they are measured."""


@cache
def _loaded(name: str, seed: int, quick: bool, data: str | None) -> Split:
    return SETS[name].load(seed, Namespace(quick=quick, data=data))


def load(name: str, seed: int, arguments: Namespace) -> Split:
    """The split of a draw; read once."""
    return _loaded(name, seed if SETS[name].drawn else 0, arguments.quick, arguments.data)


# What happens to test rows


def noisy(level: float, split: Split) -> np.ndarray:
    """Normal noise is added, and nothing is cut off."""
    noise = np.random.RandomState(0).standard_normal(split.X_test.shape)
    return (split.X_test + level * noise).astype(np.float32)


def missing(split: Split) -> np.ndarray:
    """A quarter of the values is lost: pixels are 0, values of a table the mean of the training rows."""
    lost = np.random.RandomState(0).uniform(size=split.X_test.shape) < MISSING
    instead = split.X.mean(0) if split.shape is None else np.float32(0)
    return np.where(lost, instead, split.X_test)


def shifted(split: Split) -> np.ndarray:
    """Every image moves by one pixel, to one of eight sides; what comes in repeats the edge."""
    height, width = split.shape
    images = split.X_test.reshape(-1, height, width)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="edge")
    side = np.random.RandomState(0).randint(len(MOVES), size=len(images))
    moved = np.empty_like(images)
    for number, (down, right) in enumerate(MOVES):
        rows = side == number
        moved[rows] = padded[rows, down : down + height, right : right + width]
    return moved.reshape(len(images), -1)


CONDITIONS = {
    "clean": lambda split: split.X_test,
    **{f"noise {level}": partial(noisy, level) for level in NOISES},
    "missing": missing,
    "shifted": shifted,
}
