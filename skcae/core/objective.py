"""The objective, term by term, and its gradient by autograd.

Conventions
-----------
The objective is, over the rows of a batch with weights w,

    sum_i w_i (L(x_i, r_i) + alpha ||J(x_i)||_F^2) / sum_i w_i  +  weight_decay * sum_l ||W_l||_F^2

with ``h = f(x)`` the code, ``r = g(h)`` the reconstruction and ``J = dh/dx``, (n_components, n_features). L is summed over
features, ``||.||_F^2`` over all entries, and nothing carries a factor of 1/2. The second sum runs over the stored weight
matrices (a tied matrix counts once) and leaves biases out. With a corruption, h is the code of the corrupted row while L
still compares with the clean one.

References
----------
S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011). Contractive auto-encoders: explicit invariance during feature
extraction. ICML. Equations 1 (the norm) and 7 (the objective).
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from skcae.core.corruptions import Corruption
from skcae.core.losses import LOSSES, Loss
from skcae.core.model import Architecture, Layers, decode, encoder_outputs
from skcae.core.penalties import Penalty


class Terms(NamedTuple):
    """The objective and its two parts as means over rows, one number per model; the penalty is not multiplied by alpha."""

    total: Tensor
    reconstruction: Tensor
    penalty: Tensor


@dataclass(frozen=True)
class Objective:
    """What is minimised. Without a penalty the ``penalty`` term is reported as zero."""

    architecture: Architecture
    loss_name: str = "squared_error"
    alpha: float = 0.0
    penalty: Penalty | None = None
    weight_decay: float = 0.0
    corruption: Corruption | None = None

    @property
    def loss(self) -> Loss:
        return LOSSES[self.loss_name]

    def terms(self, layers: Layers, x: Tensor, weight: Tensor, generator: torch.Generator) -> Terms:
        """Value of the objective; ``weight`` is (rows,) and sums to one."""
        activation = self.architecture.activation
        source = x if self.corruption is None else self.corruption(x, generator)
        outputs = list(encoder_outputs(layers, activation, source))
        rows = self.loss.value(decode(layers, activation, outputs[-1]), x)
        reconstruction = (rows * weight).sum(-1)
        penalty = torch.zeros_like(reconstruction)
        if self.penalty is not None:
            with torch.set_grad_enabled(torch.is_grad_enabled() and self.alpha != 0):
                slopes = [activation.slope(output) for output in outputs]
                penalty = (self.penalty(layers.encoder_weights, slopes, generator) * weight).sum(-1)
        total = reconstruction + self.alpha * penalty
        if self.weight_decay:
            stored = layers.encoder_weights if self.architecture.tied else layers.encoder_weights + layers.decoder_weights
            total = total + self.weight_decay * sum(matrix.square().sum((-2, -1)) for matrix in stored)
        return Terms(total, reconstruction, penalty)


class AutogradStep:
    """Value of any objective at the parameters in ``flat``, with its gradient left in the flat ``gradient``."""

    def __init__(self, objective: Objective, flat: Tensor) -> None:
        self.objective, self.gradient = objective, torch.empty_like(flat)
        self.leaves = [view.requires_grad_() for view in objective.architecture.split(flat.detach())]
        self.gradients = objective.architecture.split(self.gradient)

    def __call__(self, x: Tensor, weight: Tensor, generator: torch.Generator) -> Terms:
        with torch.enable_grad():
            layers = self.objective.architecture.layers(self.leaves)
            terms = self.objective.terms(layers, x, weight, generator)
            gradients = torch.autograd.grad(terms.total.sum(), self.leaves)
        for out, gradient in zip(self.gradients, gradients, strict=True):
            out.copy_(gradient)
        return Terms(*(term.detach() for term in terms))
