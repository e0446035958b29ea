"""The distinct rows of X and how far they spread."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from skcae import _bridge


def distinct_rows(
    X: Any, weight: np.ndarray | None, generator: np.random.RandomState
) -> tuple[Any, np.ndarray]:
    """Distinct rows, in an order set by their values, and weights that sum to one.

    Noise drawn for these rows is the same for a row of weight 2 and for the same row
    given twice, wherever it stands. A random projection tells rows apart; each row is
    summed by itself, so that its place cannot enter by rounding.
    """
    kept = np.arange(X.shape[0]) if weight is None else weight.nonzero()[0]
    weight = np.ones(len(kept)) if weight is None else weight[kept].astype(np.float64)
    direction = generator.standard_normal(X.shape[1])
    keys = np.concatenate([(rows * direction).sum(1) for _, rows in dense_chunks(X)])
    _, first, place = np.unique(keys[kept], return_index=True, return_inverse=True)
    return X[kept[first]], np.bincount(place, weights=weight / weight.sum())


def total_variance(X: Any, weight: np.ndarray) -> float:
    """The variance of the rows, summed over features; weights sum to one."""
    mean = weight @ X
    return float(sum(weight[part] @ ((rows - mean) ** 2).sum(1) for part, rows in dense_chunks(X)))


def dense_chunks(X: Any) -> Iterator[tuple[slice, np.ndarray]]:
    """All rows, dense, in chunks of bounded size."""
    for part in _bridge.chunks(*X.shape):
        yield part, X[part].toarray() if hasattr(X, "toarray") else X[part]
