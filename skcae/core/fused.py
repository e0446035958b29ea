"""The one-layer objective with its gradient derived by hand: five matrix products and few passes around them.

With ``a = x W^T + b``, ``h = s(a)``, ``z = h V^T + c`` (tied: ``V = W^T``), slope
``S = s'(a)``, curvature ``C = dS/da``, row weights w and ``q_j = ||W_j||^2``, the
closed-form penalty of a row is ``sum_j S_j^2 q_j``, and

    dL/dz = w times the loss's own gradient                              = D
    dL/da = S (D V + 2 alpha q w C)                                      = A
    dL/dc = D^T 1                    dL/db = A^T 1
    dL/dV = D^T h                    dL/dW = A^T x + 2 (alpha (S^2)^T w) W
    tied: dL/dW = A^T x + h^T D + 2 (alpha (S^2)^T w) W

Curvatures are linear in the slope, so ``w C`` is that of ``w S``, which the mean of
``S^2`` needs as well. Small layers pay by the call and not by the number: views are
taken once, and what is a number per unit stays a row, (..., 1, n_components).
"""

import torch
from torch import Tensor

from skcae.core.model import Layers
from skcae.core.objective import Objective, Terms
from skcae.core.penalties import Exact
from skcae.core.streams import Batch


class FusedStep:
    """Value and gradient of a one-layer objective; the same signature and result as ``AutogradStep``."""

    def __init__(self, objective: Objective, flat: Tensor) -> None:
        self.objective, self.gradient = objective, torch.empty_like(flat)
        architecture = objective.architecture
        (encoder,), (bias,), (decoder,), (decoder_bias,) = architecture.layers(
            architecture.split(flat.detach())
        )
        self.layers = Layers([encoder], [bias], [decoder], [decoder_bias])
        self.encode, self.decode = (
            (encoder.mT, bias.unsqueeze(-2)),
            (decoder.mT, decoder_bias.unsqueeze(-2)),
        )
        self.gradients = architecture.split(self.gradient)
        self.contracts, self.decays = objective.contracts, objective.decays
        self.alpha, self.weight_decay = (
            torch.as_tensor(knob, dtype=flat.dtype, device=flat.device)
            for knob in (objective.alpha, objective.weight_decay)
        )
        self.twice_alpha, self.twice_decay = (
            2 * knob[..., None, None] for knob in (self.alpha, self.weight_decay)
        )

    @staticmethod
    def handles(objective: Objective) -> bool:
        """Whether this derivation is that of the objective: one layer, with the closed form or nothing added."""
        return len(objective.architecture.sizes) == 2 and isinstance(
            objective.penalty, Exact | None
        )

    def __call__(self, batch: Batch) -> Terms:
        objective, activation = self.objective, self.objective.architecture.activation
        (encoder,), _, (decoder,), _ = self.layers
        weight, column = batch.weight, batch.weight.unsqueeze(-1)

        code = activation.forward(_affine(batch.source, *self.encode))
        rows, error = objective.loss.value_and_gradient(_affine(code, *self.decode), batch.target)
        total = reconstruction = torch.linalg.vecdot(rows, weight)
        backward = error.mul_(column) @ decoder
        slope, scale = activation.slope(code), self.twice_decay
        if objective.penalty is None:
            penalty = torch.zeros_like(reconstruction)
        else:
            weighted = slope * column
            norms = torch.linalg.vector_norm(encoder, dim=-1, keepdim=True).square_().mT
            mean_square = (weighted * slope).sum(-2, keepdim=True)
            penalty = torch.linalg.vecdot(norms, mean_square).squeeze(-1)
            if self.contracts:
                backward.addcmul_(
                    activation.curvature(code, weighted), norms.mul_(self.twice_alpha)
                )
                scale = torch.addcmul(self.twice_decay, self.twice_alpha, mean_square)
                total = torch.addcmul(total, self.alpha, penalty)
        if self.decays:
            total = total + self.weight_decay * objective.decay(self.layers)
        backward.mul_(slope)

        by_weight, by_bias, *by_decoder = self.gradients
        product = _product(backward.mT, batch.source, by_weight)
        if objective.architecture.tied:
            _accumulate(product, code.mT, error)
        else:
            torch.addcmul(
                _product(error.mT, code, by_decoder[0]),
                decoder,
                self.twice_decay,
                out=by_decoder[0],
            )
        torch.addcmul(product, encoder, scale.mT, out=by_weight)
        torch.sum(backward, -2, out=by_bias)
        torch.sum(error, -2, out=by_decoder[-1])
        return Terms(total, reconstruction, penalty, batch.share)


def _affine(x: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
    if matrix.dim() == 2:
        return torch.addmm(bias, x, matrix)
    return torch.baddbmm(bias, x.expand(len(matrix), -1, -1), matrix)


def _product(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    """In ``out``, but that of many models in an array of its own: their views have gaps, over which a batch falls apart.

    Never torch.matmul: rows that all models share would make it copy every model's
    transposed factor.
    """
    if left.dim() == 2:
        return torch.mm(left, right, out=out)
    return torch.bmm(left, right.expand(len(left), -1, -1))


def _accumulate(out: Tensor, left: Tensor, right: Tensor) -> None:
    if out.dim() == 2:
        out.addmm_(left, right)
    else:
        out.baddbmm_(left, right)
