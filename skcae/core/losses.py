"""Reconstruction losses, **summed** over features, each with its output link.

With ``z`` the pre-activation of the output layer and ``x`` the clean input:

=================  =============================  ==================  ===========
loss               L(x, r), one number per row    dL/dz               r = link(z)
=================  =============================  ==================  ===========
``squared_error``  sum (r - x)^2, no 1/2          2 (z - x)           z
``cross_entropy``  -sum x log r + (1-x) log(1-r)  link(z) - x         logistic(z)
``softmax``        -sum x log r                   link(z) sum x - x   softmax(z)
=================  =============================  ==================  ===========

The cross-entropy is computed from ``z`` as ``softplus(z) - x z``, which neither
overflows nor takes a logarithm of zero. Softmax is the loss of a group of columns that
encode one category. If the loss differs from column to column, it is the sum of the
losses of blocks of columns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

Bound = float | tuple[float, ...]
"""A number for all columns, or one for each."""


@dataclass(frozen=True)
class Loss:
    """One loss: its value per row, its link, and the values that x may take.

    ``value_and_gradient`` returns the value per row and the gradient at the
    pre-activation together, and may overwrite z. ``inverse_link`` returns the
    pre-activation of a mean row. At any constant z, the value is affine in x.
    """

    value: Callable[[Tensor, Tensor], Tensor]
    value_and_gradient: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
    link: Callable[[Tensor], Tensor]
    inverse_link: Callable[[Tensor], Tensor]
    domain: tuple[Bound, Bound]
    remedy: str


def _squared_error(z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    error = z.sub_(x)
    return error.square().sum(-1), error.mul_(2)


def _cross_entropy(z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    return softplus(z, threshold=50.0).addcmul_(x, z, value=-1).sum(-1), torch.sigmoid(z).sub_(x)


def _softmax(z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    return SOFTMAX.value(z, x), torch.softmax(z, -1).mul_(x.sum(-1, keepdim=True)).sub_(x)


LossName = Literal["squared_error", "cross_entropy"]
"""The names of the table, for type checkers."""
LOSSES = {
    "squared_error": Loss(
        value=lambda z, x: (z - x).square().sum(-1),
        value_and_gradient=_squared_error,
        link=torch.clone,
        inverse_link=torch.clone,
        domain=(float("-inf"), float("inf")),
        remedy="Scale X first, for instance with MaxAbsScaler.",
    ),
    "cross_entropy": Loss(
        value=lambda z, x: (softplus(z, threshold=50.0) - x * z).sum(-1),
        value_and_gradient=_cross_entropy,
        link=torch.sigmoid,
        inverse_link=lambda mean: torch.logit(mean, eps=1e-9),
        domain=(0.0, 1.0),
        remedy="Scale X first, for instance with MinMaxScaler(clip=True), or use "
        "loss='squared_error'.",
    ),
}
SOFTMAX = Loss(
    value=lambda z, x: -(x * torch.log_softmax(z, -1)).sum(-1),
    value_and_gradient=_softmax,
    link=lambda z: torch.softmax(z, -1),
    inverse_link=lambda mean: torch.log(mean.clamp_min(1e-9)),
    domain=(0.0, 1.0),
    remedy="The columns of a group are one-hot, as OneHotEncoder makes them.",
)
GROUPED = "softmax:"
"""Prefix of the loss of a grouped column; the name of the group follows."""


def find_loss(names: str | tuple[str, ...]) -> Loss:
    """The loss of a name, or of a name for every column."""
    return LOSSES[names] if isinstance(names, str) else _by_column(names)


def column_loss(name: str) -> Loss:
    """The loss of a column, named by a loss or a group."""
    return SOFTMAX if name.startswith(GROUPED) else LOSSES[name]


def blocks(names: tuple[str, ...]) -> dict[str, list[int]]:
    """The columns of every name, in the order of its first column."""
    found: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        found.setdefault(name, []).append(column)
    return found


@lru_cache(maxsize=64)
def _by_column(names: tuple[str, ...]) -> Loss:
    """The sum of the losses of blocks; each sees its own columns alone."""
    parts = [(column_loss(name), _index(columns)) for name, columns in blocks(names).items()]

    def value(z: Tensor, x: Tensor) -> Tensor:
        return torch.stack([loss.value(z[..., at], x[..., at]) for loss, at in parts]).sum(0)

    def value_and_gradient(z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        values = []
        for loss, at in parts:
            rows, gradient = loss.value_and_gradient(z[..., at], x[..., at])
            z[..., at] = gradient
            values.append(rows)
        return torch.stack(values).sum(0), z

    def by_block(functions: list[Callable[[Tensor], Tensor]]) -> Callable[[Tensor], Tensor]:
        def mapped(z: Tensor) -> Tensor:
            out = torch.empty_like(z)
            for function, (_, at) in zip(functions, parts, strict=True):
                out[..., at] = function(z[..., at])
            return out

        return mapped

    link = by_block([loss.link for loss, _ in parts])
    inverse_link = by_block([loss.inverse_link for loss, _ in parts])
    kinds = [column_loss(name) for name in names]
    low, high = zip(*(kind.domain for kind in kinds), strict=True)
    return Loss(value, value_and_gradient, link, inverse_link, (low, high), remedy="")


def _index(columns: list[int]) -> slice | list[int]:
    """Columns side by side as a slice, whose view costs nothing."""
    first, last = columns[0], columns[-1]
    return slice(first, last + 1) if last - first + 1 == len(columns) else columns
