"""Functions of the encoder, applied to rows in chunks of bounded size: how inspection meets estimators and arrays."""

from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from skcae import _bridge, _validation
from skcae._codes import Codes
from skcae._fitted import Model
from skcae.core.model import Layers, encoder_outputs


class Encoder(Model):
    """The encoder of a fitted autoencoder, as tensors of one dtype on one device."""

    def __init__(self, estimator: Codes, dtype: torch.dtype | None = None) -> None:
        super().__init__(estimator, dtype=dtype)
        self.weights, self.biases = self.layers.encoder_weights, self.layers.encoder_biases

    def outputs(self, x: Tensor) -> list[Tensor]:
        return self.point(x).outputs

    def outputs_from(self, z: Tensor) -> list[Tensor]:
        """The outputs of all layers, z being the first layer's pre-activation."""
        first = self.layers.activations[0].forward(z)
        rest = Layers(self.weights[1:], self.biases[1:], [], [], self.layers.activations[1:])
        return [first, *encoder_outputs(rest, first)]

    def slopes(self, x: Tensor) -> list[Tensor]:
        return self.point(x).slopes


def check(estimator: Any, X: Any) -> Any:
    """X as the estimator's transform takes it, but a tensor as an array, the estimator being a fitted autoencoder."""
    check_estimator(estimator)
    return _validation.check_rows(estimator, _bridge.to_array(X), reset=False)


def check_estimator(estimator: Any) -> None:
    """Only our fitted autoencoders have an encoder to look into."""
    if not isinstance(estimator, Codes):
        raise TypeError(
            f"estimator is a {type(estimator).__name__}; it must be a ContractiveAutoencoder or a DenoisingAutoencoder. Of a "
            "pipeline, pass the autoencoder itself, as in pipe[-1], with the rows as they reach it."
        )
    check_is_fitted(estimator)
