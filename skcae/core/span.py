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

import torch
from torch import Tensor

from skcae.core.model import Architecture
from skcae.core.solvers import Solver
from skcae.core.state import TrainingState

LEAST_FEATURES = 1000
"""Smallest number of features for which a fit in the span is tried."""
MOST_ELEMENTS = 1 << 26
"""Largest size of the rows for which it is tried: it holds several arrays of that size."""


def pays(n_rows: int, n_features: int, n_units: int, n_epochs: int) -> bool:
    """Whether rows are few enough for a fit in their span, with its decomposition."""
    decomposition = n_rows * (4 * n_features + 20 * n_rows)
    saved = 3 * n_epochs * n_units * (n_features - n_rows)
    wide = 2 * n_rows <= n_features and n_features >= LEAST_FEATURES
    return wide and n_rows * n_features <= MOST_ELEMENTS and 2 * decomposition < saved


def spanning_axes(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """The axes, (rank, n_features), and the rows along them, (rows, rank).

    Each principal axis points to where its largest entry is positive. They are computed
    in float64: beside the axis of a large mean, others would drown in the rounding of
    float32.
    """
    basis, coordinates = torch.linalg.qr(x.mT.double())
    _, values, axes = torch.linalg.svd(weight.double().sqrt().unsqueeze(-1) * coordinates.mT)
    kept = values > torch.finfo(values.dtype).eps * max(x.shape) * values[0]
    kept[0] = True
    axes = axes[kept]
    whole = axes @ basis.mT
    signs = whole.gather(-1, whole.abs().argmax(-1, keepdim=True)).sign()
    turn = _rotation(len(axes)).to(x.device) * signs.mT
    return (turn @ whole).to(x.dtype), (coordinates.mT @ (turn @ axes).mT).to(x.dtype)


def _rotation(n: int) -> Tensor:
    """A rotation that depends on its size alone."""
    generator = torch.Generator("cpu").manual_seed(0)
    normal = torch.randn(n, n, dtype=torch.float64, device="cpu", generator=generator)
    return torch.linalg.qr(normal)[0]


def turned_back(
    architecture: Architecture, state: TrainingState, solver: Solver, axes: Tensor
) -> tuple[Architecture, TrainingState]:
    """The autoencoder of the features from that of the coordinates along the axes.

    Buffers of a solver go with it: those of squared gradients by what the squares would
    be if gradients along the axes were independent.
    """
    whole = replace(architecture, sizes=(axes.shape[-1], *architecture.sizes[1:]))

    def turned(flat: Tensor, power: int) -> Tensor:
        along = axes.pow(power)
        first, *inner, last = architecture.split(flat)
        if not architecture.tied:
            inner[-1] = along.mT @ inner[-1]
        return torch.cat([part.flatten() for part in (first @ along, *inner, last @ along)])

    slots = [turned(slot, power) for slot, power in zip(state.slots, solver.powers, strict=True)]
    return whole, TrainingState(turned(state.flat, 1), slots, state.count)
