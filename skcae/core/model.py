"""The encoder and decoder: sizes, one flat parameter buffer with views, the two maps.

Conventions: a weight is (n_out, n_in), so a layer is ``x W^T + b``. The flat buffer
holds, in this order, every encoder layer's weight and bias, then every decoder layer's.
With tied weights the decoder's weights are the encoder's transposed and the buffer
holds only its biases. Leading axes of the buffer are models: (K, size) gives weights
(K, n_out, n_in).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from math import prod, sqrt
from typing import Any, NamedTuple

import torch
from torch import Tensor

from skcae.core import sparse
from skcae.core.activations import ACTIVATIONS, Activation


class Layers(NamedTuple):
    """The layers of one model; tied decoder weights are views of the encoder's."""

    encoder_weights: list[Tensor]
    encoder_biases: list[Tensor]
    decoder_weights: list[Tensor]
    decoder_biases: list[Tensor]
    activations: list[Activation]
    """Activations of the encoder layers; the decoder's hidden layers mirror them."""


@dataclass(frozen=True)
class Architecture:
    """Layer sizes from features to code, the activations, and the tying of weights."""

    sizes: tuple[int, ...]
    activation_name: str = "logistic"
    tied: bool = True
    code_activation_name: str | None = None
    """Activation of the code; if None, that of the hidden layers."""

    @cached_property
    def activation_names(self) -> list[str]:
        """The name of every encoder layer's activation."""
        code = self.code_activation_name or self.activation_name
        return [self.activation_name] * (self.depth - 1) + [code]

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: what is derived from them may not be picklable."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def activations(self) -> list[Activation]:
        """The activation of every encoder layer."""
        return [ACTIVATIONS[name] for name in self.activation_names]

    @property
    def depth(self) -> int:
        """Number of encoder layers."""
        return len(self.sizes) - 1

    @cached_property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of every stored tensor, in buffer order."""
        encoder = list(zip(self.sizes[1:], self.sizes, strict=False))
        decoder = [(n_in, n_out) for n_out, n_in in reversed(encoder)]
        shapes: list[tuple[int, ...]] = []
        for n_out, n_in in encoder:
            shapes += [(n_out, n_in), (n_out,)]
        for n_out, n_in in decoder:
            shapes += [(n_out,)] if self.tied else [(n_out, n_in), (n_out,)]
        return shapes

    @cached_property
    def _lengths(self) -> list[int]:
        return [prod(shape) for shape in self.shapes]

    @property
    def n_parameters(self) -> int:
        """The size of the flat buffer of one model."""
        return sum(self._lengths)

    def split(self, flat: Tensor) -> list[Tensor]:
        """One view of ``flat`` per stored tensor, in buffer order."""
        pieces = flat.split(self._lengths, dim=-1)
        return [
            piece.unflatten(-1, shape) for piece, shape in zip(pieces, self.shapes, strict=True)
        ]

    def layers(self, flat: Tensor) -> Layers:
        """The layers that are stored in ``flat``, as views of it."""
        stored = self.split(flat)
        encoder, decoder = stored[: 2 * self.depth], stored[2 * self.depth :]
        weights, biases = encoder[::2], encoder[1::2]
        if self.tied:
            mirrored = [weight.mT for weight in reversed(weights)]
            return Layers(weights, biases, mirrored, decoder, self.activations)
        return Layers(weights, biases, decoder[::2], decoder[1::2], self.activations)

    def flatten(self, layers: Layers) -> Tensor:
        """A flat buffer with these layers: the inverse of ``layers``, for one model."""
        stored: list[Tensor] = []
        for weight, bias in zip(layers.encoder_weights, layers.encoder_biases, strict=True):
            stored += [weight, bias]
        for weight, bias in zip(layers.decoder_weights, layers.decoder_biases, strict=True):
            stored += [bias] if self.tied else [weight, bias]
        return torch.cat([tensor.flatten() for tensor in stored])

    def squared_weights(self, layers: Layers) -> Tensor:
        """The squared norm of all stored weight matrices; a tied one counts once."""
        stored = layers.encoder_weights
        if not self.tied:
            stored = stored + layers.decoder_weights
        return torch.stack([matrix.square().sum((-2, -1)) for matrix in stored]).sum(0)

    def initialise(self, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
        """A flat buffer of random weights, equal for all dtypes up to rounding.

        Weights are Glorot-uniform and biases zero. Weights between layers are divided
        by the largest slope of the activation below, such as 1/4 for the logistic one,
        and the biases behind them centre their input. Otherwise, the code of a deep
        encoder would hardly depend on the row.
        """
        flat = torch.zeros(self.n_parameters, dtype=torch.float64, device=generator.device)
        for tensor in self.split(flat):
            if tensor.dim() == 2:
                bound = sqrt(6 / sum(tensor.shape))
                tensor.uniform_(-bound, bound, generator=generator)
        layers = self.layers(flat)
        deeper = zip(layers.encoder_weights[1:], layers.encoder_biases[1:], strict=True)
        for (weight, bias), below in zip(deeper, self.activations, strict=False):
            weight.div_(below.steepest)
            bias.copy_(weight.sum(-1).mul_(-below.forward(flat.new_zeros(1))))
        if not self.tied:
            hidden = layers.decoder_weights[:-1]
            for weight, below in zip(hidden, reversed(self.activations), strict=False):
                weight.div_(below.steepest)
        return flat.to(dtype)


class Point:
    """The encoder at some rows: the weights are the same everywhere, slopes are not."""

    def __init__(self, layers: Layers, x: Tensor) -> None:
        self.layers = layers
        self.x = x

    @property
    def weights(self) -> list[Tensor]:
        """W_1 to W_L, each (..., n_l, n_{l-1})."""
        return self.layers.encoder_weights

    @cached_property
    def outputs(self) -> list[Tensor]:
        """The output of every layer, (..., rows, n_l); the last is the code."""
        return list(encoder_outputs(self.layers, self.x))

    @property
    def code(self) -> Tensor:
        """The code of every row, (..., rows, n_components)."""
        return self.outputs[-1]

    @cached_property
    def slopes(self) -> list[Tensor]:
        """The diagonals of D_1 to D_L at every row, each (..., rows, n_l)."""
        pairs = zip(self.layers.activations, self.outputs, strict=True)
        return [activation.slope(output) for activation, output in pairs]

    def at(self, x: Tensor) -> "Point":
        """The same encoder at other rows."""
        return Point(self.layers, x)


def encoder_outputs(layers: Layers, x: Tensor) -> Iterator[Tensor]:
    """The output of every encoder layer in turn; the last is the code."""
    encoder = zip(layers.encoder_weights, layers.encoder_biases, layers.activations, strict=True)
    for weight, bias, activation in encoder:
        product = sparse.product(x, weight.mT) if x.is_sparse else x @ weight.mT
        x = activation.forward(product + bias.unsqueeze(-2))
        yield x


def encode(layers: Layers, x: Tensor) -> Tensor:
    """The code of every row, (..., rows, n_components)."""
    *_, code = encoder_outputs(layers, x)
    return code


def decode(layers: Layers, code: Tensor) -> Tensor:
    """The pre-activation of every row's reconstruction, (..., rows, n_features).

    The link of the loss turns it into the reconstruction.
    """
    *hidden, last = zip(layers.decoder_weights, layers.decoder_biases, strict=True)
    mirrored = reversed(layers.activations[:-1])
    for (weight, bias), activation in zip(hidden, mirrored, strict=True):
        code = activation.forward(code @ weight.mT + bias.unsqueeze(-2))
    weight, bias = last
    return code @ weight.mT + bias.unsqueeze(-2)
