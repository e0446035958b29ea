"""The fine-tuning of a classifier, from a fitted encoder and a head on its codes."""

from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_memory
from torch import Tensor

from skcae import _bridge, _defaults, _validation
from skcae._fitted import curves
from skcae._labels import Labels
from skcae._network import network_of, with_layers
from skcae._stack import stack_of
from skcae.core.activations import ACTIVATIONS
from skcae.core.classification import ClassificationObjective, Network
from skcae.core.corruptions import Dropout
from skcae.core.model import Layers
from skcae.core.monitor import Result, Schedule
from skcae.core.solvers import Adam
from skcae.core.state import TrainingState
from skcae.core.streams import Stream
from skcae.core.tangents import Tangents
from skcae.core.train import Training

HEAD_ITERATIONS = 1000
"""Maximum number of iterations of the solver of the head."""
PEAK_RATE = 0.001
"""Peak learning rate for "auto"."""


class Start(NamedTuple):
    """The start of a fine-tuning."""

    encoder: Any
    """The encoder, fitted to all rows."""
    head: LogisticRegression
    """The logistic regression, fitted to the codes of the rows to train on."""
    X: Any
    labels: Labels
    train: np.ndarray
    """The labelled rows to train on."""
    held_out: np.ndarray

    def attributes(self) -> dict[str, Any]:
        """Fitted attributes of a classifier that is not fine-tuned."""
        return {
            "encoder_": self.encoder,
            "coef_": self.head.coef_,
            "intercept_": self.head.intercept_,
            "n_iter_": max(1, int(self.head.n_iter_.max())),  # 0 if there is nothing to learn
        }


def check_tangents(classifier: Any, sizes: list[int]) -> None:
    """Check the tangents that a classifier asks for against the sizes of its layers."""
    n_tangents, strength, smallest = classifier.n_tangents, classifier.tangent_strength, min(sizes)
    if n_tangents > smallest:
        raise ValueError(
            f"n_tangents={n_tangents!r} must be at most the size of the smallest layer, "
            f"{smallest}; use n_tangents={smallest}, or larger layers."
        )
    if strength > 0 and n_tangents == 0:
        raise ValueError(
            f"tangent_strength={strength!r} needs tangents, but n_tangents=0; "
            "set n_tangents, for instance to 10, or tangent_strength=0."
        )


def start_of(
    classifier: Any, encoder: Any, X: Any, labels: Labels, rows: tuple[np.ndarray, np.ndarray]
) -> Start:
    """The start, with a logistic regression on the codes of the rows to train on."""
    train, held_out = rows
    codes = np.asarray(encoder.transform(X))
    head = LogisticRegression(C=float(classifier.C), max_iter=HEAD_ITERATIONS)
    head.fit(codes[train], labels.label[train], sample_weight=labels.of(train).total)
    return Start(encoder, head, X, labels, train, held_out)


def training_of(
    classifier: Any, start: Start, generator: torch.Generator, device: torch.device
) -> Training:
    """The training that fine-tunes."""
    _, head, _, labels, train, held_out = start
    network, flat = network_of(stack_of(start.encoder), head.coef_, head.intercept_, device)
    check_tangents(classifier, list(network.sizes[:-1]))
    n_tangents = int(classifier.n_tangents)
    objective = ClassificationObjective(
        network,
        has_tangents=n_tangents > 0,
        tangent_strength=float(classifier.tangent_strength),
        tangent_draws=classifier.tangent_draws and int(classifier.tangent_draws),
        weight_decay=float(classifier.weight_decay),
        head_decay=float(1 / (2 * classifier.C * labels.of(train).total.sum())),
    )
    if classifier.tangent_rows == "all" and n_tangents:
        train = np.setdiff1d(labels.weight.nonzero()[0], held_out)
    gather = partial(_rows, classifier, start, network, network.layers(flat))
    dropout = Dropout(float(classifier.dropout)) if classifier.dropout else None
    stream = Stream(gather(train), generator, dropout)
    schedule = _schedule(classifier, stream.n_rows)
    state = TrainingState.start(flat, schedule.solver)
    validation = Stream(gather(held_out), generator) if len(held_out) else None
    return Training(state, cast(Any, objective), schedule, stream, validation)


def _rows(
    classifier: Any, start: Start, network: Network, layers: Layers, index: np.ndarray
) -> _bridge.Rows:
    """Rows as they reach the first autoencoder, with labels, weights and tangents."""
    stack, device = stack_of(start.encoder), layers.encoder_weights[0].device
    X = _bridge.to_array(stack.reach(start.X))
    X = _validation.check_rows(stack.autoencoders[0], X, reset=False)[index]
    labels = start.labels.of(index)
    dtype = X.dtype
    extra = {"label": labels.label, "emphasis": labels.emphasis().astype(dtype)}
    if k := int(classifier.n_tangents):
        arrays = [[_bridge.to_numpy(one) for one in part] for part in layers[:2]]
        cached = check_memory(classifier.memory).cache(tangents_of)
        extra["tangents"] = cached(arrays, network.activation_names, X, k, device)
    resident = _bridge.resident(X, device)
    return _bridge.Rows(resident, device, labels.weight.astype(dtype), extra=extra)


def tangents_of(
    arrays: list[list[np.ndarray]], names: tuple[str, ...], X: Any, k: int, device: torch.device
) -> np.ndarray:
    """The tangents of every row, (n_rows, k, n_features), computed in float64.

    ``arrays`` are the weights and the biases of encoder layers, and ``names`` their
    activations.
    """
    weights, biases = (
        [_bridge.to_tensor(array, device).double() for array in part] for part in arrays
    )
    tangents = Tangents(Layers(weights, biases, [], [], [ACTIVATIONS[name] for name in names]), k)

    def flat(x: Tensor) -> Tensor:
        return tangents(x.double()).flatten(1)

    width = k * X.shape[1]
    result = _bridge.map_rows(flat, X, width, width, X.dtype, device)
    return np.asarray(result.reshape(X.shape[0], k, X.shape[1]))


def _schedule(classifier: Any, n_rows: int) -> Schedule:
    automatic = classifier.learning_rate_init == "auto"
    return Schedule(
        solver=Adam(),
        learning_rate=PEAK_RATE if automatic else float(classifier.learning_rate_init),
        rate=classifier.learning_rate,
        batch_size=_defaults.batch_size(classifier, n_rows),
        max_iter=int(classifier.max_iter),
        tol=float(classifier.tol),
        n_iter_no_change=classifier.n_iter_no_change,
        shuffle=bool(classifier.shuffle),
    )


def fine_tuned(encoder: Any, training: Training, result: Result, before: Any) -> dict[str, Any]:
    """Fitted attributes of a classifier after its fine-tuning."""
    network = cast(ClassificationObjective, training.objective).architecture
    weights, biases = network.split(result.state.flat)
    attributes = {
        "encoder_": with_layers(encoder, weights[:-1], biases[:-1]),
        "coef_": _bridge.to_numpy(weights[-1]),
        "intercept_": _bridge.to_numpy(biases[-1]),
        **curves(training, result, before),
        "learning_rate_": training.schedule.learning_rate * result.cut,
    }
    if training.held_out is not None:
        attributes["best_validation_score_"] = -result.history[result.best].monitored
    return attributes
