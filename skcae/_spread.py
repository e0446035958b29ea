"""The distinct rows of X, and their variance."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from skcae import _bridge


def distinct_rows(
    X: Any, weight: np.ndarray | None, generator: np.random.RandomState
) -> tuple[Any, np.ndarray]:
    """Distinct rows, in an order set by their values, and weights that sum to one.

    Noise drawn for these rows is then the same for a row of weight 2 as for a row given
    twice, wherever it stands. Rows are told apart by a random projection. Each row is
    summed by itself, so that rounding does not depend on its position.
    """
    kept = np.arange(X.shape[0]) if weight is None else weight.nonzero()[0]
    weight = np.ones(len(kept)) if weight is None else weight[kept].astype(np.float64)
    direction = generator.standard_normal(X.shape[1])
    keys = np.concatenate([(rows * direction).sum(1) for _, rows in dense_chunks(X)])
    _, first, place = np.unique(keys[kept], return_index=True, return_inverse=True)
    return X[kept[first]], np.bincount(place, weights=weight / weight.sum())


def total_variance(X: Any, weight: np.ndarray) -> float:
    """The variance of the rows, summed over features; the weights sum to one."""
    mean = weight @ X
    return float(sum(weight[part] @ ((rows - mean) ** 2).sum(1) for part, rows in dense_chunks(X)))


def dense_chunks(X: Any) -> Iterator[tuple[slice, np.ndarray]]:
    """All rows as dense arrays, in chunks of bounded size."""
    for part in _bridge.chunks(*X.shape):
        yield part, X[part].toarray() if hasattr(X, "toarray") else X[part]
