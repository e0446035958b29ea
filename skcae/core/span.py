"""Rows that are fewer than their features, in as many coordinates as they span.

The squared error, the norm of the Jacobian and weight decay are those of ``W V`` and
``c V`` for rows ``x V``, with orthonormal V, if W and c are in the span of V. What W and c
have outside of the span of all rows only adds to the objective. A fit may therefore take
place in the coordinates ``x V``, (rows, rank), and its weights be turned back.

V starts from the principal axes, which do not change with the order of rows, and by
which a weight of 2 is the row given twice. A fixed rotation then spreads the variance
over all coordinates, as it is spread over features, since Adam moves all weights alike.
"""

from dataclasses import replace
from math import ceil
from typing import NamedTuple

import torch
from torch import Tensor

from skcae.core.model import Architecture
from skcae.core.solvers import Solver
from skcae.core.state import TrainingState

LEAST_FEATURES = 1000
"""Smallest number of features for which a fit in the span is tried."""
MOST_ELEMENTS = 1 << 26
"""Largest size of the rows for which it is tried: it holds several arrays of that size."""
SHORTEST = 1.5e-3
"""Length of an axis, beside the longest, from which products of rows give it ten digits."""
BLOCK = 4096
"""Number of features that are in float64 at a time."""
UNDERFLOWING = torch.finfo(torch.float64).tiny / torch.finfo(torch.float64).eps
"""Squares below which digits are lost."""


def pays(n_rows: int, n_features: int, n_units: int, n_epochs: int) -> bool:
    """Whether rows are few enough for a fit in their span, with its decomposition."""
    decomposition = n_rows * (4 * n_features + 20 * n_rows)
    saved = 3 * n_epochs * n_units * (n_features - n_rows)
    wide = 2 * n_rows <= n_features and n_features >= LEAST_FEATURES
    return wide and n_rows * n_features <= MOST_ELEMENTS and 2 * decomposition < saved


class Principal(NamedTuple):
    """Principal axes as combinations of other vectors, which are not multiplied out."""

    factors: Tensor
    """(rank, rows); each axis is a sum of vectors with these factors."""
    vectors: Tensor
    """(rows, n_features)."""
    products: Tensor
    """Of the rows with the vectors, (rows, rows)."""


def spanning_axes(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """The axes, (rank, n_features), and the rows along them, (rows, rank).

    Each principal axis points to the side of a fixed direction. They are computed in
    float64: beside the axis of a large mean, others would drown in the rounding of
    float32.
    """
    scale = weight.double().sqrt().unsqueeze(-1)
    rounding = max(torch.finfo(torch.float64).eps * max(x.shape), torch.finfo(x.dtype).eps)
    found = _from_products(x, scale, rounding) or _from_basis(x, scale, rounding)
    direction = _normal(x.shape[-1], 1).to(found.vectors.dtype)
    signs = (found.factors @ (found.vectors @ direction).double()).sign()
    turn = torch.linalg.qr(_normal(len(signs), len(signs)))[0] * signs.mT
    factors = turn @ found.factors
    rows = (found.products @ factors.mT).to(x.dtype)
    return _combined(factors, found.vectors).to(x.dtype), rows


def _from_products(x: Tensor, scale: Tensor, rounding: float) -> Principal | None:
    """Combinations of the rows themselves, from their products with each other.

    None if some axes are too short beside the longest for its square to leave them
    enough digits.
    """
    products = _products(x)
    ascending, vectors = torch.linalg.eigh(scale * products * scale.mT)
    values, factors = ascending.flip(0), (vectors * scale).mT.flip(0)
    kept = values > SHORTEST**2 * values[0]
    rest = torch.linalg.vector_norm(_combined(factors[~kept], x), dtype=torch.float64)
    if not rest < rounding * values[0].sqrt() or values[0] < UNDERFLOWING:
        return None
    return Principal(factors[kept] * values[kept].rsqrt().unsqueeze(-1), x, products)


def _products(x: Tensor) -> Tensor:
    """The products of the rows with each other, in float64; each is taken once."""
    products = torch.zeros(len(x), len(x), dtype=torch.float64, device="cpu")
    some = ceil(len(x) / 4)
    for part in x.split(BLOCK, dim=-1):
        rows = part.double()
        for first in range(0, len(x), some):
            last = first + some
            products[first:, first:last].addmm_(rows[first:], rows[first:last].mT)
    return products.tril() + products.tril(-1).mT


def _combined(factors: Tensor, vectors: Tensor) -> Tensor:
    """Sums of vectors with these factors, in float64 and then in the vectors' dtype."""
    sums = vectors.new_empty(len(factors), vectors.shape[-1])
    parts = zip(sums.split(BLOCK, dim=-1), vectors.split(BLOCK, dim=-1), strict=True)
    for part, some in parts:
        part.copy_(factors @ some.double())
    return sums


def _from_basis(x: Tensor, scale: Tensor, rounding: float) -> Principal:
    """Combinations of an orthonormal basis, for rows of any scales."""
    basis, coordinates = torch.linalg.qr(x.mT.double())
    _, values, axes = torch.linalg.svd(scale * coordinates.mT)
    kept = values > rounding * values[0]
    kept[0] = True
    return Principal(axes[kept], basis.mT, coordinates.mT)


def _normal(*shape: int) -> Tensor:
    """Normal numbers that depend on their shape alone."""
    generator = torch.Generator("cpu").manual_seed(0)
    return torch.randn(shape, dtype=torch.float64, device="cpu", generator=generator)


def turned_back(
    architecture: Architecture, state: TrainingState, solver: Solver, axes: Tensor
) -> tuple[Architecture, TrainingState]:
    """The autoencoder of the features from that of the coordinates along the axes.

    Buffers of a solver go with it: those of squared gradients by what the squares would
    be if gradients along the axes were independent.
    """
    whole = replace(architecture, sizes=(axes.shape[-1], *architecture.sizes[1:]))

    def turned(flat: Tensor, power: int) -> Tensor:
        along = axes if power == 1 else axes.pow(power)
        first, *inner, last = architecture.split(flat)
        if not architecture.tied:
            inner[-1] = along.mT @ inner[-1]
        return torch.cat([part.flatten() for part in (first @ along, *inner, last @ along)])

    slots = [turned(slot, power) for slot, power in zip(state.slots, solver.powers, strict=True)]
    return whole, TrainingState(turned(state.flat, 1), slots, state.count)
