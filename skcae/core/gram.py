"""The squared error of a tied layer without its reconstruction: two products, not five.

With a linear output ``z = h W + c``, code h, row weights w and ``y = x - c``,

    G = W W^T        a = y W^T        v = h G - a

the loss of a row is ``||h W - y||^2 = ||y||^2 + h.(v - a)`` and its gradient at the code
``2 v``: neither z nor a product back from it is formed. With A as in the fused step,

    dL/dW = (A - 2 w h)^T y + (2 h^T (w h) + F) W + (A^T 1) c^T
    dL/db = A^T 1        dL/dc = 2 (h^T w) W - 2 w^T y

where F is the diagonal of W's own factors. G and ``h^T (w h)`` are as small as the code,
and the penalty's ``||W_j||^2`` are G's diagonal.

Normal noise e on the rows is drawn in the span of W, as that of copies in the fused
step: ``e W^T = t G``, and the gradient has ``A^T t`` beside ``2 h^T (w h)``. This is the
gradient at the noisy rows, without noise outside of the span and in two products as
before.

The loss is a difference of larger numbers, and rounding grows as they are larger than
it. y is free of an offset that all rows share, as c starts at their mean.

Corrupted rows x' take a product of their own in the code and in the gradient, where
``A^T x'`` replaces ``A^T y + (A^T 1) c^T``: four products with rows.

Rows enter by ``x W^T``, by ``||y||^2`` and by products with y from the left. Sparse rows
need no dense array for these: y is not formed, and what c adds is of rank one.
"""

from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from skcae.core import sparse
from skcae.core.draws import Draws
from skcae.core.fused import (
    FusedStep,
    Pull,
    Span,
    accumulate,
    affine,
    product,
    turned_noise,
)
from skcae.core.losses import LOSSES
from skcae.core.model import Architecture, Layers, decode, encode
from skcae.core.protocol import Terms
from skcae.core.streams import Batch

LARGEST_TERMS = 1e-4 / torch.finfo(torch.float32).eps
"""How much larger than the loss its terms may be: it then has four digits in float32."""
OVERHEAD = 5_000_000
"""Multiplications that take as long as what is called besides the products."""
LARGEST_DENSITY, LEAST_FEATURES = 0.02, 1000
"""Share of non-zeros up to which, and features from which, sparse rows are faster."""


def pays(n_rows: int, n_features: int, n_components: int, corrupted: bool = False) -> bool:
    """Whether a step of this shape is faster than the fused one, by multiplications."""
    of_rows = n_rows * n_features * n_components
    of_gram = n_components**2 * (n_rows + n_features)
    n_products = 4 if corrupted else 2
    return n_products * of_rows + 2 * of_gram + OVERHEAD < 0.9 * 5 * of_rows


def pays_in_span(n_rows: int, n_features: int, n_components: int) -> bool:
    """Whether noisy copies in the span of W are faster, if nothing else needs G."""
    of_gram = n_components**2 * (2 * (n_rows + n_features) + n_components)
    return of_gram + OVERHEAD < 2 * n_rows * n_features * n_components


def pays_sparse(n_rows: int, n_features: int, n_components: int, density: float) -> bool:
    """Whether batches of sparse rows are faster than dense ones in a step like this."""
    enough = 5 * n_rows >= 2 * n_components + 75
    return is_thin(n_features, density) and enough and n_rows * n_features * n_components > OVERHEAD


def is_thin(n_features: int, density: float) -> bool:
    """Whether products of sparse rows are faster than those of dense ones."""
    return density <= LARGEST_DENSITY and n_features >= LEAST_FEATURES


def has_gram_form(architecture: Architecture, loss_name: str | tuple[str, ...]) -> bool:
    """Whether the loss needs no reconstruction: squared error of a tied layer."""
    return architecture.depth == 1 and architecture.tied and loss_name == "squared_error"


class Centred(Protocol):
    """y, the rows less the output bias."""

    squares: Tensor
    """``||y||^2``, (..., rows)."""
    terms: Tensor
    """The size of the numbers that it comes from."""

    def encoded(self, encoder: Tensor) -> Tensor:
        """``x W^T``."""

    def pull(self, left: Tensor, out: Tensor) -> None:
        """Add ``left^T y`` to ``out``."""

    def total(self, weight: Tensor) -> Tensor:
        """``weight^T y``, (..., 1, n_features), with weights (..., rows, 1)."""


class DenseRows:
    """y of dense rows, which is formed."""

    def __init__(self, x: Tensor, output_bias: Tensor) -> None:
        self.x, self.y = x, x - output_bias
        self.squares = self.terms = torch.linalg.vector_norm(self.y, dim=-1).square_()

    def encoded(self, encoder: Tensor) -> Tensor:
        return self.x.expand(*encoder.shape[:-2], -1, -1) @ encoder.mT

    def pull(self, left: Tensor, out: Tensor) -> None:
        accumulate(out, left.mT, self.y)

    def total(self, weight: Tensor) -> Tensor:
        return weight.mT @ self.y


class SparseRows:
    """y of sparse rows, by what the output bias takes from each product."""

    def __init__(self, x: Tensor, output_bias: Tensor) -> None:
        self.x = x
        self.output_bias = output_bias
        self.terms = sparse.squared_norms(x)
        products = sparse.dots(x, output_bias[0])
        self.squares = self.terms - 2 * products + output_bias.square().sum()

    def encoded(self, encoder: Tensor) -> Tensor:
        return sparse.product(self.x, encoder.mT)

    def pull(self, left: Tensor, out: Tensor) -> None:
        out.add_(sparse.product_from_left(self.x, left).mT)
        out.addr_(left.sum(0), self.output_bias[0], alpha=-1)

    def total(self, weight: Tensor) -> Tensor:
        return sparse.weighted_sum(self.x, weight[:, 0]) - weight.sum() * self.output_bias


class Errors(NamedTuple):
    """The squared error of every row, and what it is made of."""

    y: Centred
    gram: Tensor
    turned: Tensor | None
    """t, of rows with noise."""
    entered: Tensor
    """The pre-activation."""
    code: Tensor
    half: Tensor
    """v, half of the gradient at the code."""
    rows: Tensor
    excess: Tensor
    """By how much the terms, whose difference the error is, are too large for it."""


def noisy(x: Tensor, noise: Tensor, encoder: Tensor) -> Tensor:
    """Dense rows with the noise of normal numbers in the span of W."""
    return x + turned_noise(noise, encoder @ encoder.mT) @ encoder


def squared_errors(
    layers: Layers, x: Tensor, noise: Tensor | None = None, source: Tensor | None = None
) -> Errors:
    """The squared error of every row by a tied layer, without its reconstruction.

    ``source`` are the rows to encode, if they are others.
    """
    (encoder,), (bias,), _, (output_bias,), (activation,) = layers
    output_bias = output_bias.unsqueeze(-2)
    y = (SparseRows if x.is_sparse else DenseRows)(x, output_bias)
    gram = encoder @ encoder.mT
    encoded = y.encoded(encoder)
    turned = None if noise is None else turned_noise(noise, gram)
    bias = bias.unsqueeze(-2)
    entered = encoded + bias if source is None else affine(source, encoder.mT, bias)
    if turned is not None:
        entered = affine(turned, gram, entered)
    code = activation.forward(entered)
    a = encoded - output_bias @ encoder.mT
    half = affine(code, gram, a, beta=-1)
    rows = y.squares + torch.linalg.vecdot(code, half - a)
    norms = gram.diagonal(dim1=-2, dim2=-1).unsqueeze(-1)
    terms = y.terms + (code.square() @ norms).squeeze(-1) + output_bias.square().sum(-1)
    return Errors(y, gram, turned, entered, code, half, rows, terms - LARGEST_TERMS * rows)


def losses_of_sparse(layers: Layers, x: Tensor, noise: Tensor | None = None) -> Tensor:
    """The squared error of every sparse row; few are dense at a time.

    That of rows which this form rounds too much is taken from their reconstruction.
    """
    errors = squared_errors(layers, x, noise)
    (rough,) = (~(errors.excess < 0)).nonzero(as_tuple=True)
    losses = errors.rows
    for some in rough.split(64):
        dense = x.index_select(0, some).to_dense()
        source = dense
        if errors.turned is not None:
            source = dense + errors.turned[some] @ layers.encoder_weights[0]
        again = decode(layers, encode(layers, source))
        losses[some] = LOSSES["squared_error"].value(again, dense)
    return losses


class GramStep(FusedStep):
    """The fused step of a tied autoencoder with squared error, by the Gram matrix of W.

    It is the fused step itself for shapes that gain nothing, on a GPU, which would have
    to wait for the comparison of terms, and once these have been too large. ``noise``
    is the standard deviation of normal noise on the rows, which is drawn in the span of
    W in any case.
    """

    exact = True

    def __init__(
        self, *problem: Any, noise: float | Tensor | None = None, in_span: bool = False
    ) -> None:
        super().__init__(*problem, in_span=in_span)
        dtype, device = self.gradient.dtype, self.gradient.device
        self.noise = None if noise is None else torch.as_tensor(noise, dtype=dtype, device=device)

    def __call__(self, batch: Batch) -> Terms:
        noise = self._drawn(batch.draws)
        if self._gains(batch):
            source = batch.source if batch.is_corrupted else None
            errors = squared_errors(self.layers, batch.target, noise, source)
            self.exact = bool((torch.linalg.vecdot(errors.excess, batch.weight) < 0).all())
            if self.exact:
                return self._finish(batch, errors)
        batch = batch.dense()
        if noise is not None:
            batch = batch._replace(source=noisy(batch.source, noise, self.encoder))
        return super().__call__(batch)

    def _drawn(self, draws: Draws) -> Tensor | None:
        if self.noise is None:
            return None
        return self.noise[..., None, None] * draws.normal(self.encoder.shape[-2])

    def _gains(self, batch: Batch) -> bool:
        x = batch.target
        if x.is_sparse:
            return self.exact and len(x) > 0
        possible = self.exact and x.device.type == "cpu"
        n_rows, n_features = x.shape[-2:]
        n_components = self.encoder.shape[-2]
        return possible and pays(n_rows, n_features, n_components, batch.is_corrupted)

    def _finish(self, batch: Batch, errors: Errors) -> Terms:
        y, gram, turned, entered, code, half, rows, _ = errors
        twice = 2 * batch.weight.unsqueeze(-1)
        norms = gram.diagonal(dim1=-2, dim2=-1).unsqueeze(-2).clone()
        span = Span(entered, gram) if self.in_span else None
        terms, pulls, moved, scale = self.complete(batch, code, rows, half.mul_(twice), span, norms)
        weighted = code * twice
        own = weighted.mT @ code
        own.diagonal(dim1=-2, dim2=-1).add_(scale.squeeze(-2))
        if moved is not None:
            own += moved
        if turned is not None:
            accumulate(own, pulls[0][0].mT, turned)
        self._write(batch, pulls, y, weighted, own)
        offset = weighted.sum(-2, keepdim=True) @ self.encoder - y.total(twice)
        self.gradients[-1].copy_(offset.squeeze(-2))
        return terms

    def _write(
        self, batch: Batch, pulls: list[Pull], y: Centred, weighted: Tensor, own: Tensor
    ) -> None:
        """Write the gradients of W and b; ``weighted`` is 2 w h, ``own`` W's factor."""
        by_weight, by_bias, _ = self.gradients
        by_encoder = product(own, self.encoder, by_weight)
        sums = [pull.sum(-2) for pull, _ in pulls]
        by_bias.copy_(sum(sums[1:], sums[0]))
        offset, others = torch.zeros_like(sums[0]), pulls
        if not batch.is_corrupted:
            offset, ((backward, _), *others) = sums[0], pulls
            weighted = weighted - backward
        y.pull(-weighted, by_encoder)
        for pull, rows in others:
            accumulate(by_encoder, pull.mT, rows)
        torch.addcmul(by_encoder, offset.unsqueeze(-1), self.decode[1], out=by_weight)
