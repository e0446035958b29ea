"""The objective of a classifier on codes: log-loss and tangent propagation.

Conventions
-----------
Let ``h = f(x)`` be the code of an encoder, or of a stack of several, and
``z = V h + c`` the output of a linear head. The outputs ``o = softmax(z)`` are the
probabilities of the classes. For two classes, z may be a single number, the log-odds of
the second. The objective is, over the rows of a batch with weights w,

    sum_i w_i (e_i L(o_i, y_i) + tangent_strength sum_u ||(do/dx)(x_i) u||^2)
        / sum_i w_i + weight_decay * sum_l ||W_l||_F^2 + head_decay * ||V||_F^2

where L is the log-loss, e_i the emphasis of the row, 0 if it has no label, and u runs
over the tangents of the row. The third sum runs over the weight matrices of the
encoders.

The tangent term takes the Jacobian of the probabilities. It acts where classes meet,
and keeps their borders from crossing the data along tangents. The Jacobian of z would
shrink all weights, against the log-loss, wherever the classifier is confident.

The sum over the tangents of a row is exact, or estimated. With independent signs r_u,
``||(do/dx) sum_u r_u u||^2`` has it as its mean, and takes one product with each layer.

References
----------
S. Rifai, Y. N. Dauphin, P. Vincent, Y. Bengio, X. Muller (2011). The manifold tangent
classifier. NIPS. Section 4.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log, prod, sqrt
from typing import NamedTuple, Self

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from skcae.core.activations import ACTIVATIONS, Activation
from skcae.core.draws import Draws
from skcae.core.jacobian import jvp, vjp
from skcae.core.model import Layers, Point
from skcae.core.protocol import AutogradStep, Baseline, Step, Terms
from skcae.core.streams import Batch


class Affine(NamedTuple):
    """The fixed map ``x * scale + shift``, such as a scaler's."""

    scale: Tensor
    shift: Tensor


@dataclass(frozen=True, eq=False)
class Network:
    """Encoder layers, a linear head, and the fixed maps before each of them.

    The flat buffer holds the weight and bias of every layer in turn, those of the head
    last.
    """

    sizes: tuple[int, ...]
    """From features to code, and the number of scores z."""
    activation_names: tuple[str, ...]
    """The activation of every encoder layer."""
    maps: tuple[Affine | None, ...]
    """The map of the input of every layer and of the head."""

    @cached_property
    def activations(self) -> list[Activation]:
        """The activations of the encoder layers, and the identity for the head."""
        return [ACTIVATIONS[name] for name in (*self.activation_names, "identity")]

    @cached_property
    def _shapes(self) -> list[tuple[int, ...]]:
        return [
            shape for n_in, n_out in pairwise(self.sizes) for shape in ((n_out, n_in), (n_out,))
        ]

    def split(self, flat: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Weights and biases, as views of ``flat``."""
        pieces = flat.split([prod(shape) for shape in self._shapes], dim=-1)
        stored = [
            piece.unflatten(-1, shape) for piece, shape in zip(pieces, self._shapes, strict=True)
        ]
        return stored[::2], stored[1::2]

    def flatten(self, weights: list[Tensor], biases: list[Tensor]) -> Tensor:
        """A flat buffer with these layers."""
        pairs = zip(weights, biases, strict=True)
        return torch.cat([tensor.flatten() for pair in pairs for tensor in pair])

    def whole(self, flat: Tensor) -> Layers:
        """All layers as one encoder whose code is z.

        Fixed maps are folded into the layers.
        """
        weights, biases = self.split(flat)
        for level, fixed in enumerate(self.maps):
            if fixed is not None:
                weight = weights[level]
                weights[level] = weight * fixed.scale
                biases[level] = biases[level] + weight @ fixed.shift
        return Layers(weights, biases, [], [], self.activations)

    def layers(self, flat: Tensor) -> Layers:
        """The encoder's layers, with fixed maps folded into them."""
        weights, biases, _, _, activations = self.whole(flat)
        return Layers(weights[:-1], biases[:-1], [], [], activations[:-1])


@dataclass(frozen=True, eq=False)
class ClassificationObjective:
    """Log-loss, tangent propagation, and weight decay of the encoder and of the head.

    A batch has the ``label`` and the ``emphasis`` of each row. With ``has_tangents`` it
    has ``tangents`` too, (rows, n_tangents, n_features).
    """

    architecture: Network
    has_tangents: bool = False
    tangent_strength: float = 0.0
    tangent_draws: int | None = None
    """Random combinations of the tangents of a row in a step; None for the exact sum."""
    weight_decay: float = 0.0
    head_decay: float = 0.0

    @property
    def part_names(self) -> tuple[str, ...]:
        """The log-loss, and the tangent term without its strength."""
        return ("log_loss", "tangent") if self.has_tangents else ("log_loss",)

    def step(self, flat: Tensor) -> Step:
        """A step by autograd."""
        return AutogradStep(self, flat)

    def of_models(self, kept: list[int]) -> Self:
        """The objective itself: no part of it differs between models."""
        return self

    def terms(self, flat: Tensor, batch: Batch) -> Terms:
        """The terms of the objective."""
        point = Point(self.architecture.whole(flat), batch.source)
        losses = log_loss(point.code, batch.extra["label"])
        parts = [(batch.weight * batch.extra["emphasis"] * losses).sum(-1)]
        if self.has_tangents:
            parts.append(self._tangent(point, batch))
        total = parts[0]
        if self.tangent_strength:
            total = total + self.tangent_strength * parts[1]
        return Terms(self._decayed(total, flat), tuple(parts), batch.share)

    def _tangent(self, point: Point, batch: Batch) -> Tensor:
        followed = torch.is_grad_enabled() and self.tangent_strength != 0
        with torch.set_grad_enabled(followed):
            tangents = batch.extra["tangents"]
            if followed and self.tangent_draws:
                tangents = _combined(tangents, self.tangent_draws, batch.draws)
            rows = tangent_norms(point, tangents)
            return (batch.weight * rows).sum(-1)

    def _decayed(self, total: Tensor, flat: Tensor) -> Tensor:
        """The total with weight decay added, if there is any."""
        *encoder, head = self.architecture.split(flat)[0]
        if self.weight_decay:
            for weight in encoder:
                total = total + self.weight_decay * weight.square().sum((-2, -1))
        if self.head_decay:
            total = total + self.head_decay * head.square().sum((-2, -1))
        return total

    def moments(self, batch: Batch) -> Tensor:
        """The mean weight of the rows that have a label, by class."""
        weight = (batch.weight * batch.extra["emphasis"]).double()
        n_classes = max(2, self.architecture.sizes[-1])
        return weight @ one_hot(batch.extra["label"], n_classes).double()

    def baseline(self, moments: Tensor) -> Baseline:
        """The log-losses of equal probabilities and of the class frequencies."""
        labelled = float(moments.sum())
        frequencies = moments / labelled
        entropy = float(torch.special.entr(frequencies).sum())
        return Baseline(labelled * log(len(moments)), labelled * entropy)

    def begin(self, flat: Tensor, moments: Tensor) -> None:
        """Do nothing: the head is trained before."""


def log_loss(scores: Tensor, label: Tensor) -> Tensor:
    """Minus the log-probability of the label of every row, (..., rows)."""
    scores = _of_all_classes(scores)
    place = label.expand(scores.shape[:-1]).unsqueeze(-1)
    return -scores.log_softmax(-1).gather(-1, place).squeeze(-1)


def _combined(tangents: Tensor, n_draws: int, draws: Draws) -> Tensor:
    """Sums of the tangents of every row with random signs, (..., rows, n_draws, n_features)."""
    n_tangents = tangents.shape[-2]
    signs = draws.signs(n_draws * n_tangents).unflatten(-1, (n_draws, n_tangents))
    return signs / sqrt(n_draws) @ tangents


def tangent_norms(point: Point, tangents: Tensor) -> Tensor:
    """``sum_u ||(do/dx) u||^2`` of every row, (..., rows); do/dx is never formed.

    With p the probabilities, ``do/dz = diag(p) - p p^T``.
    """
    moved = _of_all_classes(_along(point, tangents))
    p = _of_all_classes(point.code).softmax(-1)
    moved = p * (moved - torch.linalg.vecdot(p, moved).unsqueeze(-1))
    return moved.square().sum((0, -1))


def _along(point: Point, tangents: Tensor) -> Tensor:
    """``(dz/dx) u`` of every tangent, (n_tangents, ..., rows, n_scores).

    dz/dx is met from the side on which it has fewer vectors: the tangents or the scores.
    """
    code, weights, slopes = point.code, point.weights, point.slopes
    n_scores, n_tangents = code.shape[-1], tangents.shape[-2]
    if n_scores < n_tangents:
        each = torch.eye(n_scores).to(code).view(n_scores, *[1] * (code.dim() - 1), n_scores)
        gradients = vjp(weights, slopes, each.expand(n_scores, *code.shape))
        return (gradients.movedim(0, -2) @ tangents.mT).movedim(-1, 0)
    leading = tangents.movedim(-2, 0)
    if leading.dim() <= code.dim():  # models that share their rows
        leading = leading.unsqueeze(1)
    return jvp(weights, slopes, leading)


def _of_all_classes(scores: Tensor) -> Tensor:
    """A score for every class; a single one gets a zero for the first class."""
    return pad(scores, (1, 0)) if scores.shape[-1] == 1 else scores
