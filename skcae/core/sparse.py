"""Products of sparse rows with dense matrices.

Rows are a coalesced tensor of their non-zeros, (rows, n_features). ``embedding_bag`` adds
up rows of a matrix, each times a number, at the speed of memory; torch's product of
sparse matrices calls BLAS once for every non-zero.
"""

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag


def product(x: Tensor, matrix: Tensor) -> Tensor:
    """``x matrix``, with a matrix (n_features, k)."""
    rows, columns = x.indices()
    return _bags(rows, columns, x.values(), matrix, len(x))


def product_from_left(x: Tensor, matrix: Tensor) -> Tensor:
    """``x^T matrix``, with a matrix (rows, k)."""
    rows, columns = x.indices()
    columns, order = columns.sort(stable=True)
    return _bags(columns, rows[order], x.values()[order], matrix, x.shape[1])


def squared_norms(x: Tensor) -> Tensor:
    """The squared norm of every row."""
    return _sums(x.values().square(), x.indices()[0], len(x))


def dots(x: Tensor, vector: Tensor) -> Tensor:
    """``x vector``, with a vector (n_features,)."""
    rows, columns = x.indices()
    return _sums(x.values() * vector[columns], rows, len(x))


def weighted_sum(x: Tensor, weight: Tensor) -> Tensor:
    """The sum of the rows times their weights, (n_features,)."""
    rows, columns = x.indices()
    return _sums(x.values() * weight[rows], columns, x.shape[1])


def _bags(bags: Tensor, index: Tensor, factors: Tensor, matrix: Tensor, n_bags: int) -> Tensor:
    """For each bag the sum of rows of a matrix times factors; ``bags`` are ordered."""
    sizes = torch.bincount(bags, minlength=n_bags)
    starts = sizes.cumsum(0) - sizes
    matrix = matrix.contiguous()
    return embedding_bag(index, matrix, starts, mode="sum", per_sample_weights=factors)


def _sums(values: Tensor, index: Tensor, size: int) -> Tensor:
    return values.new_zeros(size).index_add_(0, index, values)
