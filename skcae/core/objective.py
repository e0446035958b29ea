"""The objective, term by term, and its gradient by autograd.

Conventions
-----------
The objective is, over the rows of a batch with weights w,

    sum_i w_i (L(x_i, r_i) + alpha ||J(x_i)||_F^2) / sum_i w_i  +  weight_decay * sum_l
    ||W_l||_F^2

with ``h = f(x)`` the code, ``r = g(h)`` the reconstruction and ``J = dh/dx``,
(n_components, n_features). L is summed over features, ``||.||_F^2`` over all entries,
and nothing carries a factor of 1/2. The second sum runs over the stored weight matrices
(a tied matrix counts once) and leaves biases out. In a denoising autoencoder h is the
code of the corrupted row, while L still compares with the clean one.

Leading axes are models: with parameters (K, size), alpha and weight_decay may be
tensors (K,), and every term is (K,).

References
----------
S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011). Contractive auto-encoders:
explicit invariance during feature extraction. ICML. Equations 1 (the norm) and 7 (the
objective).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from skcae.core.losses import LOSSES, Loss
from skcae.core.model import Architecture, Layers, decode, encoder_outputs
from skcae.core.penalties import Penalty
from skcae.core.streams import Batch


class Terms(NamedTuple):
    """The objective and its two parts as means over rows, one number per model; the penalty is not multiplied by alpha."""

    total: Tensor
    reconstruction: Tensor
    penalty: Tensor
    share: Tensor
    """The sum of the weights of these rows."""


@dataclass(frozen=True)
class Objective:
    """What is minimised. Without a penalty the ``penalty`` term is reported as zero."""

    architecture: Architecture
    loss_name: str = "squared_error"
    alpha: float | Tensor = 0.0
    penalty: Penalty | None = None
    weight_decay: float | Tensor = 0.0

    @property
    def loss(self) -> Loss:
        """The row of the name in its table."""
        return LOSSES[self.loss_name]

    @property
    def contracts(self) -> bool:
        """Whether the penalty is followed and not only reported."""
        return self.penalty is not None and bool(torch.as_tensor(self.alpha).any())

    @property
    def decays(self) -> bool:
        """Whether weights are pulled to zero in any model."""
        return bool(torch.as_tensor(self.weight_decay).any())

    def of_models(self, kept: list[int]) -> "Objective":
        """The objective of some of the models."""
        alpha, decay = (
            knob[kept] if isinstance(knob, Tensor) else knob
            for knob in (self.alpha, self.weight_decay)
        )
        return replace(self, alpha=alpha, weight_decay=decay)

    def decay(self, layers: Layers) -> Tensor:
        """The squared norm of all stored weight matrices."""
        stored = (
            layers.encoder_weights
            if self.architecture.tied
            else layers.encoder_weights + layers.decoder_weights
        )
        return torch.stack([matrix.square().sum((-2, -1)) for matrix in stored]).sum(0)

    def terms(self, layers: Layers, batch: Batch) -> Terms:
        """Value of the objective."""
        activation = self.architecture.activation
        outputs = list(encoder_outputs(layers, activation, batch.source))
        rows = self.loss.value(decode(layers, activation, outputs[-1]), batch.target)
        total = reconstruction = (rows * batch.weight).sum(-1)
        penalty = torch.zeros_like(reconstruction)
        if self.penalty is not None:
            with torch.set_grad_enabled(torch.is_grad_enabled() and self.contracts):
                slopes = [activation.slope(output) for output in outputs]
                penalty = (
                    self.penalty(layers.encoder_weights, slopes, batch.signs) * batch.weight
                ).sum(-1)
            total = total + self.alpha * penalty
        if self.decays:
            total = total + self.weight_decay * self.decay(layers)
        return Terms(total, reconstruction, penalty, batch.share)


class AutogradStep:
    """Value of any objective at the parameters in ``flat``, with its gradient left in the flat ``gradient``."""

    def __init__(self, objective: Objective, flat: Tensor) -> None:
        self.objective, self.gradient = objective, torch.empty_like(flat)
        self.leaves = [
            view.requires_grad_() for view in objective.architecture.split(flat.detach())
        ]
        self.gradients = objective.architecture.split(self.gradient)

    def __call__(self, batch: Batch) -> Terms:
        with torch.enable_grad():
            terms = self.objective.terms(self.objective.architecture.layers(self.leaves), batch)
            gradients = torch.autograd.grad(terms.total.sum(), self.leaves)
        for out, gradient in zip(self.gradients, gradients, strict=True):
            out.copy_(gradient)
        return Terms(*(term.detach() for term in terms))
