"""The leading eigenvectors of many symmetric operators at once, by block Lanczos.

Blocks ``V, A V, A^2 V, ...``, made orthonormal, span a space that holds the leading
eigenvectors of A to rounding long before it is all of the space. With the blocks so far
as rows of Q, ``Q A = T Q + (0, R)^T V'``, where V' is the next block. T is small and has
few diagonals. Its eigenvectors, taken through Q, have residuals of the norm of R times
their last entries. They are good once these residuals are of the size of rounding.

A block of b vectors finds an eigenvalue b times at most, however often A has it. Blocks
that are wider than the number of eigenvectors miss none. Narrow ones reach the same
residuals in a much smaller space, but whether they missed any has to be found out. Let
the k eigenvalues found be ``a_1 >= ... >= a_k``, the others of T ``t_i`` with residuals
``r_i``, and C the part of A outside the space. For A without negative eigenvalues

    delta + sum_i r_i^2 / (a_k - t_i) <= a_k,   delta >= ||C||

suffices for no eigenvalue beyond the k to exceed a_k. With the norm of A, ``delta^2 =
||A||_F^2 - ||T||_F^2 - 2 ||R||_F^2``. Else a few powers of C are applied to normal
numbers g. As ``||C^q g|| >= ||C||^q |u.g|``, with u a leading eigenvector of C, and |u.g|
is less than t with a probability of t at most, ``||C^q g|| / t`` bounds ``||C||^q``
unless all of the g are within t.

References
----------
G. H. Golub and C. F. Van Loan (2013). Matrix computations. Section 10.3.6.
J. D. Dixon (1983). Estimating extremal eigenvalues and condition numbers of matrices.
SIAM Journal on Numerical Analysis 20.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

RESIDUAL = 500.0
"""Largest norm of a residual, in units of rounding of the largest eigenvalue."""
CHECKED_EVERY = 8
"""Vectors between two looks at the residuals."""
FAINT = 1e-4
"""Norm of a remainder, in units of the largest entry of T, below which rounding shows."""
N_PROBES, POWER, NEAR = 2, 8, 1e-4
"""Number of g, q and t: a miss has a probability of 1e-8."""


class Leading(NamedTuple):
    """Some leading eigenvalues, their eigenvectors, and whether they are just these."""

    values: Tensor
    """Largest first, (rows, k)."""
    vectors: Tensor
    """As rows, (rows, k, size)."""
    sure: Tensor
    """(rows,)."""


def leading(
    times: Callable[[Tensor], Tensor],
    block: Tensor,
    k: int,
    longest: int,
    squared: Tensor | None = None,
) -> Leading:
    """The k leading eigenvectors of one operator a row.

    ``times`` applies the operators to the vectors in a block, (rows, b, size). At most
    ``longest`` vectors span the space. ``squared`` is the squared norm of every
    operator, (rows,). Blocks that are wider than k need no certificate.
    """
    rows, b, size = block.shape
    basis, T = block.new_empty(rows, longest, size), block.new_zeros(rows, 0, 0)
    looked = 2 * k
    for end in range(b, longest + 1, b):
        basis[:, end - b : end] = block
        known = basis[:, :end]
        block, R, T = _next_block(times(block), known, T)
        last = end + b > longest
        if last or end - looked >= CHECKED_EVERY:
            looked = end
            found = _looked_at(T, R, k)
            sure = found.converged
            if b <= k and (last or sure.all()):
                delta = _outside(times, known) if squared is None else _rest(found, squared)
                sure = _none_missed(found, k, delta)
            if sure.all():
                break
    return Leading(found.values[:, :k], found.mixing[:, :k] @ known, sure)


def _next_block(moved: Tensor, known: Tensor, T: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What is new in a block that was moved, made orthonormal; R; and T extended.

    The moved block reaches no further back than the last two blocks, but for rounding.
    """
    b = moved.shape[1]
    recent = known[:, -2 * b :]
    projection = moved @ recent.mT
    T = pad(T, (0, b, 0, b))
    T[:, -b:, -recent.shape[1] :] = projection
    T[:, -recent.shape[1] :, -b:] = projection.mT
    moved = torch.baddbmm(moved, projection, recent, alpha=-1)
    moved = _without(moved, known)
    Q, R = torch.linalg.qr(moved.mT)
    largest = T.diagonal(dim1=-2, dim2=-1).amax(-1, keepdim=True)
    if (R.diagonal(dim1=-2, dim2=-1).abs() <= FAINT * largest).any():
        Q = torch.linalg.qr(_without(Q.mT, known).mT)[0]
    return Q.mT, R, T


def _without(block: Tensor, known: Tensor) -> Tensor:
    """The block without its part in the space of the known vectors."""
    return torch.baddbmm(block, block @ known.mT, known, alpha=-1)


class Look(NamedTuple):
    """What the space so far has to say."""

    values: Tensor
    """All eigenvalues of T, largest first."""
    mixing: Tensor
    """Its eigenvectors, in terms of the basis, as rows."""
    residuals: Tensor
    limit: Tensor
    """What is rounding in an eigenvalue, (rows, 1)."""
    converged: Tensor
    """Whether the residuals of the k largest are rounding, (rows,)."""
    coupling: Tensor
    """Squared norm of R, (rows,)."""


def _looked_at(T: Tensor, R: Tensor, k: int) -> Look:
    """The eigenvectors of T, and how far off they are."""
    values, vectors = torch.linalg.eigh(T)
    values, mixing = values.flip(-1), vectors.flip(-1).mT
    residuals = (mixing[..., -R.shape[-1] :] @ R.mT).norm(dim=-1)
    limit = RESIDUAL * torch.finfo(T.dtype).eps * values[:, :1]
    converged = (residuals[:, :k] <= limit).all(-1)
    return Look(values, mixing, residuals, limit, converged, R.square().sum((-2, -1)))


def _rest(found: Look, squared: Tensor) -> Tensor:
    """A bound of ``||C||`` from the squared norm of A."""
    outside = squared - found.values.square().sum(-1) - 2 * found.coupling
    eps = torch.finfo(squared.dtype).eps
    return (outside.clamp_min(0) + RESIDUAL * eps * squared).sqrt()


def _outside(times: Callable[[Tensor], Tensor], known: Tensor) -> Tensor:
    """A bound of ``||C||`` from powers of C, applied to the same numbers for all rows."""
    generator = torch.Generator().manual_seed(1)
    size = known.shape[-1]
    drawn = torch.randn(N_PROBES, size, generator=generator, dtype=torch.float64)
    probes = _without(drawn.to(known).expand(len(known), -1, -1), known)
    scale = known.new_ones(len(known), N_PROBES, 1)
    for _ in range(POWER):
        probes = _without(times(probes), known)
        norms = probes.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(known.dtype).tiny)
        probes, scale = probes / norms, scale * norms.pow(1 / POWER)
    return scale.amax((-2, -1)) / NEAR ** (1 / POWER)


def _none_missed(found: Look, k: int, delta: Tensor) -> Tensor:
    """Whether no other eigenvalue of the operator can exceed the k-th found."""
    values, residuals = found.values, found.residuals
    least = values[:, k - 1 : k] + found.limit
    coupling = (residuals[:, k:].square() / (least - values[:, k:])).sum(-1)
    return found.converged & (delta + coupling <= least.squeeze(-1))
