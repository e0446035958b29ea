"""The squared error of a tied layer without its reconstruction: two products, not five.

With a linear output ``z = h W + c``, rows x less c and weights w, and

    G = W W^T        a = x W^T        code = h = s(a + W c + b)        v = h G - a

the loss of a row is ``||h W - x||^2 = ||x||^2 + h.(v - a)``, its gradient at the code
``2 v``: neither z nor a product back from it is formed. With A as in the fused step,

    dL/dW = (A - 2 w h)^T x + (2 h^T (w h) + F) W + (A^T 1) c^T
    dL/db = A^T 1        dL/dc = 2 (h^T w) W - 2 w^T x

where F is the diagonal of W's own factors. G and ``h^T (w h)`` are n_components squared,
the penalty's ``||W_j||^2`` are G's diagonal. Of multiplications there are
``2 (rows + n_components) n_features n_components`` where the fused step has
``5 rows n_features n_components``.

The loss is a difference of larger numbers, ``||x||^2`` and ``h_j^2 ||W_j||^2``. Rounding
grows as they are larger than it: where they are so by ``LARGEST_TERMS``, the step is the
fused one from there on. To subtract c, which starts at the mean of the rows, leaves
nothing of a common offset in them.
"""

import torch
from torch import Tensor

from skcae.core.fused import FusedStep, Pull, accumulate, affine, product
from skcae.core.protocol import Terms
from skcae.core.streams import Batch

ROUNDING = 1e-4
LARGEST_TERMS = ROUNDING / torch.finfo(torch.float32).eps
"""How much larger than the loss the terms may be of which it is the difference."""


SMALLEST = 1 << 16


def pays(n_rows: int, n_features: int, n_components: int) -> bool:
    """Whether a step of this shape gains by what it leaves out."""
    return 2 * n_rows >= 3 * n_components and n_rows * n_features >= SMALLEST


class GramStep(FusedStep):
    """The fused step of a tied autoencoder with squared error, by the Gram matrix of W.

    It is the fused step itself for corrupted rows, for shapes that gain nothing, on a
    GPU, which would have to wait for the comparison of terms, and once these have been
    too large.
    """

    exact = True

    def __call__(self, batch: Batch) -> Terms:
        terms = self._by_gram(batch) if self._gains(batch) else None
        return super().__call__(batch) if terms is None else terms

    def _gains(self, batch: Batch) -> bool:
        x = batch.target
        there = self.exact and batch.source is x and x.device.type == "cpu"
        return there and pays(*x.shape[-2:], self.encoder.shape[-2])

    def _by_gram(self, batch: Batch) -> Terms | None:
        """The step, or None where it would round too much."""
        output_bias = self.decode[1]
        x = batch.target - output_bias
        gram = self.encoder @ self.encoder.mT
        from_rows = x @ self.encode[0]
        code = self.activation.forward(from_rows + affine(output_bias, *self.encode))
        half = affine(code, gram, from_rows, beta=-1)
        squares = torch.linalg.vecdot(x, x)
        rows = squares + torch.linalg.vecdot(code, half - from_rows)
        norms = gram.diagonal(dim1=-2, dim2=-1).unsqueeze(-1).clone()
        terms = squares + (code.square() @ norms).squeeze(-1)
        offset = torch.linalg.vecdot(output_bias, output_bias)
        larger = torch.linalg.vecdot(terms + offset - LARGEST_TERMS * rows, batch.weight)
        self.exact = bool((larger < 0).all())
        if not self.exact:
            return None
        twice = 2 * batch.weight.unsqueeze(-1)
        means, pulls, scale = self.complete(batch, code, rows, half.mul_(twice), norms.mT)
        weighted = code * twice
        own = weighted.mT @ code
        own.diagonal(dim1=-2, dim2=-1).add_(scale.squeeze(-2))
        (backward, _), *copies = pulls
        by_weight, by_bias, by_output_bias = self.gradients
        by_encoder = product((backward - weighted).mT, x, by_weight)
        accumulate(by_encoder, own, self.encoder)
        for pull, moved in copies:
            accumulate(by_encoder, pull.mT, moved)
        sums = [pull.sum(-2) for pull, _ in pulls]
        by_bias.copy_(sum(sums[1:], sums[0]))
        torch.addcmul(by_encoder, sums[0].unsqueeze(-1), output_bias, out=by_weight)
        offset = weighted.sum(-2, keepdim=True) @ self.encoder - twice.mT @ x
        by_output_bias.copy_(offset.squeeze(-2))
        return means
