"""The nodes of ONNX graphs, and checks of where in a graph they stand."""

from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from skcae._codes import Codes
from skcae._domain import loss_name
from skcae._fitted import fitted_architecture
from skcae._stack import SCALERS
from skcae.core import activations
from skcae.core.activations import LEAK
from skcae.core.losses import GROUPED, blocks


class Writer(NamedTuple):
    """Writes the nodes of a graph that computes in one dtype.

    For instance, ``write("MatMul", x, matrix)`` writes a product.
    """

    operators: Any
    opset: int
    dtype: type[np.floating]

    def __call__(self, operator: str, *inputs: Any, **attributes: Any) -> Any:
        """Write a node. Floats are cast to the dtype of the graph, integers are not."""
        inputs = tuple(
            one.astype(self.dtype) if isinstance(one, np.ndarray) and one.dtype.kind == "f" else one
            for one in inputs
        )
        return getattr(self.operators, f"Onnx{operator}")(
            *inputs, op_version=self.opset, **attributes
        )


def _softplus(write: Writer, z: Any) -> Any:
    # onnxruntime has no Softplus in float64.
    tail = write("Log", write("Add", write("Exp", write("Neg", write("Abs", z))), np.ones(1)))
    return write("Add", write("Relu", z), tail)


def _elu(write: Writer, z: Any) -> Any:
    # onnxruntime has neither Elu nor LeakyRelu in float64.
    negative = write("Sub", write("Exp", write("Neg", _below_zero(write, z))), np.ones(1))
    return write("Add", write("Relu", z), negative)


def _leaky_relu(write: Writer, z: Any) -> Any:
    leaked = write("Mul", _below_zero(write, z), np.full(1, LEAK))
    return write("Sub", write("Relu", z), leaked)


def _below_zero(write: Writer, z: Any) -> Any:
    return write("Relu", write("Neg", z))


def _squared_error(write: Writer, z: Any, x: Any) -> tuple[Any, Any]:
    error = write("Sub", z, x)
    return z, write("Mul", error, error)


def _softmax(write: Writer, z: Any, x: Any) -> tuple[Any, Any]:
    logarithms = write("LogSoftmax", z, axis=1)
    return write("Exp", logarithms), write("Neg", write("Mul", x, logarithms))


def _cross_entropy(write: Writer, z: Any, x: Any) -> tuple[Any, Any]:
    return write("Sigmoid", z), write("Sub", _softplus(write, z), write("Mul", x, z))


ACTIVATIONS: dict[str, Callable[[Writer, Any], Any]] = {
    "logistic": lambda write, z: write("Sigmoid", z),
    "tanh": lambda write, z: write("Tanh", z),
    "relu": lambda write, z: write("Relu", z),
    "identity": lambda write, z: write("Identity", z),
    "softplus": _softplus,
    "elu": _elu,
    "leaky_relu": _leaky_relu,
}
LOSSES = {"squared_error": _squared_error, "cross_entropy": _cross_entropy}
"""For each loss, the reconstruction and the terms of the loss, from z and x."""
GROUP_LOSS = _softmax
FLOATS = {np.float32: 1, np.float64: 11}
INT64 = 7
"""Numbers of element types in ONNX."""
RENAMING = ("SklearnIdentity", "SklearnCast")
"""Operators that skl2onnx adds to outputs which the caller names."""
Layer = tuple[np.ndarray, np.ndarray, str]
"""Weights, biases and the name of the activation."""


def layers(estimator: Codes) -> tuple[list[Layer], list[Layer]]:
    """The layers of the encoder and those of the decoder."""
    architecture = fitted_architecture(estimator)
    depth = architecture.depth
    named = {one: name for name, one in activations.ACTIVATIONS.items()}
    names = [named[one] for one in architecture.activations]
    arrays = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))
    encoder = zip(arrays[:depth], names, strict=True)
    decoder = zip(arrays[depth:], [*reversed(names[:-1]), "identity"], strict=True)
    return [(*pair, name) for pair, name in encoder], [(*pair, name) for pair, name in decoder]


def outputs_of(write: Writer, layers: list[Layer], x: Any) -> Any:
    """The output of some layers for x."""
    for coef, intercept, name in layers:
        x = write("Add", write("MatMul", x, coef), intercept)
        x = _row(ACTIVATIONS, "activation", name)(write, x)
    return x


def scores_of(write: Writer, steps: list[Any], head: Any, x: Any) -> Any:
    """The score of every class, by autoencoders and scalers in turn and a linear head.

    The first of two classes has the score zero.
    """
    for step in steps:
        if isinstance(step, Codes):
            x = outputs_of(write, layers(step)[0], x)
        else:
            scale, shift = (np.atleast_1d(number) for number in SCALERS[type(step)](step))
            x = write("Add", write("Mul", x, scale), shift)
    missing = len(head.coef_) == 1
    coef = np.pad(head.coef_, ((missing, 0), (0, 0))).T
    return outputs_of(write, [(coef, np.pad(head.intercept_, (missing, 0)), "identity")], x)


def class_labels(classes: np.ndarray) -> np.ndarray:
    """Classes in a type of ONNX, strings or int64."""
    labels = classes.astype(str if isinstance(classes[0], str) else np.int64)
    if (labels != classes).any():
        raise NotImplementedError(
            f"classes_={classes!r} have no form in ONNX; fit with labels that are strings or "
            "whole numbers."
        )
    return labels


def reconstructed(write: Writer, loss: Any, z: Any, x: Any) -> tuple[Any, Any]:
    """The reconstruction, and the terms that the loss sums over features.

    Columns with the same loss form a block.
    """
    names = loss_name(loss)
    if isinstance(names, str):
        return _row(LOSSES, "loss", names)(write, z, x)
    parts = blocks(names)
    order = np.argsort(list(chain(*parts.values())))
    linked, losses = [], []
    for name, columns in parts.items():
        kind = GROUP_LOSS if name.startswith(GROUPED) else _row(LOSSES, "loss", name)
        block = kind(write, _columns(write, z, columns), _columns(write, x, columns))
        linked.append(block[0])
        losses.append(block[1])
    together = [write("Concat", *part, axis=1) for part in (linked, losses)]
    return _columns(write, together[0], order), together[1]


def _columns(write: Writer, x: Any, columns: Any) -> Any:
    index = np.array(columns, dtype=np.int64)
    return write("Gather", x, index, axis=1)


def _row(table: dict[str, Any], kind: str, name: str) -> Any:
    """The row of a table with this name, or an error of the conversion."""
    if name not in table:
        raise NotImplementedError(
            f"{kind}={name!r} has no form in ONNX here; convert an estimator with one of "
            f"{', '.join(map(repr, table))}, or give it a row in skcae._graph."
        )
    return table[name]


def check_width(inputs: list[Any], what: str, n_columns: int) -> None:
    """Inputs whose shape is known must have as many columns as they should."""
    shapes = [one.type.shape for one in inputs]
    if all(len(shape) == 2 and isinstance(shape[1], int) for shape in shapes):
        given = sum(shape[1] for shape in shapes)
        if given != n_columns:
            raise ValueError(
                f"The inputs of the graph have {given} columns, but the estimator takes {what} of "
                f"{n_columns}; convert it with {what} that it takes."
            )


def check_place(operator: Any, decodes: bool) -> None:
    """A decoder is given codes, and only the last step has other outputs than the code."""
    estimator = operator.raw_operator
    if decodes:
        check_width(operator.inputs, "codes", estimator._n_features_out)
        return
    check_width(operator.inputs, "rows", estimator.n_features_in_)
    names = [output.raw_name for output in operator.outputs]
    takers = [taker.type for output in operator.outputs for taker in output.operators_inputs_]
    if names != ["code"] and not {*takers} <= {*RENAMING}:
        raise ValueError(
            f"Options give {type(estimator).__name__} the outputs {names}, but the step behind it "
            "takes the code alone. Leave the options out, or convert the pipeline up to this step."
        )
