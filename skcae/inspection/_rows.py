"""Functions of the encoder, applied to rows in chunks of bounded size: how inspection meets estimators and arrays."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from skcae import _bridge, _validation
from skcae._base import BaseAutoencoder
from skcae.core.activations import ACTIVATIONS, Activation
from skcae.core.model import Layers, encoder_outputs


class Encoder:
    """The encoder of a fitted autoencoder as tensors of one dtype on one device."""

    def __init__(self, estimator: BaseAutoencoder, dtype: torch.dtype | None = None) -> None:
        self.device, depth = _bridge.resolve_device(estimator.device), len(estimator.coefs_) // 2
        weights = [_bridge.to_tensor(coef.T, self.device) for coef in estimator.coefs_[:depth]]
        biases = [_bridge.to_tensor(intercept, self.device) for intercept in estimator.intercepts_[:depth]]
        self.dtype = dtype or weights[0].dtype
        self.weights = [weight.to(self.dtype) for weight in weights]
        self.layers = Layers(self.weights, [bias.to(self.dtype) for bias in biases], [], [])
        self.activation: Activation = ACTIVATIONS[estimator.activation]

    @property
    def sizes(self) -> list[int]:
        """From features to code."""
        return [self.weights[0].shape[1]] + [weight.shape[0] for weight in self.weights]

    def outputs(self, x: Tensor) -> list[Tensor]:
        """The output of every layer; the last is the code."""
        return list(encoder_outputs(self.layers, self.activation, x))

    def slopes(self, x: Tensor) -> list[Tensor]:
        """The diagonals of D_1 to D_L at each row."""
        return [self.activation.slope(output) for output in self.outputs(x)]

    def map(self, X: Any, width: int, function: Callable[..., Tensor], *others: np.ndarray) -> np.ndarray:
        """``function(x, ...)`` of all rows of X, and of ``others`` in step, as one array in the dtype of X.

        ``width`` is how many elements the function forms per row.
        """
        out = None
        with torch.inference_mode():
            for part, x in _bridge.chunks(X, width, self.device):
                beside = [_bridge.to_tensor(other[part], self.device).to(self.dtype) for other in others]
                values = _bridge.to_numpy(function(x.to(self.dtype), *beside))
                if out is None:
                    out = np.empty((X.shape[0], *values.shape[1:]), dtype=X.dtype)
                out[part] = values
        assert out is not None, "validation rejects an X without rows"
        return out


def check(estimator: Any, X: Any) -> Any:
    """X as the estimator's transform takes it, the estimator being a fitted autoencoder."""
    check_estimator(estimator)
    return _validation.check_rows(estimator, X, reset=False)


def check_estimator(estimator: Any) -> None:
    """Only our fitted autoencoders have an encoder to look into."""
    if not isinstance(estimator, BaseAutoencoder):
        raise TypeError(
            f"estimator={estimator!r} must be a ContractiveAutoencoder or a DenoisingAutoencoder; of a pipeline, pass the "
            "autoencoder itself, as in pipe[-1], with the rows as they reach it."
        )
    check_is_fitted(estimator)
