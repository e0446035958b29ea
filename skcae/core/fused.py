"""The one-layer objective with its gradient derived by hand: five matrix products and few passes around them.

With ``a = x W^T + b``, ``h = s(a)``, ``z = h V^T + c`` (tied: ``V = W^T``), slope ``S = s'(a)``, curvature ``C = dS/da``,
row weights w and ``q_j = ||W_j||^2``, the closed-form penalty of a row is ``sum_j S_j^2 q_j``, and

    dL/dz = D          the loss's own gradient
    dL/da = w S (D V + 2 alpha q C)                                      = A
    dL/dc = D^T w                    dL/db = A^T 1
    dL/dV = D^T (w h)                dL/dW = A^T x + 2 (alpha (S^2)^T w) W
    tied: dL/dW = A^T x + (w h)^T D + 2 (alpha (S^2)^T w) W

Row weights multiply (rows x n_components) arrays only, never the larger (rows x n_features) ones, and the products that
form a weight's gradient accumulate straight into the flat gradient buffer.
"""

import torch
from torch import Tensor

from skcae.core.objective import Objective, Terms
from skcae.core.penalties import Exact
from skcae.core.streams import Batch


class FusedStep:
    """Value and gradient of a one-layer objective; the same signature and result as ``AutogradStep``."""

    def __init__(self, objective: Objective, flat: Tensor) -> None:
        self.objective, self.gradient = objective, torch.empty_like(flat)
        architecture = objective.architecture
        self.layers = architecture.layers(architecture.split(flat.detach()))
        self.gradients = architecture.split(self.gradient)
        self.contracts, self.decays = objective.contracts, objective.decays
        self.alpha, self.weight_decay = (
            torch.as_tensor(knob, dtype=flat.dtype, device=flat.device) for knob in (objective.alpha, objective.weight_decay)
        )
        self.twice_alpha, self.twice_decay = 2 * self.alpha.unsqueeze(-1), 2 * self.weight_decay.unsqueeze(-1)

    @staticmethod
    def handles(objective: Objective) -> bool:
        return len(objective.architecture.sizes) == 2 and isinstance(objective.penalty, Exact | None)

    def __call__(self, batch: Batch) -> Terms:
        objective, activation = self.objective, self.objective.architecture.activation
        (encoder,), (encoder_bias,), (decoder,), (decoder_bias,) = self.layers
        weight, column = batch.weight, batch.weight.unsqueeze(-1)

        code = activation.forward(_affine(batch.source, encoder.mT, encoder_bias))
        rows, error = objective.loss.value_and_gradient(_affine(code, decoder.mT, decoder_bias), batch.target)
        total = reconstruction = (rows * weight).sum(-1)

        slope, scale = activation.slope(code), self.twice_decay
        backward, penalty = error @ decoder, torch.zeros_like(reconstruction)
        if objective.penalty is not None:
            norms = torch.linalg.vector_norm(encoder, dim=-1).square_()
            mean_square = (weight.unsqueeze(-2) @ slope.square()).squeeze(-2)
            penalty = (norms * mean_square).sum(-1)
            if self.contracts:
                backward.addcmul_(activation.curvature(code, slope), norms.mul_(self.twice_alpha).unsqueeze(-2))
                scale = scale + self.twice_alpha * mean_square
                total = total + self.alpha * penalty
        if self.decays:
            total = total + self.weight_decay * objective.decay(self.layers)
        backward.mul_(slope).mul_(column)
        code.mul_(column)

        torch.mul(encoder, scale.unsqueeze(-1), out=self.gradients[0])
        _accumulate(self.gradients[0], backward.mT, batch.source)
        torch.sum(backward, -2, out=self.gradients[1])
        self.gradients[-1].copy_((weight.unsqueeze(-2) @ error).squeeze(-2))
        if objective.architecture.tied:
            _accumulate(self.gradients[0], code.mT, error)
        else:
            torch.mul(decoder, self.twice_decay.unsqueeze(-1), out=self.gradients[2])
            _accumulate(self.gradients[2], error.mT, code)
        return Terms(total, reconstruction, penalty, batch.share)


def _affine(x: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
    if matrix.dim() == 2:
        return torch.addmm(bias, x, matrix)
    return torch.baddbmm(bias.unsqueeze(-2), x.expand(matrix.shape[0], -1, -1), matrix)


def _accumulate(out: Tensor, left: Tensor, right: Tensor) -> None:
    if out.dim() == 2:
        out.addmm_(left, right)
    else:
        out.baddbmm_(left, right.expand(out.shape[0], -1, -1))
