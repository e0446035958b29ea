"""The one-layer objective with its gradient derived by hand.

A step takes five matrix products and few passes besides. With ``a = x W^T + b``,
``h = s(a)``, ``z = h V^T + c`` (tied: ``V = W^T``), slope ``S = s'(a)``, curvature
``C = dS/da``, row weights w and ``q_j = ||W_j||^2``, the closed-form penalty of a row
is ``sum_j S_j^2 q_j``, and

    dL/dz = w times the loss's own gradient                              = D
    dL/da = S (D V + 2 alpha q w C)                                      = A
    dL/dc = D^T 1                    dL/db = A^T 1
    dL/dV = D^T h                    dL/dW = A^T x + 2 (alpha (S^2)^T w) W
    tied: dL/dW = A^T x + h^T D + 2 (alpha (S^2)^T w) W

Curvatures are linear in the slope, so ``w C`` is the curvature for ``w S``, which the
mean of ``S^2`` needs as well. For small layers the cost is the number of calls, not of
elements. Views are therefore taken once, and numbers per unit stay rows,
(..., 1, n_components).

The higher order penalty adds ``g sum_j (S'_j - S_j)^2 q_j`` for each noisy copy x' of a
row, with slope S' and curvature C' there. With the change ``F = g w (S' - S)`` it adds

    to dL/da: - 2 alpha q F C        to dL/dW: A'^T x' + 2 (alpha F^T (S' - S)) W
    to dL/db: A'^T 1                 where A' = 2 alpha q F C'

Normal noise e on the copies enters by ``e W^T`` alone, and by the part of e in the span
of W, as the rest of ``A'^T e`` has mean zero. With ``G = W W^T = L L^T``, normal numbers
n of the size of the code and ``t = n L^-1``, that part is ``t W``: its covariance is
``W^T G^-1 W``, the projection on the span. Then ``e W^T = t G``: a copy has the
pre-activation ``a + t G`` and adds ``A'^T x + (A'^T t) W`` to dL/dW, without a product
with rows of its own, as A' joins A.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from skcae.core.losses import Loss
from skcae.core.model import Architecture
from skcae.core.penalties import Exact, HigherOrder, Penalty
from skcae.core.protocol import Terms
from skcae.core.streams import Batch

Pull = tuple[Tensor, Tensor]
"""The gradient at the pre-activation of some rows, and these rows."""


class Span(NamedTuple):
    """What noise in the span of W needs."""

    entered: Tensor
    """The pre-activation of the rows."""
    gram: Tensor
    """G."""


class Copy(NamedTuple):
    """A noisy copy of the rows, with the slopes there and their change."""

    x: Tensor
    """The rows themselves, or t of noise in the span of W."""
    code: Tensor
    slope: Tensor
    change: Tensor
    """F, (..., rows, n_components)."""
    mean_square: Tensor
    """The sum of ``F (S' - S)`` over the rows, (..., 1, n_components)."""


class FusedStep:
    """The step of a one-layer autoencoder with a closed-form penalty, or with none.

    A penalty is always reported. It has a gradient only if alpha is not zero.
    ``in_span`` is whether its noise is drawn in the span of W.
    """

    def __init__(
        self,
        architecture: Architecture,
        loss: Loss,
        alpha: float | Tensor,
        weight_decay: float | Tensor,
        penalty: Penalty | None,
        flat: Tensor,
        *,
        in_span: bool = False,
    ) -> None:
        self.architecture = architecture
        self.loss = loss
        self.penalty = penalty
        self.in_span = in_span
        self.gradient = torch.empty_like(flat)
        self.gradients = architecture.split(self.gradient)
        self.layers = architecture.layers(flat.detach())
        (self.encoder,), (bias,), (self.decoder,), (decoder_bias,), (self.activation,) = self.layers
        self.encode = self.encoder.mT, bias.unsqueeze(-2)
        self.decode = self.decoder.mT, decoder_bias.unsqueeze(-2)
        self.alpha = torch.as_tensor(alpha, dtype=flat.dtype, device=flat.device)
        self.weight_decay = torch.as_tensor(weight_decay, dtype=flat.dtype, device=flat.device)
        self.twice_alpha = 2 * self.alpha[..., None, None]
        self.twice_decay = 2 * self.weight_decay[..., None, None]
        self.contracts = penalty is not None and bool(self.alpha.any())
        self.decays = bool(self.weight_decay.any())

    @staticmethod
    def handles(architecture: Architecture, penalty: Penalty | None) -> bool:
        """Whether this derivation holds: one layer, a closed form or no penalty.

        A subclass of the closed forms may have another.
        """
        return architecture.depth == 1 and type(penalty) in {Exact, HigherOrder, type(None)}

    def __call__(self, batch: Batch) -> Terms:
        entered = affine(batch.source, *self.encode)
        code = self.activation.forward(entered)
        rows, error = self.loss.value_and_gradient(affine(code, *self.decode), batch.target)
        backward = error.mul_(batch.weight.unsqueeze(-1)) @ self.decoder
        span = Span(entered, self.encoder @ self.encoder.mT) if self.in_span else None
        terms, pulls, moved, scale = self.complete(batch, code, rows, backward, span)
        self._gradients(pulls, moved, code, error, scale)
        return terms

    def complete(
        self,
        batch: Batch,
        code: Tensor,
        rows: Tensor,
        backward: Tensor,
        span: Span | None = None,
        norms: Tensor | None = None,
    ) -> tuple[Terms, list[Pull], Tensor | None, Tensor]:
        """What follows from the loss of every row and its gradient at the code.

        Returns the terms; A and x, and those of the copies; and W's own factors in its
        gradient: ``A'^T t`` of copies in its span, and one for each row of W. ``norms``
        are q, where they are known; they and ``backward`` are overwritten.
        """
        weight, column = batch.weight, batch.weight.unsqueeze(-1)
        total = reconstruction = torch.linalg.vecdot(rows, weight)
        parts: tuple[Tensor, ...] = (reconstruction,)
        slope, scale = self.activation.slope(code), self.twice_decay
        copies: list[Copy] = []
        pulls: list[Pull] = []
        if self.penalty is not None:
            weighted = slope * column
            if norms is None:
                norms = torch.linalg.vector_norm(self.encoder, dim=-1, keepdim=True).square_().mT
            means = [(weighted * slope).sum(-2, keepdim=True)]
            if isinstance(self.penalty, HigherOrder):
                moves = range(self.penalty.moves)
                copies = [self._copy(self.penalty, batch, slope, span) for _ in moves]
                squares = [copy.mean_square for copy in copies] or [torch.zeros_like(means[0])]
                means.append(sum(squares[1:], squares[0]))
            parts += tuple(torch.linalg.vecdot(norms, mean).squeeze(-1) for mean in means)
            if self.contracts:
                for copy in copies:
                    weighted.sub_(copy.change)
                norms.mul_(self.twice_alpha)
                backward.addcmul_(self.activation.curvature(code, weighted), norms)
                scale = torch.addcmul(self.twice_decay, self.twice_alpha, sum(means[1:], means[0]))
                total = torch.addcmul(total, self.alpha, sum(parts[2:], parts[1]))
                pulls = [(self._pull(copy, norms), copy.x) for copy in copies]
        if self.decays:
            total = total + self.weight_decay * self.architecture.squared_weights(self.layers)
        backward.mul_(slope)
        moved = None
        if span is not None and pulls:
            moved = torch.stack([pull.mT @ turned for pull, turned in pulls]).sum(0)
            for pull, _ in pulls:
                backward += pull
            pulls = []
        pulls.insert(0, (backward, batch.source))
        return Terms(total, parts, batch.share), pulls, moved, scale

    def _copy(self, penalty: HigherOrder, batch: Batch, slope: Tensor, span: Span | None) -> Copy:
        if span is None:
            x = penalty.moved(batch.source, batch.draws)
            entered = affine(x, *self.encode)
        else:
            noise = batch.draws.normal(slope.shape[-1]) * float(penalty.sigma)
            x = turned_noise(noise, span.gram)
            entered = affine(x, span.gram, span.entered)
        code = self.activation.forward(entered)
        there = self.activation.slope(code)
        difference = there - slope
        change = difference * (penalty.share * batch.weight).unsqueeze(-1)
        return Copy(x, code, there, change, (change * difference).sum(-2, keepdim=True))

    def _pull(self, copy: Copy, factors: Tensor) -> Tensor:
        """A' of a copy; ``factors`` are ``2 alpha q``."""
        curvature = self.activation.curvature(copy.code, copy.change)
        return curvature.mul_(copy.slope).mul_(factors)

    def _gradients(
        self,
        pulls: list[Pull],
        moved: Tensor | None,
        code: Tensor,
        error: Tensor,
        scale: Tensor,
    ) -> None:
        """Write the gradient; ``error`` is D."""
        by_weight, by_bias, *by_decoder = self.gradients
        (backward, x), *others = pulls
        by_encoder = product(backward.mT, x, by_weight)
        torch.sum(backward, -2, out=by_bias)
        for pull, rows in others:
            accumulate(by_encoder, pull.mT, rows)
            by_bias.add_(pull.sum(-2))
        if moved is not None:
            accumulate(by_encoder, moved, self.encoder)
        if self.architecture.tied:
            accumulate(by_encoder, code.mT, error)
        else:
            by_decoder_weight = product(error.mT, code, by_decoder[0])
            torch.addcmul(by_decoder_weight, self.decoder, self.twice_decay, out=by_decoder[0])
        torch.addcmul(by_encoder, self.encoder, scale.mT, out=by_weight)
        torch.sum(error, -2, out=by_decoder[-1])


def turned_noise(noise: Tensor, gram: Tensor) -> Tensor:
    """The t of normal numbers; W may have rows that depend on each other, or are zero."""
    kind, positive = torch.finfo(gram.dtype), gram.clone()
    diagonal = positive.diagonal(dim1=-2, dim2=-1)
    diagonal.add_(8 * kind.eps * diagonal.sum(-1, keepdim=True) + kind.tiny)
    lower, _ = torch.linalg.cholesky_ex(positive)
    return torch.linalg.solve_triangular(lower, noise, upper=False, left=False)


def affine(x: Tensor, matrix: Tensor, bias: Tensor, beta: int = 1) -> Tensor:
    """``x matrix + beta bias``."""
    if matrix.dim() == 2:
        return torch.addmm(bias, x, matrix, beta=beta)
    return torch.baddbmm(bias, x.expand(len(matrix), -1, -1), matrix, beta=beta)


def product(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    """The product in ``out``; that of many models in an array of its own.

    Their views have gaps, over which a batched product falls apart into single ones.
    Never torch.matmul: rows that all models share would make it copy every model's
    transposed factor.
    """
    if left.dim() == 2:
        return torch.mm(left, right, out=out)
    return torch.bmm(left, right.expand(len(left), -1, -1))


def accumulate(out: Tensor, left: Tensor, right: Tensor) -> None:
    """Add the product to ``out``."""
    if out.dim() == 2:
        out.addmm_(left, right)
    else:
        out.baddbmm_(left, right.expand(len(left), -1, -1))
