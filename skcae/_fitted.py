"""A fitted autoencoder as tensors, from an estimator's attributes and back."""

from collections.abc import Callable
from math import nan, prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skcae import _bridge
from skcae._domain import loss_name
from skcae.core.gram import has_gram_form, is_thin, losses_of_sparse
from skcae.core.losses import find_loss
from skcae.core.model import Architecture, Layers, Point, decode, encode
from skcae.core.modes import AT_ONCE, threads_for
from skcae.core.monitor import Result, Schedule
from skcae.core.span import turned_back
from skcae.core.state import TrainingState
from skcae.core.train import Training


class Model:
    """Encoder and decoder of a fitted estimator, as tensors of one dtype on one device.

    The device is that of the estimator or, if it names none, that of X. The dtype is
    that of the fit, unless another is given.
    """

    def __init__(self, estimator: Any, X: Any = None, dtype: torch.dtype | None = None) -> None:
        self.device = _bridge.resolve_device(estimator.device, X)
        self.architecture = fitted_architecture(estimator)
        depth = self.architecture.depth
        weights = [self._tensor(coef.T, dtype) for coef in estimator.coefs_]
        biases = [self._tensor(intercept, dtype) for intercept in estimator.intercepts_]
        encoder, decoder = (weights[:depth], biases[:depth]), (weights[depth:], biases[depth:])
        self.layers = Layers(*encoder, *decoder, self.architecture.activations)
        name = loss_name(estimator.loss)
        self.loss = find_loss(name)
        self.has_gram_form = has_gram_form(self.architecture, name)
        self.dtype = estimator.coefs_[0].dtype

    def _tensor(self, array: np.ndarray, dtype: torch.dtype | None) -> Tensor:
        return _bridge.to_tensor(array, self.device).to(dtype)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Layer sizes from features to code."""
        return self.architecture.sizes

    @property
    def weights(self) -> list[Tensor]:
        """The encoder's weights."""
        return self.layers.encoder_weights

    def encode(self, x: Tensor) -> Tensor:
        """The code of every row."""
        return encode(self.layers, x)

    def decode(self, code: Tensor) -> Tensor:
        """The reconstruction of every code."""
        return self.loss.link(decode(self.layers, code))

    def reconstruct(self, x: Tensor) -> Tensor:
        """The reconstruction of every row."""
        return self.decode(self.encode(x))

    def losses(self, x: Tensor) -> Tensor:
        """The reconstruction loss of every row; sparse ones need the Gram form."""
        if x.is_sparse:
            return losses_of_sparse(self.layers, x)
        return self.loss.value(decode(self.layers, self.encode(x)), x)

    def point(self, x: Tensor) -> Point:
        """The encoder at some rows, with its slopes."""
        return Point(self.layers, x)

    def map(
        self,
        function: Callable[[Tensor], Tensor],
        X: Any,
        shape: tuple[int, ...],
        widest: int | None = None,
        sparse: bool = False,
    ) -> Any:
        """``function`` of all rows of X, (n_samples, *shape), in the dtype of the fit.

        ``widest`` is the number of elements that the function forms per row; it bounds
        the rows taken at a time, and is by default the widest layer. With ``sparse`` it
        may be given sparse rows as they are.
        """
        dtype = self.weights[0].dtype

        def flat(x: Tensor) -> Tensor:
            return function(x.to(dtype)).reshape(len(x), -1)

        here = self.device.type == "cpu"
        sparse = sparse and here and is_thin(self.sizes[0], _bridge.density(X))
        widest = widest or max(self.sizes[sparse:])
        in_all = X.shape[0] * sum(weight.numel() for weight in self.weights)
        with threads_for(in_all, AT_ONCE):
            result = _bridge.map_rows(flat, X, prod(shape), widest, self.dtype, self.device, sparse)
        return result.reshape(X.shape[0], *shape)


def fitted_architecture(estimator: Any) -> Architecture:
    """The architecture of the fitted attributes."""
    depth = len(estimator.coefs_) // 2
    sizes = [coef.shape[0] for coef in estimator.coefs_[: depth + 1]]
    names = estimator.activation, estimator.code_activation
    return Architecture(tuple(sizes), names[0], estimator._tied, names[1])


def carried_state(
    estimator: Any, architecture: Architecture, schedule: Schedule, device: torch.device
) -> TrainingState:
    """The state of the last fit; an error if the parameters now describe another."""
    model = Model(estimator)
    slots = estimator._solver_slots
    if model.architecture.shapes != architecture.shapes or len(slots) != schedule.solver.n_slots:
        raise ValueError(
            f"n_components={estimator.n_components!r}, "
            f"hidden_layer_sizes={estimator.hidden_layer_sizes!r}, "
            f"tied_weights={estimator.tied_weights!r} and solver={estimator.solver!r} must be "
            "those of the fit that is continued. To start afresh, use warm_start=False, or "
            "sklearn.base.clone before partial_fit."
        )
    flat = model.architecture.flatten(model.layers).to(device)
    count = torch.tensor(estimator._solver_steps, dtype=torch.float32, device=device)
    # Weights from elsewhere may have another dtype than the fit had.
    carried = [_bridge.to_tensor(slot, device).to(flat.dtype, copy=True) for slot in slots]
    return TrainingState(flat, carried, count)


def fitted_attributes(training: Training, result: Result, before: Any = None) -> dict[str, Any]:
    """Fitted attributes after a training that continued ``before``, if given."""
    return {
        **_parameters(training, result),
        **curves(training, result, before),
        **_kept_epoch(training, result),
        "learning_rate_": training.schedule.learning_rate * result.cut,
    }


def adopt(estimator: Any, attributes: dict[str, Any]) -> None:
    """Set fitted attributes, and delete curves of terms that are no longer measured."""
    measured = [name for name in vars(estimator) if name.endswith("_curve_")]
    for name in {*measured, "validation_scores_", "best_validation_score_"} - attributes.keys():
        estimator.__dict__.pop(name, None)
    for name, value in attributes.items():
        setattr(estimator, name, value)


def _parameters(training: Training, result: Result) -> dict[str, Any]:
    """Weights, biases and the state that a later fit continues from.

    A tied decoder has views of the encoder's arrays.
    """
    architecture, state = training.objective.architecture, result.state
    if training.axes is not None:
        solver = training.schedule.solver
        architecture, state = turned_back(architecture, state, solver, training.axes)
    layers = architecture.layers(state.flat)
    encoder, biases, decoder, decoder_biases = (
        [_bridge.to_numpy(tensor) for tensor in tensors]
        for tensors in (
            layers.encoder_weights,
            layers.encoder_biases,
            [] if architecture.tied else layers.decoder_weights,
            layers.decoder_biases,
        )
    )
    mirrored = encoder[::-1] if architecture.tied else [weight.T for weight in decoder]
    return {
        "coefs_": [weight.T for weight in encoder] + mirrored,
        "intercepts_": biases + decoder_biases,
        "_tied": architecture.tied,
        "_solver_slots": [_bridge.to_numpy(slot) for slot in state.slots],
        "_solver_steps": int(state.count),
        "_generator_state": _bridge.to_numpy(result.generator),
    }


def curves(training: Training, result: Result, before: Any) -> dict[str, Any]:
    """Curves over all epochs; nan for epochs at which a term was not measured."""
    history = result.history
    curves = {"loss_curve_": [epoch.total for epoch in history]}
    for name in training.objective.part_names:
        curves[f"{name}_curve_"] = [epoch.parts[name] for epoch in history]
    if training.held_out is not None:
        curves["validation_scores_"] = [-epoch.monitored for epoch in history]
    if before is not None:
        unmeasured = [nan] * before.n_iter_
        curves = {name: getattr(before, name, unmeasured) + curve for name, curve in curves.items()}
    seen = 0 if before is None else before.n_samples_seen_
    return {
        **curves,
        "n_iter_": len(curves["loss_curve_"]),
        "n_samples_seen_": seen + training.stream.n_rows * len(history),
    }


def _kept_epoch(training: Training, result: Result) -> dict[str, float]:
    """Attributes about the epoch whose parameters were kept."""
    if training.held_out is None:
        return {"reconstruction_err_": result.history[-1].parts["reconstruction"]}
    kept = result.history[result.best]
    return {
        "reconstruction_err_": kept.parts["reconstruction"],
        "best_validation_score_": -kept.monitored,
    }
