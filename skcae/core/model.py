"""The encoder and decoder: layer sizes, one flat parameter buffer with a view per layer, and the two maps.

Conventions: a weight is (n_out, n_in), so a layer is ``x W^T + b``. The flat buffer
holds, in this order, every encoder layer's weight and bias, then every decoder layer's.
With tied weights the decoder's weights are the encoder's transposed and the buffer
holds only its biases. Leading axes of the buffer are models: (K, size) gives weights
(K, n_out, n_in).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod, sqrt
from typing import NamedTuple

import torch
from torch import Tensor

from skcae.core.activations import ACTIVATIONS, Activation


class Layers(NamedTuple):
    """Views into a flat buffer; decoder weights are views of the encoder's when they are tied."""

    encoder_weights: list[Tensor]
    encoder_biases: list[Tensor]
    decoder_weights: list[Tensor]
    decoder_biases: list[Tensor]


@dataclass(frozen=True)
class Architecture:
    """Layer sizes from features to code, the activation of all hidden layers, and whether the decoder is tied."""

    sizes: tuple[int, ...]
    activation_name: str = "logistic"
    tied: bool = True

    @property
    def activation(self) -> Activation:
        """The row of the name in its table."""
        return ACTIVATIONS[self.activation_name]

    @property
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

    @property
    def n_parameters(self) -> int:
        """The size of the flat buffer of one model."""
        return sum(prod(shape) for shape in self.shapes)

    def split(self, flat: Tensor) -> list[Tensor]:
        """One view of ``flat`` per stored tensor, in buffer order."""
        pieces = flat.split([torch.Size(shape).numel() for shape in self.shapes], dim=-1)
        return [
            piece.unflatten(-1, shape) for piece, shape in zip(pieces, self.shapes, strict=True)
        ]

    def layers(self, stored: list[Tensor]) -> Layers:
        """Sort stored tensors (from ``split``) into layers, adding the transposes that tying implies."""
        depth = len(self.sizes) - 1
        encoder, decoder = stored[: 2 * depth], stored[2 * depth :]
        weights = encoder[::2]
        if self.tied:
            return Layers(
                weights, encoder[1::2], [weight.mT for weight in reversed(weights)], decoder
            )
        return Layers(weights, encoder[1::2], decoder[::2], decoder[1::2])

    def initialise(self, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
        """A flat buffer of Glorot-uniform weights and zero biases, the same up to rounding for every dtype."""
        flat = torch.zeros(self.n_parameters, dtype=torch.float64)
        for tensor in self.split(flat):
            if tensor.dim() == 2:
                bound = sqrt(6 / sum(tensor.shape))
                tensor.uniform_(-bound, bound, generator=generator)
        return flat.to(dtype)


def encoder_outputs(layers: Layers, activation: Activation, x: Tensor) -> Iterator[Tensor]:
    """The output of every encoder layer in turn; the last is the code."""
    for weight, bias in zip(layers.encoder_weights, layers.encoder_biases, strict=True):
        x = activation.forward(x @ weight.mT + bias.unsqueeze(-2))
        yield x


def encode(layers: Layers, activation: Activation, x: Tensor) -> Tensor:
    """The code of every row, (..., rows, n_components)."""
    *_, code = encoder_outputs(layers, activation, x)
    return code


def decode(layers: Layers, activation: Activation, code: Tensor) -> Tensor:
    """The pre-activation of the reconstruction of every row, (..., rows, n_features); the loss's link ends it."""
    *hidden, last = zip(layers.decoder_weights, layers.decoder_biases, strict=True)
    for weight, bias in hidden:
        code = activation.forward(code @ weight.mT + bias.unsqueeze(-2))
    weight, bias = last
    return code @ weight.mT + bias.unsqueeze(-2)
