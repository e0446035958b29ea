"""The objective of the autoencoders, term by term.

Conventions
-----------
The objective is, over the rows of a batch with weights w,

    sum_i w_i (L(x_i, r_i) + alpha ||J(x_i)||_F^2) / sum_i w_i
        + weight_decay * sum_l ||W_l||_F^2

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
from functools import cached_property
from math import inf
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from skcae.core import sparse
from skcae.core.corruptions import Corruption
from skcae.core.fused import FusedStep
from skcae.core.gram import (
    GramStep,
    has_gram_form,
    losses_of_sparse,
    noisy,
    pays,
    pays_in_span,
    pays_sparse,
)
from skcae.core.losses import Loss, find_loss
from skcae.core.model import Architecture, Point, decode
from skcae.core.penalties import PENALTIES, Exact, HigherOrder, Penalty
from skcae.core.protocol import AutogradStep, Baseline, Step, Terms
from skcae.core.streams import Batch

ALIKE = 1e-6
"""Rows are alike if the loss of the mean is below this fraction of that of zero."""


@dataclass(frozen=True)
class AutoencoderObjective:
    """Reconstruction, alpha times a penalty, and weight decay."""

    architecture: Architecture
    loss_name: str | tuple[str, ...] = "squared_error"
    alpha: float | Tensor = 0.0
    penalty: Penalty | None = None
    weight_decay: float | Tensor = 0.0
    noise: float | Tensor | None = None
    """Standard deviation of normal noise that is added to the rows before the encoder."""
    in_span: bool = False
    """Whether steps draw the noise of the penalty in the span of the weights."""

    per_model: ClassVar[tuple[str, ...]] = ("alpha", "weight_decay", "noise")
    """Fields that may differ between models that are trained together."""

    @property
    def part_names(self) -> tuple[str, ...]:
        """The reconstruction loss, and the parts of the penalty without alpha."""
        return ("reconstruction", *(self.penalty.part_names if self.penalty else ()))

    @property
    def loss(self) -> Loss:
        """The loss, of all columns or by column."""
        return find_loss(self.loss_name)

    @cached_property
    def contracts(self) -> bool:
        """Whether the penalty has a gradient, and is not only reported."""
        return self.penalty is not None and _anywhere(self.alpha)

    @cached_property
    def decays(self) -> bool:
        """Whether any model has weight decay."""
        return _anywhere(self.weight_decay)

    @property
    def is_isotropic(self) -> bool:
        """Whether it is the same for rows that are rotated with the weights."""
        penalties = {type(None), *PENALTIES.values()}
        return self.loss_name == "squared_error" and type(self.penalty) in penalties

    def keeps_sparse(self, batch_size: int, density: float) -> bool:
        """Whether batches of rows with this share of non-zeros are best left sparse."""
        exact = type(self.penalty) in {Exact, type(None)}
        n_features, n_components = self.architecture.sizes[0], self.architecture.sizes[-1]
        pays = pays_sparse(batch_size, n_features, n_components, density)
        return has_gram_form(self.architecture, self.loss_name) and exact and pays

    def taking(
        self, corruption: Corruption | None, batch_size: int, device: torch.device
    ) -> tuple[Self, Corruption | None]:
        """The objective with noise in the span, if faster, and the corruption left."""
        noise = None if corruption is None else corruption.noise
        plain = self.penalty is None and has_gram_form(self.architecture, self.loss_name)
        shape = batch_size, self.architecture.sizes[0], self.architecture.sizes[-1]
        on_cpu = device.type == "cpu"
        if noise is not None and plain and on_cpu and pays(*shape):
            return replace(self, noise=noise), None
        moves = isinstance(self.penalty, HigherOrder) and self.penalty.moves > 0
        moves = moves and FusedStep.handles(self.architecture, self.penalty)
        return replace(self, in_span=moves and on_cpu and pays_in_span(*shape)), corruption

    def of_models(self, kept: list[int]) -> Self:
        """The objective of some of the models."""
        values = {name: getattr(self, name) for name in self.per_model}
        some: dict[str, Any] = {
            name: value[kept] for name, value in values.items() if isinstance(value, Tensor)
        }
        return replace(self, **some)

    def step(self, flat: Tensor) -> Step:
        """The step derived by hand if it covers this objective, else autograd's."""
        if not FusedStep.handles(self.architecture, self.penalty):
            return AutogradStep(self, flat)
        given = self.architecture, self.loss, self.alpha, self.weight_decay, self.penalty, flat
        if has_gram_form(self.architecture, self.loss_name):
            return GramStep(*given, noise=self.noise, in_span=self.in_span)
        return FusedStep(*given, in_span=self.in_span)

    def terms(self, flat: Tensor, batch: Batch) -> Terms:
        """The terms of the objective."""
        layers, noise = self.architecture.layers(flat), self._drawn(flat, batch)
        if noise is not None and not batch.target.is_sparse:
            encoder = layers.encoder_weights[0].detach()
            batch = batch._replace(source=noisy(batch.source, noise, encoder))
        point = Point(layers, batch.source)
        if batch.target.is_sparse:
            rows = losses_of_sparse(layers, batch.target, noise)
        else:
            rows = self.loss.value(decode(layers, point.code), batch.target)
        total = reconstruction = (rows * batch.weight).sum(-1)
        penalties = self._penalties(point, batch)
        if self.contracts:
            total = total + self.alpha * sum(penalties)
        if self.decays:
            total = total + self.weight_decay * self.architecture.squared_weights(layers)
        return Terms(total, (reconstruction, *penalties), batch.share)

    def _drawn(self, flat: Tensor, batch: Batch) -> Tensor | None:
        if self.noise is None:
            return None
        level = torch.as_tensor(self.noise, dtype=flat.dtype, device=flat.device)
        return level[..., None, None] * batch.draws.normal(self.architecture.sizes[-1])

    def _penalties(self, point: Point, batch: Batch) -> list[Tensor]:
        if self.penalty is None:
            return []
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.contracts):
            parts = self.penalty.parts(point, batch.draws)
            return [(part * batch.weight).sum(-1) for part in parts]

    def moments(self, batch: Batch) -> Tensor:
        """The mean loss of the link of zero, and the mean row."""
        weight, target = batch.weight.double(), batch.target
        if target.is_sparse:
            target = target.double()
            loss = weight @ sparse.squared_norms(target)
            return torch.cat([loss.unsqueeze(0), sparse.weighted_sum(target, weight)])
        losses = self.loss.value(torch.zeros_like(target), target)
        rows = torch.cat([losses.unsqueeze(-1), target], dim=-1)
        return weight @ rows.double()

    def baseline(self, moments: Tensor) -> Baseline:
        """The losses of answering with zero and with the mean.

        At a constant output the loss is affine in the row, so the mean row determines
        it.
        """
        zero, mean = moments[0], moments[1:]
        output = self.loss.inverse_link(mean)
        gained = self.loss.value(torch.zeros_like(mean), mean) - self.loss.value(output, mean)
        of_the_mean = float(zero - gained)
        alike = of_the_mean <= ALIKE * float(zero)
        return Baseline(float(zero), inf if alike else of_the_mean)

    def begin(self, flat: Tensor, moments: Tensor) -> None:
        """Start biases from the mean row, since features may be far from zero.

        The output bias of a loss that is defined everywhere starts at the mean. The
        first layer starts with outputs around zero if they have no bounds. Bounded ones
        saturate anyway at rows for which this would matter.
        """
        output = self.architecture.split(flat)[-1]
        mean = moments[..., 1:].reshape(output.shape).to(output.dtype)
        lowest = torch.as_tensor(self.loss.domain[0], dtype=output.dtype, device=output.device)
        output.copy_(mean.where(lowest.isinf(), output))
        if not self.architecture.activations[0].bounded:
            (weight, *_), (bias, *_), *_ = self.architecture.layers(flat)
            bias.copy_((weight @ -mean.unsqueeze(-1)).squeeze(-1))


def _anywhere(value: float | Tensor) -> bool:
    """Whether the value is not zero for some model."""
    return bool(value.any()) if isinstance(value, Tensor) else value != 0


def _given(objective: AutoencoderObjective) -> list[str]:
    return [name for name in objective.per_model if getattr(objective, name) is not None]


def together(objectives: list[AutoencoderObjective], flat: Tensor) -> AutoencoderObjective:
    """The objective of many models, whose parameters are the rows of ``flat``."""

    def stacked(name: str) -> Tensor:
        values = [getattr(objective, name) for objective in objectives]
        return torch.tensor(values, dtype=flat.dtype, device=flat.device)

    first = objectives[0]
    values: dict[str, Any] = {name: stacked(name) for name in _given(first)}
    return replace(first, **values)


def common(objective: AutoencoderObjective) -> AutoencoderObjective:
    """The part of an objective that models trained together must share."""
    neutral: dict[str, Any] = dict.fromkeys(_given(objective), 0.0)
    return replace(objective, **neutral)
