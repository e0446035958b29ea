"""The layers of a stack as one network of the core, and back."""

from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skcae import _bridge
from skcae._codes import Codes
from skcae._fitted import Model
from skcae._stack import SCALERS, Stack, stack_of
from skcae.core.classification import Affine, Network


def network_of(
    stack: Stack, coef: np.ndarray, intercept: np.ndarray, device: torch.device
) -> tuple[Network, Tensor]:
    """The network of a fitted encoder and a head, and its parameters."""
    weights: list[Tensor] = []
    biases: list[Tensor] = []
    names: list[str] = []
    maps: list[Affine | None] = []
    pending: Affine | None = None
    for step in stack.layers:
        if not isinstance(step, Codes):
            pending = _after(pending, _affine(step, weights[-1]))
            continue
        model = Model(step)
        (encoder_weights, encoder_biases, *_) = model.layers
        weights += encoder_weights
        biases += encoder_biases
        names += model.architecture.activation_names
        maps += [pending, *[None] * (len(encoder_weights) - 1)]
        pending = None
    weights = [weight.to(device) for weight in weights]
    biases = [bias.to(device) for bias in biases]
    head = (_bridge.to_tensor(array, device).to(weights[0].dtype) for array in (coef, intercept))
    for stored, tensor in zip((weights, biases), head, strict=True):
        stored.append(tensor)
    sizes = (weights[0].shape[1], *(weight.shape[0] for weight in weights))
    moved = [
        fixed and Affine(*(tensor.to(device) for tensor in fixed)) for fixed in [*maps, pending]
    ]
    network = Network(sizes, tuple(names), tuple(moved))
    return network, network.flatten(weights, biases)


def _affine(scaler: Any, weight: Tensor) -> Affine:
    """The affine map of a scaler behind a layer, with one number for every unit."""
    numbers = (np.asarray(number) for number in SCALERS[type(scaler)](scaler))
    return Affine(
        *(_bridge.to_tensor(one, weight.device).to(weight).expand(len(weight)) for one in numbers)
    )


def _after(first: Affine | None, second: Affine) -> Affine:
    """The composition of two maps; the first is applied first."""
    if first is None:
        return second
    return Affine(first.scale * second.scale, first.shift * second.scale + second.shift)


def with_layers(encoder: Any, weights: list[Tensor], biases: list[Tensor]) -> Any:
    """A copy of a fitted encoder with these encoder layers, and with tied decoders."""
    copy = deepcopy(encoder)
    coefs = [_bridge.to_numpy(weight).T for weight in weights]
    intercepts = [_bridge.to_numpy(bias) for bias in biases]
    for autoencoder in stack_of(copy).autoencoders:
        depth = len(autoencoder.coefs_) // 2
        own, coefs = coefs[:depth], coefs[depth:]
        tied = [coef.T for coef in reversed(own)]
        autoencoder.coefs_ = own + (tied if autoencoder._tied else autoencoder.coefs_[depth:])
        autoencoder.intercepts_ = intercepts[:depth] + autoencoder.intercepts_[depth:]
        intercepts = intercepts[depth:]
    return copy
