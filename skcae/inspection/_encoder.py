"""The encoder of a fitted autoencoder as tensors, and its functions of many rows."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skcae import _bridge
from skcae._base import BaseAutoencoder
from skcae.core.activations import ACTIVATIONS
from skcae.core.model import Layers, encoder_outputs


class Encoder:
    """The encoder of a fitted autoencoder, as tensors of one dtype on one device."""

    def __init__(self, estimator: BaseAutoencoder, dtype: torch.dtype | None = None) -> None:
        depth = len(estimator.coefs_) // 2
        self.device = _bridge.resolve_device(estimator.device)
        self.weights = [
            _bridge.to_tensor(coef.T, self.device).to(dtype) for coef in estimator.coefs_[:depth]
        ]
        self.biases = [
            _bridge.to_tensor(intercept, self.device).to(dtype)
            for intercept in estimator.intercepts_[:depth]
        ]
        self.activation = ACTIVATIONS[estimator.activation]
        self.sizes = [self.weights[0].shape[1], *(weight.shape[0] for weight in self.weights)]

    def outputs(self, x: Tensor) -> list[Tensor]:
        """The output of every layer; the last is the code."""
        return self.outputs_from(x @ self.weights[0].mT + self.biases[0])

    def outputs_from(self, z: Tensor) -> list[Tensor]:
        """The same outputs from the pre-activation z of the first layer."""
        first = self.activation.forward(z)
        rest = Layers(self.weights[1:], self.biases[1:], [], [])
        return [first, *encoder_outputs(rest, self.activation, first)]

    def slopes(self, x: Tensor) -> list[Tensor]:
        """The diagonals of D_1 to D_L at each row."""
        return [self.activation.slope(output) for output in self.outputs(x)]

    def map(
        self, function: Callable[[Tensor], Tensor], X: Any, shape: tuple[int, ...], widest: int
    ) -> np.ndarray:
        """``function`` of all rows of X, (n_samples, *shape), in the dtype of X.

        ``widest`` is the number of elements that the function forms per row; it limits
        the rows taken at a time.
        """
        dtype = self.weights[0].dtype
        flat = _bridge.map_rows(
            lambda x: function(x.to(dtype)).reshape(len(x), -1),
            X,
            prod(shape),
            widest,
            X.dtype,
            self.device,
        )
        return flat.reshape(X.shape[0], *shape)
