"""Checks that a loss is defined at the rows."""

from math import sqrt
from typing import Any

import numpy as np
from scipy import sparse

from skcae import _bridge
from skcae.core.losses import GROUPED, LOSSES, LossName, blocks, column_loss

Loss = LossName | list[str] | tuple[str, ...] | np.ndarray
"""What ``loss`` takes: one name, or one for every column."""
ROUNDING = sqrt(np.finfo(np.float32).eps)
"""Distance by which values may lie outside of the domain of a loss."""


def loss_name(loss: Any) -> str | tuple[str, ...]:
    """The name of a loss, or a tuple of the names of the losses of all columns."""
    return str(loss) if isinstance(loss, str) else tuple(map(str, loss))


def check_domain(X: Any, loss: Any) -> None:
    """Check that the loss is defined at all values of X, and that squares are finite.

    The tolerance is half of the digits of float32. MinMaxScaler leaves [0, 1] by a few
    eps, and by more if features vary little around a large mean. Rows in float64 may
    have been scaled in float32.
    """
    largest_finite = sqrt(np.finfo(_bridge.dtype_name(X)).max / X.shape[1])

    def check(name: str, smallest: float, largest: float, column: int | None = None) -> None:
        kind = column_loss(name)
        low, high = np.clip(kind.domain, -largest_finite, largest_finite)
        if smallest < low - ROUNDING or largest > high + ROUNDING:
            which, where = ("", "X") if column is None else (f"[{column}]", f"column {column} of X")
            raise ValueError(
                f"loss{which}={name!r} needs every value of {where} in [{low:g}, {high:g}], but "
                f"{where} ranges from {_beside(smallest, low)} to {_beside(largest, high)}. "
                f"{kind.remedy}"
            )

    names = loss_name(loss)
    if isinstance(names, str):
        check(names, *extremes(X))
        return
    check_column_losses(names, X.shape[1])
    array = _canonical(_bridge.to_array(X))
    lowest, highest = _columns_of(array.min(axis=0)), _columns_of(array.max(axis=0))
    for column, name in enumerate(names):
        check(name, float(lowest[column]), float(highest[column]), column)


def check_column_losses(names: tuple[str, ...], n_features: int) -> None:
    """Check that every column has a loss, and every group at least two columns."""
    for column, name in enumerate(names):
        if name not in LOSSES and not (name.startswith(GROUPED) and name != GROUPED):
            raise ValueError(
                f"loss[{column}]={name!r} must be one of {', '.join(map(repr, LOSSES))}, or "
                f"'{GROUPED}' and the name of the group of one-hot columns that it belongs to."
            )
    if len(names) != n_features:
        raise ValueError(
            f"loss names {len(names)} columns, but X has {n_features}; name the loss of every "
            "column as it reaches the autoencoder, those of OneHotEncoder included."
        )
    for name, columns in blocks(names).items():
        if name.startswith(GROUPED) and len(columns) == 1:
            raise ValueError(
                f"loss[{columns[0]}]={name!r} is a group of one column, whose softmax is always "
                "1; give the group's columns one name, or a 0/1 column loss 'cross_entropy'."
            )


def _columns_of(extremes: Any) -> np.ndarray:
    """The minimum or maximum of every column, dense and flat."""
    return np.ravel(extremes.toarray() if sparse.issparse(extremes) else extremes)


def extremes(X: Any) -> tuple[float, float]:
    """Minimum and maximum of X, without sorting the caller's CSR rows as scipy does."""
    X = _canonical(X)
    return float(X.min()), float(X.max())


def _canonical(X: Any) -> Any:
    """X itself, or a copy of sparse rows that scipy would sort.

    scipy stores what it finds out about their order on the matrix, here on a second one
    with the same arrays.
    """
    if not sparse.issparse(X):
        return X
    same = type(X)((X.data, X.indices, X.indptr), shape=X.shape)
    return same if same.has_canonical_format else same.copy()


def _beside(number: float, bound: float) -> str:
    """A number with six digits, or with all if six would make it equal to the bound."""
    short = f"{number:g}"
    return repr(number) if short == f"{bound:g}" and number != bound else short
