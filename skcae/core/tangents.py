"""The tangents of rows: the leading right singular vectors of the encoder's Jacobian.

They are eigenvectors of ``J^T J``, of which a few are wanted of many. Where J is small,
the smaller of its Gram matrices is taken apart whole. Where it is large, only products
are formed until the vectors are exact to rounding, so that all routes are equally exact.

For one layer ``J J^T = D G D`` with ``G = W W^T``, which all rows share. One product
with G then does for two with W. Also ``||J J^T||_F^2 = sum_ij d_i^2 G_ij^2 d_j^2``, and
this norm shows whether narrow blocks have missed a vector. For deeper encoders random
vectors show it. Rows that leave a doubt take blocks wider than the number of tangents.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from skcae.core.jacobian import jvp, matrix, vjp
from skcae.core.lanczos import Leading, leading
from skcae.core.model import Layers, Point

WIDE_BLOCK = 4
"""Number of vectors of a wide block beyond those that are wanted."""
NARROW_BLOCK = 2
"""Number of vectors of a narrow block."""
LARGE = 12
"""Wide blocks that must fit into the smaller side of J, else it is taken apart whole."""
LONGEST = 10
"""Vectors of narrow blocks, for each that is wanted, before wide ones take over."""
WIDEST = 3
"""Number of units for each feature up to which G is formed."""
GROUP = 32
"""Number of rows that share products with narrow blocks."""
GROUP_ELEMENTS = 1 << 20
"""Number of elements of J of the rows of any other group, unless it is a single row."""


@dataclass(frozen=True, eq=False)
class Tangents:
    """The k leading right singular vectors of an encoder's Jacobian at any rows.

    A vector whose singular value is zero to rounding, a direction in which the code
    stands still, is zero.
    """

    layers: Layers
    k: int

    def __call__(self, x: Tensor) -> Tensor:
        """The tangents of rows, (rows, k, n_features)."""
        found = x.new_empty(len(x), self.k, x.shape[-1])
        left = torch.arange(len(x), device=x.device)
        if self._large:
            left = torch.cat([self._narrow(x, rows, found) for rows in left.split(GROUP)])
        together = max(1, GROUP_ELEMENTS // (x.shape[-1] * max(self._sizes)))
        for rows in left.split(together) if len(left) else ():
            found[rows] = self._of_rank(*self._wide(Point(self.layers, x[rows])))
        return found

    @cached_property
    def _sizes(self) -> list[int]:
        weights = self.layers.encoder_weights
        return [weights[0].shape[-1], *(len(weight) for weight in weights)]

    @cached_property
    def _large(self) -> bool:
        return LARGE * (self.k + WIDE_BLOCK) <= min(self._sizes)

    @cached_property
    def _gram(self) -> Tensor | None:
        """G, where it is formed."""
        if len(self._sizes) > 2 or self._sizes[1] > WIDEST * self._sizes[0]:
            return None
        (weight,) = self.layers.encoder_weights
        return weight @ weight.mT

    def _narrow(self, x: Tensor, rows: Tensor, found: Tensor) -> Tensor:
        """Store the tangents of rows; return the rows about which there is a doubt."""
        point, longest = Point(self.layers, x[rows]), LONGEST * self.k
        if self._gram is None:
            values, vectors, sure = _by_products(point, self.k, NARROW_BLOCK, longest)
        else:
            values, vectors, sure = _by_gram(self._gram, point, self.k, longest)
        found[rows] = self._of_rank(values, vectors)
        return rows[~sure]

    def _wide(self, point: Point) -> tuple[Tensor, Tensor]:
        """Eigenvalues and vectors by wide blocks, unless these need half of the space."""
        if self._large:
            half = point.x.shape[-1] // 2
            values, vectors, sure = _by_products(point, self.k, self.k + WIDE_BLOCK, half)
            if sure.all():
                return values, vectors
        return _whole(point, self.k)

    def _of_rank(self, values: Tensor, vectors: Tensor) -> Tensor:
        """The vectors, with zeros for those whose eigenvalue is zero to rounding."""
        values = values.unsqueeze(-1)
        eps = torch.finfo(values.dtype).eps * max(self._sizes[0], self._sizes[-1])
        return vectors.where(values > eps * values.amax(-2, keepdim=True), 0)


def _whole(point: Point, k: int) -> tuple[Tensor, Tensor]:
    """Eigenvalues and vectors by the smaller of ``J J^T`` and ``J^T J``."""
    J = matrix(point.weights, point.slopes)
    wide = J.shape[-2] < J.shape[-1]
    values, vectors = torch.linalg.eigh(J @ J.mT if wide else J.mT @ J)
    values, vectors = values[..., -k:].flip(-1), vectors[..., -k:].flip(-1).mT
    if wide:
        vectors = torch.nn.functional.normalize(vectors @ J, dim=-1)
    return values, vectors


def _by_products(point: Point, k: int, n_vectors: int, longest: int) -> Leading:
    """The same by products with J."""
    weights, slopes, n_features = point.weights, point.slopes, point.x.shape[-1]

    def times(block: Tensor) -> Tensor:
        moved = jvp(weights, slopes, block.transpose(0, 1))
        return vjp(weights, slopes, moved).transpose(0, 1)

    start = _first_block(point.x, n_features, n_vectors).expand(len(point.x), -1, -1)
    return leading(times, start, k, min(longest, n_features // 2))


def _by_gram(gram: Tensor, point: Point, k: int, longest: int) -> Leading:
    """The same by narrow blocks of codes, for one layer."""
    (weight,), (slope,) = point.weights, point.slopes
    moving = _moving(gram, slope)
    if not moving.all():
        weight, slope, gram = weight[moving], slope[:, moving], gram[moving][:, moving]
    squared = slope.square()
    squared = (squared @ gram.square() * squared).sum(-1)
    slope = slope.unsqueeze(-2)

    def times(block: Tensor) -> Tensor:
        return (block * slope) @ gram * slope

    start = _first_block(weight, len(gram), NARROW_BLOCK).expand(len(point.x), -1, -1)
    values, vectors, sure = leading(times, start, k, longest, squared)
    vectors = torch.linalg.qr(((vectors * slope) @ weight).mT)[0].mT
    return Leading(values, vectors, sure)


def _moving(gram: Tensor, slope: Tensor) -> Tensor:
    """The units that move with any row; the rest of J is of the size of rounding."""
    norms = slope.square() * gram.diagonal()
    least = torch.finfo(gram.dtype).eps / len(gram)
    return (norms >= least * norms.amax(-1, keepdim=True)).any(0)


def _first_block(like: Tensor, size: int, n_vectors: int) -> Tensor:
    """Orthonormal vectors, the same for all rows and in every call."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(size, n_vectors, generator=generator, dtype=torch.float64)
    return torch.linalg.qr(drawn.to(like))[0].mT
