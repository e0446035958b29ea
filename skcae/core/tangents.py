"""The tangents of rows: the leading right singular vectors of the encoder's Jacobian.

They are eigenvectors of ``J^T J``, of which a few are wanted of many. Where J is small
its smaller Gram matrix is taken apart whole. Where it is large, only products with J
are formed: blocks ``V, J^T J V, (J^T J)^2 V, ...``, made orthonormal, span a space
that holds the leading eigenvectors to rounding long before it is all of the space
(block Lanczos, every block kept orthogonal to all before). A row is done when the
residuals of its vectors are of the size of rounding, so this route is as exact as the
other.

References
----------
G. H. Golub and C. F. Van Loan (2013). Matrix computations. Section 10.3.6.
"""

import torch
from torch import Tensor

from skcae.core.jacobian import jvp, matrix, vjp
from skcae.core.model import Point

WIDE_BLOCK = 4
"""Number of vectors of a block beyond those that are wanted."""
LARGE = 12
"""Blocks that must fit into the smaller side of J, else it is taken apart whole."""
CHECKED_EVERY = 2
"""Blocks between two looks at the residuals."""
RESIDUAL = 500.0
"""Largest norm of a residual, in units of rounding of the largest eigenvalue."""


def leading_tangents(point: Point, k: int) -> Tensor:
    """The k leading right singular vectors of every row's J, (rows, k, n_features).

    A vector whose singular value is zero to rounding, a direction in which the code
    stands still, is zero.
    """
    sizes = (point.x.shape[-1], *(weight.shape[-2] for weight in point.weights))
    found = _by_products(point, k) if LARGE * (k + WIDE_BLOCK) <= min(sizes) else None
    values, vectors = _whole(point, k) if found is None else found
    rank_floor = torch.finfo(values.dtype).eps * max(sizes[0], sizes[-1])
    values = values.unsqueeze(-1)
    return vectors.where(values > rank_floor * values.amax(-2, keepdim=True), 0)


def _whole(point: Point, k: int) -> tuple[Tensor, Tensor]:
    """Eigenvalues and vectors by the smaller of ``J J^T`` and ``J^T J``."""
    J = matrix(point.weights, point.slopes)
    wide = J.shape[-2] < J.shape[-1]
    values, vectors = _largest(J @ J.mT if wide else J.mT @ J, k)
    if wide:
        vectors = torch.nn.functional.normalize(vectors @ J, dim=-1)
    return values, vectors


def _largest(symmetric: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k largest eigenvalues, and their vectors as rows."""
    values, vectors = torch.linalg.eigh(symmetric)
    return values[..., -k:].flip(-1), vectors[..., -k:].flip(-1).mT


def _by_products(point: Point, k: int) -> tuple[Tensor, Tensor] | None:
    """The same by products with J; None if half of the space does not hold them.

    With the blocks so far as rows of V, ``V J^T J = T V + (0, R)^T Q``, Q being the next
    block: T is small, and a residual is the norm of R times the last of an eigenvector.
    """
    size, n_features = k + WIDE_BLOCK, point.x.shape[-1]
    block = _first_block(point, size).expand(len(point.x), -1, -1)
    basis, T = block[:, :0], point.x.new_zeros(len(point.x), 0, 0)
    for number in range(1, 1 + n_features // (2 * size)):
        basis = torch.cat([basis, block], 1)
        block, projection, R = _orthonormal(_gram_times(point, block), basis)
        T = torch.nn.functional.pad(T, (0, size, 0, size))
        T[:, -size:] = projection
        T[:, :, -size:] = projection.mT
        if number % CHECKED_EVERY == 0:
            values, mixing = _largest(T, k)
            residual = (mixing[..., -size:] @ R.mT).norm(dim=-1)
            limit = RESIDUAL * torch.finfo(T.dtype).eps * values.amax(-1, keepdim=True)
            if (residual <= limit).all():
                return values, mixing @ basis
    return None


def _first_block(point: Point, n_vectors: int) -> Tensor:
    """Orthonormal vectors, the same for all rows and in every call."""
    x = point.x
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(x.shape[-1], n_vectors, generator=generator, dtype=torch.float64)
    return torch.linalg.qr(drawn.to(x))[0].mT


def _gram_times(point: Point, block: Tensor) -> Tensor:
    """``J^T J v`` of every row for the vectors in its block, (rows, n_vectors, n_features)."""
    moved = jvp(point.weights, point.slopes, block.transpose(0, 1))
    return vjp(point.weights, point.slopes, moved).transpose(0, 1)


def _orthonormal(block: Tensor, basis: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The block made orthogonal to the basis and orthonormal, and how it was made of both.

    What remains of a block that is nearly in the space of the basis is rounding, so it
    is made orthogonal a second time.
    """
    projection = block @ basis.mT
    Q, R = torch.linalg.qr((block - projection @ basis).mT)
    again = Q.mT - (Q.mT @ basis.mT) @ basis
    return torch.linalg.qr(again.mT)[0].mT, projection, R
